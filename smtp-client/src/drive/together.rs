//! Many messages over one connection: all that can be said without waiting goes out in one write.

use std::collections::VecDeque;
use std::ops::Range;

use mailwright_proto::{Output, body::EncodedChunk, envelope::Envelope};

use super::{Books, Io, Link};
use crate::chunks::{Chunks, Whole};
use crate::delivery::Delivery;
use crate::error::{Error, Kind};

/// Octets in a record of TLS, at most; RFC 8446 section 5.1.
const RECORD: usize = 16 * 1024;

/// What is to be written, in its order: commands, and messages where their owner keeps them.
#[derive(Default)]
struct InHand<'m> {
    commands: Vec<u8>,
    pieces: Vec<Piece<'m>>,
}

enum Piece<'m> {
    Commands(Range<usize>),
    Content(EncodedChunk<'m>),
}

impl Piece<'_> {
    fn octets(&self) -> usize {
        match self {
            Self::Commands(range) => range.len(),
            Self::Content(framed) => framed.len(),
        }
    }
}

impl<'m> InHand<'m> {
    /// What can be written as one thing. In the clear it is known of each octet whether it has left. Over TLS that is known of
    /// a whole write alone: several pieces have to fit into one record. So no message ends within several records, where a
    /// connection that breaks could not tell whether it is out; and no reply can come to a command whose write is not done.
    fn parts(&self, is_tls: bool) -> impl Iterator<Item = &[Piece<'m>]> {
        let mut octets = 0;
        self.pieces.chunk_by(move |before, next| {
            octets += before.octets();
            let together = !is_tls || octets + next.octets() <= RECORD;
            if !together {
                octets = 0;
            }
            together
        })
    }

    fn slices<'s>(&'s self, part: &'s [Piece<'m>]) -> impl Iterator<Item = &'s [u8]> {
        part.iter().flat_map(|piece| {
            let (commands, content) = match piece {
                Piece::Commands(range) => (self.commands.get(range.clone()), None),
                Piece::Content(framed) => (None, Some(framed.slices())),
            };
            commands.into_iter().chain(content.into_iter().flatten())
        })
    }

    fn clear(&mut self) {
        self.commands.clear();
        self.pieces.clear();
    }
}

/// A message that was begun and not told of, and its place among the others.
struct Begun<'m> {
    place: usize,
    envelope: &'m Envelope,
}

impl<'m> Begun<'m> {
    fn new(place: usize, message: (&'m Envelope, &'m [u8])) -> Self {
        Self {
            place,
            envelope: message.0,
        }
    }

    fn end(
        self,
        result: Result<Delivery, Error>,
        books: &mut Books,
        tell: &mut impl FnMut(usize, Result<Delivery, Error>),
    ) {
        tell(self.place, result);
        books.ledger.told();
    }
}

impl<I: Io> Link<I> {
    /// Sends messages until there are no more, or the session ends: then the error says why, and each message that was
    /// begun has been told of.
    pub(crate) async fn send_all<'m>(
        &mut self,
        books: &mut Books,
        messages: &mut impl Iterator<Item = (&'m Envelope, &'m [u8])>,
        tell: &mut impl FnMut(usize, Result<Delivery, Error>),
    ) -> Result<(), Error> {
        let mut messages = messages.enumerate();
        // The oldest first.
        let mut under_way: VecDeque<Begun<'m>> = VecDeque::new();
        let mut in_hand = InHand::default();
        let mut content = Whole::nothing();
        let mut is_last = false;
        let ended = loop {
            // Also what was heard while something was written.
            while books.ledger.is_settled()
                && let Some(begun) = under_way.pop_front()
            {
                let delivery = books.ledger.close(begun.envelope.recipients(), None);
                begun.end(Ok(delivery), books, tell);
            }
            if !is_last && self.connection.available_transactions() > 0 {
                match messages.next() {
                    None => is_last = true,
                    Some((place, message)) => {
                        let begun = Begun::new(place, message);
                        // The iterator may have blocked for a while. If the session has ended,
                        // `poll` reports it below.
                        if self.is_idle()
                            && in_hand.pieces.is_empty()
                            && !self.stays_idle(books).await
                        {
                            under_way.push_back(begun);
                            continue;
                        }
                        match self.begin(message.0, books) {
                            Err(error) => begun.end(Err(Kind::Message(error).into()), books, tell),
                            Ok(()) => {
                                under_way.push_back(begun);
                                content = Whole::new(message.1);
                            }
                        }
                    }
                }
            }
            self.gather(&mut in_hand, books);
            match self.connection.poll() {
                Ok(Output::Event(event)) => books.ledger.note(event),
                Ok(Output::Body(_)) => {
                    let (chunk, is_end) = content.take();
                    let framed = self.connection.body(chunk, is_end).map_err(Kind::Body)?;
                    books.dialogue.body(chunk, is_end, framed.command());
                    in_hand.pieces.push(Piece::Content(framed));
                    // While the server reads this, the next chunk is looked through, unless it is not wanted any more.
                    if !is_end {
                        self.write(&mut in_hand, books).await;
                        if content.is_time_to_look() {
                            self.look(books).await;
                        }
                    }
                }
                Ok(Output::Idle) if is_last && in_hand.pieces.is_empty() => return Ok(()),
                // What a reply made necessary is gathered next.
                Ok(Output::Write) => {}
                Ok(Output::Read | Output::Idle) if !in_hand.pieces.is_empty() => {
                    self.write(&mut in_hand, books).await;
                }
                Ok(Output::Idle) => {}
                Ok(Output::Read) => self.read(books).await,
                Ok(Output::StartTls | Output::Authenticate) => {
                    self.connection.quit().map_err(Kind::Misuse)?
                }
                Ok(Output::Closed) => break books.ledger.take_refusal(),
                Err(error) => break Some(self.failure(error, books)),
            }
        };
        for begun in under_way {
            let delivery = books
                .ledger
                .close(begun.envelope.recipients(), ended.clone());
            begun.end(Ok(delivery), books, tell);
        }
        ended.map_or(Ok(()), Err)
    }

    async fn write(&mut self, in_hand: &mut InHand<'_>, books: &mut Books) {
        for part in in_hand.parts(books.ledger.facts.tls.is_some()) {
            if let Err(error) = self.write_slices(in_hand.slices(part), books).await {
                self.lost(error, books).await;
                break;
            }
        }
        in_hand.clear();
    }

    fn gather(&mut self, in_hand: &mut InHand<'_>, books: &mut Books) {
        let start = in_hand.commands.len();
        if self.connection.drain_commands(&mut in_hand.commands) == 0 {
            return;
        }
        let range = start..in_hand.commands.len();
        books
            .dialogue
            .commands(in_hand.commands.get(range.clone()).unwrap_or_default());
        in_hand.pieces.push(Piece::Commands(range));
    }
}

#[cfg(test)]
mod tests {
    use mailwright_proto::body::BodyEncoder;

    use super::*;

    /// How many octets each part has of commands and messages of so many.
    fn parts(pieces: &[(bool, usize)], is_tls: bool) -> Vec<usize> {
        let content = vec![b'x'; 100_000];
        let mut in_hand = InHand::default();
        for &(is_content, octets) in pieces {
            in_hand.pieces.push(match is_content {
                // In binary, with `BDAT n LAST` ahead of it.
                true => Piece::Content(
                    BodyEncoder::binary()
                        .frame(content.get(..octets).unwrap(), true)
                        .unwrap(),
                ),
                false => Piece::Commands(0..octets),
            });
        }
        in_hand
            .parts(is_tls)
            .map(|part| part.iter().map(Piece::octets).sum())
            .collect()
    }

    #[test]
    fn over_tls_several_pieces_go_out_as_one_where_they_fit_into_a_record() {
        let pieces = [(false, 100), (true, 1000), (false, 100), (true, 1000)];
        assert_eq!(parts(&pieces, true), [2232]);
        assert_eq!(parts(&pieces, false), [2232]);
        let pieces = [
            (false, 100),
            (true, 50_000),
            (false, 100),
            (true, 16_000),
            (false, 500),
        ];
        assert_eq!(parts(&pieces, true), [100, 50_017, 16_117, 500]);
        assert_eq!(parts(&pieces, false), [66_734]);
    }
}
