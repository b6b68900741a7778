//! The encoders: the only code that writes CRLF. RFC 5321 section 4.1.1.
//!
//! They take validated types alone, and each writes exactly one CRLF, at its end.

mod parameters;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::address::EhloName;
use crate::auth::Mechanism;
use crate::confidential::Confidential;
use crate::ehlo::{Capabilities, Keyword};
use crate::envelope::{BodyKind, Envelope};
use crate::secret::Secret;

/// Octets in a command line, its CRLF included; RFC 5321 section 4.5.3.1.4.
const MAX_COMMAND_LINE: usize = 512;

/// A command that an embedder may give between messages, by [`Connection::command`](crate::Connection::command).
///
/// ```
/// use mailwright_proto::command::{Argument, Command};
/// let command = Command::Vrfy("postmaster".parse::<Argument>()?);
/// assert!("two\r\nlines".parse::<Argument>().is_err());
/// # let _ = command;
/// # Ok::<(), mailwright_proto::command::InvalidArgument>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Nothing, but the server answers. RFC 5321 section 4.1.1.9.
    Noop,
    /// Forget the transaction, if there was one. RFC 5321 section 4.1.1.5.
    Rset,
    /// Is this a mailbox? RFC 5321 section 4.1.1.6.
    Vrfy(Argument),
    /// Who is on this mailing list? RFC 5321 section 4.1.1.7.
    Expn(Argument),
    /// Help, perhaps with a topic. RFC 5321 section 4.1.1.8.
    Help(Option<Argument>),
}

impl Command {
    /// Returns whether a server takes this command, given whether it offers SMTPUTF8.
    pub(crate) fn fits(&self, offers_smtputf8: bool) -> bool {
        match self {
            Self::Vrfy(argument) | Self::Expn(argument) => offers_smtputf8 || argument.is_ascii(),
            Self::Help(Some(argument)) => argument.is_ascii(),
            Self::Noop | Self::Rset | Self::Help(None) => true,
        }
    }
}

/// The argument of VRFY, EXPN or HELP: text without control characters, and short enough for a command line.
///
/// With text that is not ASCII, VRFY and EXPN need a server with SMTPUTF8
/// (RFC 6531 section 3.7.4.2). HELP does not allow it.
///
/// ```
/// let error = "x\r\nQUIT".parse::<mailwright_proto::command::Argument>().unwrap_err();
/// assert_eq!(error.offset(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument(String);

impl Argument {
    /// The octets that a command line leaves for it. RFC 6531 section 3.6 gives SMTPUTF8 room
    /// beyond that.
    const MAX: usize = MAX_COMMAND_LINE - "VRFY \r\n".len();

    fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }
}

impl FromStr for Argument {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        let wrong = text
            .char_indices()
            .find(|(_, c)| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
        match wrong {
            Some((offset, _)) => Err(InvalidArgument { offset }),
            None if text.trim().is_empty() => Err(InvalidArgument { offset: 0 }),
            None if text.len() > Self::MAX => Err(InvalidArgument { offset: Self::MAX }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// A text that cannot be an argument, and the offset of the byte from which on it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidArgument {
    offset: usize,
}

impl InvalidArgument {
    /// The offset of the first byte that cannot stand where it stands.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for InvalidArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the argument is empty, too long or has a control character at offset {}",
            self.offset
        )
    }
}

impl core::error::Error for InvalidArgument {}

pub(crate) fn ehlo(out: &mut Vec<u8>, name: &EhloName) {
    line(out, format_args!("EHLO {name}"));
}

/// LMTP's EHLO; RFC 2033 section 4.1.
pub(crate) fn lhlo(out: &mut Vec<u8>, name: &EhloName) {
    line(out, format_args!("LHLO {name}"));
}

pub(crate) fn helo(out: &mut Vec<u8>, name: &EhloName) {
    line(out, format_args!("HELO {name}"));
}

pub(crate) fn starttls(out: &mut Vec<u8>) {
    push(out, ["STARTTLS"]);
    end_line(out);
}

pub(crate) fn quit(out: &mut Vec<u8>) {
    push(out, ["QUIT"]);
    end_line(out);
}

pub(crate) fn rset(out: &mut Vec<u8>) {
    push(out, ["RSET"]);
    end_line(out);
}

pub(crate) fn data(out: &mut Vec<u8>) {
    push(out, ["DATA"]);
    end_line(out);
}

/// RCPT to the envelope's recipient of this index, as MAIL announced it.
pub(crate) fn rcpt(
    out: &mut Vec<u8>,
    envelope: &Envelope,
    index: usize,
    capabilities: &Capabilities,
) {
    let Some(path) = envelope.recipients().get(index) else {
        return;
    };
    let [address, rest] = path.on_wire(capabilities.offers(Keyword::SmtpUtf8));
    push(out, ["RCPT TO:<", address, rest, ">"]);
    if let Some(extras) = envelope.extras() {
        parameters::of_recipient(out, extras, index);
    }
    end_line(out);
}

/// MAIL with the parameters that the server offers: SIZE (RFC 1870), BODY (RFC 6152, RFC 3030), SMTPUTF8 (RFC 6531). The
/// caller has found that it offers what else the envelope asks for.
pub(crate) fn mail(out: &mut Vec<u8>, envelope: &Envelope, capabilities: &Capabilities) {
    let size = envelope
        .size()
        .filter(|_| capabilities.offers(Keyword::Size));
    let is_utf8 = capabilities.offers(Keyword::SmtpUtf8);
    let [sender, rest] = envelope.reverse_path().on_wire(is_utf8);
    push(out, ["MAIL FROM:<", sender, rest, ">"]);
    if let Some(octets) = size {
        // Writing to a vector cannot fail.
        let _ = write!(Line(out), " SIZE={octets}");
    }
    let body = match envelope.body_kind() {
        BodyKind::SevenBit => "",
        BodyKind::EightBit => " BODY=8BITMIME",
        BodyKind::Binary => " BODY=BINARYMIME",
    };
    push(
        out,
        [
            body,
            if is_utf8 && envelope.uses_smtputf8() {
                " SMTPUTF8"
            } else {
                ""
            },
        ],
    );
    if let Some(extras) = envelope.extras() {
        parameters::of_message(out, extras);
    }
    end_line(out);
}

pub(crate) fn other(out: &mut Vec<u8>, command: &Command) {
    match command {
        Command::Noop => line(out, format_args!("NOOP")),
        Command::Rset => rset(out),
        Command::Vrfy(argument) => line(
            out,
            format_args!("VRFY {}{}", argument.0, smtputf8_for(argument)),
        ),
        Command::Expn(argument) => line(
            out,
            format_args!("EXPN {}{}", argument.0, smtputf8_for(argument)),
        ),
        Command::Help(None) => line(out, format_args!("HELP")),
        Command::Help(Some(argument)) => line(out, format_args!("HELP {}", argument.0)),
    }
}

/// Returns the parameter for an argument that is not ASCII; RFC 6531 section 3.7.4.2.
fn smtputf8_for(argument: &Argument) -> &'static str {
    if argument.is_ascii() { "" } else { " SMTPUTF8" }
}

/// AUTH and its initial response, if there is one; gives how many octets of the line are no secret.
///
/// The caller asks [`fits_auth_line`] first.
pub(crate) fn auth(
    out: &mut Vec<u8>,
    mechanism: Mechanism,
    initial: Option<&Secret>,
    _: &Confidential,
) -> usize {
    let start = out.len();
    let Some(response) = initial.map(Secret::expose) else {
        line(out, format_args!("AUTH {mechanism}"));
        return out.len().saturating_sub(start);
    };
    let fixed = mechanism.name().len().saturating_add("AUTH  =\r\n".len());
    out.reserve_exact(encoded_length(response).saturating_add(fixed));
    out.extend_from_slice(b"AUTH ");
    out.extend_from_slice(mechanism.name().as_bytes());
    out.push(b' ');
    let public = out.len().saturating_sub(start);
    push_base64(out, response);
    // RFC 4954 section 4: an initial response of no octets is a single equals sign.
    line(
        out,
        format_args!("{}", if response.is_empty() { "=" } else { "" }),
    );
    public
}

/// Whether AUTH with this initial response stays within a command line; RFC 4954 section 4.
pub(crate) fn fits_auth_line(mechanism: Mechanism, initial: &Secret) -> bool {
    let fixed = mechanism.name().len().saturating_add("AUTH  \r\n".len());
    encoded_length(initial.expose()).saturating_add(fixed) <= MAX_COMMAND_LINE
}

/// Returns whether a response is within the limit of RFC 4954 section 4.
pub(crate) fn fits_response(response: &Secret) -> bool {
    encoded_length(response.expose()) <= MAX_RESPONSE
}

/// Octets of a response in base64; RFC 4954 section 4.
const MAX_RESPONSE: usize = 12_288;

/// A response within an AUTH exchange: all of it is secret.
pub(crate) fn auth_response(out: &mut Vec<u8>, response: &Secret, _: &Confidential) {
    out.reserve_exact(encoded_length(response.expose()).saturating_add(2));
    push_base64(out, response.expose());
    line(out, format_args!(""));
}

/// Ends an AUTH exchange from the client's side; RFC 4954 section 4.
pub(crate) fn auth_cancel(out: &mut Vec<u8>) {
    line(out, format_args!("*"));
}

/// The octets of a challenge; nothing where it is no base64.
pub(crate) fn decode_challenge(text: &[u8]) -> Option<Vec<u8>> {
    match text.trim_ascii() {
        b"=" => Some(Vec::new()),
        text => STANDARD.decode(text).ok(),
    }
}

fn encoded_length(bytes: &[u8]) -> usize {
    base64::encoded_len(bytes.len(), true).unwrap_or(usize::MAX)
}

/// Encodes in place, into room that was reserved: no copy of a secret is left behind.
fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start.saturating_add(encoded_length(bytes)), 0);
    if let Some(room) = out.get_mut(start..) {
        // The room has exactly the encoded length, so that there is nothing that could fail.
        let _ = STANDARD.encode_slice(bytes, room);
    }
}

fn line(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _ = Line(out).write_fmt(text);
    end_line(out);
}

/// What each message needs is put together by copies alone: the formatter takes ten times as long.
fn push<const N: usize>(out: &mut Vec<u8>, words: [&str; N]) {
    words
        .iter()
        .for_each(|word| out.extend_from_slice(word.as_bytes()));
}

/// The one place where a command gets its CRLF.
pub(crate) fn end_line(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

struct Line<'a>(&'a mut Vec<u8>);

impl Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
