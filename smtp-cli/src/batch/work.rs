//! The work on a batch: as many threads as there may be connections, and one list of what is to be sent.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use smtp_client::knowledge::Context;
use smtp_client::{Delivery, Facts, Outcome, Pool, RecipientOutcome, Stage};

use super::guarded::Guarded;
use super::journal::Journal;
use super::list::Entry;
use super::meter::Meter;
use super::state::{Fate, State};
use crate::args::SendArgs;
use crate::console::Console;
use crate::exit;
use crate::failure::Failure;
use crate::report::{failure_of, left_out, one_line};

/// What all threads share.
pub(super) struct Work<'w> {
    pub(super) pool: &'w Pool,
    pub(super) journal: &'w Journal,
    pub(super) args: &'w SendArgs,
    /// What is known of the server.
    pub(super) facts: Facts,
    shared: Mutex<Shared<'w>>,
}

struct Shared<'w> {
    waiting: VecDeque<&'w Entry>,
    states: &'w mut [(usize, State)],
    meter: Meter<'w>,
    /// How many messages were concluded in this run.
    handled: usize,
    /// How many connections were lost in a row.
    lost: usize,
    /// Why threads ended before the work did.
    failure: Option<Failure>,
}

/// What became of a message, in words.
struct Verdict {
    fate: Fate,
    detail: String,
    left_out: Vec<String>,
    /// Why its connection ended before the server had said what becomes of it.
    lost: Option<Failure>,
}

/// Connections in a row that may end over a message: a server that ends them all wants something else than more of them.
const MOST_LOST: usize = 10;

/// What is left when the work is over.
pub(super) struct Done {
    pub(super) handled: usize,
    /// Why it ended before all was sent.
    pub(super) failure: Option<Failure>,
}

impl<'w> Work<'w> {
    pub(super) fn new(
        pool: &'w Pool,
        journal: &'w Journal,
        args: &'w SendArgs,
        facts: Facts,
        console: &'w Console,
        (waiting, states): (VecDeque<&'w Entry>, &'w mut [(usize, State)]),
    ) -> Self {
        let meter = Meter::new(console, waiting.len(), args.server.verbose);
        let shared = Shared { waiting, states, meter, handled: 0, lost: 0, failure: None };
        Self { pool, journal, args, facts, shared: Mutex::new(shared) }
    }

    /// Works with so many threads until all is done, or none of them can go on.
    pub(super) fn run(self, threads: usize) -> Done {
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| self.work());
            }
        });
        let Shared { waiting, handled, failure, .. } = self.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Where one thread could not go on, others may have.
        Done { handled, failure: failure.filter(|_| !waiting.is_empty()) }
    }

    /// One thread's part.
    fn work(&self) {
        while let Some(entry) = { self.shared().waiting.pop_front() } {
            let ended = match self.send(entry) {
                Ok(verdict) => self.conclude(entry, verdict),
                Err(failure) => {
                    // Where the server lets this thread have no connection, its message is left to the others.
                    self.shared().waiting.push_front(entry);
                    Err(failure)
                }
            };
            if let Err(failure) = ended {
                self.shared().failure = Some(failure);
                return;
            }
        }
    }

    /// An error says that there is no going on: no connection, or no journal.
    fn send(&self, entry: &Entry) -> Result<Verdict, Failure> {
        let prepared = entry.message().and_then(|message| Ok((entry.envelope(self.args, &message)?, message)));
        let (envelope, message) = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return Ok(Verdict::new(Fate::NotSent, failure.detail)),
        };
        let is_begun = Cell::new(false);
        let before = self.state_of(entry, |state| state.begun.clone());
        let agree = |digest: String| {
            if before.as_ref().is_some_and(|before| *before != digest) {
                return Err(io::Error::other("it was changed since it was begun the first time"));
            }
            // Begun again by the pool, it is still the same intent.
            if !is_begun.replace(true) {
                self.state_of(entry, |state| state.begin(digest.clone()));
                self.journal.intend(entry.line, digest)?;
            }
            Ok(())
        };
        let sent = self.pool.send(&envelope, || Ok(Guarded::new(message.reader()?, &agree)));
        if let Some(failure) = self.journal.failure() {
            return Err(unwritable(&failure));
        }
        let error = match sent {
            Ok(delivery) => return Ok(self.judge(&delivery)),
            Err(error) => error,
        };
        // None of it was sent: by its own fault, or by that of the connection, which would be the next one's as well.
        let fate = match error.stage() {
            Stage::Mail => Fate::Refused,
            Stage::Body => Fate::NotSent,
            _ => {
                if is_begun.get() {
                    self.note(entry, Verdict::new(Fate::NotSent, error.detail()))?;
                }
                return Err(Failure::of_error(&error));
            }
        };
        Ok(Verdict::new(fate, error.detail()))
    }

    fn judge(&self, delivery: &Delivery) -> Verdict {
        let host = Some(self.args.server.host());
        let context = Context { host, logged_in: Some(self.facts.login.is_some()), ..Context::default() };
        let failure = failure_of(delivery, context);
        let is_lost = match &delivery.outcome {
            Outcome::NotSent(error) => error.is_some(),
            Outcome::Refused { reply, .. } => reply.code().get() == 421,
            _ => false,
        };
        let told = failure.as_ref().map(|failure| failure.detail.clone()).unwrap_or_default();
        let is_for_now = failure.as_ref().is_some_and(|failure| failure.status == exit::TRY_AGAIN);
        let lost = failure.filter(|_| is_lost);
        let fate = match &delivery.outcome {
            Outcome::Unknown(_) => Fate::Unknown,
            _ if delivery.accepted() => Fate::Accepted,
            Outcome::Refused { .. } if !is_for_now && is_for_all(delivery, self.args.all_or_none) => Fate::Refused,
            _ => Fate::NotSent,
        };
        let told = match &delivery.outcome {
            Outcome::Accepted(reply) => one_line(reply),
            _ => told,
        };
        let left_out = left_out(delivery).filter(|_| fate == Fate::Accepted).collect();
        Verdict { fate, detail: told, left_out, lost }
    }

    fn conclude(&self, entry: &Entry, mut verdict: Verdict) -> Result<(), Failure> {
        let (fate, lost) = (verdict.fate, verdict.lost.take());
        let noted = self.note(entry, verdict);
        let mut shared = self.shared();
        shared.handled += 1;
        shared.meter.count(fate);
        shared.lost = lost.as_ref().map_or(0, |_| shared.lost + 1);
        match lost {
            Some(failure) if shared.lost >= MOST_LOST => Err(failure),
            _ => noted,
        }
    }

    fn note(&self, entry: &Entry, Verdict { fate, detail, left_out, .. }: Verdict) -> Result<(), Failure> {
        let shared = &mut *self.shared();
        let Some(state) = state_in(shared.states, entry.line) else { return Ok(()) };
        state.conclude(fate, detail, left_out);
        let noted = self.journal.conclude(entry.line, state.fate, &state.detail, &state.left_out);
        noted.map_err(|error| unwritable(&error.to_string()))
    }

    fn state_of<T: Default>(&self, entry: &Entry, look: impl FnOnce(&mut State) -> T) -> T {
        state_in(self.shared().states, entry.line).map(look).unwrap_or_default()
    }

    fn shared(&self) -> MutexGuard<'_, Shared<'w>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verdict {
    fn new(fate: Fate, detail: String) -> Self {
        Self { fate, detail, left_out: Vec::new(), lost: None }
    }
}

/// Whether a refusal for good is one for every recipient. Those that were refused for now, or not asked, are left to the
/// next run.
fn is_for_all(delivery: &Delivery, all_or_none: bool) -> bool {
    let Outcome::Refused { stage, .. } = &delivery.outcome else { return false };
    let is_refused = |one: &RecipientOutcome| one.refusal().is_some_and(|reply| reply.code().is_permanent());
    let mut recipients = delivery.recipients.iter();
    match stage {
        Stage::Rcpt if all_or_none => recipients.any(is_refused),
        Stage::Rcpt => recipients.all(is_refused),
        // Over LMTP the final replies are the recipients' own.
        Stage::Body if delivery.recipients.iter().any(|one| one.stage == Stage::Body) => recipients.all(is_refused),
        _ => true,
    }
}

fn state_in(states: &mut [(usize, State)], line: usize) -> Option<&mut State> {
    let at = states.binary_search_by_key(&line, |(line, _)| *line).ok()?;
    states.get_mut(at).map(|(_, state)| state)
}

fn unwritable(what: &str) -> Failure {
    Failure::local(format_args!("The journal cannot be written, and without it nothing is sent: {what}"))
}
