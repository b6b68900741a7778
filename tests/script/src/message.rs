//! Reads a message's line: `FROM -> TO, TO OPTION…`.

use std::str::{FromStr, SplitWhitespace};

use mailwright_proto::{
    address::{ForwardPath, Mailbox, ReversePath},
    body::MessageScan,
    envelope::{
        BodyKind, Envelope, FutureRelease, Notify, OriginalRecipient, Parameter, Recipient,
    },
};

use super::parse::fault;
use super::{Failure, Message};

/// The options without a value.
const FLAGS: [&str; 7] = [
    "sized",
    "8bit",
    "binary",
    "all-or-none",
    "abandoned",
    "smtputf8",
    "require-tls",
];

/// A message of these words, and with this body.
pub(super) fn message(words: &str, body: Vec<u8>) -> Result<Message, Failure> {
    let (from, rest) = words
        .split_once(" -> ")
        .ok_or_else(|| Failure::new("a message needs FROM -> TO"))?;
    let mut from = parsed::<ReversePath>(from)?;
    let mut rest = rest.split_whitespace();
    let mut paths = Vec::new();
    for word in rest.by_ref() {
        paths.push(parsed::<ForwardPath>(word.trim_end_matches(','))?);
        if !word.ends_with(',') {
            break;
        }
    }
    let options = options(rest);
    // What the addresses are comes before what is said of them.
    for (_, domain) in options.iter().filter(|(option, _)| *option == "a-labels") {
        if let ReversePath::Mailbox(mailbox) = from {
            from = labelled(mailbox, domain)?.into();
        }
        paths = paths
            .into_iter()
            .map(|path| labelled_path(path, domain))
            .collect::<Result<_, _>>()?;
    }
    let mut recipients: Vec<Recipient> = paths.into_iter().map(Recipient::new).collect();
    for (option, value) in &options {
        let Some((option, number)) = numbered(option) else {
            continue;
        };
        let place = recipients.get_mut(number.wrapping_sub(1));
        let recipient =
            place.ok_or_else(|| Failure::new(format!("there is no recipient {number}")))?;
        *recipient = of_recipient(recipient.clone(), option, value)?;
    }
    let envelope = Envelope::from_recipients(from, recipients).map_err(fault)?;
    let of_all = options
        .into_iter()
        .filter(|(option, _)| *option != "a-labels" && numbered(option).is_none());
    let message = Message {
        envelope,
        body,
        chunk: None,
        is_abandoned: false,
    };
    of_all
        .into_iter()
        .try_fold(message, |message, (option, value)| {
            of_message(message, option, value)
        })
}

/// Each option, and its value if it takes one.
fn options<'w>(mut words: SplitWhitespace<'w>) -> Vec<(&'w str, &'w str)> {
    let mut options = Vec::new();
    while let Some(option) = words.next() {
        let value = if FLAGS.contains(&option) {
            ""
        } else {
            words.next().unwrap_or_default()
        };
        options.push((option, value));
    }
    options
}

/// `OPTION-N`: an option of the recipient of this number.
fn numbered(option: &str) -> Option<(&str, usize)> {
    let (option, number) = option.rsplit_once('-')?;
    Some((option, number.parse().ok()?))
}

fn of_recipient(recipient: Recipient, option: &str, value: &str) -> Result<Recipient, Failure> {
    Ok(match option {
        "notify" => recipient.with_notify(parsed::<Notify>(value)?),
        "orcpt" => {
            let (kind, address) = value
                .split_once(';')
                .ok_or_else(|| Failure::new("orcpt-N TYPE;ADDRESS"))?;
            let original = match kind {
                "rfc822" | "utf-8" => OriginalRecipient::from_mailbox(&parsed::<Mailbox>(address)?),
                _ => OriginalRecipient::new(kind, address),
            };
            recipient.with_original_recipient(original.map_err(fault)?)
        }
        "with" => recipient.with_parameter(parameter(value)?),
        _ => {
            return Err(Failure::new(format!(
                "no such option of a recipient: {option}"
            )));
        }
    })
}

fn of_message(mut message: Message, option: &str, value: &str) -> Result<Message, Failure> {
    let envelope = message.envelope;
    message.envelope = match option {
        "sized" => {
            let mut scan = MessageScan::default();
            scan.update(&message.body);
            envelope.with_size(scan.size())
        }
        "size" => envelope.with_size(parsed(value)?),
        "chunk" => {
            message.chunk = Some(parsed(value)?);
            envelope
        }
        "binary" => envelope.with_body_kind(BodyKind::Binary),
        "8bit" => envelope.with_body_kind(BodyKind::EightBit),
        "all-or-none" => envelope.with_all_or_none(),
        "abandoned" => {
            message.is_abandoned = true;
            envelope
        }
        "ret" => envelope.with_ret(parsed(value)?),
        "envid" => envelope.with_envelope_id(parsed(value)?),
        "notify" => envelope.with_notify(parsed::<Notify>(value)?),
        "smtputf8" => envelope.with_smtputf8(),
        "require-tls" => envelope.with_require_tls(),
        "auth" => envelope.with_authenticated_sender(parsed(value)?),
        "priority" => envelope.with_priority(parsed(value)?),
        "deliver-by" => envelope.with_deliver_by(parsed(value)?),
        "hold-for" => {
            envelope.with_future_release(FutureRelease::seconds(parsed(value)?).map_err(fault)?)
        }
        "hold-until" => envelope.with_future_release(FutureRelease::until(value).map_err(fault)?),
        "with" => envelope.with_parameter(parameter(value)?),
        _ => {
            return Err(Failure::new(format!(
                "no such option of a message: {option}"
            )));
        }
    };
    Ok(message)
}

/// `KEYWORD` or `KEYWORD=VALUE`
fn parameter(text: &str) -> Result<Parameter, Failure> {
    let (keyword, value) = text
        .split_once('=')
        .map_or((text, None), |(keyword, value)| (keyword, Some(value)));
    Parameter::new(keyword, value).map_err(fault)
}

fn labelled_path(path: ForwardPath, domain: &str) -> Result<ForwardPath, Failure> {
    match path {
        ForwardPath::Mailbox(mailbox) => Ok(labelled(mailbox, domain)?.into()),
        ForwardPath::Postmaster => Ok(ForwardPath::Postmaster),
    }
}

fn labelled(mailbox: Mailbox, domain: &str) -> Result<Mailbox, Failure> {
    if mailbox.domain().is_ascii() {
        Ok(mailbox)
    } else {
        mailbox.with_ascii_domain(domain).map_err(fault)
    }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(fault)
}
