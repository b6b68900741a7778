//! A client's command lines, parsed.

use std::fmt;

use super::path::{Path, read_path};

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Ehlo,
    Helo,
    StartTls,
    Auth(Auth),
    Mail(Mail),
    Rcpt(Path),
    Data,
    Bdat(Chunk),
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
}

/// AUTH: the mechanism in upper case, and the initial response as it was sent.
#[derive(PartialEq, Eq)]
pub(super) struct Auth {
    pub(super) mechanism: String,
    pub(super) initial: Option<String>,
}

/// MAIL: the reverse-path (empty: the null sender) and the parameters that matter here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mail {
    pub(super) path: Path,
    pub(super) size: Option<u64>,
    pub(super) binary: bool,
    pub(super) utf8: bool,
}

/// BDAT: how many octets follow, and whether they are the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) size: u64,
    pub(super) last: bool,
}

/// A command that cannot be understood: the reply to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reply: String,
    /// The connection cannot go on: nobody knows where the next command begins.
    pub(super) fatal: bool,
}

impl Command {
    /// Parses a line, without its CRLF.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let fatal = line
            .get(..4)
            .is_some_and(|verb| verb.eq_ignore_ascii_case(b"BDAT"));
        let text = str::from_utf8(line).ok();
        let line = text.filter(|text| !text.bytes().any(|b| b.is_ascii_control()));
        let line = line.ok_or_else(|| Refusal {
            reply: "500 5.5.2 the command has a control character in it, or is not UTF-8"
                .to_owned(),
            fatal,
        })?;
        let line = line.trim_end_matches(' ');
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => named(rest, Self::Ehlo),
            "HELO" => named(rest, Self::Helo),
            "STARTTLS" => bare(rest, Self::StartTls),
            "AUTH" => auth(rest).map(Self::Auth),
            "MAIL" => mail(rest).map(Self::Mail),
            "RCPT" => rcpt(rest).map(Self::Rcpt),
            "DATA" => bare(rest, Self::Data),
            "BDAT" => chunk(rest).map(Self::Bdat),
            "RSET" => bare(rest, Self::Rset),
            "NOOP" => Ok(Self::Noop),
            "VRFY" => named(rest, Self::Vrfy),
            "HELP" => Ok(Self::Help),
            "QUIT" => bare(rest, Self::Quit),
            "EXPN" | "ETRN" | "TURN" | "SEND" | "SOML" | "SAML" => {
                Err("502 5.5.1 that command is not implemented here".into())
            }
            _ => Err("500 5.5.1 unknown command".into()),
        }
    }
}

impl fmt::Debug for Auth {
    /// The initial response is a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}

impl From<&str> for Refusal {
    fn from(reply: &str) -> Self {
        Self {
            reply: reply.to_owned(),
            fatal: false,
        }
    }
}

fn bare(rest: &str, command: Command) -> Result<Command, Refusal> {
    if rest.is_empty() {
        return Ok(command);
    }
    Err("501 5.5.4 that command takes no argument".into())
}

fn named(rest: &str, command: Command) -> Result<Command, Refusal> {
    if rest.trim().is_empty() {
        return Err("501 5.5.4 that command needs an argument".into());
    }
    Ok(command)
}

fn auth(rest: &str) -> Result<Auth, Refusal> {
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some(mechanism), initial, None) => Ok(Auth {
            mechanism: mechanism.to_ascii_uppercase(),
            initial: initial.map(str::to_owned),
        }),
        _ => Err("501 5.5.4 use: AUTH mechanism [initial-response]".into()),
    }
}

/// RFC 3030 section 2: a chunk whose size cannot be read leaves no way to tell message from
/// command, so the connection ends there.
fn chunk(rest: &str) -> Result<Chunk, Refusal> {
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    let size = words
        .next()
        .filter(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let last = words.next();
    let known = last.is_none_or(|word| word.eq_ignore_ascii_case("LAST"));
    match size.and_then(|word| word.parse().ok()) {
        Some(size) if known && words.next().is_none() => Ok(Chunk {
            size,
            last: last.is_some(),
        }),
        _ => Err(Refusal {
            reply: "501 5.5.4 use: BDAT size [LAST]; closing the connection".to_owned(),
            fatal: true,
        }),
    }
}

fn mail(rest: &str) -> Result<Mail, Refusal> {
    let path = read_path(after(rest, "FROM:")?);
    let (path, rest) = path.map_err(|what| Refusal::from(format!("501 5.1.7 {what}").as_str()))?;
    if path.is_postmaster() {
        return Err("501 5.1.7 the sender's address needs a domain".into());
    }
    let mut mail = Mail {
        path,
        size: None,
        binary: false,
        utf8: false,
    };
    for (keyword, value) in parameters(rest)? {
        let value_fits = match (keyword.as_str(), value) {
            ("SIZE", Some(value)) => {
                // More than 64 bits is too large as well, and the session says so.
                mail.size = Some(value.parse().unwrap_or(u64::MAX));
                digits(value, 20)
            }
            ("BODY", Some(value)) => {
                mail.binary = value.eq_ignore_ascii_case("BINARYMIME");
                one_of(value, &["7BIT", "8BITMIME", "BINARYMIME"])
            }
            ("SMTPUTF8", value) => {
                mail.utf8 = true;
                value.is_none()
            }
            ("RET", Some(value)) => one_of(value, &["FULL", "HDRS"]),
            ("ENVID", Some(value)) => value.len() <= 100 && is_xtext(value),
            ("AUTH", Some(value)) => value == "<>" || is_xtext(value),
            ("SIZE" | "BODY" | "RET" | "ENVID" | "AUTH", None) => false,
            _ => return Err(unknown(&keyword)),
        };
        if !value_fits {
            return Err(bad_value(&keyword));
        }
    }
    Ok(mail)
}

fn rcpt(rest: &str) -> Result<Path, Refusal> {
    let path = read_path(after(rest, "TO:")?);
    let (path, rest) = path.map_err(|what| Refusal::from(format!("501 5.1.3 {what}").as_str()))?;
    if path.is_null() {
        return Err("501 5.1.3 a recipient is an address, or <Postmaster>".into());
    }
    for (keyword, value) in parameters(rest)? {
        let value_fits = match (keyword.as_str(), value) {
            ("NOTIFY", Some(value)) => {
                let mut events = value.split(',');
                value.eq_ignore_ascii_case("NEVER")
                    || events.all(|event| one_of(event, &["SUCCESS", "FAILURE", "DELAY"]))
            }
            ("ORCPT", Some(value)) => value.len() <= 500 && is_original_recipient(value),
            ("NOTIFY" | "ORCPT", None) => false,
            _ => return Err(unknown(&keyword)),
        };
        if !value_fits {
            return Err(bad_value(&keyword));
        }
    }
    Ok(path)
}

fn after<'l>(rest: &'l str, prefix: &str) -> Result<&'l str, Refusal> {
    rest.split_at_checked(prefix.len())
        .filter(|(head, _)| head.eq_ignore_ascii_case(prefix))
        .map(|(_, tail)| tail)
        .ok_or_else(|| "501 5.5.4 use: MAIL FROM:<address> or RCPT TO:<address>".into())
}

/// Keywords in upper case, with their values. A keyword must not stand there twice.
fn parameters(rest: &str) -> Result<Vec<(String, Option<&str>)>, Refusal> {
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err("501 5.5.4 a blank must stand between the path and its parameters".into());
    }
    let mut found: Vec<(String, Option<&str>)> = Vec::new();
    for word in rest.split(' ').filter(|word| !word.is_empty()) {
        let (keyword, value) = match word.split_once('=') {
            Some((keyword, value)) => (keyword, Some(value)),
            None => (word, None),
        };
        let keyword = keyword.to_ascii_uppercase();
        if found.iter().any(|(other, _)| *other == keyword) {
            return Err(refusal(501, &keyword, "stands there twice"));
        }
        found.push((keyword, value));
    }
    Ok(found)
}

fn unknown(keyword: &str) -> Refusal {
    refusal(555, keyword, "is not a parameter that is offered here")
}

fn bad_value(keyword: &str) -> Refusal {
    refusal(501, keyword, "has a value that cannot be used")
}

/// A keyword is told back, but not at any length.
fn refusal(code: u16, keyword: &str, what: &str) -> Refusal {
    Refusal {
        reply: format!("{code} 5.5.4 {keyword:.40} {what}"),
        fatal: false,
    }
}

fn digits(value: &str, most: usize) -> bool {
    (1..=most).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

fn one_of(value: &str, allowed: &[&str]) -> bool {
    allowed.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// `addr-type ";" xtext`; RFC 6533 section 3 lets UTF-8 stand there as well.
fn is_original_recipient(value: &str) -> bool {
    value.split_once(';').is_some_and(|(kind, address)| {
        let utf8 = kind.eq_ignore_ascii_case("utf-8");
        !kind.is_empty() && !address.is_empty() && (utf8 || is_xtext(address))
    })
}

/// `xtext = *( xchar / hexchar )`, RFC 3461 section 4, where a hexchar is `+` and two hexadecimal
/// digits in upper case.
fn is_xtext(value: &str) -> bool {
    let mut bytes = value.bytes();
    let hex = |b: Option<u8>| matches!(b, Some(b'0'..=b'9' | b'A'..=b'F'));
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'+' => hex(bytes.next()) && hex(bytes.next()),
            b'=' => false,
            other => other.is_ascii_graphic(),
        };
        if !fits {
            return false;
        }
    }
    true
}
