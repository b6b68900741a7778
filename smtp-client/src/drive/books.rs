//! What the loop writes into while it runs, and what is left when a connection is gone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

#[cfg(feature = "log")]
use mailwright_proto::envelope::Envelope;
use mailwright_proto::{Phase, auth::Credentials};

#[cfg(feature = "log")]
use crate::delivery::Delivery;
use crate::dialogue::Dialogue;
#[cfg(feature = "log")]
use crate::drive::Io;
#[cfg(feature = "log")]
use crate::error::Error;
use crate::ledger::Ledger;
#[cfg(feature = "log")]
use crate::log::Sent;
use crate::logins::{FetchSoon, Logins};
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
        let dialogue = Dialogue::new(options.observer.take(), redactor.clone());
        #[cfg(feature = "log")]
        let dialogue = dialogue.kept_for(options.log.as_ref());
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

    /// Writes a message's outcome to the log, if there is one. It waits as long as
    /// [`Log`](crate::Log) says.
    #[cfg(feature = "log")]
    pub(crate) async fn write_down<I: Io>(
        &mut self,
        envelope: &Envelope,
        message_id: Option<String>,
        began: Instant,
        result: &Result<Delivery, Error>,
    ) {
        let dialogue = self.dialogue.take();
        let options = &self.options;
        let Some(log) = options.log.clone() else {
            return;
        };
        let facts = &self.ledger.facts;
        let (host, port, took) = (&options.host, options.port, began.elapsed());
        let record = Sent {
            host,
            port,
            facts,
            envelope,
            message_id,
            result,
            took,
            dialogue,
        }
        .record();
        let job = log.clone();
        let written = I::within(log.deadline(), I::aside(move || job.append(&record))).await;
        log.ended(written);
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
