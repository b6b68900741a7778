//! The queue of awaited replies, and the commands that are on their way out: sending pushes, a reply pops.
//!
//! With PIPELINING a group leaves in one write; without it the next command leaves when the queue is
//! empty. It is the same queue: only how far it is released differs. RFC 2920 section 3.1.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

use crate::event::TransactionId;
use crate::timeout::Phase;

/// Octets of commands that may be unanswered. A server that stops reading until its replies are read
/// must find room for them: RFC 2920 section 3.1 asks to stay below the TCP window, and this is below any.
const MAX_UNANSWERED: usize = 16 * 1024;

/// Replies that may be awaited while more of a message leaves: a server that takes chunk after chunk and answers none must not
/// make this queue grow without end.
const MAX_AWAITED: usize = 1024;

/// What a message to one recipient needs, where the addresses are not long: octets, and replies. An idle connection keeps so
/// much, and takes more where it has to.
const COMMANDS: usize = 72;
const REPLIES: usize = 3;

/// Behind all commands: no secret is among them.
const NOWHERE: usize = usize::MAX;

/// What a reply, once it comes, is the reply to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    Auth,
    /// The `*` that ends an exchange.
    AuthCancelled,
    Mail(TransactionId),
    /// With the recipient's index in the envelope.
    Rcpt(TransactionId, u32),
    /// DATA may have to wait until all that stands before it is answered.
    Data(TransactionId, bool),
    EndOfData(TransactionId),
    /// To a chunk of a message, which may be its last.
    Chunk(TransactionId, bool),
    /// Our own RSET, after a transaction that got stuck half-way.
    Rset,
    /// A command of the embedder's.
    Answer,
    Quit,
}

impl Expect {
    pub(crate) fn phase(self) -> Phase {
        match self {
            Self::Greeting => Phase::Greeting,
            Self::Ehlo | Self::Helo => Phase::Ehlo,
            Self::StartTls => Phase::StartTls,
            Self::Auth | Self::AuthCancelled => Phase::Auth,
            Self::Mail(_) => Phase::Mail,
            Self::Rcpt(..) => Phase::Rcpt,
            Self::Data(..) => Phase::Data,
            Self::EndOfData(_) | Self::Chunk(_, true) => Phase::EndOfData,
            Self::Chunk(_, false) => Phase::Body,
            Self::Rset | Self::Answer => Phase::Command,
            Self::Quit => Phase::Quit,
        }
    }

    pub(crate) fn message(self) -> Option<TransactionId> {
        match self {
            Self::Mail(id) | Self::EndOfData(id) => Some(id),
            Self::Rcpt(id, _) | Self::Data(id, _) | Self::Chunk(id, _) => Some(id),
            _ => None,
        }
    }

    /// Whether it is the reply to octets of a message.
    pub(crate) fn is_to_content(self) -> bool {
        matches!(self, Self::EndOfData(_) | Self::Chunk(..))
    }

    fn is_final(self) -> bool {
        matches!(self, Self::EndOfData(_) | Self::Chunk(_, true))
    }

    /// Whether nothing may be sent behind it before it is answered: RFC 2920 section 3.1 lists what may stand
    /// only at a group's end. What it does not list is what may be grouped.
    fn ends_group(self) -> bool {
        !matches!(
            self,
            Self::Mail(_) | Self::Rcpt(..) | Self::EndOfData(_) | Self::Chunk(..) | Self::Rset
        )
    }

    /// Whether it may not be sent before all that stands before it is answered.
    fn stands_back(self) -> bool {
        matches!(self, Self::Data(_, true))
    }
}

#[derive(Debug)]
struct Awaited {
    expect: Expect,
    /// Where what it answers ends, among all octets of the connection.
    end: u64,
    /// The octets of its command; a message's are none.
    octets: usize,
}

/// Commands out, and what they are awaited for.
#[derive(Debug)]
pub(crate) struct Pipeline {
    out: Zeroizing<Vec<u8>>,
    /// How much of `out` may leave: it stands behind what has left, and ahead of what is held.
    ready: usize,
    /// How much of `out`, at its end, is of commands that are not released.
    held: usize,
    /// Where in `out` a secret begins, or [`NOWHERE`]; its line is the last one there.
    secret_from: usize,
    queue: VecDeque<Awaited>,
    /// How many of the queue may leave, or have left.
    released: usize,
    /// Octets of the released commands that are unanswered.
    unanswered: usize,
    /// Where, among all octets of the connection, those end that are queued or in the driver's hands, ...
    end: u64,
    /// ... those that have left, ...
    left: u64,
    /// ... and those that are answered, or need no answer of their own.
    answered: u64,
}

impl Pipeline {
    pub(crate) fn new() -> Self {
        Self {
            out: Zeroizing::new(Vec::with_capacity(COMMANDS)),
            ready: 0,
            held: 0,
            secret_from: NOWHERE,
            queue: VecDeque::with_capacity(REPLIES),
            released: 0,
            unanswered: 0,
            end: 0,
            left: 0,
            answered: 0,
        }
    }

    /// Awaits a reply for which nothing has to be sent.
    pub(crate) fn expect(&mut self, expect: Expect) {
        self.push(expect, |_| ());
        self.release(false);
    }

    /// Awaits one more reply to what was just answered.
    pub(crate) fn expect_more(&mut self, expect: Expect) {
        self.queue.push_front(Awaited {
            expect,
            end: self.answered,
            octets: 0,
        });
        self.released = self.released.saturating_add(1);
    }

    /// Queues a command.
    pub(crate) fn push(&mut self, expect: Expect, encode: impl FnOnce(&mut Vec<u8>)) {
        let start = self.out.len();
        encode(&mut self.out);
        let octets = self.out.len().saturating_sub(start);
        self.held = self.held.saturating_add(octets);
        self.end = self.end.saturating_add(wide(octets));
        self.queue.push_back(Awaited {
            expect,
            end: self.end,
            octets,
        });
    }

    /// Queues a line with a secret in it. `encode` gives how many octets of it are none.
    pub(crate) fn push_secret(
        &mut self,
        expect: Expect,
        encode: impl FnOnce(&mut Vec<u8>) -> usize,
    ) {
        let start = self.out.len();
        let mut public = 0;
        self.push(expect, |out| public = encode(out));
        self.secret_from = start.saturating_add(public);
    }

    /// Octets of a message are in the driver's hands, and no reply of their own comes to them: its end is still to come.
    pub(crate) fn hand_out(&mut self, octets: usize) {
        self.end = self.end.saturating_add(wide(octets));
    }

    /// Awaits the reply to octets of a message, so many of which the driver has in its hands. Nothing is held back ahead
    /// of them.
    pub(crate) fn expect_after_body(&mut self, expect: Expect, octets: usize) {
        self.hand_out(octets);
        self.queue.push_back(Awaited {
            expect,
            end: self.end,
            octets: 0,
        });
        self.released = self.queue.len();
    }

    /// Lets go of as many commands as may leave by now.
    pub(crate) fn release(&mut self, pipelining: bool) {
        self.release_behind(pipelining, false);
    }

    /// `in_hand`: also behind octets that the driver has in its hands, and answers for the order of.
    fn release_behind(&mut self, pipelining: bool, in_hand: bool) {
        while let Some(next) = self.queue.get(self.released) {
            let unanswered = self.unanswered.saturating_add(next.octets);
            if let Some(before) = self
                .released
                .checked_sub(1)
                .and_then(|last| self.queue.get(last))
            {
                let is_out = in_hand || self.ready > 0 || before.end <= self.left;
                let may_follow = pipelining
                    && is_out
                    && !before.expect.ends_group()
                    && !next.expect.stands_back();
                if !may_follow || unanswered > MAX_UNANSWERED {
                    return;
                }
            }
            self.ready = self.ready.saturating_add(next.octets);
            self.held = self.held.saturating_sub(next.octets);
            self.unanswered = unanswered;
            self.released = self.released.saturating_add(1);
        }
    }

    /// Hands over what may leave by now, behind all that the driver has in its hands already. A secret stays.
    pub(crate) fn drain(&mut self, pipelining: bool, into: &mut Vec<u8>) {
        if self.secret_from != NOWHERE {
            return;
        }
        self.release_behind(pipelining, true);
        into.extend_from_slice(self.writable());
        self.take_written(self.ready);
    }

    /// Returns whether anything may be written now.
    pub(crate) fn is_writable(&self) -> bool {
        self.ready > 0
    }

    /// What may be written now.
    pub(crate) fn writable(&self) -> &[u8] {
        let end = self.out.len().saturating_sub(self.held);
        self.out.get(self.written()..end).unwrap_or_default()
    }

    /// How much of [`writable`](Self::writable), from its start, is no secret.
    pub(crate) fn loggable(&self) -> usize {
        self.secret_from
            .saturating_sub(self.written())
            .min(self.ready)
    }

    /// How much of `out` has left, or was handed over.
    fn written(&self) -> usize {
        self.out
            .len()
            .saturating_sub(self.held)
            .saturating_sub(self.ready)
    }

    /// So many octets have left. Either all of them that may are still here, or all are in the driver's hands.
    pub(crate) fn transmitted(&mut self, n: usize) {
        let may_leave = self.end.saturating_sub(wide(self.held));
        self.left = self.left.saturating_add(wide(n)).min(may_leave);
        if self.queue.is_empty() {
            self.answered = self.left;
        }
        self.take_written(n.min(self.ready));
    }

    /// So much of what may leave is not kept any more.
    fn take_written(&mut self, n: usize) {
        self.ready = self.ready.saturating_sub(n);
        if self.ready == 0 && self.held == 0 {
            if self.secret_from != NOWHERE {
                self.out.zeroize();
                self.secret_from = NOWHERE;
            }
            self.out.clear();
        }
    }

    /// The oldest reply that is awaited.
    pub(crate) fn front(&self) -> Option<Expect> {
        self.queue.front().map(|awaited| awaited.expect)
    }

    /// Whether all that the oldest awaited reply answers has left.
    pub(crate) fn front_has_left(&self) -> bool {
        self.released > 0
            && self
                .queue
                .front()
                .is_some_and(|awaited| awaited.end <= self.left)
    }

    /// Takes what a reply that came answers; nothing where it has not left, or there is nothing.
    pub(crate) fn pop(&mut self) -> Option<Expect> {
        if !self.front_has_left() {
            return None;
        }
        let awaited = self.queue.pop_front()?;
        self.released = self.released.saturating_sub(1);
        self.unanswered = self.unanswered.saturating_sub(awaited.octets);
        self.answered = awaited.end;
        Some(awaited.expect)
    }

    /// Takes back the commands of a message that were not let go.
    pub(crate) fn withdraw(&mut self, message: TransactionId) {
        while self.queue.len() > self.released {
            let Some(last) = self
                .queue
                .back()
                .filter(|last| last.expect.message() == Some(message))
            else {
                return;
            };
            let length = self.out.len().saturating_sub(last.octets);
            self.out.truncate(length);
            self.held = self.held.saturating_sub(last.octets);
            self.end = self.end.saturating_sub(wide(last.octets));
            self.queue.pop_back();
        }
    }

    /// Returns whether anything is awaited for the oldest message. The entries of one message are
    /// adjacent.
    pub(crate) fn awaits(&self, oldest: TransactionId) -> bool {
        self.front().and_then(Expect::message) == Some(oldest)
    }

    /// Returns the first message whose end of data is queued and has not left. The ends of later
    /// ones have not left either.
    pub(crate) fn first_held_end(&self) -> Option<TransactionId> {
        let held = self.queue.iter().filter(|awaited| awaited.end > self.left);
        held.filter(|awaited| awaited.expect.is_final())
            .find_map(|awaited| awaited.expect.message())
    }

    /// Whether every command was let go, and has left or is in the driver's hands.
    pub(crate) fn holds_nothing(&self) -> bool {
        self.released == self.queue.len() && self.ready == 0
    }

    /// Whether one more chunk may leave ahead of the replies.
    pub(crate) fn has_room(&self) -> bool {
        self.queue.len() < MAX_AWAITED
    }

    /// Octets that are unanswered, messages included.
    pub(crate) fn under_way(&self) -> usize {
        usize::try_from(self.end.saturating_sub(self.answered)).unwrap_or(usize::MAX)
    }

    /// Whether no reply is awaited.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

/// A number of octets, as a distance between places: a connection may have more of them than there is memory.
fn wide(octets: usize) -> u64 {
    u64::try_from(octets).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
