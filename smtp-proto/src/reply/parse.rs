//! The grammar of a reply line, which has been framed before: whole, and without its line end.

use nom::branch::alt;
use nom::bytes::complete::take_while_m_n;
use nom::character::complete::{char, satisfy};
use nom::combinator::{eof, map, map_opt, peek, value};
use nom::error::{Error, ErrorKind};
use nom::{IResult, Parser};

use super::{EnhancedCode, ReplyCode};

/// Where a line's text begins: behind three digits and a separator.
pub(crate) const TEXT_OFFSET: usize = 4;

/// Octets of a reply code.
pub(super) const CODE_LENGTH: usize = 3;

/// One line of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReplyLine {
    pub(super) code: ReplyCode,
    /// Whether the reply ends with it.
    pub(super) last: bool,
}

/// ```abnf
/// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
/// ```
/// RFC 5321 section 4.2. Beyond it: any byte may stand in the text (Latin-1 and GBK do).
///
/// Fails with the offset of the byte that is wrong.
#[inline]
pub(super) fn reply_line(line: &[u8]) -> Result<ReplyLine, usize> {
    match code_and_separator(line) {
        Ok((_text, parsed)) => Ok(parsed),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => {
            Err(line.len().saturating_sub(error.input.len()))
        }
        Err(nom::Err::Incomplete(_)) => Err(line.len()),
    }
}

/// Each token is one leaf, and they are called one after the other: that is as fast as code without nom.
#[inline]
fn code_and_separator(line: &[u8]) -> IResult<&[u8], ReplyLine> {
    let (line, code) = reply_code(line)?;
    let (text, last) = separator(line)?;
    Ok((text, ReplyLine { code, last }))
}

/// ```abnf
/// Reply-code = %x32-35 %x30-35 %x30-39
/// ```
/// RFC 5321 section 4.2. Beyond it: 6 to 9 as the second digit, which section 4.3.2 lets a client take by the first.
#[inline]
fn reply_code(input: &[u8]) -> IResult<&[u8], ReplyCode> {
    match input.split_first_chunk() {
        Some((&[a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'], rest)) => {
            Ok((rest, ReplyCode::of_digits([a, b, c])))
        }
        _ => Err(wrong(input, code_digits(input), ErrorKind::Digit)),
    }
}

/// How many bytes, from the start on, can be a code's.
fn code_digits(input: &[u8]) -> usize {
    let fits = |(at, byte): (usize, &u8)| {
        if at == 0 {
            matches!(byte, b'2'..=b'5')
        } else {
            byte.is_ascii_digit()
        }
    };
    input
        .iter()
        .enumerate()
        .take_while(|byte| fits(*byte))
        .count()
}

/// Whether the line is the last one: a blank or nothing says yes, a hyphen no.
#[inline]
fn separator(input: &[u8]) -> IResult<&[u8], bool> {
    match input.split_first() {
        Some((b' ', rest)) => Ok((rest, true)),
        Some((b'-', rest)) => Ok((rest, false)),
        None => Ok((input, true)),
        Some(_) => Err(wrong(input, 0, ErrorKind::Char)),
    }
}

/// An error at an offset.
#[cold]
fn wrong(input: &[u8], offset: usize, kind: ErrorKind) -> nom::Err<Error<&[u8]>> {
    nom::Err::Error(Error::new(input.get(offset..).unwrap_or_default(), kind))
}

/// ```abnf
/// status-code = class "." subject "." detail
/// class = "2"/"4"/"5"   subject = 1*3digit   detail = 1*3digit
/// ```
/// RFC 3463 section 2, at the start of the text and with a blank behind it (RFC 2034 section 4).
pub(super) fn enhanced_code(text: &[u8]) -> Option<EnhancedCode> {
    let class = map_opt(satisfy(|c| matches!(c, '2' | '4' | '5')), |c| {
        c.to_digit(10)?.try_into().ok()
    });
    let end = peek(alt((value((), char(' ')), value((), eof))));
    let mut grammar = map(
        (class, char('.'), part, char('.'), part, end),
        |(class, _, subject, _, detail, ())| EnhancedCode {
            class,
            subject,
            detail,
        },
    );
    grammar.parse(text).ok().map(|(_, code)| code)
}

fn part(input: &[u8]) -> IResult<&[u8], u16> {
    map_opt(
        take_while_m_n(1, 3, |byte: u8| byte.is_ascii_digit()),
        |digits: &[u8]| core::str::from_utf8(digits).ok()?.parse().ok(),
    )
    .parse(input)
}
