//! As much of JSON as an error of OAuth has: one object, and of its members those that are a word. RFC 8259.

use alloc::string::String;
use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n, take_while1};
use nom::character::complete::{char, none_of, one_of};
use nom::combinator::{all_consuming, fail, map, map_opt, map_res, value, verify};
use nom::multi::{fold_many0, separated_list0};
use nom::sequence::{delimited, preceded, separated_pair};
use nom::{IResult, Parser};

/// Objects and lists within each other. An error has no list, or one.
const MAX_DEPTH: usize = 8;

/// A member's name, and its value where that is a text, a number or a truth value.
type Member = (String, Option<String>);

/// The members of an object, in their order; nothing where the text is no object.
pub(super) fn members(text: &[u8]) -> Option<Vec<Member>> {
    let text = core::str::from_utf8(text).ok()?;
    let whole = delimited(blanks, |input| object(input, MAX_DEPTH), blanks);
    all_consuming(whole)
        .parse(text)
        .ok()
        .map(|(_, members)| members)
}

/// `object = begin-object [ member *( value-separator member ) ] end-object`, RFC 8259 section 4.
fn object(input: &str, depth: usize) -> IResult<&str, Vec<Member>> {
    let name = delimited(blanks, string, blanks);
    let member = separated_pair(name, char(':'), |input| element(input, depth));
    let members = separated_list0(char(','), member);
    delimited(char('{'), members, preceded(blanks, char('}'))).parse(input)
}

/// `array = begin-array [ value *( value-separator value ) ] end-array`, RFC 8259 section 5.
fn array(input: &str, depth: usize) -> IResult<&str, Vec<Option<String>>> {
    let elements = separated_list0(char(','), |input| element(input, depth));
    delimited(char('['), elements, preceded(blanks, char(']'))).parse(input)
}

/// `value = false / null / true / object / array / number / string`, RFC 8259 section 3, with the blanks around it.
fn element(input: &str, depth: usize) -> IResult<&str, Option<String>> {
    let deeper = |input| match depth.checked_sub(1) {
        Some(left) => alt((
            value(None, |i| object(i, left)),
            value(None, |i| array(i, left)),
        ))
        .parse(input),
        None => fail().parse(input),
    };
    let any = alt((
        map(string, Some),
        value(None, tag("null")),
        map(word, |word| Some(word.into())),
        deeper,
    ));
    delimited(blanks, any, blanks).parse(input)
}

/// A number, `true` or `false`: what stands there is not judged.
fn word(input: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')).parse(input)
}

/// `string = quotation-mark *char quotation-mark`, RFC 8259 section 7.
fn string(input: &str) -> IResult<&str, String> {
    let plain = verify(none_of("\"\\"), |c| !c.is_ascii_control());
    let text = fold_many0(
        alt((plain, preceded(char('\\'), escape))),
        String::new,
        |mut text, c| {
            text.push(c);
            text
        },
    );
    delimited(char('"'), text, char('"')).parse(input)
}

/// Control characters that are spelled out become blanks: a word of an error has no use for one.
fn escape(input: &str) -> IResult<&str, char> {
    let simple = one_of("\"\\/bfnrt").map(|c| if c.is_ascii_alphabetic() { ' ' } else { c });
    let unit = |input| preceded(char('u'), utf16).parse(input);
    // Two halves of UTF-16, or one that is whole by itself. A half alone stands for nothing.
    let pair = map_opt((unit, preceded(char('\\'), unit)), |(first, second)| {
        char::decode_utf16([first, second])
            .next()?
            .ok()
            .filter(|c| c.len_utf16() == 2)
    });
    let alone = map(unit, |unit| match char::from_u32(u32::from(unit)) {
        Some(c) if c.is_control() => ' ',
        Some(c) => c,
        None => char::REPLACEMENT_CHARACTER,
    });
    alt((simple, pair, alone)).parse(input)
}

fn utf16(input: &str) -> IResult<&str, u16> {
    map_res(
        take_while_m_n(4, 4, |c: char| c.is_ascii_hexdigit()),
        |digits| u16::from_str_radix(digits, 16),
    )
    .parse(input)
}

fn blanks(input: &str) -> IResult<&str, &str> {
    take_while(|c: char| c.is_ascii_whitespace()).parse(input)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    fn read(text: &str) -> Option<Vec<(String, Option<String>)>> {
        members(text.as_bytes())
    }

    #[test]
    fn members_are_told_in_their_order_and_words_as_they_stand() {
        let text = " {\"a\" : \"x\",\"b\":401 , \"c\":true,\n\"d\":null,\"e\":[1,{\"a\":[]}],\"f\":{},\"a\":\"second\"} ";
        let word = |name: &str, value: &str| (name.to_string(), Some(value.to_string()));
        let none = |name: &str| (name.to_string(), None);
        let expected = [
            word("a", "x"),
            word("b", "401"),
            word("c", "true"),
            none("d"),
            none("e"),
            none("f"),
            word("a", "second"),
        ];
        assert_eq!(read(text).as_deref(), Some(expected.as_slice()));
        assert_eq!(read("{}"), Some(Vec::new()));
        assert_eq!(read("{ }"), Some(Vec::new()));
    }

    #[test]
    fn escapes_mean_characters_and_those_that_move_a_cursor_blanks() {
        let cases = [
            (r#"https:\/\/a\"b\\"#, "https://a\"b\\"),
            (r"gr\u00fcn", "gr\u{fc}n"),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\ud83d!", "\u{fffd}!"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"a\nb\tc\u001b[2J", "a b c [2J"),
            ("\u{1f600}", "\u{1f600}"),
        ];
        for (written, meant) in cases {
            let read = read(&format!("{{\"k\":\"{written}\"}}"));
            assert_eq!(
                read,
                Some(Vec::from([("k".to_string(), Some(meant.to_string()))])),
                "{written}"
            );
        }
    }

    #[test]
    fn what_is_no_object_or_nested_too_deep_is_not_read() {
        let nested =
            |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(MAX_DEPTH)).is_some());
        assert!(read(&nested(MAX_DEPTH + 1)).is_none());
        let wrong = [
            "",
            "[]",
            "\"a\"",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\":1}x",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}",
        ];
        for text in wrong
            .map(ToString::to_string)
            .into_iter()
            .chain([nested(100_000)])
        {
            assert_eq!(read(&text), None);
        }
        assert_eq!(members(b"{\"a\":\"\xff\"}"), None);
    }
}
