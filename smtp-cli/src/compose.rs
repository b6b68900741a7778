//! A message made of options: RFC 5322 and MIME by mail-builder, written to a file of its own.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::message_id::MessageId;
use mail_builder::mime::make_boundary;
use mailwright::idna;
use mailwright_proto::address::{ForwardPath, Mailbox};

use crate::address_list::Named;
use crate::args::ContentArgs;
use crate::envelope::Addresses;
use crate::failure::Failure;
use crate::source;

/// The media type that says nothing of the content; it is sent in base64.
const BINARY: &str = "application/octet-stream";

/// Makes the message. There is never a Bcc field in it.
pub(crate) fn compose(content: &ContentArgs, addresses: &Addresses) -> Result<File, Failure> {
    let from = addresses.from.as_ref().ok_or_else(|| {
        Failure::usage("--from is missing: a message made here needs it for its From field.")
    })?;
    let mut builder = MessageBuilder::new()
        .from(in_field(&from.name, written(&from.address)))
        .message_id(message_id(&from.address));
    for (name, addresses) in [("To", &addresses.to), ("Cc", &addresses.cc)] {
        if !addresses.is_empty() {
            builder = builder.header(name, list(addresses));
        }
    }
    if let Some(subject) = &content.subject {
        check("--subject", subject)?;
        builder = builder.subject(subject.as_str());
    }
    if let Some(text) = &content.body {
        builder = builder.text_body(text.as_str());
    }
    if let Some(html) = &content.html {
        builder = builder.html_body(html.as_str());
    }
    for path in &content.attach {
        let octets =
            fs::read(path).map_err(|error| Failure::unreadable("--attach", path, &error))?;
        builder = builder.attachment(media_type(path, &octets), file_name(path)?, octets);
    }
    write(builder).map_err(|error| source::unkept(&error))
}

/// A header value with a line end in it would begin a field of its own.
pub(crate) fn check(option: &str, text: &str) -> Result<(), Failure> {
    match text
        .bytes()
        .enumerate()
        .find(|(_, byte)| matches!(byte, b'\r' | b'\n' | 0))
    {
        Some((offset, byte)) => Err(Failure::usage(format_args!(
            "{option}: byte 0x{byte:02x} at offset {offset} is not allowed in a header field"
        ))),
        None => Ok(()),
    }
}

fn write(builder: MessageBuilder) -> io::Result<File> {
    let file = tempfile::tempfile()?;
    builder.write_to(&file)?;
    Ok(file)
}

fn in_field(name: &str, address: String) -> Address<'_> {
    Address::new_address(Some(name).filter(|name| !name.is_empty()), address)
}

/// An address as it stands in a field: in ASCII where that can be, as only servers with SMTPUTF8 take any other.
fn written(mailbox: &Mailbox) -> String {
    let labelled = idna::labelled(mailbox.clone());
    match labelled.ascii_domain() {
        Some(domain) if !labelled.needs_smtputf8() => format!("{}@{domain}", labelled.local_part()),
        _ => mailbox.as_str().to_owned(),
    }
}

fn list(addresses: &[Named]) -> Address<'_> {
    let written = |path: &ForwardPath| match path {
        ForwardPath::Mailbox(mailbox) => written(mailbox),
        ForwardPath::Postmaster => path.as_str().to_owned(),
    };
    Address::new_list(
        addresses
            .iter()
            .map(|named| in_field(&named.name, written(&named.address)))
            .collect(),
    )
}

/// Unique where it was made, and at home in the sender's domain (RFC 5322 section 3.6.4).
fn message_id(from: &Mailbox) -> MessageId<'static> {
    let labelled = idna::labelled(from.clone());
    MessageId::new(format!(
        "{}@{}",
        make_boundary("."),
        labelled.ascii_domain().unwrap_or(from.domain())
    ))
}

fn file_name(path: &Path) -> Result<String, Failure> {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    check("--attach", &name)?;
    Ok(name)
}

/// By the name's ending, for those that readers show in place; what is text by name alone goes as any octets.
fn media_type(path: &Path, octets: &[u8]) -> &'static str {
    match named_type(path) {
        text if text.starts_with("text/") && !is_text(octets) => BINARY,
        other => other,
    }
}

/// Whether a text part may hold it: a NUL cannot be sent, and a bare CR would not arrive as one (RFC 2045 section 2.7).
fn is_text(octets: &[u8]) -> bool {
    let bare_cr =
        |(offset, octet): (usize, &u8)| *octet == b'\r' && octets.get(offset + 1) != Some(&b'\n');
    !octets.contains(&0) && !octets.iter().enumerate().any(bare_cr)
}

fn named_type(path: &Path) -> &'static str {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("txt" | "log") => "text/plain",
        Some("html" | "htm") => "text/html",
        Some("csv") => "text/csv",
        Some("ics") => "text/calendar",
        Some("pdf") => "application/pdf",
        Some("zip") => "application/zip",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("svg") => "image/svg+xml",
        _ => BINARY,
    }
}

#[cfg(test)]
mod tests;
