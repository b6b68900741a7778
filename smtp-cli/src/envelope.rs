//! From the options and the message to the envelope: one sender, and each recipient once.

use std::collections::HashSet;
use std::fmt::Display;
use std::str::FromStr;

use mailwright::idna;
use mailwright_proto::{
    address::{ForwardPath, Mailbox, ReversePath},
    envelope::Envelope,
};

use crate::address_list::{self, Named};
use crate::args::SendArgs;
use crate::failure::Failure;
use crate::header::{Name, Sending};
use crate::source::Message;

/// The addresses of the command line, each checked.
pub(crate) struct Addresses {
    pub(crate) from: Option<Named<Mailbox>>,
    pub(crate) to: Vec<Named>,
    pub(crate) cc: Vec<Named>,
    envelope_from: Option<ReversePath>,
    bcc: Vec<Named>,
}

impl Addresses {
    /// Reads them off the command line; a bad one is named with its option.
    pub(crate) fn of(args: &SendArgs) -> Result<Self, Failure> {
        Ok(Self {
            from: args
                .from
                .as_deref()
                .map(|text| named("--from", text))
                .transpose()?,
            to: all_named("--to", &args.to)?,
            cc: all_named("--cc", &args.cc)?,
            envelope_from: args
                .envelope_from
                .as_deref()
                .map(|text| address("--envelope-from", text))
                .transpose()?,
            bcc: all_named("--bcc", &args.bcc)?,
        })
    }

    /// The envelope for a message.
    pub(crate) fn envelope(&self, args: &SendArgs, message: &Message) -> Result<Envelope, Failure> {
        let given = [&self.to, &self.cc, &self.bcc].into_iter().flatten();
        let mut recipients: Vec<_> = given.map(|named| named.address.clone()).collect();
        if args.read_recipients {
            for name in [Name::To, Name::Cc, Name::Bcc] {
                recipients.extend(field_addresses(message, name)?);
            }
        }
        recipients = recipients
            .into_iter()
            .map(idna::labelled_recipient)
            .collect();
        Envelope::new(idna::labelled_sender(self.sender(message)?), distinct(recipients))
            .map(|envelope| args.applied_to(envelope.with_scan(message.found())))
            .map_err(|_| {
                Failure::usage(match (args.read_recipients, message.sending()) {
                    (true, Sending::Latest) => {
                        "There is no recipient: give one with --to, --cc or --bcc, as the message's newest block of \
                         Resent fields has none."
                    }
                    (true, _) => "There is no recipient: give one with --to, --cc or --bcc, as the message has none.",
                    (false, _) => {
                        "There is no recipient: give one with --to, --cc or --bcc, or let -t read the message's own."
                    }
                })
            })
    }

    fn sender(&self, message: &Message) -> Result<ReversePath, Failure> {
        if let Some(path) = &self.envelope_from {
            return Ok(path.clone());
        }
        if let Some(from) = &self.from {
            return Ok(from.address.clone().into());
        }
        let from = field_addresses(message, Name::From)?;
        let sender = if from.len() > 1 {
            field_addresses(message, Name::Sender)?
        } else {
            Vec::new()
        };
        match (from.as_slice(), sender.as_slice()) {
            // RFC 5322 section 3.6.2: with several authors, the Sender field names the sender.
            ([ForwardPath::Mailbox(mailbox)], _)
            | ([_, _, ..], [ForwardPath::Mailbox(mailbox)]) => Ok(mailbox.clone().into()),
            _ => Err(Failure::usage(format_args!(
                "There is no sender: give one with --from or --envelope-from, as the message's {} field does not name \
                 exactly one.",
                written(Name::From, message.sending())
            ))),
        }
    }
}

/// Returns the name of a field as the message has it.
fn written(name: Name, sending: Sending) -> String {
    let prefix = if sending == Sending::Original {
        ""
    } else {
        "Resent-"
    };
    format!("{prefix}{name:?}")
}

fn field_addresses(message: &Message, name: Name) -> Result<Vec<ForwardPath>, Failure> {
    let mut found = Vec::new();
    for value in message.values(name)? {
        let addresses = address_list::parse(&value).map_err(|error| {
            Failure::malformed(format_args!(
                "{} field: {error}",
                written(name, message.sending())
            ))
        })?;
        found.extend(addresses.into_iter().map(|named| named.address));
    }
    Ok(found)
}

fn all_named(option: &str, texts: &[String]) -> Result<Vec<Named>, Failure> {
    texts.iter().map(|text| named(option, text)).collect()
}

/// Reads an option's value: an address, or a name and an address in angle brackets.
pub(crate) fn named<A>(option: &str, text: &str) -> Result<Named<A>, Failure>
where
    A: FromStr<Err: Display>,
{
    let malformed = |what: &dyn Display| Failure::malformed(format_args!("{option}: {what}"));
    // In a message composed here, a line end would begin another field.
    if let Some((offset, byte)) = text
        .bytes()
        .enumerate()
        .find(|(_, byte)| byte.is_ascii_control())
    {
        return Err(malformed(&format_args!(
            "byte 0x{byte:02x} at offset {offset} is not allowed in an address"
        )));
    }
    let plain = match text.parse() {
        Ok(address) => return Ok(Named::plain(address)),
        Err(error) => error,
    };
    if !text.trim_end().ends_with('>') {
        return Err(malformed(&plain));
    }
    match <[Named; 1]>::try_from(
        address_list::parse_without_groups(text.as_bytes()).map_err(|error| malformed(&error))?,
    ) {
        Ok([Named { name, address }]) => {
            let address = address
                .as_str()
                .parse()
                .map_err(|error: A::Err| malformed(&error))?;
            Ok(Named { name, address })
        }
        Err(found) => Err(malformed(&format_args!(
            "one address is needed, and “{text}” has {}",
            found.len()
        ))),
    }
}

fn address<A: FromStr<Err: Display>>(option: &str, text: &str) -> Result<A, Failure> {
    text.parse()
        .map_err(|error| Failure::malformed(format_args!("{option}: {error}")))
}

/// Each recipient once.
pub(crate) fn distinct(mut recipients: Vec<ForwardPath>) -> Vec<ForwardPath> {
    let mut seen = HashSet::new();
    recipients.retain(|path| seen.insert(identity(path)));
    recipients
}

/// What makes two recipients the same: only a domain ignores case.
fn identity(path: &ForwardPath) -> String {
    match path {
        ForwardPath::Postmaster => String::new(),
        ForwardPath::Mailbox(mailbox) => {
            let domain = mailbox.ascii_domain().unwrap_or(mailbox.domain());
            format!("{}@{}", mailbox.local_part(), domain.to_ascii_lowercase())
        }
    }
}
