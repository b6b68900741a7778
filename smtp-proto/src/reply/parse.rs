//! The grammar of a reply line, which has been framed before: whole, and without its line end.

use nom::branch::alt;
use nom::bytes::complete::take_while_m_n;
use nom::character::complete::{char, satisfy};
use nom::combinator::{eof, map, map_opt, peek, rest, value};
use nom::{IResult, Parser};

use super::{EnhancedCode, ReplyCode};

/// Where a line's text begins: behind three digits and a separator.
pub(super) const TEXT_OFFSET: usize = 4;

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
pub(super) fn reply_line(line: &[u8]) -> Result<ReplyLine, usize> {
    let mut grammar = map((reply_code, separator, rest), |(code, last, _text)| ReplyLine { code, last });
    match grammar.parse(line) {
        Ok((_, parsed)) => Ok(parsed),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => Err(line.len().saturating_sub(error.input.len())),
        Err(nom::Err::Incomplete(_)) => Err(line.len()),
    }
}

/// ```abnf
/// Reply-code = %x32-35 %x30-35 %x30-39
/// ```
/// RFC 5321 section 4.2. Beyond it: 6 to 9 as the second digit, which section 4.3.2 lets a client take by the first.
fn reply_code(input: &[u8]) -> IResult<&[u8], ReplyCode> {
    map(
        (satisfy(|c| matches!(c, '2'..='5')), satisfy(|c| c.is_ascii_digit()), satisfy(|c| c.is_ascii_digit())),
        |digits| ReplyCode(number(&[digits.0, digits.1, digits.2])),
    )
    .parse(input)
}

/// Whether the line is the last one: a blank or nothing says yes, a hyphen no.
fn separator(input: &[u8]) -> IResult<&[u8], bool> {
    alt((value(true, char(' ')), value(false, char('-')), value(true, eof))).parse(input)
}

/// ```abnf
/// status-code = class "." subject "." detail
/// class = "2"/"4"/"5"   subject = 1*3digit   detail = 1*3digit
/// ```
/// RFC 3463 section 2, at the start of the text and with a blank behind it (RFC 2034 section 4).
pub(super) fn enhanced_code(text: &[u8]) -> Option<EnhancedCode> {
    let class = map(satisfy(|c| matches!(c, '2' | '4' | '5')), |c| number(&[c]));
    let end = peek(alt((value((), char(' ')), value((), eof))));
    let mut grammar = map((class, char('.'), part, char('.'), part, end), |(class, _, subject, _, detail, ())| {
        EnhancedCode { class, subject, detail }
    });
    grammar.parse(text).ok().map(|(_, code)| code)
}

fn part(input: &[u8]) -> IResult<&[u8], u16> {
    map_opt(take_while_m_n(1, 3, |byte: u8| byte.is_ascii_digit()), |digits: &[u8]| {
        core::str::from_utf8(digits).ok()?.parse().ok()
    })
    .parse(input)
}

/// At most three digits, so that nothing can overflow.
fn number(digits: &[char]) -> u16 {
    digits.iter().fold(0_u16, |n, digit| {
        let digit = digit.to_digit(10).and_then(|digit| u16::try_from(digit).ok()).unwrap_or_default();
        n.saturating_mul(10).saturating_add(digit)
    })
}
