//! A server that decides each command by itself, whatever travels with it.

use alloc::format;
use alloc::vec::Vec;

use super::input::Input;

/// What it decides of one message.
pub(super) struct Decisions {
    mail: u16,
    pub(super) recipients: Vec<u16>,
    /// Whether DATA is taken even where no recipient is left: RFC 2920 section 3.1 allows that.
    eager: bool,
    data: u16,
    /// Of a chunk that is not the last.
    chunk: u16,
    last: u16,
    /// Whether the client hands the message in by two pieces.
    pub(super) in_two: bool,
    /// By LMTP: of each recipient, behind the message.
    finals: Vec<u16>,
}

impl Decisions {
    pub(super) fn any(choices: &mut Input<'_>) -> Self {
        let code = |choice: u8, good: u16| match choice % 8 {
            0 => 450,
            1 => 550,
            2 => 452,
            _ => good,
        };
        let mail = code(choices.byte(), 250);
        let count = usize::from(choices.byte() % 8).saturating_add(1);
        let said: Vec<u8> = (0..count).map(|_| choices.byte()).collect();
        Self {
            mail,
            recipients: said.iter().map(|&byte| code(byte, 250)).collect(),
            eager: choices.flag(),
            data: code(choices.byte(), 354),
            chunk: code(choices.byte(), 250),
            last: code(choices.byte(), 250),
            in_two: choices.flag(),
            finals: said.iter().map(|&byte| code(byte / 8, 250)).collect(),
        }
    }
}

/// The server.
pub(super) struct Model<'a> {
    decisions: &'a [Decisions],
    is_lmtp: bool,
    /// How many MAIL commands it has heard: the last one is of the message at hand.
    messages: usize,
    mail_taken: bool,
    asked: usize,
    taken: usize,
    is_broken: bool,
    in_data: bool,
}

impl<'a> Model<'a> {
    pub(super) fn new(decisions: &'a [Decisions], is_lmtp: bool) -> Self {
        Self {
            decisions,
            is_lmtp,
            messages: 0,
            mail_taken: false,
            asked: 0,
            taken: 0,
            is_broken: false,
            in_data: false,
        }
    }

    /// Its replies to all that it hears.
    pub(super) fn answer(&mut self, heard: &mut Vec<u8>) -> Vec<u8> {
        let mut replies = Vec::new();
        while let Some(end) = memchr::memmem::find(heard, b"\r\n") {
            let line: Vec<u8> = heard.drain(..end.saturating_add(2)).collect();
            if let Some(chunk) = line.strip_prefix(b"BDAT ") {
                let octets = chunk.iter().take_while(|byte| byte.is_ascii_digit());
                let octets = octets.fold(0_usize, |n, digit| {
                    n.saturating_mul(10)
                        .saturating_add(usize::from(digit.saturating_sub(b'0')))
                });
                assert!(heard.len() >= octets, "a chunk is shorter than it says");
                heard.drain(..octets.min(heard.len()));
            }
            for code in self.decide(&line) {
                replies.extend_from_slice(format!("{code} so be it\r\n").as_bytes());
            }
        }
        replies
    }

    /// The codes of its replies to a line: one, or none, and by LMTP one for each recipient behind a message.
    fn decide(&mut self, line: &[u8]) -> Vec<u16> {
        let is_end = if self.in_data {
            line == b".\r\n"
        } else {
            line.starts_with(b"BDAT") && line.ends_with(b" LAST\r\n")
        };
        let finals = self.finals();
        let code = self.decide_once(line);
        if is_end && self.is_lmtp && !finals.is_empty() {
            self.end(250);
            return finals;
        }
        code.into_iter().collect()
    }

    /// What those recipients are told behind the message at hand that were taken.
    fn finals(&self) -> Vec<u16> {
        let Some(decisions) = self
            .decisions
            .get(self.messages.saturating_sub(1))
            .filter(|_| self.taken > 0)
        else {
            return Vec::new();
        };
        let each = decisions
            .recipients
            .iter()
            .zip(&decisions.finals)
            .take(self.asked);
        each.filter(|(code, _)| **code == 250)
            .map(|(_, code)| *code)
            .collect()
    }

    fn decide_once(&mut self, line: &[u8]) -> Option<u16> {
        let at_hand = self.messages.saturating_sub(1);
        if self.in_data {
            self.in_data = line != b".\r\n";
            let last = self
                .decisions
                .get(at_hand)
                .map_or(503, |decisions| decisions.last);
            // A message that nobody is to have is refused, whatever else was decided.
            let last = if self.taken == 0 { 554 } else { last };
            return (!self.in_data).then(|| self.end(last));
        }
        let verb = line.get(..4).unwrap_or_default();
        if verb == b"MAIL" {
            assert!(
                !self.mail_taken,
                "the sender of one message is still there when the next one begins"
            );
            self.messages = self.messages.saturating_add(1);
            let mail = self
                .decisions
                .get(self.messages.saturating_sub(1))
                .map_or(503, |decisions| decisions.mail);
            self.mail_taken = mail == 250;
            (self.asked, self.taken, self.is_broken) = (0, 0, false);
            return Some(mail);
        }
        let decisions = self.decisions.get(at_hand)?;
        Some(match verb {
            b"RCPT" if self.mail_taken => {
                let code = decisions.recipients.get(self.asked).copied().unwrap_or(503);
                self.asked = self.asked.saturating_add(1);
                self.taken = self.taken.saturating_add(usize::from(code == 250));
                code
            }
            b"DATA" if self.taken > 0 || (decisions.eager && self.mail_taken && !self.is_lmtp) => {
                self.in_data = decisions.data == 354;
                decisions.data
            }
            b"BDAT" if self.mail_taken && self.taken > 0 && !self.is_broken => {
                match line.ends_with(b" LAST\r\n") {
                    // What a refused message leaves behind stays until RSET: RFC 3030 section 2.
                    true if decisions.last == 250 => self.end(250),
                    true => decisions.last,
                    false => {
                        self.is_broken = decisions.chunk != 250;
                        decisions.chunk
                    }
                }
            }
            b"RSET" => self.end(250),
            _ => 503,
        })
    }

    /// Forgets the message at hand.
    fn end(&mut self, code: u16) -> u16 {
        (self.mail_taken, self.taken) = (false, 0);
        code
    }
}
