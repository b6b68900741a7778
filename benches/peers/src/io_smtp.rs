//! `io-smtp`: coroutines, and a grammar in chumsky.

use std::hint::black_box;
use std::io::{Read, Write};

use io_smtp::coroutine::{SmtpCoroutine, SmtpCoroutineState, SmtpYield};
use io_smtp::message::{SmtpMessageSend, SmtpMessageSendOptions};
use io_smtp::rfc5321::data::SmtpData;
use io_smtp::rfc5321::{
    SmtpDomain, SmtpEhloDomain, SmtpEhloResponse, SmtpForwardPath, SmtpLocalPart, SmtpMailbox,
    SmtpResponse, SmtpReversePath,
};
use smtp_benches::{Answer, Candidate};

const NAME: &str = "io-smtp";

/// As its command coroutine reads: whole, or not at all. So it cannot read two replies that come together.
pub(crate) fn replies(input: &[u8]) -> Option<Candidate> {
    let is_one = input
        .split_inclusive(|&octet| octet == b'\n')
        .filter(|line| line.get(3) == Some(&b' '))
        .count()
        == 1;
    let (input, again) = (input.to_vec(), input.to_vec());
    is_one.then(|| {
        Candidate::new(
            NAME,
            move || {
                let input = black_box(input.as_slice());
                if SmtpResponse::is_complete(input) {
                    _ = black_box(SmtpResponse::parse(input));
                }
            },
            move || {
                let reply = SmtpResponse::parse(&again).map_err(|errors| format!("{errors:?}"))?;
                let lines = reply
                    .lines
                    .as_ref()
                    .iter()
                    .map(|line| line.to_string())
                    .collect();
                Ok(Answer::Replies(vec![(reply.code.code(), lines)]))
            },
        )
    })
}

/// Its capabilities are lines: nothing is typed.
pub(crate) fn ehlo(input: &[u8]) -> Candidate {
    let (input, again) = (input.to_vec(), input.to_vec());
    Candidate::new(
        NAME,
        move || _ = black_box(SmtpEhloResponse::parse(black_box(&input))),
        move || {
            let answer = SmtpEhloResponse::parse(&again).map_err(|errors| format!("{errors:?}"))?;
            let mut names: Vec<String> = answer
                .capabilities
                .iter()
                .map(ToString::to_string)
                .collect();
            names.sort();
            Ok(Answer::Capabilities(names))
        },
    )
}

/// The message is its own, so that a copy of it belongs to the work.
pub(crate) fn body(input: &[u8]) -> Candidate {
    const REPLIES: [&[u8]; 2] = [b"354 go on\r\n", b"250 ok\r\n"];
    let (input, again) = (input.to_vec(), input.to_vec());
    Candidate::new(
        NAME,
        move || {
            _ = run(
                SmtpData::new(black_box(&input).clone()),
                &REPLIES,
                |octets| _ = black_box(octets),
            )
        },
        move || {
            let mut wire = Vec::new();
            run(SmtpData::new(again.clone()), &REPLIES, |octets| {
                wire.extend_from_slice(octets)
            })?;
            crate::message_sent(wire.split_off(b"DATA\r\n".len()), &again)
        },
    )
}

pub(crate) fn session(input: &[u8]) -> Candidate {
    const REPLIES: [&[u8]; 4] = [
        b"250 2.1.0 Sender OK\r\n",
        b"250 2.1.5 Recipient OK\r\n",
        b"354 Start mail input\r\n",
        smtp_benches::session::TO_MESSAGE,
    ];
    let (input, again) = (input.to_vec(), input.to_vec());
    Candidate::new(
        NAME,
        move || {
            _ = run(send(black_box(&input)), &REPLIES, |octets| {
                _ = black_box(octets)
            })
        },
        move || {
            let mut wire = Vec::new();
            run(send(&again), &REPLIES, |octets| {
                wire.extend_from_slice(octets)
            })?;
            crate::message_sent(wire, &again)
        },
    )
}

/// Over a socket: it says itself when to write and when to read.
pub(crate) fn send_over(stream: &mut (impl Read + Write), message: &[u8]) -> Result<(), String> {
    let mut coroutine = send(message);
    let mut buffer = [0; 4096];
    let mut read = 0..0;
    loop {
        let heard = std::mem::take(&mut read);
        match coroutine.resume(buffer.get(heard).filter(|heard| !heard.is_empty())) {
            SmtpCoroutineState::Yielded(SmtpYield::WantsWrite(octets)) => {
                stream
                    .write_all(&octets)
                    .map_err(|error| error.to_string())?;
            }
            SmtpCoroutineState::Yielded(SmtpYield::WantsRead) => {
                read = 0..stream
                    .read(&mut buffer)
                    .map_err(|error| error.to_string())?;
            }
            SmtpCoroutineState::Complete(done) => {
                return done.map(drop).map_err(|error| error.to_string());
            }
        }
    }
}

fn send(message: &[u8]) -> SmtpMessageSend {
    let mailbox = |local: &'static str, domain: &'static str| SmtpMailbox {
        local_part: SmtpLocalPart(local.into()),
        domain: SmtpEhloDomain::SmtpDomain(SmtpDomain(domain.into())),
    };
    SmtpMessageSend::new(
        SmtpReversePath::SmtpMailbox(mailbox("sender", "example.com")),
        [SmtpForwardPath(mailbox("recipient", "example.org"))],
        message.to_vec(),
        SmtpMessageSendOptions::default(),
    )
}

fn run<T, E: std::fmt::Display>(
    mut coroutine: impl SmtpCoroutine<Yield = SmtpYield, Return = Result<T, E>>,
    replies: &[&[u8]],
    mut write: impl FnMut(&[u8]),
) -> Result<T, String> {
    let mut replies = replies.iter().copied();
    let mut read = None;
    loop {
        match coroutine.resume(read.take()) {
            SmtpCoroutineState::Yielded(SmtpYield::WantsWrite(octets)) => write(&octets),
            SmtpCoroutineState::Yielded(SmtpYield::WantsRead) => {
                read = Some(replies.next().unwrap_or_default())
            }
            SmtpCoroutineState::Complete(done) => return done.map_err(|error| error.to_string()),
        }
    }
}
