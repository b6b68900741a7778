//! Whether commands travel together or one by one, the same becomes of each recipient.

use alloc::format;
use alloc::vec::Vec;

use super::Tamper;
use super::host::{Demand, Host, config};
use super::input::Input;
use crate::config::Security;
use crate::envelope::Envelope;
use crate::event::Event;

/// A server that decides each command by itself, whatever travels with it.
struct Model {
    mail: u16,
    recipients: Vec<u16>,
    /// Whether DATA is taken even where no recipient is left: RFC 2920 section 3.1 allows that.
    eager: bool,
    data: u16,
    last: u16,
    /// What it has heard and not answered.
    heard: Vec<u8>,
    mail_taken: bool,
    taken: usize,
    asked: usize,
    in_data: bool,
}

/// Any decisions of a server: with PIPELINING and without it, the message and each of its recipients fare the same.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn transaction(input: &[u8], tamper: Tamper) {
    let mut choices = Input::new(input);
    let code = |choice: u8, good: u16| match choice % 8 {
        0 => 450,
        1 => 550,
        2 => 452,
        _ => good,
    };
    let mail = code(choices.byte(), 250);
    let count = usize::from(choices.byte() % 8).saturating_add(1);
    let recipients: Vec<u16> = (0..count).map(|_| code(choices.byte(), 250)).collect();
    let eager = choices.flag();
    let (data, last) = (code(choices.byte(), 354), code(choices.byte(), 250));
    let run = |pipelining| {
        let model = Model {
            mail,
            recipients: recipients.clone(),
            eager,
            data,
            last,
            heard: Vec::new(),
            mail_taken: false,
            taken: 0,
            asked: 0,
            in_data: false,
        };
        converse(model, pipelining)
    };
    let expected = run(false);
    let mut found = run(true);
    tamper(&mut found);
    assert!(found == expected, "in a group: {}, one by one: {}", found.escape_ascii(), expected.escape_ascii());
}

/// What becomes of one message, in words.
fn converse(mut model: Model, pipelining: bool) -> Vec<u8> {
    let mut host = Host::new(config().security(Security::None));
    host.run();
    host.say(b"220 mx\r\n");
    host.say(if pipelining { b"250-mx\r\n250 PIPELINING\r\n" } else { b"250-mx\r\n250 HELP\r\n" });
    let to = "b@example.test".parse();
    let (Ok(from), Ok(to)) = ("a@example.test".parse(), to) else { return Vec::new() };
    let Ok(envelope) = Envelope::new(from, alloc::vec![to; model.recipients.len()]) else { return Vec::new() };
    assert!(host.connection.send(&envelope).is_ok(), "an open session takes no message");
    host.written.clear();
    loop {
        match host.run() {
            Demand::Read => {
                model.heard.append(&mut host.written);
                let answer = model.answer();
                assert!(!answer.is_empty(), "both sides wait");
                host.connection.receive(&answer);
            }
            Demand::Body => {
                let framed = host.connection.body(b"hello", true).map(|framed| framed.to_vec()).unwrap_or_default();
                assert!(!framed.is_empty(), "asked for, and not taken");
                host.connection.sent(framed.len());
                host.written.extend_from_slice(&framed);
            }
            other => {
                let is_done = other == Demand::Idle && host.outcome().is_some();
                assert!(is_done, "{other:?} in the middle of a message");
                break;
            }
        }
    }
    let recipients = host.events.iter().filter_map(|event| match event {
        Event::Recipient { index, reply, .. } => Some((*index, reply.code().get())),
        _ => None,
    });
    let recipients: Vec<(usize, u16)> = recipients.collect();
    format!("{:?} {recipients:?}", host.outcome()).into_bytes()
}

impl Model {
    /// Its replies to all that it has heard and not answered.
    fn answer(&mut self) -> Vec<u8> {
        let mut replies = Vec::new();
        while let Some(end) = memchr::memmem::find(&self.heard, b"\r\n") {
            let line: Vec<u8> = self.heard.drain(..end.saturating_add(2)).collect();
            if let Some(code) = self.decide(&line) {
                replies.extend_from_slice(format!("{code} so be it\r\n").as_bytes());
            }
        }
        replies
    }

    fn decide(&mut self, line: &[u8]) -> Option<u16> {
        if self.in_data {
            self.in_data = line != b".\r\n";
            // A message that nobody is to have is refused, whatever else was decided.
            let last = if self.taken == 0 { 554 } else { self.last };
            return (!self.in_data).then_some(last);
        }
        Some(match line.get(..4).unwrap_or_default() {
            b"MAIL" => {
                self.mail_taken = self.mail == 250;
                self.mail
            }
            b"RCPT" if self.mail_taken => {
                let code = self.recipients.get(self.asked).copied().unwrap_or(503);
                self.asked = self.asked.saturating_add(1);
                self.taken = self.taken.saturating_add(usize::from(code == 250));
                code
            }
            b"DATA" if self.taken > 0 || (self.eager && self.mail_taken) => {
                self.in_data = self.data == 354;
                self.data
            }
            b"RSET" => 250,
            _ => 503,
        })
    }
}
