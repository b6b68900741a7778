//! The queue of awaited replies, and the commands that are on their way out: sending pushes, a reply pops.
//!
//! With PIPELINING a group leaves in one write; without it the next command leaves when the queue is
//! empty. It is the same queue: only how far it is released differs. RFC 2920 section 3.1.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

use crate::event::MessageId;
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
    Mail(MessageId),
    /// With the recipient's index in the envelope.
    Rcpt(MessageId, u32),
    Data(MessageId),
    EndOfData(MessageId),
    /// To a chunk of a message, which may be its last.
    Chunk(MessageId, bool),
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
            Self::Data(_) => Phase::Data,
            Self::EndOfData(_) | Self::Chunk(_, true) => Phase::EndOfData,
            Self::Chunk(_, false) => Phase::Body,
            Self::Rset | Self::Answer => Phase::Command,
            Self::Quit => Phase::Quit,
        }
    }

    pub(crate) fn message(self) -> Option<MessageId> {
        match self {
            Self::Mail(id) | Self::Rcpt(id, _) | Self::Data(id) | Self::EndOfData(id) | Self::Chunk(id, _) => Some(id),
            _ => None,
        }
    }

    /// Whether it is the reply to octets of a message.
    pub(crate) fn is_to_content(self) -> bool {
        matches!(self, Self::EndOfData(_) | Self::Chunk(..))
    }

    fn is_final_of(self, message: MessageId) -> bool {
        self == Self::EndOfData(message) || self == Self::Chunk(message, true)
    }

    /// Whether nothing may be sent behind it before it is answered: RFC 2920 section 3.1 lists what may stand
    /// only at a group's end. What it does not list is what may be grouped.
    fn ends_group(self) -> bool {
        !matches!(self, Self::Mail(_) | Self::Rcpt(..) | Self::EndOfData(_) | Self::Chunk(..) | Self::Rset)
    }
}

#[derive(Debug)]
struct Awaited {
    expect: Expect,
    /// Its octets, and those of them that have not left.
    octets: usize,
    unsent: usize,
    /// Whether it waits until all that stands before it is answered.
    stands_back: bool,
    /// Whether it is a command; a message's octets are none.
    is_command: bool,
    /// Whether its octets are in `out`, and not in the driver's hands.
    is_kept: bool,
}

impl Awaited {
    /// Its octets that count against [`MAX_UNANSWERED`].
    fn command_octets(&self) -> usize {
        if self.is_command { self.octets } else { 0 }
    }
}

/// Commands out, and what they are awaited for.
#[derive(Debug)]
pub(crate) struct Pipeline {
    out: Zeroizing<Vec<u8>>,
    /// How much of `out` has left.
    written: usize,
    /// How much of `out` behind that may leave.
    ready: usize,
    /// Where in `out` a secret begins, or [`NOWHERE`]; its line is the last one there.
    secret_from: usize,
    queue: VecDeque<Awaited>,
    /// How many of the queue may leave, or have left.
    released: usize,
    /// Octets of the released commands that are unanswered.
    unanswered: usize,
    /// Octets of all that is awaited, messages too. While nothing is, those of a message within DATA that have not left: they
    /// stand ahead of its end, which is awaited together with them.
    under_way: usize,
}

impl Pipeline {
    pub(crate) fn new() -> Self {
        Self {
            out: Zeroizing::new(Vec::with_capacity(COMMANDS)),
            written: 0,
            ready: 0,
            secret_from: NOWHERE,
            queue: VecDeque::with_capacity(REPLIES),
            released: 0,
            unanswered: 0,
            under_way: 0,
        }
    }

    /// Awaits a reply for which nothing has to be sent.
    pub(crate) fn expect(&mut self, expect: Expect) {
        self.await_reply(expect, 0, false, true);
        self.release(false);
    }

    /// Awaits one more reply to what was just answered.
    pub(crate) fn expect_more(&mut self, expect: Expect) {
        let answered = Awaited { expect, octets: 0, unsent: 0, stands_back: false, is_command: false, is_kept: false };
        self.queue.push_front(answered);
        self.released = self.released.saturating_add(1);
    }

    /// Queues a command.
    pub(crate) fn push(&mut self, expect: Expect, encode: impl FnOnce(&mut Vec<u8>)) {
        self.push_command(expect, false, encode);
    }

    /// Queues a command that leaves only when all before it is answered.
    pub(crate) fn push_standing_back(&mut self, expect: Expect, encode: impl FnOnce(&mut Vec<u8>)) {
        self.push_command(expect, true, encode);
    }

    /// Queues a line with a secret in it. `encode` gives how many octets of it are none.
    pub(crate) fn push_secret(&mut self, expect: Expect, encode: impl FnOnce(&mut Vec<u8>) -> usize) {
        let start = self.out.len();
        let mut public = 0;
        self.push_command(expect, false, |out| public = encode(out));
        self.secret_from = start.saturating_add(public);
    }

    /// Octets of a message are in the driver's hands, and no reply of their own comes to them: its end is still to come.
    pub(crate) fn hand_out(&mut self, octets: usize) {
        self.under_way = self.under_way.saturating_add(octets);
    }

    /// Awaits the reply to octets of a message, so many of which the driver has in its hands. Nothing is held back ahead
    /// of them.
    pub(crate) fn expect_after_body(&mut self, expect: Expect, octets: usize) {
        let ahead = if self.queue.is_empty() { core::mem::take(&mut self.under_way) } else { 0 };
        self.await_reply(expect, ahead.saturating_add(octets), false, false);
        self.released = self.queue.len();
    }

    fn push_command(&mut self, expect: Expect, stands_back: bool, encode: impl FnOnce(&mut Vec<u8>)) {
        let start = self.out.len();
        encode(&mut self.out);
        let length = self.out.len().saturating_sub(start);
        self.await_reply(expect, length, stands_back, true);
    }

    fn await_reply(&mut self, expect: Expect, unsent: usize, stands_back: bool, is_command: bool) {
        self.under_way = self.under_way.saturating_add(unsent);
        let octets = unsent;
        self.queue.push_back(Awaited { expect, octets, unsent, stands_back, is_command, is_kept: is_command });
    }

    /// Lets go of as many commands as may leave by now.
    pub(crate) fn release(&mut self, pipelining: bool) {
        self.release_behind(pipelining, false);
    }

    /// `in_hand`: also behind octets that the driver has in its hands, and answers for the order of.
    fn release_behind(&mut self, pipelining: bool, in_hand: bool) {
        while let Some(next) = self.queue.get(self.released) {
            let unanswered = self.unanswered.saturating_add(next.command_octets());
            if let Some(before) = self.released.checked_sub(1).and_then(|last| self.queue.get(last)) {
                let is_out = in_hand || before.is_kept || before.unsent == 0;
                let may_follow = pipelining && is_out && !before.expect.ends_group() && !next.stands_back;
                if !may_follow || unanswered > MAX_UNANSWERED {
                    return;
                }
            }
            if next.is_kept {
                self.ready = self.ready.saturating_add(next.unsent);
            }
            self.unanswered = unanswered;
            self.released = self.released.saturating_add(1);
        }
    }

    /// Hands over what may leave by now, behind all that the driver has in its hands already. A secret stays.
    pub(crate) fn gather(&mut self, pipelining: bool, into: &mut Vec<u8>) {
        if self.secret_from != NOWHERE {
            return;
        }
        self.release_behind(pipelining, true);
        if self.ready == 0 {
            return;
        }
        into.extend_from_slice(self.writable());
        self.written = self.written.saturating_add(self.ready);
        self.ready = 0;
        // What was not handed over before stands at the end.
        let handed_over = self.queue.iter_mut().take(self.released).rev();
        let handed_over = handed_over.take_while(|awaited| awaited.is_kept && awaited.unsent > 0);
        handed_over.for_each(|awaited| awaited.is_kept = false);
        self.tidy_up();
    }

    /// What may be written now.
    pub(crate) fn writable(&self) -> &[u8] {
        let end = self.written.saturating_add(self.ready);
        self.out.get(self.written..end).unwrap_or_default()
    }

    /// How much of [`writable`](Self::writable), from its start, is no secret.
    pub(crate) fn loggable(&self) -> usize {
        self.secret_from.saturating_sub(self.written).min(self.ready)
    }

    /// So many octets have left.
    pub(crate) fn sent(&mut self, mut n: usize) {
        if self.queue.is_empty() {
            self.under_way = self.under_way.saturating_sub(n);
        }
        for awaited in self.queue.iter_mut().take(self.released) {
            if n == 0 {
                break;
            }
            let part = n.min(awaited.unsent);
            awaited.unsent = awaited.unsent.saturating_sub(part);
            n = n.saturating_sub(part);
            if awaited.is_kept {
                self.written = self.written.saturating_add(part);
                self.ready = self.ready.saturating_sub(part);
            }
        }
        self.tidy_up();
    }

    fn tidy_up(&mut self) {
        if self.written == self.out.len() {
            if self.secret_from != NOWHERE {
                self.out.zeroize();
                self.secret_from = NOWHERE;
            }
            self.out.clear();
            self.written = 0;
        }
    }

    /// The oldest reply that is awaited.
    pub(crate) fn front(&self) -> Option<Expect> {
        self.queue.front().map(|awaited| awaited.expect)
    }

    /// Whether all that the oldest awaited reply answers has left.
    pub(crate) fn front_has_left(&self) -> bool {
        self.released > 0 && self.queue.front().is_some_and(|awaited| awaited.unsent == 0)
    }

    /// Takes what a reply that came answers; nothing where it has not left, or there is nothing.
    pub(crate) fn pop(&mut self) -> Option<Expect> {
        if !self.front_has_left() {
            return None;
        }
        let awaited = self.queue.pop_front()?;
        self.released = self.released.saturating_sub(1);
        self.unanswered = self.unanswered.saturating_sub(awaited.command_octets());
        self.under_way = self.under_way.saturating_sub(awaited.octets);
        Some(awaited.expect)
    }

    /// Takes back the commands of a message that were not let go.
    pub(crate) fn withdraw(&mut self, message: MessageId) {
        while self.queue.len() > self.released {
            let Some(last) = self.queue.back().filter(|last| last.expect.message() == Some(message)) else {
                return;
            };
            let length = self.out.len().saturating_sub(last.unsent);
            self.under_way = self.under_way.saturating_sub(last.octets);
            self.out.truncate(length);
            self.queue.pop_back();
        }
    }

    /// Whether anything is awaited for a message.
    pub(crate) fn awaits(&self, message: MessageId) -> bool {
        // The oldest, nearly always, where there is one.
        self.front().and_then(Expect::message) == Some(message)
            || self.queue.iter().any(|awaited| awaited.expect.message() == Some(message))
    }

    /// Whether the end of a message's data has left, and nothing answered it.
    pub(crate) fn end_of_data_has_left(&self, message: MessageId) -> bool {
        self.queue.iter().any(|awaited| awaited.expect.is_final_of(message) && awaited.unsent == 0)
    }

    /// Whether the end of a message's data, which nothing has answered, has not left.
    pub(crate) fn holds_end_of(&self, message: MessageId) -> bool {
        self.queue.iter().any(|awaited| awaited.expect.is_final_of(message) && awaited.unsent > 0)
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
        self.under_way
    }

    /// Whether no reply is awaited.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests;
