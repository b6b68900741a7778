//! `lettre`: its asynchronous client over a stream in memory. The blocking one reads and writes by the same code, but takes
//! no stream of others.

use std::hint::black_box;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::{ClientId, Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use smtp_benches::{Answer, Candidate};

use crate::stream::{Kept, Stream, ready};

const NAME: &str = "lettre";

/// What opens its session; the stream has these once, ahead of what is repeated.
const OPENING: &[u8] = b"220 mx.example.com\r\n250 mx.example.com\r\n";

/// As its client reads: by lines, and all lines again for each that comes.
pub(crate) fn replies(input: &[u8]) -> Candidate {
    let is_negative = matches!(input.first(), Some(b'4' | b'5'));
    let replies = input
        .split_inclusive(|&octet| octet == b'\n')
        .filter(|line| line.get(3) == Some(&b' '))
        .count();
    let again = input.to_vec();
    let mut connection = connection(Stream::new(&[input]).behind(OPENING));
    Candidate::new(
        NAME,
        move || {
            for _ in 0..replies {
                _ = black_box(ready(connection.read_response()));
            }
        },
        move || {
            // A refusal is an error of its client's, which has the text in another form.
            let read: Result<Vec<Response>, String> = match is_negative {
                true => parse(&again).map(|reply| vec![reply]),
                false => {
                    let mut connection = self::connection(Stream::new(&[&again]).behind(OPENING));
                    let reply =
                        |_| ready(connection.read_response()).map_err(|error| error.to_string());
                    (0..replies).map(reply).collect()
                }
            };
            Ok(Answer::Replies(
                read?
                    .iter()
                    .map(|reply| {
                        (
                            u16::from(reply.code()),
                            reply.message().map(str::to_owned).collect(),
                        )
                    })
                    .collect(),
            ))
        },
    )
}

/// It knows four keywords, and three mechanisms of AUTH.
pub(crate) fn ehlo(input: &[u8]) -> Candidate {
    let again = input.to_vec();
    let mut connection = connection(Stream::new(&[input]).behind(OPENING));
    Candidate::new(
        NAME,
        move || {
            let reply = ready(connection.read_response()).expect("a reply");
            _ = black_box(ServerInfo::from_response(&reply));
        },
        move || {
            let info =
                ServerInfo::from_response(&parse(&again)?).map_err(|error| error.to_string())?;
            let mut names = Vec::new();
            for (extension, name) in [
                (Extension::EightBitMime, "8BITMIME"),
                (Extension::SmtpUtfEight, "SMTPUTF8"),
                (Extension::StartTls, "STARTTLS"),
            ] {
                if info.supports_feature(extension) {
                    names.push(name.to_owned());
                }
            }
            if info.supports_auth_mechanism(Mechanism::Login)
                && info.supports_auth_mechanism(Mechanism::Xoauth2)
            {
                names.push("AUTH LOGIN XOAUTH2".into());
            }
            names.sort();
            Ok(Answer::Capabilities(names))
        },
    )
    .knowing(&["8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH"])
}

pub(crate) fn body(input: &[u8]) -> Candidate {
    let (input, again) = (input.to_vec(), input.to_vec());
    let mut connection = connection(Stream::new(&[b"250 ok\r\n"]).behind(OPENING));
    Candidate::new(
        NAME,
        move || _ = ready(connection.message(black_box(&input))).expect("a message accepted"),
        move || {
            let (stream, kept) = Stream::keeping(&[b"250 ok\r\n"]);
            let mut connection = self::connection(stream.behind(OPENING));
            let before = length(&kept);
            ready(connection.message(&again)).map_err(|error| error.to_string())?;
            crate::message_sent(kept.lock().expect("one thread").split_off(before), &again)
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
    let mut connection = connection(Stream::new(&REPLIES).behind(OPENING));
    let envelope = envelope();
    Candidate::new(
        NAME,
        move || {
            _ = ready(connection.send(&envelope, black_box(&input))).expect("a message accepted")
        },
        move || {
            let (stream, kept) = Stream::keeping(&REPLIES);
            let mut connection = self::connection(stream.behind(OPENING));
            let before = length(&kept);
            ready(connection.send(&self::envelope(), &again)).map_err(|error| error.to_string())?;
            crate::message_sent(kept.lock().expect("one thread").split_off(before), &again)
        },
    )
}

fn connection(stream: Stream) -> AsyncSmtpConnection {
    let name = ClientId::Domain("client.example.com".into());
    ready(AsyncSmtpConnection::connect_with_transport(
        Box::new(stream),
        &name,
    ))
    .expect("a session")
}

pub(crate) fn envelope() -> Envelope {
    let address = |address: &str| address.parse().expect("an address");
    Envelope::new(
        Some(address("sender@example.com")),
        vec![address("recipient@example.org")],
    )
    .expect("an envelope")
}

fn parse(text: &[u8]) -> Result<Response, String> {
    std::str::from_utf8(text)
        .map_err(|error| error.to_string())?
        .parse()
        .map_err(|error| format!("{error}"))
}

fn length(kept: &Kept) -> usize {
    kept.lock().expect("one thread").len()
}
