//! From the options and the message to the envelope: one sender, and each recipient once.

use std::collections::HashSet;
use std::fmt::Display;
use std::str::FromStr;

use smtp_client::idna;
use smtp_proto::{Envelope, ForwardPath, Mailbox, ReversePath};

use crate::address_list;
use crate::args::SendArgs;
use crate::failure::Failure;
use crate::header::Name;
use crate::source::Message;

/// The addresses of the command line, each checked.
pub(crate) struct Addresses {
    pub(crate) from: Option<Mailbox>,
    pub(crate) to: Vec<ForwardPath>,
    pub(crate) cc: Vec<ForwardPath>,
    envelope_from: Option<ReversePath>,
    bcc: Vec<ForwardPath>,
}

impl Addresses {
    /// Reads them off the command line; a bad one is named with its option.
    pub(crate) fn of(args: &SendArgs) -> Result<Self, Failure> {
        Ok(Self {
            from: args.from.as_deref().map(|text| address("--from", text)).transpose()?,
            to: addresses("--to", &args.to)?,
            cc: addresses("--cc", &args.cc)?,
            envelope_from: args.envelope_from.as_deref().map(|text| address("--envelope-from", text)).transpose()?,
            bcc: addresses("--bcc", &args.bcc)?,
        })
    }

    /// The envelope for a message.
    pub(crate) fn envelope(&self, args: &SendArgs, message: &Message) -> Result<Envelope, Failure> {
        let mut recipients = [&*self.to, &*self.cc, &*self.bcc].concat();
        if args.read_recipients {
            for name in [Name::To, Name::Cc, Name::Bcc] {
                recipients.extend(field_addresses(message, name)?);
            }
        }
        recipients = recipients.into_iter().map(idna::labelled_recipient).collect();
        Envelope::new(idna::labelled_sender(self.sender(message)?), distinct(recipients))
            .map(|envelope| envelope.with_size(message.size()).with_body(message.body()).all_or_none(args.all_or_none))
            .map(|envelope| args.wishes.applied_to(envelope))
            .map_err(|_| {
                Failure::usage(
                    "There is no recipient: give one with --to, --cc or --bcc, or let -t read the message's own.",
                )
            })
    }

    fn sender(&self, message: &Message) -> Result<ReversePath, Failure> {
        if let Some(path) = &self.envelope_from {
            return Ok(path.clone());
        }
        if let Some(mailbox) = &self.from {
            return Ok(mailbox.clone().into());
        }
        match field_addresses(message, Name::From)?.as_slice() {
            [ForwardPath::Mailbox(mailbox)] => Ok(mailbox.clone().into()),
            _ => Err(Failure::usage(
                "There is no sender: give one with --from or --envelope-from, as the message's From field does not name exactly one.",
            )),
        }
    }
}

fn field_addresses(message: &Message, name: Name) -> Result<Vec<ForwardPath>, Failure> {
    let mut found = Vec::new();
    for value in message.values(name)? {
        found.extend(
            address_list::parse(&value).map_err(|error| Failure::malformed(format_args!("{name:?} field: {error}")))?,
        );
    }
    Ok(found)
}

fn addresses(option: &str, texts: &[String]) -> Result<Vec<ForwardPath>, Failure> {
    texts.iter().map(|text| address(option, text)).collect()
}

fn address<A: FromStr<Err: Display>>(option: &str, text: &str) -> Result<A, Failure> {
    text.parse().map_err(|error| Failure::malformed(format_args!("{option}: {error}")))
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
