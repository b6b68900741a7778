//! Hosts that anyone could write: the core under an event loop and under an executor that this project has no driver for.
//!
//! Each is one loop. They speak plain TCP, send one message, read while it is sent, and keep the
//! deadline that the core asks for. [`guest`] runs the dialogues over them.

pub mod guest;
pub mod mio;
pub mod smol;

use std::error::Error;
use std::time::{Duration, Instant};

use mailwright_proto::{Connection, Event, Outcome, Timer, envelope::Envelope};

/// Octets of a message that are handed to the core at once.
const CHUNK: usize = 16 * 1024;

/// What a host is to send, and how long it waits for anything.
#[derive(Debug)]
pub struct Errand<'a> {
    /// The session, which has exchanged nothing yet.
    pub connection: Connection,
    /// From whom and to whom.
    pub envelope: &'a Envelope,
    /// The message.
    pub message: &'a [u8],
    /// How long one phase may take.
    pub patience: Duration,
}

/// When a phase is over. It starts anew when the core says so, not when a byte arrives.
#[derive(Debug)]
pub struct Deadline {
    patience: Duration,
    of: Option<(Timer, Instant)>,
}

impl Deadline {
    /// The same patience with each phase.
    pub fn new(patience: Duration) -> Self {
        Self { patience, of: None }
    }

    /// The moment at which this wait is over.
    pub fn of(&mut self, wait: Timer) -> Instant {
        match self.of {
            Some((same, at)) if same == wait => at,
            _ => self.of.insert((wait, Instant::now() + self.patience)).1,
        }
    }
}

/// The next piece of a message, and whether it is the last.
fn next_chunk<'a>(message: &mut &'a [u8]) -> (&'a [u8], bool) {
    let (chunk, rest) = message.split_at(message.len().min(CHUNK));
    *message = rest;
    (chunk, rest.is_empty())
}

/// What an event says of the message's end.
fn settled(event: Event) -> Option<Outcome> {
    match event {
        Event::Finished { outcome, .. } => Some(outcome),
        _ => None,
    }
}

/// What the session came to: the message's outcome outlives the session's error.
fn told(outcome: Option<Outcome>, why: Option<Box<dyn Error>>) -> Result<Outcome, Box<dyn Error>> {
    outcome.ok_or_else(|| why.unwrap_or_else(|| "the server ended the session".into()))
}
