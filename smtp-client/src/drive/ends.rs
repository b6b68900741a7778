//! How a message begins on a connection, and how the connection ends.

use std::time::Instant;

use smtp_proto::{Envelope, Misuse, Phase};

use super::{Books, Io, Link, Until, room};
use crate::chunks::Whole;
use crate::error::{Error, Kind};

impl<I: Io> Link<I> {
    /// Which of its recipients a message may have that is begun now.
    pub(crate) fn within_limits(&self, envelope: &Envelope) -> Vec<usize> {
        self.connection.within_limits(envelope)
    }

    pub(crate) fn begin(&mut self, envelope: &Envelope, books: &mut Books) -> Result<(), Misuse> {
        let id = self.connection.send(envelope)?;
        books.ledger.begin(id, envelope.recipients().len());
        Ok(())
    }

    /// Hears what the server has said by itself, without waiting for it.
    pub(crate) async fn look(&mut self, books: &mut Books) {
        match self.io.glance(room(&mut self.buffer)).await {
            Ok(None) => {}
            Ok(Some(n)) => self.receive(n, books),
            Err(error) => self.break_off(error),
        }
        self.note_events(books);
    }

    /// Nothing is under way: what only that needs is given back.
    pub(crate) fn rest(&mut self) {
        self.buffer = Vec::new();
    }

    pub(crate) async fn quit(mut self, books: &mut Books) -> Result<(), Error> {
        self.connection.quit().map_err(Kind::Message)?;
        // What is still unanswered, an RSET for one, is no reason to stay either.
        self.leave_by = books.patience(Phase::Quit).and_then(|patience| Instant::now().checked_add(patience));
        let driven = self.drive(books, Until::Closed, &mut Whole::nothing()).await;
        self.io.close().await;
        driven
    }

    /// Gives the connection up where it stands: the ledger then knows what became of the message under way.
    pub(crate) fn abandon(mut self, books: &mut Books) {
        self.connection.receive_eof();
        self.note_events(books);
    }
}
