//! How a message begins on a connection, and how the connection ends.

use std::io;
use std::mem;

use mailwright_proto::{Phase, SendError, envelope::Envelope};

use super::{Books, Io, Link, Until, room};
use crate::chunks::Whole;
use crate::error::{Error, Kind};

impl<I: Io> Link<I> {
    /// Which of its recipients a message may have that is begun now.
    pub(crate) fn within_limits(&self, envelope: &Envelope) -> Vec<usize> {
        self.connection.within_limits(envelope)
    }

    pub(crate) fn begin(
        &mut self,
        envelope: &Envelope,
        books: &mut Books,
    ) -> Result<(), SendError> {
        let id = self.connection.send(envelope)?;
        self.was_used = true;
        books.ledger.begin(id, envelope.recipients().len());
        Ok(())
    }

    /// Returns whether a message was begun on this connection. If not, a new connection would allow
    /// no more than this one.
    pub(crate) fn was_used(&self) -> bool {
        self.was_used
    }

    /// Notes that the session was opened by the present call, so that nothing is left to be read.
    pub(crate) fn opened_now(&mut self) {
        self.was_read = true;
    }

    /// Returns whether a message may begin on this connection, once the outstanding replies are
    /// read.
    pub(crate) async fn is_quiet(&mut self, books: &mut Books) -> bool {
        let is_idle = self.is_idle()
            || self
                .drive(books, Until::Open, &mut Whole::nothing())
                .await
                .is_ok();
        self.was_read = is_idle && self.stays_idle(books).await;
        self.was_read
    }

    /// Returns whether [`is_quiet`](Self::is_quiet) was called for the message that begins now, and
    /// for no other.
    pub(crate) fn take_was_read(&mut self) -> bool {
        mem::take(&mut self.was_read)
    }

    /// Returns whether no reply is awaited.
    pub(crate) fn is_idle(&self) -> bool {
        self.connection.timer().phase() == Phase::Idle
    }

    /// Reads what has arrived on an idle connection, and returns whether the session continues. Any
    /// octet ends it, even a partial line: it would be attributed to the next command.
    pub(crate) async fn stays_idle(&mut self, books: &mut Books) -> bool {
        if self.look(books).await && !self.is_over() {
            self.break_off(io::Error::other(
                "the server sent octets that answer no command",
            ));
            self.note_events(books);
        }
        !self.is_over()
    }

    /// Fails, in a pool, if the server ended the session while the login waited for credentials or for other
    /// logins. The server has seen no credentials, so this is not a failed login.
    pub(super) async fn check_before_login(&mut self, books: &mut Books) -> Result<(), Error> {
        if !books.is_pooled || self.stays_idle(books).await {
            return Ok(());
        }
        match self.connection.poll() {
            Ok(_) | Err(mailwright_proto::Error::Closed { .. }) => {
                let notice = books.ledger.take_refusal().map(io::Error::other);
                let closed = mailwright_proto::Error::Closed { phase: Phase::Ehlo };
                Err(books
                    .ledger
                    .error(closed, notice.as_ref().or(self.broken.as_ref()), ""))
            }
            Err(error) => Err(books.ledger.error(error, self.broken.as_ref(), "")),
        }
    }

    /// Reads what the server has sent, without waiting, and returns whether there was anything.
    pub(crate) async fn look(&mut self, books: &mut Books) -> bool {
        let heard = self.io.glance(room(&mut self.buffer)).await;
        let is_silent = matches!(heard, Ok(None));
        match heard {
            Ok(None) => {}
            Ok(Some(n)) => self.receive(n, books),
            Err(error) => self.break_off(error),
        }
        self.note_events(books);
        !is_silent
    }

    /// Nothing is under way: what only that needs is given back.
    pub(crate) fn rest(&mut self) {
        self.buffer = Vec::new();
    }

    pub(crate) async fn quit(mut self, books: &mut Books) -> Result<(), Error> {
        self.connection.quit().map_err(Kind::Misuse)?;
        // What is still unanswered, an RSET for one, is no reason to stay either.
        self.leave_by = books.options.timeouts.deadline_of(Phase::Quit);
        let driven = self
            .drive(books, Until::Closed, &mut Whole::nothing())
            .await;
        self.io.close().await;
        driven
    }

    /// Gives the connection up where it stands: the ledger then knows what became of the message under way.
    pub(crate) fn abandon(mut self, books: &mut Books) {
        self.connection.receive_eof();
        self.note_events(books);
    }
}
