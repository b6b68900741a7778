//! Whatever travels together, the same becomes of each message and each recipient.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Tamper;
use super::input::Input;
use super::model::{Decisions, Model};
use super::setup::config;
use crate::config::{Security, Transfer};
use crate::envelope::Envelope;
use crate::event::{Event, Output, TransactionId};
use crate::testing::Driver;

/// How a client sends.
struct Manner {
    /// What the server offers, and so what the client may do.
    offer: &'static [u8],
    transfer: Transfer,
    /// Whether each recipient has a final reply of its own.
    is_lmtp: bool,
    /// Whether the next message is begun as soon as the connection has room for it.
    overlaps: bool,
    /// Whether all that can be said without waiting goes out at once.
    gathers: bool,
}

const ONE_BY_ONE: &[u8] = b"250-mx\r\n250 HELP\r\n";
const IN_GROUPS: &[u8] = b"250-mx\r\n250 PIPELINING\r\n";
const CHUNKS_ONE_BY_ONE: &[u8] = b"250-mx\r\n250 CHUNKING\r\n";
const CHUNKS_IN_GROUPS: &[u8] = b"250-mx\r\n250-CHUNKING\r\n250 PIPELINING\r\n";

/// By DATA, then by BDAT, and both by LMTP; the first of each is what the others are compared with.
const MANNERS: [&[Manner]; 4] = [
    &[
        Manner {
            offer: ONE_BY_ONE,
            transfer: Transfer::Data,
            is_lmtp: false,
            overlaps: false,
            gathers: false,
        },
        Manner {
            offer: IN_GROUPS,
            transfer: Transfer::Data,
            is_lmtp: false,
            overlaps: false,
            gathers: false,
        },
        Manner {
            offer: IN_GROUPS,
            transfer: Transfer::Data,
            is_lmtp: false,
            overlaps: true,
            gathers: true,
        },
    ],
    &[
        Manner {
            offer: CHUNKS_ONE_BY_ONE,
            transfer: Transfer::Chunks,
            is_lmtp: false,
            overlaps: false,
            gathers: false,
        },
        Manner {
            offer: CHUNKS_IN_GROUPS,
            transfer: Transfer::Chunks,
            is_lmtp: false,
            overlaps: true,
            gathers: true,
        },
        Manner {
            offer: CHUNKS_IN_GROUPS,
            transfer: WINDOW,
            is_lmtp: false,
            overlaps: true,
            gathers: false,
        },
        Manner {
            offer: CHUNKS_IN_GROUPS,
            transfer: WINDOW,
            is_lmtp: false,
            overlaps: true,
            gathers: true,
        },
    ],
    &[
        Manner {
            offer: ONE_BY_ONE,
            transfer: Transfer::Data,
            is_lmtp: true,
            overlaps: false,
            gathers: false,
        },
        Manner {
            offer: IN_GROUPS,
            transfer: Transfer::Data,
            is_lmtp: true,
            overlaps: true,
            gathers: true,
        },
    ],
    &[
        Manner {
            offer: CHUNKS_ONE_BY_ONE,
            transfer: Transfer::Chunks,
            is_lmtp: true,
            overlaps: false,
            gathers: false,
        },
        Manner {
            offer: CHUNKS_IN_GROUPS,
            transfer: WINDOW,
            is_lmtp: true,
            overlaps: true,
            gathers: true,
        },
    ],
];

const WINDOW: Transfer = Transfer::Window {
    messages: 3,
    octets: Transfer::WINDOW_OCTETS,
};

/// Any decisions of a server about up to three messages: with PIPELINING and without it, by DATA or by chunks, one by one
/// or in a window, each message and each of its recipients fare the same as where nothing travels together.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn transaction(input: &[u8], tamper: Tamper) {
    let mut choices = Input::new(input);
    let first = choices.byte();
    let count = usize::from(first % 3).saturating_add(1);
    // One protocol an input: both would take twice the time.
    let is_lmtp = first / 3 % 2 == 1;
    let decisions: Vec<Decisions> = (0..count).map(|_| Decisions::any(&mut choices)).collect();
    for manners in MANNERS
        .iter()
        .filter(|manners| manners.iter().all(|manner| manner.is_lmtp == is_lmtp))
    {
        let mut manners = manners.iter();
        let Some(expected) = manners.next().map(|manner| converse(&decisions, manner)) else {
            return;
        };
        for manner in manners {
            let mut found = converse(&decisions, manner);
            tamper(&mut found);
            assert!(
                found == expected,
                "{:?}, gathered: {}, to {}: {}, one by one: {}",
                manner.transfer,
                manner.gathers,
                manner.offer.escape_ascii(),
                found.escape_ascii(),
                expected.escape_ascii()
            );
        }
    }
}

/// What becomes of the messages, in words.
fn converse(decisions: &[Decisions], manner: &Manner) -> Vec<u8> {
    let config = config().security(Security::None).transfer(manner.transfer);
    let mut host = Driver::new(if manner.is_lmtp {
        config.lmtp()
    } else {
        config
    });
    _ = host.run();
    _ = host.receive(b"220 mx\r\n");
    _ = host.receive(manner.offer);
    host.written.clear();
    let mut model = Model::new(decisions, manner.is_lmtp);
    let mut messages = Vec::new();
    // The pieces that are left of the message on its way.
    let mut pieces: Vec<&[u8]> = Vec::new();
    let mut in_hand = 0_usize;
    loop {
        let is_free = manner.overlaps || host.run() == Ok(Output::Idle);
        if let Some(decisions) = decisions
            .get(messages.len())
            .filter(|_| is_free && host.connection.available_transactions() > 0)
        {
            let Some(envelope) = envelope(decisions) else {
                return Vec::new();
            };
            let sent = host.connection.send(&envelope);
            assert!(sent.is_ok(), "an open session takes no message");
            messages.extend(sent);
            pieces = if decisions.in_two {
                alloc::vec![&b"lo"[..], b"hel"]
            } else {
                alloc::vec![&b"hello"[..]]
            };
        }
        if manner.gathers {
            in_hand = in_hand.saturating_add(host.connection.drain_commands(&mut host.written));
        }
        match host.run() {
            Ok(Output::Body(_)) => {
                let piece = pieces.pop().unwrap_or_default();
                let framed = host
                    .connection
                    .body(piece, pieces.is_empty())
                    .map(|framed| framed.to_vec());
                assert!(framed.is_ok(), "asked for, and not taken");
                let framed = framed.unwrap_or_default();
                host.written.extend_from_slice(&framed);
                match manner.gathers {
                    true => in_hand = in_hand.saturating_add(framed.len()),
                    false => host.connection.transmitted(framed.len()),
                }
            }
            Ok(Output::Read | Output::Idle) if in_hand > 0 => {
                host.connection.transmitted(core::mem::take(&mut in_hand))
            }
            Ok(Output::Read) => {
                let answer = model.answer(&mut host.written);
                assert!(!answer.is_empty(), "both sides wait");
                host.connection.receive(&answer);
            }
            Ok(Output::Idle) if messages.len() == decisions.len() => return told(&host, &messages),
            Ok(Output::Idle) => assert!(
                host.connection.available_transactions() > 0,
                "nothing is under way, and there is no room"
            ),
            other => {
                assert!(
                    matches!(other, Ok(Output::Body(_))),
                    "{other:?} in the middle of a message"
                );
                return Vec::new();
            }
        }
    }
}

fn envelope(decisions: &Decisions) -> Option<Envelope> {
    let to = alloc::vec!["b@example.test".parse().ok()?; decisions.recipients.len()];
    Envelope::new("a@example.test".parse().ok()?, to).ok()
}

fn told(host: &Driver, messages: &[TransactionId]) -> Vec<u8> {
    let about = |id: TransactionId| {
        host.events.iter().filter_map(move |event| match event {
            Event::Recipient {
                message,
                index,
                reply,
            } if *message == id => Some(format!("{index}: {reply}; ")),
            Event::Delivery {
                message,
                index,
                reply,
            } if *message == id => Some(format!("{index} has {reply}; ")),
            Event::Finished { message, outcome } if *message == id => {
                Some(format!("{outcome:?}. "))
            }
            _ => None,
        })
    };
    messages
        .iter()
        .flat_map(|id| about(*id))
        .collect::<String>()
        .into_bytes()
}
