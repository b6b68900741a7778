//! Parsers: replies, EHLO answers, addresses, arguments.

use std::fmt::Display;
use std::hint::black_box;
use std::str::FromStr;

use mailwright_proto::{
    Secret,
    address::{EhloName, ForwardPath, Mailbox},
    auth::{Credentials, Mechanism, OAuthError},
    command::Argument,
    ehlo::Capabilities,
    envelope::{EnvelopeId, FutureRelease, Notify, OriginalRecipient, Parameter},
    reply::{BareLf, Escaped, ReplyLimits, ReplyReader},
};

use super::Work;

/// Limits that end no measurement.
pub(super) const LIMITS: ReplyLimits = ReplyLimits::DEFAULT
    .with_line(usize::MAX)
    .with_lines(usize::MAX)
    .with_reply(usize::MAX);

/// Returns numbered words, joined by a separator.
pub(super) fn words(n: usize, separator: &str) -> String {
    (0..n)
        .map(|i| format!("word{i}"))
        .collect::<Vec<_>>()
        .join(separator)
}

fn read(input: String, piece: usize, bare_lf: BareLf) -> Work {
    Box::new(move || {
        let mut reader = ReplyReader::new(LIMITS, bare_lf);
        for piece in input.as_bytes().chunks(piece) {
            reader.receive(piece);
            while let Some(reply) = reader.next().expect("replies") {
                black_box(reply.code());
            }
        }
        assert!(reader.is_empty(), "a reply is left");
    })
}

fn lines(n: usize, end: &str) -> String {
    format!("{}250 end{end}", format!("250-one of many{end}").repeat(n))
}

pub(crate) fn reply_lines(n: usize) -> Work {
    read(lines(n, "\r\n"), usize::MAX, BareLf::Refuse)
}

pub(crate) fn reply_lines_bare_lf(n: usize) -> Work {
    read(lines(n, "\n"), usize::MAX, BareLf::Tolerate)
}

pub(crate) fn reply_by_octet(n: usize) -> Work {
    read(format!("250 {}\r\n", "x".repeat(n)), 1, BareLf::Refuse)
}

pub(crate) fn reply_lines_by_octet(n: usize) -> Work {
    read(lines(n / 10, "\r\n"), 1, BareLf::Refuse)
}

pub(crate) fn replies_short(n: usize) -> Work {
    read("250 ok\r\n".repeat(n), usize::MAX, BareLf::Refuse)
}

pub(crate) fn replies_long(n: usize) -> Work {
    read(
        format!("250 {}\r\n", "x".repeat(60)).repeat(n),
        usize::MAX,
        BareLf::Refuse,
    )
}

pub(crate) fn reply_shown(n: usize) -> Work {
    let text = lines(n, "\r\n");
    Box::new(move || {
        let mut reader = ReplyReader::new(LIMITS, BareLf::Refuse);
        reader.receive(text.as_bytes());
        let reply = reader.next().expect("no fault").expect("a reply");
        black_box((
            format!("{reply} {reply:?}"),
            reply.enhanced(),
            reply.compact() == reply,
            reply.lines().count(),
        ));
    })
}

pub(crate) fn text_escaped(n: usize) -> Work {
    let text = "a\u{1b}\u{202e}\u{fc}".repeat(n);
    Box::new(move || _ = black_box(Escaped(text.as_bytes()).to_string()))
}

/// Queries everything about an EHLO answer with these lines.
fn ehlo(lines: &str) -> Work {
    let answer = format!("250-mx.example.test\r\n{lines}250 HELP\r\n");
    Box::new(move || {
        let mut reader = ReplyReader::new(LIMITS, BareLf::Refuse);
        reader.receive(answer.as_bytes());
        let capabilities =
            Capabilities::from_reply(reader.next().expect("no fault").expect("a reply"));
        let offered = Mechanism::ALL
            .iter()
            .filter(|mechanism| capabilities.offers_mechanism(**mechanism))
            .count();
        black_box((
            capabilities.mechanisms().count(),
            offered,
            capabilities.limits(),
            capabilities.size(),
        ));
        black_box((
            capabilities.host(),
            capabilities.iter().count(),
            format!("{capabilities:?}"),
        ));
    })
}

pub(crate) fn ehlo_mechanisms(n: usize) -> Work {
    ehlo(&format!("250-AUTH {}\r\n", words(n, " ")))
}

pub(crate) fn ehlo_mechanisms_repeated(n: usize) -> Work {
    ehlo(&"250-AUTH LOGIN\r\n250-AUTH=LOGIN\r\n".repeat(n))
}

pub(crate) fn ehlo_keywords(n: usize) -> Work {
    ehlo(&format!("250-{}\r\n", words(n, " one two\r\n250-")))
}

pub(crate) fn ehlo_limits(n: usize) -> Work {
    ehlo(&format!(
        "250-LIMITS {}=1 RCPTMAX=9\r\n",
        words(n, "=1 RCPTMAX=9 MAILMAX=9 ")
    ))
}

pub(crate) fn oauth_error(n: usize) -> Work {
    let json = format!("{{\"status\":\"401\",\"{}\":1}}", words(n, "\":1,\""));
    Box::new(move || _ = black_box(OAuthError::from_challenge(json.as_bytes()).to_string()))
}

/// Parses a text, and shows the value or the error.
fn parse<T: FromStr<Err: Display> + std::fmt::Debug>(text: String) -> Work {
    Box::new(move || match text.parse::<T>() {
        Ok(value) => _ = black_box(format!("{value:?}")),
        Err(error) => _ = black_box(error.to_string()),
    })
}

pub(crate) fn mailbox_atoms(n: usize) -> Work {
    parse::<Mailbox>(format!("{}@example.test", words(n, ".")))
}

pub(crate) fn mailbox_quoted(n: usize) -> Work {
    parse::<Mailbox>(format!("\"{}\"@example.test", "\\\"".repeat(n)))
}

pub(crate) fn mailbox_long_domain(n: usize) -> Work {
    parse::<Mailbox>(format!("a@{}", words(n, ".")))
}

pub(crate) fn mailbox_literal(n: usize) -> Work {
    parse::<Mailbox>(format!("a@[tag:{}]", words(n, ":")))
}

pub(crate) fn ehlo_name(n: usize) -> Work {
    parse::<EhloName>(words(n, "."))
}

pub(crate) fn path_bracketed(n: usize) -> Work {
    parse::<ForwardPath>(format!("<{}@example.test>", "a.".repeat(n)))
}

pub(crate) fn argument(n: usize) -> Work {
    parse::<Argument>(words(n, " "))
}

pub(crate) fn envelope_id(n: usize) -> Work {
    parse::<EnvelopeId>(words(n, "+"))
}

pub(crate) fn notify(n: usize) -> Work {
    parse::<Notify>(["success,failure"].repeat(n).join(","))
}

pub(crate) fn mechanism_name(n: usize) -> Work {
    parse::<Mechanism>(words(n, "-"))
}

pub(crate) fn parameter(n: usize) -> Work {
    let text = words(n, "-");
    Box::new(move || {
        _ = black_box(Parameter::new(&text, Some(&text)).map(|parameter| parameter.to_string()))
    })
}

pub(crate) fn original_recipient(n: usize) -> Work {
    let text = words(n, "+");
    Box::new(move || _ = black_box(OriginalRecipient::new("utf-8", &text).is_ok()))
}

pub(crate) fn hold(n: usize) -> Work {
    let text = format!("2030-01-01T00:00:00{}Z", "0".repeat(n));
    Box::new(move || _ = black_box(FutureRelease::until(&text).is_ok()))
}

pub(crate) fn credentials_password(n: usize) -> Work {
    let text = "p,=".repeat(n);
    Box::new(move || {
        let secret = Secret::from(text.clone());
        let credentials = Credentials::password(&text, secret)
            .and_then(|credentials| credentials.with_authzid(&text));
        black_box(credentials.is_ok());
    })
}

pub(crate) fn credentials_token(n: usize) -> Work {
    let text = "token".repeat(n);
    Box::new(move || _ = black_box(Credentials::token("user", Secret::from(text)).is_ok()))
}
