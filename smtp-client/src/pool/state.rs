//! What a pool knows: who is at work, which connections wait, what was sent of late. It has no clock and no socket.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::{Duration, Instant};

use super::limits::PoolLimits;
use super::line::Line;

/// What a number of messages a minute is about.
const MINUTE: Duration = Duration::from_secs(60);

/// What a pool of connections `C` knows.
///
/// Connections that wait and calls at work are never more than the limit, together: who is at work has a connection, or
/// may open one.
#[derive(Debug)]
pub(super) struct State<C> {
    limits: PoolLimits,
    at_work: usize,
    /// Those that wait for a message, the longest first.
    idle: VecDeque<Kept<C>>,
    /// When messages were begun within the last minute.
    recent: VecDeque<Instant>,
    is_closed: bool,
    /// Who waits to be let in, who for the minute to go by, and who for the work to end.
    pub(super) places: Line,
    pub(super) pace: Line,
    pub(super) rest: Line,
}

/// A connection, and what counts against it.
#[derive(Debug)]
pub(super) struct Kept<C> {
    pub(super) connection: C,
    opened: Instant,
    idle_since: Instant,
    messages: u64,
    /// How many the server takes over it.
    most: u64,
}

/// What is said to somebody in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Go,
    /// Not now; at this time, where it is known.
    Wait(Option<Instant>),
    /// Never again.
    Closed,
}

impl<C> Kept<C> {
    /// A connection that is about to be opened.
    pub(super) fn new(connection: C, now: Instant) -> Self {
        Self {
            connection,
            opened: now,
            idle_since: now,
            messages: 0,
            most: u64::MAX,
        }
    }

    /// Whether messages went over it before.
    pub(super) fn is_used(&self) -> bool {
        self.messages > 0
    }

    /// Another message was begun.
    pub(super) fn count(&mut self) {
        self.messages += 1;
    }

    /// The server takes so many messages over it.
    pub(super) fn allow(&mut self, most: u64) {
        self.most = most;
    }

    fn is_over(&self, limits: &PoolLimits, now: Instant) -> bool {
        self.messages >= limits.messages_per_connection.min(self.most)
            || now.saturating_duration_since(self.opened) >= limits.lifetime
            || now.saturating_duration_since(self.idle_since) >= limits.idle
    }
}

impl<C> State<C> {
    pub(super) fn new(limits: PoolLimits) -> Self {
        Self {
            limits,
            at_work: 0,
            idle: VecDeque::new(),
            recent: VecDeque::new(),
            is_closed: false,
            places: Line::default(),
            pace: Line::default(),
            rest: Line::default(),
        }
    }

    /// Lets a call in, if there is a place.
    pub(super) fn enter(&mut self) -> Answer {
        if self.is_closed {
            return Answer::Closed;
        }
        if self.at_work >= self.limits.connections {
            return Answer::Wait(None);
        }
        self.at_work += 1;
        Answer::Go
    }

    /// A call has ended: who is to be woken.
    pub(super) fn leave(&mut self) -> Vec<Waker> {
        self.at_work = self.at_work.saturating_sub(1);
        let done = self.rest.all().filter(|_| self.at_work == 0);
        done.chain(self.places.first()).collect()
    }

    /// Counts a message that is about to be begun, if the minute has room for it.
    pub(super) fn begin(&mut self, now: Instant) -> Answer {
        if self.is_closed {
            return Answer::Closed;
        }
        let Some(most) = self.limits.messages_per_minute else {
            return Answer::Go;
        };
        while self
            .recent
            .front()
            .is_some_and(|&then| now.saturating_duration_since(then) >= MINUTE)
        {
            self.recent.pop_front();
        }
        match self.recent.front() {
            Some(&oldest) if self.recent.len() >= most => Answer::Wait(oldest.checked_add(MINUTE)),
            _ => {
                self.recent.push_back(now);
                Answer::Go
            }
        }
    }

    /// One whose time is over: it is to be told goodbye.
    pub(super) fn retire(&mut self, now: Instant) -> Option<Kept<C>> {
        let at = self
            .idle
            .iter()
            .position(|kept| kept.is_over(&self.limits, now))?;
        self.idle.remove(at)
    }

    /// Of those whose time is not over the one that was used last: the others may then become old, and few be kept.
    ///
    /// Who finds none, and has asked [`retire`](Self::retire) before, may open one: where any waited, one is gone.
    pub(super) fn reuse(&mut self, now: Instant) -> Option<Kept<C>> {
        let at = self
            .idle
            .iter()
            .rposition(|kept| !kept.is_over(&self.limits, now))?;
        self.idle.remove(at)
    }

    /// Keeps a connection for the next message.
    pub(super) fn keep(&mut self, mut kept: Kept<C>, now: Instant) {
        kept.idle_since = now;
        self.idle.push_back(kept);
    }

    /// Lets nobody in any more: who is to be woken, to hear so.
    pub(super) fn close(&mut self) -> Vec<Waker> {
        self.is_closed = true;
        self.places.all().chain(self.pace.all()).collect()
    }

    /// Whether nobody is at work.
    pub(super) fn rests(&self) -> Answer {
        if self.at_work == 0 {
            Answer::Go
        } else {
            Answer::Wait(None)
        }
    }

    /// Any connection that waits.
    pub(super) fn dismiss(&mut self) -> Option<Kept<C>> {
        self.idle.pop_front()
    }

    /// How many calls are at work, and how many connections wait.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.at_work, self.idle.len())
    }
}

#[cfg(test)]
mod tests;
