//! What was said on both sides: kept for the JSON object, and shown as it happens.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailwright::{DialogueLine, Peer, Transcript};
use serde_json::{Value, json};

/// The lines of one dialogue, as many as a [`Transcript`] keeps. Clones share them: one records
/// while another waits to report.
#[derive(Clone, Default)]
pub(crate) struct Dialogue {
    lines: Arc<Mutex<Transcript>>,
}

impl Dialogue {
    /// A listener that keeps each line, and hands it to `show` behind its sign: `> ` for the client's, `< ` for the
    /// server's.
    pub(crate) fn listener(
        &self,
        show: impl Fn(&str, &str) + Send + 'static,
    ) -> impl FnMut(&DialogueLine) + Send + 'static {
        let dialogue = self.clone();
        move |line| {
            show(
                if line.from == Peer::Client {
                    "> "
                } else {
                    "< "
                },
                &line.text,
            );
            dialogue
                .lines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }
    }

    /// Returns the client's last line that begins with this verb.
    pub(crate) fn last_command(&self, verb: &str) -> Option<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let found = lines
            .iter()
            .rev()
            .find(|line| line.from == Peer::Client && line.text.starts_with(verb))?;
        Some(found.text.clone())
    }

    /// The list as `--json` shows it.
    pub(crate) fn to_json(&self) -> Value {
        let lines = self
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .into_lines();
        let entry = |line: &DialogueLine| json!({"from": line.from.name(), "line": line.text, "ms": milliseconds(line.at)});
        lines.iter().map(entry).collect()
    }
}

/// To a tenth: more would be noise.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
