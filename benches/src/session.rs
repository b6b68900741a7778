//! A whole transaction over the core, in memory: commands out, replies in, one message accepted.

use std::hint::black_box;
use std::sync::Arc;

use mailwright_proto::{
    Config, Connection, Event, Outcome, Output, Security, Transfer, address::EhloName,
    envelope::Envelope,
};

use mailwright_proto::testing::Driver;

use crate::{Answer, Bench, Candidate, Entry, OURS, inputs, limit};

/// What the server says to MAIL, RCPT and DATA, which come in one group.
pub const TO_ENVELOPE: &[u8] =
    b"250 2.1.0 Sender OK\r\n250 2.1.5 Recipient OK\r\n354 Start mail input\r\n";
/// The same without DATA.
const TO_ENVELOPE_ALONE: &[u8] = b"250 2.1.0 Sender OK\r\n250 2.1.5 Recipient OK\r\n";
/// What it says to the message.
pub const TO_MESSAGE: &[u8] = b"250 2.0.0 Ok: queued as 4F2A91C3\r\n";

pub(crate) fn entries() -> Vec<Entry> {
    [
        ("DATA 1 KB", 1_000, Transfer::Data),
        ("BDAT 1 KB", 1_000, Transfer::Chunks),
        ("DATA 1 MB", 1_000_000, Transfer::Data),
        ("BDAT 1 MB", 1_000_000, Transfer::Chunks),
    ]
    .map(|(name, octets, transfer)| {
        Entry::new("session", name, move || {
            bench(name, inputs::text(octets), transfer)
        })
    })
    .into()
}

fn bench(name: &'static str, message: Vec<u8>, transfer: Transfer) -> Bench {
    let wire = wire(&message, transfer);
    let limit = limit::memchr([&wire[..], TO_ENVELOPE, TO_MESSAGE].concat());
    Bench {
        group: "session",
        name,
        expected: Answer::Wire(wire),
        candidates: vec![ours(message.clone(), transfer), limit],
        input: message,
    }
}

fn ours(message: Vec<u8>, transfer: Transfer) -> Candidate {
    let (mut warm, envelope) = (open(config(transfer)), envelope());
    let again = message.clone();
    Candidate::new(
        OURS,
        move || {
            let accepted = transact(&mut warm, &envelope, black_box(&message), |octets| {
                _ = black_box(octets)
            });
            assert!(accepted, "the message is not accepted");
        },
        move || {
            let mut wire = Vec::new();
            let envelope = self::envelope();
            match transact(&mut open(config(transfer)), &envelope, &again, |octets| {
                wire.extend_from_slice(octets)
            }) {
                true => Ok(Answer::Wire(wire)),
                false => Err("the message is not accepted".into()),
            }
        },
    )
}

/// What all connections of a client share.
pub fn config(transfer: Transfer) -> Arc<Config> {
    let name = EhloName::try_from("client.example.com").expect("a name");
    Config::new(name)
        .security(Security::None)
        .transfer(transfer)
        .into()
}

/// A session that is open for messages, with PIPELINING and CHUNKING.
pub fn open(config: Arc<Config>) -> Connection {
    let mut driver = Driver::new(config);
    let greeted = driver.receive(b"220 mx.example.com ESMTP\r\n");
    assert_eq!(greeted, Ok(Output::Read));
    let opened = driver.receive(inputs::EXCHANGE_EHLO);
    assert_eq!(opened, Ok(Output::Idle));
    driver.connection
}

/// From one to one.
pub fn envelope() -> Envelope {
    let recipient = "recipient@example.org".parse().expect("a recipient");
    Envelope::new("sender@example.com".parse().expect("a sender"), [recipient])
        .expect("an envelope")
}

/// Sends one message; whether it was accepted. `write` gets every octet that goes out.
pub fn transact(
    connection: &mut Connection,
    envelope: &Envelope,
    message: &[u8],
    mut write: impl FnMut(&[u8]),
) -> bool {
    if connection.send(envelope).is_err() {
        return false;
    }
    let mut to_envelope = Some(TO_ENVELOPE);
    let mut handed_in = false;
    loop {
        let n = match connection.poll() {
            Ok(Output::Event(Event::Finished { outcome, .. })) => {
                return matches!(outcome, Outcome::Accepted(_));
            }
            Ok(Output::Event(event)) => {
                black_box(event);
                continue;
            }
            Ok(Output::Write) => {
                let octets = connection.transmit();
                if !octets.ends_with(b"DATA\r\n") {
                    to_envelope = Some(TO_ENVELOPE_ALONE);
                }
                write(&octets);
                octets.len()
            }
            Ok(Output::Read) => match if handed_in {
                Some(TO_MESSAGE)
            } else {
                to_envelope.take()
            } {
                Some(reply) => {
                    connection.receive(reply);
                    continue;
                }
                None => return false,
            },
            Ok(Output::Body(_)) => match connection.body(message, true) {
                Ok(framed) => {
                    handed_in = true;
                    framed.slices().fold(0, |sum, slice| {
                        write(slice);
                        sum + slice.len()
                    })
                }
                Err(_) => return false,
            },
            _ => return false,
        };
        connection.transmitted(n);
    }
}

/// What goes out for a message of whole lines, none of which begins with a dot.
fn wire(message: &[u8], transfer: Transfer) -> Vec<u8> {
    let envelope =
        b"MAIL FROM:<sender@example.com>\r\nRCPT TO:<recipient@example.org>\r\n".as_slice();
    match transfer {
        Transfer::Data => [envelope, b"DATA\r\n", message, b".\r\n"].concat(),
        _ => [
            envelope,
            format!("BDAT {} LAST\r\n", message.len()).as_bytes(),
            message,
        ]
        .concat(),
    }
}
