//! The words of a reply, made ready to be searched for phrases.

use std::net::{Ipv4Addr, Ipv6Addr};

use mailwright_proto::reply::Reply;
use memchr::memmem;

/// The text of a reply: in lower case, on one line, one blank between words, without enhanced
/// codes and contractions, with `@` instead of each mail address and `~` instead of each IP address.
#[derive(PartialEq, Eq)]
pub(super) struct Text(Vec<u8>);

/// The part of a link that a text keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// All of it.
    Whole,
    /// The host's name: words in a path or a query are about the page, not about the reply.
    HostOnly,
}

impl Text {
    pub(super) fn of(reply: &Reply, links: Links) -> Self {
        let mut text = Vec::with_capacity(reply.raw().len());
        for line in reply.lines() {
            for word in without_status(line)
                .split(|&byte| byte <= b' ')
                .filter(|word| !word.is_empty())
            {
                if !text.is_empty() {
                    text.push(b' ');
                }
                push_word(&mut text, word, links);
            }
        }
        text.make_ascii_lowercase();
        Self(without_contractions(&text))
    }

    /// Returns its words. Digits separate words, and the marks of addresses are words.
    pub(super) fn words(&self) -> impl Iterator<Item = &[u8]> {
        let is_of_word =
            |octet: &u8| octet.is_ascii_alphabetic() || !octet.is_ascii() || b"@~'".contains(octet);
        self.0
            .split(move |octet| !is_of_word(octet))
            .filter(|word| !word.is_empty())
    }

    /// Whether a phrase stands in it, as whole words. A `*` between blanks stands for any words, or for none; one at the
    /// end or the beginning of a word says that the word may go on there.
    pub(super) fn says(&self, phrase: &str) -> bool {
        let (mut from, mut parts) = (0, phrase.split('*').peekable());
        let mut is_first = true;
        while let Some(part) = parts.next() {
            let edges = Edges {
                left: is_first || part.starts_with(' '),
                right: parts.peek().is_none() || part.ends_with(' '),
            };
            match self.find(part.trim().as_bytes(), from, edges) {
                Some(end) => from = end,
                None => return false,
            }
            is_first = false;
        }
        true
    }

    /// Whether one of several phrases does, between which ` | ` stands.
    pub(super) fn says_one_of(&self, phrases: &str) -> bool {
        phrases.split(" | ").any(|phrase| self.says(phrase))
    }

    /// Where the first place of a part ends, from a place on.
    fn find(&self, part: &[u8], mut from: usize, edges: Edges) -> Option<usize> {
        if part.is_empty() {
            return Some(from);
        }
        let finder = memmem::Finder::new(part);
        loop {
            let start = from + finder.find(self.0.get(from..)?)?;
            let end = start + part.len();
            if (!edges.left || self.is_edge(start)) && (!edges.right || self.is_edge(end)) {
                return Some(end);
            }
            from = start + 1;
        }
    }

    /// Returns whether a word begins or ends at this position. A dot between two letters or digits
    /// separates no words: the labels of a domain are its owner's, not the server's.
    fn is_edge(&self, place: usize) -> bool {
        let byte = |place: Option<usize>| place.and_then(|place| self.0.get(place));
        let is_in_word = |place| byte(place).is_some_and(u8::is_ascii_alphanumeric);
        let is_dot = |place| byte(place) == Some(&b'.');
        let (before, after) = (place.checked_sub(1), Some(place));
        let (second_before, second_after) = (place.checked_sub(2), Some(place + 1));
        match (is_in_word(before), is_in_word(after)) {
            (true, true) => false,
            (true, false) => !(is_dot(after) && is_in_word(second_after)),
            (false, true) => !(is_dot(before) && is_in_word(second_before)),
            (false, false) => true,
        }
    }
}

/// Which ends of a part must be those of a word.
struct Edges {
    left: bool,
    right: bool,
}

/// A line without the enhanced code that it may begin with: servers repeat it on each line, in the midst of sentences.
fn without_status(line: &[u8]) -> &[u8] {
    let end = line
        .iter()
        .position(|byte| !byte.is_ascii_digit() && *byte != b'.')
        .unwrap_or(line.len());
    let (start, rest) = line.split_at(end);
    match start
        .split(|&byte| byte == b'.')
        .filter(|digits| !digits.is_empty())
        .count()
    {
        3 if matches!(rest.first(), None | Some(b' ')) => rest,
        _ => line,
    }
}

/// Returns the text with "not" and "cannot" written out, so that a phrase has one form.
fn without_contractions(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        rest = if let Some(behind) = rest.strip_prefix(b"can't") {
            out.extend_from_slice(b"cannot");
            behind
        } else if let Some(behind) = rest.strip_prefix(b"can not ") {
            out.extend_from_slice(b"cannot ");
            behind
        } else if let Some(behind) = rest.strip_prefix(b"n't") {
            out.extend_from_slice(b" not");
            behind
        } else {
            out.push(first);
            behind
        };
    }
    out
}

/// Pushes a word with its addresses replaced, and with the apostrophe that keyboards have.
fn push_word(text: &mut Vec<u8>, word: &[u8], links: Links) {
    let mut rest = word;
    while !rest.is_empty() {
        // The colons of an IPv6 address separate no pieces.
        if let Some(behind) = after_ipv6(rest) {
            text.push(b'~');
            rest = behind;
        }
        let end = rest
            .iter()
            .position(|byte| BETWEEN.contains(byte))
            .unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        let piece = if links == Links::HostOnly {
            without_path(piece)
        } else {
            piece
        };
        match (
            piece.iter().position(|&byte| byte == b'@'),
            memmem::find(piece, "’".as_bytes()),
        ) {
            (Some(_), _) => text.push(b'@'),
            (None, Some(place)) => {
                text.extend_from_slice(&piece[..place]);
                text.push(b'\'');
                text.extend_from_slice(&piece[place + "’".len()..]);
            }
            (None, None) if is_ipv4(piece) => text.push(b'~'),
            (None, None) => push_sentences(text, piece),
        }
        let (between, behind) = behind.split_at(behind.len().min(1));
        text.extend_from_slice(between);
        rest = behind;
    }
}

/// Pushes a piece, with a blank after a full stop that only a capital letter shows to be one.
fn push_sentences(text: &mut Vec<u8>, piece: &[u8]) {
    for (place, &byte) in piece.iter().enumerate() {
        let before = place
            .checked_sub(2)
            .and_then(|place| piece.get(place..place + 2));
        if byte.is_ascii_uppercase()
            && matches!(before, Some([letter, b'.']) if letter.is_ascii_lowercase())
        {
            text.push(b' ');
        }
        text.push(byte);
    }
}

/// Returns the text after the IPv6 address that a text begins with.
fn after_ipv6(text: &[u8]) -> Option<&[u8]> {
    /// The length of the longest form, with an IPv4 address in it.
    const LONGEST: usize = 45;
    let is_inside = |byte: &u8| byte.is_ascii_hexdigit() || b":.".contains(byte);
    let end = text
        .iter()
        .take(LONGEST + 1)
        .position(|byte| !is_inside(byte))
        .unwrap_or(text.len().min(LONGEST));
    let (address, rest) = text.split_at(end);
    str::from_utf8(address)
        .is_ok_and(|address| address.parse::<Ipv6Addr>().is_ok())
        .then_some(rest)
}

/// Returns whether a piece is an IPv4 address or network, with or without a full stop after it.
fn is_ipv4(piece: &[u8]) -> bool {
    str::from_utf8(piece.strip_suffix(b".").unwrap_or(piece)).is_ok_and(|piece| {
        let address = match piece.split_once('/') {
            Some((address, length)) if length.parse::<u8>().is_ok() => address,
            _ => piece,
        };
        address.parse::<Ipv4Addr>().is_ok()
    })
}

/// Returns a piece of a link without its path and query. The colon of a scheme separates pieces, so
/// a link begins with `//`.
fn without_path(piece: &[u8]) -> &[u8] {
    let host = match piece {
        [b'/', b'/', ..] => 2,
        [b'w' | b'W', b'w' | b'W', b'w' | b'W', b'.', ..] => 0,
        _ => return piece,
    };
    let path = piece
        .iter()
        .skip(host)
        .position(|byte| b"/?#".contains(byte));
    path.and_then(|path| piece.get(..host + path))
        .unwrap_or(piece)
}

/// What stands around an address, and in none that servers quote.
const BETWEEN: &[u8] = b"<>()[]{}\"',;:";

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reply: &[u8]) -> Text {
        Text::of(&Reply::parse(reply).expect("a reply"), Links::Whole)
    }

    #[test]
    fn path_and_query_of_a_link_are_left_out() {
        let cases: [(&[u8], &str); 4] = [
            (
                b"550 See https://a.test/spam/ip?ip=1#x.\r\n",
                "see https://a.test",
            ),
            (
                b"550 See <http://a.test/spam>, bob\r\n",
                "see <http://a.test>, bob",
            ),
            (
                b"550 See www.a.test/spam or a/b\r\n",
                "see www.a.test or a/b",
            ),
            (b"550 //\r\n", "//"),
        ];
        for (reply, expected) in cases {
            let text = Text::of(&Reply::parse(reply).expect("a reply"), Links::HostOnly);
            assert_eq!(String::from_utf8_lossy(&text.0), expected);
        }
    }

    #[test]
    fn words_are_lower_case_on_one_line_and_without_codes_and_addresses() {
        let cases: [(&[u8], &str); 7] = [
            (
                b"550-5.7.25 Address has no\r\n550-5.7.25\r\n550 5.7.25  PTR\trecord\r\n",
                "address has no ptr record",
            ),
            (
                b"550 5.1.1 <Bob.Full@x.test>: user full-up\r\n",
                "<@>: user full-up",
            ),
            (
                b"550 relaying denied for spam@x.test (rbl@y.test)\r\n",
                "relaying denied for @ (@)",
            ),
            (
                "550 doesn’t, can't, can not\r\n".as_bytes(),
                "does not, cannot, can not",
            ),
            (
                b"550 192.0.2.1 is listed, a.test[2001:db8::1]:25 and 192.0.2.0/24 too, see [1.2.3].\r\n",
                "~ is listed, a.test[~]:25 and ~ too, see [1.2.3].",
            ),
            (b"550 Full.See a.Test\r\n", "full. see a. test"),
            (b"550\r\n", ""),
        ];
        for (reply, expected) in cases {
            assert_eq!(String::from_utf8_lossy(&text(reply).0), expected);
        }
    }

    #[test]
    fn a_phrase_is_found_as_whole_words_with_any_text_in_place_of_a_star() {
        let text =
            text(b"550 Sender address rejected: not owned by auth user; spamhaus.org said so\r\n");
        for phrase in [
            "sender address",
            "sender * not owned",
            "spam*",
            "*haus.org",
            "by * auth * user",
            "so",
            "spamhaus.org",
        ] {
            assert!(text.says(phrase), "{phrase}");
        }
        for phrase in [
            "spam",
            "ender",
            "owned * not",
            "address reject",
            "user * user",
            "haus.org",
            "org",
            "spamhaus",
            "sender * addr",
        ] {
            assert!(!text.says(phrase), "{phrase}");
        }
    }

    #[test]
    fn a_part_that_only_begins_like_a_word_does_not_hide_the_word_behind_it() {
        assert!(text(b"550 fullest mailbox is full\r\n").says("full"));
        assert!(!text(b"550 fullest\r\n").says("full"));
    }
}
