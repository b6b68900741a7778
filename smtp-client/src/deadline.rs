//! How long each phase may take, and when its time is over.

use std::time::{Duration, Instant};

use mailwright_proto::{Phase, Timer};

/// Time-outs of an embedder's own over those of RFC 5321.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Timeouts {
    /// For all addresses of a host together.
    pub(crate) connect: Option<Duration>,
    /// Instead of each phase's own.
    pub(crate) phase: Option<Duration>,
}

/// For connecting, where nobody says otherwise.
const CONNECT: Duration = Duration::from_secs(30);

impl Timeouts {
    /// How long connecting may take.
    pub(crate) fn of_connect(&self) -> Duration {
        self.connect.unwrap_or(CONNECT)
    }

    /// How long a phase may take; nothing for as long as it wants.
    pub(crate) fn of(&self, phase: Phase) -> Option<Duration> {
        let default = phase.default_timeout()?;
        Some(match (phase, self.phase) {
            (_, None) => default,
            // Nobody waits long for a goodbye, whatever else they wait for.
            (Phase::Quit, Some(chosen)) => chosen.min(default),
            (_, Some(chosen)) => chosen,
        })
    }

    /// Returns the deadline of a phase that begins now. `None` if the clock cannot represent it.
    pub(crate) fn deadline_of(&self, phase: Phase) -> Option<Instant> {
        self.of(phase)
            .and_then(|timeout| Instant::now().checked_add(timeout))
    }
}

/// The deadline of what is waited for. It moves when that changes, and only then.
#[derive(Debug, Default)]
pub(crate) struct Deadline {
    of: Option<Timer>,
    at: Option<Instant>,
}

impl Deadline {
    /// When the time for `wait` is over.
    pub(crate) fn of(&mut self, wait: Timer, timeouts: &Timeouts) -> Option<Instant> {
        if self.of != Some(wait) {
            self.of = Some(wait);
            self.at = timeouts.deadline_of(wait.phase());
        }
        self.at
    }
}
