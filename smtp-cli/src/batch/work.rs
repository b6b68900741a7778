//! The work on a batch: as many threads as there may be connections, and one list of what is to be sent.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use mailwright::knowledge::{self, Context};
use mailwright::{ConnectionInfo, Delivery, Message, Outcome, Pool, RecipientOutcome, Stage};

use super::digested::Running;
use super::journal::Journal;
use super::list::Entry;
use super::meter::Meter;
use super::scope::Scope;
use super::state::{Fate, State};
use crate::args::SendArgs;
use crate::console::Console;
use crate::delivery_log::Log;
use crate::exit;
use crate::failure::Failure;
use crate::report::{failure_of, left_out, one_line, refusals};

/// What all threads share.
pub(super) struct Work<'w> {
    pub(super) pool: &'w Pool,
    pub(super) journal: &'w Journal,
    pub(super) log: Option<&'w Log>,
    pub(super) args: &'w SendArgs,
    /// What is known of the server.
    pub(super) facts: ConnectionInfo,
    shared: Mutex<Shared<'w>>,
    /// Notified when `in_progress` falls.
    ended: Condvar,
}

struct Shared<'w> {
    waiting: VecDeque<&'w Entry>,
    /// The number of threads that have taken a message, which they may return to `waiting`.
    in_progress: usize,
    states: &'w mut [(usize, State)],
    meter: Meter<'w>,
    /// How many messages were concluded in this run.
    handled: usize,
    /// The number of consecutive messages that were refused or lost in a way that may concern the
    /// client.
    in_a_row: usize,
    /// Set if no thread may begin another message.
    is_over: bool,
    /// Why threads ended before the work did.
    failure: Option<Failure>,
}

/// What became of a message, in words.
struct Verdict {
    fate: Fate,
    detail: String,
    left_out: Vec<String>,
    scope: Scope,
    /// Why it was not accepted, unless that concerns the message only.
    failure: Option<Failure>,
}

/// The number of consecutive refused or lost messages that ends a run, if each may concern the
/// client. A server that refuses them all would refuse more of them, too.
const MOST_IN_A_ROW: usize = 10;

/// What is left when the work is over.
pub(super) struct Done {
    pub(super) handled: usize,
    /// Why it ended before all was sent.
    pub(super) failure: Option<Failure>,
}

impl<'w> Work<'w> {
    pub(super) fn new(
        pool: &'w Pool,
        (journal, log): (&'w Journal, Option<&'w Log>),
        args: &'w SendArgs,
        facts: ConnectionInfo,
        console: &'w Console,
        (waiting, states): (VecDeque<&'w Entry>, &'w mut [(usize, State)]),
    ) -> Self {
        let meter = Meter::new(console, waiting.len(), args.server.verbose);
        let (in_progress, handled, in_a_row) = (0, 0, 0);
        let shared = Shared {
            waiting,
            in_progress,
            states,
            meter,
            handled,
            in_a_row,
            is_over: false,
            failure: None,
        };
        Self {
            pool,
            journal,
            log,
            args,
            facts,
            shared: Mutex::new(shared),
            ended: Condvar::new(),
        }
    }

    /// Works with so many threads until all is done, or none of them can go on.
    pub(super) fn run(self, threads: usize) -> Done {
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| self.work());
            }
        });
        let shared = self
            .shared
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let Shared {
            waiting,
            handled,
            is_over,
            failure,
            ..
        } = shared;
        // Where one thread could not go on, others may have.
        Done {
            handled,
            failure: failure.filter(|_| is_over || !waiting.is_empty()),
        }
    }

    /// One thread's part.
    fn work(&self) {
        while let Some((entry, _in_progress)) = self.next() {
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

    /// Takes a message. While there is none, waits for those that other threads may return.
    fn next(&self) -> Option<(&'w Entry, InProgress<'_, 'w>)> {
        let awaits_others = |shared: &mut Shared<'_>| {
            !shared.is_over && shared.waiting.is_empty() && shared.in_progress > 0
        };
        let shared = self.ended.wait_while(self.shared(), awaits_others);
        let mut shared = shared.unwrap_or_else(PoisonError::into_inner);
        let entry = if shared.is_over {
            None
        } else {
            shared.waiting.pop_front()
        }?;
        shared.in_progress += 1;
        Some((entry, InProgress(self)))
    }

    /// An error says that there is no going on: no connection, or no journal.
    fn send(&self, entry: &Entry) -> Result<Verdict, Failure> {
        let prepared = entry
            .message()
            .and_then(|message| Ok((entry.envelope(self.args, &message)?, message)));
        let (envelope, message) = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return Ok(Verdict::new(Fate::NotSent, failure.detail)),
        };
        let is_begun = Cell::new(false);
        let before = self.state_of(entry, |state| state.begun.clone());
        let running = Running::default();
        let agree = || {
            let digest = running.hex();
            if before.as_ref().is_some_and(|before| *before != digest) {
                return Err(io::Error::other(
                    "it was changed since it was begun the first time",
                ));
            }
            // Begun again by the pool, it is still the same intent.
            if !is_begun.replace(true) {
                self.state_of(entry, |state| state.begin(digest.clone()));
                self.journal.intend(entry.line, digest)?;
            }
            Ok(())
        };
        let content = Message::reopen(|| Ok(running.of(message.reader()?))).before_end(agree);
        let content = match self.log {
            Some(log) => log.watch(content, message.id()),
            None => content,
        };
        let sent = self.pool.send(&envelope, content);
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
        let context = Context {
            host,
            logged_in: Some(self.facts.login.is_some()),
            ..Context::default()
        };
        let failure = failure_of(delivery, context);
        let scope = scope_of(delivery, context);
        let told = failure
            .as_ref()
            .map(|failure| failure.detail.clone())
            .unwrap_or_default();
        let is_for_now = failure
            .as_ref()
            .is_some_and(|failure| failure.status == exit::TRY_AGAIN);
        let is_for_good =
            scope != Scope::Client && !is_for_now && is_for_all(delivery, self.args.all_or_none);
        let failure = failure.filter(|_| scope != Scope::Message);
        let fate = match &delivery.outcome {
            Outcome::Unknown(_) => Fate::Unknown,
            _ if delivery.accepted() => Fate::Accepted,
            Outcome::Refused { .. } if is_for_good => Fate::Refused,
            _ => Fate::NotSent,
        };
        let told = match &delivery.outcome {
            Outcome::Accepted(reply) => one_line(reply),
            _ => told,
        };
        let left_out = left_out(delivery)
            .filter(|_| fate == Fate::Accepted)
            .collect();
        Verdict {
            fate,
            detail: told,
            left_out,
            scope,
            failure,
        }
    }

    fn conclude(&self, entry: &Entry, mut verdict: Verdict) -> Result<(), Failure> {
        let (fate, scope, failure) = (verdict.fate, verdict.scope, verdict.failure.take());
        let noted = self.note(entry, verdict);
        let mut shared = self.shared();
        shared.handled += 1;
        shared.meter.count(fate);
        shared.in_a_row = if scope == Scope::Message {
            0
        } else {
            shared.in_a_row + 1
        };
        let Some(mut failure) = failure else {
            return noted;
        };
        // RFC 5321 section 3.8: 421 ends this connection; the others of this run may go on.
        let is_of_connection = failure
            .reply
            .as_ref()
            .is_some_and(|reply| reply.code() == 421);
        shared.is_over |=
            shared.in_a_row >= MOST_IN_A_ROW || (scope == Scope::Client && !is_of_connection);
        if !shared.is_over && scope != Scope::Client {
            return noted;
        }
        failure
            .fix
            .push("Run the same command again later: it goes on where this run ended.".to_owned());
        Err(failure)
    }

    fn note(
        &self,
        entry: &Entry,
        Verdict {
            fate,
            detail,
            left_out,
            ..
        }: Verdict,
    ) -> Result<(), Failure> {
        let shared = &mut *self.shared();
        let Some(state) = state_in(shared.states, entry.line) else {
            return Ok(());
        };
        state.conclude(fate, detail, left_out);
        let noted = self
            .journal
            .conclude(entry.line, state.fate, &state.detail, &state.left_out);
        noted.map_err(|error| unwritable(&error.to_string()))
    }

    fn state_of<T: Default>(&self, entry: &Entry, look: impl FnOnce(&mut State) -> T) -> T {
        state_in(self.shared().states, entry.line)
            .map(look)
            .unwrap_or_default()
    }

    fn shared(&self) -> MutexGuard<'_, Shared<'w>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message that a thread has taken.
struct InProgress<'s, 'w>(&'s Work<'w>);

impl Drop for InProgress<'_, '_> {
    fn drop(&mut self) {
        self.0.shared().in_progress -= 1;
        self.0.ended.notify_all();
    }
}

impl Verdict {
    fn new(fate: Fate, detail: String) -> Self {
        Self {
            fate,
            detail,
            left_out: Vec::new(),
            scope: Scope::Message,
            failure: None,
        }
    }
}

/// Returns whom it concerns that a message was not accepted.
fn scope_of(delivery: &Delivery, context: Context<'_>) -> Scope {
    let of = |stage, reply| {
        Scope::of(
            stage,
            knowledge::explain(
                reply,
                Context {
                    phase: Some(stage),
                    ..context
                },
            )
            .cause,
            reply,
        )
    };
    match &delivery.outcome {
        Outcome::Refused { stage, reply } => {
            let of_recipients = refusals(delivery).map(|(one, reply)| of(one.stage, reply));
            of_recipients
                .chain([of(*stage, reply)])
                .max()
                .unwrap_or(Scope::Message)
        }
        // The connection was lost.
        Outcome::NotSent(Some(error)) => error
            .reply()
            .map_or(Scope::Unclear, |reply| of(error.stage(), reply)),
        Outcome::Unknown(_) => Scope::Unclear,
        _ => Scope::Message,
    }
}

/// Returns whether a permanent refusal holds for every recipient. Recipients refused for now, or
/// not asked, are left to the next run.
fn is_for_all(delivery: &Delivery, all_or_none: bool) -> bool {
    let Outcome::Refused { stage, .. } = &delivery.outcome else {
        return false;
    };
    let is_refused = |one: &RecipientOutcome| {
        one.refusal()
            .is_some_and(|reply| reply.code().is_permanent())
    };
    let mut recipients = delivery.recipients.iter();
    match stage {
        Stage::Rcpt if all_or_none => recipients.any(is_refused),
        Stage::Rcpt => recipients.all(is_refused),
        // Over LMTP the final replies are the recipients' own.
        Stage::Body
            if delivery
                .recipients
                .iter()
                .any(|one| one.stage == Stage::Body) =>
        {
            recipients.all(is_refused)
        }
        _ => true,
    }
}

fn state_in(states: &mut [(usize, State)], line: usize) -> Option<&mut State> {
    let at = states.binary_search_by_key(&line, |(line, _)| *line).ok()?;
    states.get_mut(at).map(|(_, state)| state)
}

fn unwritable(what: &str) -> Failure {
    Failure::local(format_args!(
        "The journal cannot be written, and without it nothing is sent: {what}"
    ))
}
