//! What the server says: RFC 5802 section 7.

use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, digit1, satisfy};
use nom::combinator::{all_consuming, map, map_opt, verify};
use nom::multi::many0_count;
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

/// `server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]`
///
/// A `reserved-mext` is a demand that this client knows nothing of: RFC 5802 section 5.1 has the login fail then.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServerFirst<'a> {
    pub(super) nonce: &'a str,
    pub(super) salt: Vec<u8>,
    /// What is beyond any number is the greatest.
    pub(super) iterations: u32,
}

impl<'a> ServerFirst<'a> {
    pub(super) fn parse(challenge: &'a [u8]) -> Option<Self> {
        let text = core::str::from_utf8(challenge).ok()?;
        let nonce = preceded(tag("r="), take_while1(is_printable));
        let salt = preceded(tag(",s="), base64);
        let first_is_no_zero = verify(digit1, |digits: &str| !digits.starts_with('0'));
        let iterations = map(preceded(tag(",i="), first_is_no_zero), |digits: &str| {
            digits.parse().unwrap_or(u32::MAX)
        });
        let message = map(
            (nonce, salt, iterations, extensions),
            |(nonce, salt, iterations, _)| Self {
                nonce,
                salt,
                iterations,
            },
        );
        all_consuming(message)
            .parse(text)
            .ok()
            .map(|(_, message)| message)
    }
}

/// `server-final-message = (server-error / verifier) ["," extensions]`
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ServerFinal<'a> {
    /// `server-error = "e=" server-error-value`
    Error(&'a str),
    /// `verifier = "v=" base64`
    Signature(Vec<u8>),
}

impl<'a> ServerFinal<'a> {
    pub(super) fn parse(challenge: &'a [u8]) -> Option<Self> {
        let text = core::str::from_utf8(challenge).ok()?;
        let error = map(preceded(tag("e="), take_while1(is_value)), Self::Error);
        let signature = map(preceded(tag("v="), base64), Self::Signature);
        let message = map(pair(alt((error, signature)), extensions), |(said, _)| said);
        all_consuming(message)
            .parse(text)
            .ok()
            .map(|(_, message)| message)
    }
}

/// `extensions = attr-val *("," attr-val)`, `attr-val = ALPHA "=" value`: what is not known is passed over.
fn extensions(input: &str) -> IResult<&str, usize> {
    let attribute = (
        char(','),
        satisfy(|c| c.is_ascii_alphabetic()),
        char('='),
        take_while1(is_value),
    );
    many0_count(attribute).parse(input)
}

fn base64(input: &str) -> IResult<&str, Vec<u8>> {
    map_opt(take_while(|c| c != ','), |text: &str| {
        STANDARD.decode(text).ok()
    })
    .parse(input)
}

/// `printable = %x21-2B / %x2D-7E`
fn is_printable(c: char) -> bool {
    c.is_ascii_graphic() && c != ','
}

/// `value-char = value-safe-char / "="`, all of UTF-8 but NUL and the comma.
fn is_value(c: char) -> bool {
    !matches!(c, '\0' | ',')
}
