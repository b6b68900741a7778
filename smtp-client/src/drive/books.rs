//! What the loop writes into while it runs, and what is left when a connection is gone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use mailwright_proto::{Phase, auth::Credentials, envelope::Envelope};

use crate::attempt::DeliveryAttempt;
use crate::delivery::Delivery;
use crate::dialogue::Dialogue;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::logins::{FetchSoon, Logins};
use crate::message::Hooks;
use crate::options::Options;
use mailwright_proto::Redactor;

/// What outlives a connection: the options, and what is known.
pub(crate) struct Books {
    pub(crate) options: Options,
    pub(crate) logins: Logins<FetchSoon>,
    /// Whether a pool makes this login, and may make it again on another connection.
    pub(crate) is_pooled: bool,
    pub(crate) ledger: Ledger,
    pub(super) dialogue: Dialogue,
    /// Who is told each phase when it is first waited for, and the last one that was told.
    watcher: Option<PhaseWatcher>,
    phase: Phase,
}

/// Who is told each phase of a session when it is first waited for.
pub(crate) type PhaseWatcher = Arc<Mutex<dyn FnMut(Phase) + Send>>;

impl Books {
    pub(crate) fn new(mut options: Options, logins: Logins<FetchSoon>) -> Self {
        let redactor = match &logins {
            Logins::Given(credentials) => Redactor::new(credentials),
            _ => Redactor::default(),
        };
        let watcher = options.watcher.take();
        let dialogue = Dialogue::new(
            options.observer.take(),
            redactor.clone(),
            options.keeps_dialogue,
        );
        let ledger = Ledger::new(&options.host, redactor, options.is_lmtp);
        Self {
            options,
            logins,
            is_pooled: false,
            ledger,
            dialogue,
            watcher,
            phase: Phase::Idle,
        }
    }

    /// Calls the message's hook after an attempt, if it has one.
    pub(crate) fn report(
        &mut self,
        envelope: &Envelope,
        began: Instant,
        result: &Result<Delivery, Error>,
        hooks: &mut impl Hooks,
    ) {
        let dialogue = self.dialogue.take();
        if let Some(hook) = hooks.after_attempt() {
            hook(&DeliveryAttempt {
                host: &self.options.host,
                port: self.options.port,
                connection: &self.ledger.facts,
                envelope,
                result,
                elapsed: began.elapsed(),
                dialogue: &dialogue,
            });
        }
    }

    /// A new connection: of the last one nothing is known any more.
    pub(crate) fn restart(&mut self) {
        self.dialogue.restart();
        self.ledger = Ledger::new(
            &self.options.host,
            self.dialogue.redactor().clone(),
            self.options.is_lmtp,
        );
    }

    /// The same within one call, in the place of a connection that failed: the dialogue's clock runs on.
    #[cfg(feature = "mx")]
    pub(crate) fn go_on(&mut self) {
        self.dialogue.go_on();
        self.ledger = Ledger::new(
            &self.options.host,
            self.dialogue.redactor().clone(),
            self.options.is_lmtp,
        );
    }

    /// These are presented next: from here on what is secret of them is shown nowhere.
    pub(super) fn present(&mut self, credentials: &Credentials) {
        let redactor = Redactor::new(credentials);
        self.ledger.present(credentials, redactor.clone());
        self.dialogue.conceal(redactor);
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        if let Some(watcher) = self.watcher.as_ref().filter(|_| self.phase != phase) {
            self.phase = phase;
            watcher.lock().unwrap_or_else(PoisonError::into_inner)(phase);
        }
    }

    /// Returns the deadline for the next progress of a write of message data.
    pub(super) fn deadline_of_write(&self) -> Option<Instant> {
        self.options.timeouts.deadline_of(Phase::Body)
    }
}
