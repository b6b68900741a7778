//! Finds replies in the logs of other programs: Python's tuples, Postfix's and Exim's sentences,
//! delivery reports, dialogues.

use memchr::memmem;

use crate::Stage;

/// Returns the stage that a program's message names beside a reply: "(in reply to RCPT TO command)", "Invalid login".
///
/// ```
/// use mailwright::{Stage, knowledge};
/// let text = b"mx.test said: 550 5.1.1 no (in reply to RCPT TO command)";
/// assert_eq!(knowledge::logged_stage(text), Some(Stage::Rcpt));
/// assert_eq!(knowledge::logged_stage(b"550 5.1.1 no"), None);
/// ```
pub fn logged_stage(text: &[u8]) -> Option<Stage> {
    // Reports wrap their lines anywhere.
    let words: Vec<&[u8]> = text
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .collect();
    let text = words.join(&b' ').to_ascii_lowercase();
    let found = STAGES
        .iter()
        .find(|(phrase, _)| memmem::find(&text, phrase.as_bytes()).is_some());
    found.map(|&(_, stage)| stage)
}

/// The phrases with which Postfix, Exim, nodemailer, PHPMailer, Python, msmtp and MailKit name the
/// refused command.
const STAGES: &[(&str, Stage)] = &[
    ("in reply to end of data", Stage::Body),
    ("in reply to data command", Stage::Data),
    ("in reply to rcpt to", Stage::Rcpt),
    ("in reply to mail from", Stage::Mail),
    ("in reply to auth", Stage::Auth),
    ("in reply to starttls", Stage::StartTls),
    ("in reply to ehlo", Stage::Ehlo),
    ("refused to talk to me:", Stage::Greeting),
    ("after initial connection:", Stage::Greeting),
    ("after end of data:", Stage::Body),
    ("after pipelined end of data:", Stage::Body),
    ("after data:", Stage::Data),
    ("after rcpt to:", Stage::Rcpt),
    ("after pipelined rcpt to:", Stage::Rcpt),
    ("after mail from:", Stage::Mail),
    ("after pipelined mail from:", Stage::Mail),
    ("data end command failed", Stage::Body),
    ("data command failed", Stage::Data),
    ("rcpt to command failed", Stage::Rcpt),
    ("mail from command failed", Stage::Mail),
    ("auth command failed", Stage::Auth),
    ("username command failed", Stage::Auth),
    ("password command failed", Stage::Auth),
    ("invalid login", Stage::Auth),
    ("recipient command failed", Stage::Rcpt),
    ("all recipients were rejected", Stage::Rcpt),
    ("mail command failed", Stage::Mail),
    ("message failed", Stage::Body),
    ("smtpauthenticationerror", Stage::Auth),
    ("smtpsenderrefused", Stage::Mail),
    ("smtprecipientsrefused", Stage::Rcpt),
    ("smtpdataerror", Stage::Body),
    ("smtphelerror", Stage::Ehlo),
    ("msmtp: authentication failed", Stage::Auth),
    ("authenticationfailedexception", Stage::Auth),
    ("authenticationexception", Stage::Auth),
];

/// Returns the reply within a text, as it is on the wire except for its line ends. The time is
/// linear in the text's length.
pub(super) fn reply_within(text: &[u8]) -> Option<Vec<u8>> {
    let mut best: Option<Place> = None;
    for place in places(text) {
        if best.as_ref().is_none_or(|best| place.weight > best.weight) {
            best = Some(place);
        }
    }
    best.map(|place| place.reply(text))
}

/// A place at which a reply may begin.
struct Place {
    /// The offset of its code.
    code: usize,
    /// The offset of its text.
    words: usize,
    /// The quote that its text is in.
    quote: Option<u8>,
    /// The likelihood that a reply begins here.
    weight: u8,
}

/// The digits of a code.
const CODE: usize = 3;

/// Returns all refusals that may begin in a text.
fn places(text: &[u8]) -> impl Iterator<Item = Place> {
    text.windows(CODE).enumerate().filter_map(|(code, digits)| {
        let is_code = matches!(digits, [b'4' | b'5', b'0'..=b'7', b'0'..=b'9']);
        let before = text.get(..code)?;
        let is_start = before
            .last()
            .is_none_or(|byte| b" \t\r\n(:;'\"`>[=|{".contains(byte));
        if !is_code || !is_start {
            return None;
        }
        let after = text.get(code + CODE..)?;
        let skipped = SEPARATORS
            .iter()
            .find(|separator| after.starts_with(separator.as_bytes()))?
            .len();
        let words = code + CODE + skipped;
        let is_tuple = SEPARATORS
            .iter()
            .any(|separator| separator.len() == skipped && separator.starts_with(','));
        let opened = if is_tuple {
            text.get(words - 1)
        } else {
            before.last()
        };
        let quote = opened.copied().filter(|byte| b"'\"`".contains(byte));
        let marked = MARKS.iter().any(|mark| {
            before.trim_ascii_end().to_ascii_lowercase_tail(mark.len()) == mark.as_bytes()
        });
        let weight = match (
            is_status(text.get(words..)?, digits.first().copied()?),
            marked || is_tuple,
        ) {
            (true, true) => 4,
            (true, false) => 3,
            (false, true) => 2,
            // A number on its own is a port or a line more often than a code.
            (false, false) if after.starts_with(b" ") || after.starts_with(b"-") => 1,
            (false, false) => return None,
        };
        Some(Place {
            code,
            words,
            quote,
            weight,
        })
    })
}

/// The separators between a code and its words, longer ones first.
const SEPARATORS: &[&str] = &[", b'", ", b\"", ", '", ", \"", "): ", ") ", ": ", " ", "-"];

/// The words that programs write before a reply, in lower case and without a final blank.
const MARKS: &[&str] = &[
    "said:",
    "smtp;",
    "failed:",
    "login:",
    "message:",
    "response:",
    "error:",
    "answered:",
    "talk to me:",
    "data:",
    "returned",
    "<**",
    "<~*",
    "<<<",
    "<--",
    "<-",
    "<",
    "s:",
    "client:",
    "server:",
    "exception:",
    "replied:",
    "to:",
];

/// The end of a text in lower case.
trait Tail {
    fn to_ascii_lowercase_tail(&self, length: usize) -> Vec<u8>;
}

impl Tail for [u8] {
    fn to_ascii_lowercase_tail(&self, length: usize) -> Vec<u8> {
        self.get(self.len().saturating_sub(length)..)
            .unwrap_or(self)
            .to_ascii_lowercase()
    }
}

/// Returns whether an enhanced code of this class begins a text.
fn is_status(text: &[u8], class: u8) -> bool {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit() && *byte != b'.')
        .unwrap_or(text.len());
    let mut parts = text.get(..end).unwrap_or(text).split(|&byte| byte == b'.');
    parts.next() == Some(&[class]) && parts.filter(|part| !part.is_empty()).count() == 2
}

impl Place {
    fn reply(&self, text: &[u8]) -> Vec<u8> {
        let code = text.get(self.code..self.code + CODE).unwrap_or_default();
        let rest = text.get(self.words..).unwrap_or_default();
        let words = match self.quote {
            Some(quote) => unquoted(rest, quote),
            None => self.unwrapped(text, code),
        };
        let is_split = text.get(self.code + CODE) == Some(&b'-');
        let mut reply = Vec::with_capacity(words.len() + 2 * CODE);
        for line in words.split(|&byte| byte == b'\n') {
            for piece in if is_split {
                pieces(line, code)
            } else {
                vec![line]
            } {
                if !reply.is_empty() {
                    reply.push(b'\n');
                }
                reply.extend_from_slice(code);
                reply.push(b' ');
                reply.extend_from_slice(without_command(without_code(piece, code)).trim_ascii());
            }
        }
        reply
    }

    /// Returns the words to the end of the line, with the lines that continue them: folded ones,
    /// and those with the same prefix and code.
    fn unwrapped(&self, text: &[u8], code: &[u8]) -> Vec<u8> {
        let start = text
            .get(..self.code)
            .and_then(|before| before.iter().rposition(|&byte| byte == b'\n'));
        let prefix = text
            .get(start.map_or(0, |place| place + 1)..self.code)
            .unwrap_or_default()
            .trim_ascii();
        let mut lines = text
            .get(self.words..)
            .unwrap_or_default()
            .split(|&byte| byte == b'\n');
        let mut words = lines.next().unwrap_or_default().trim_ascii_end().to_vec();
        for line in lines {
            let inner = line.trim_ascii();
            let inner = inner
                .strip_prefix(prefix)
                .unwrap_or(inner)
                .trim_ascii_start();
            if inner.starts_with(code) && matches!(inner.get(CODE), None | Some(b' ' | b'-')) {
                words.push(b'\n');
            } else if line.starts_with(b" ") || line.starts_with(b"\t") {
                words.push(b' ');
            } else {
                break;
            }
            words.extend_from_slice(inner);
        }
        words
    }
}

/// Returns a quoted text up to its end, with the escapes of Python and JSON resolved.
fn unquoted(text: &[u8], quote: u8) -> Vec<u8> {
    let mut words = Vec::new();
    let mut bytes = text.iter().copied().enumerate();
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'\\' => match bytes.next().map(|(_, escaped)| escaped) {
                Some(b'n') => words.push(b'\n'),
                Some(b'r') | None => {}
                Some(b't') => words.push(b' '),
                Some(b'x') => {
                    let digits = text
                        .get(place + 2..place + 4)
                        .and_then(|digits| str::from_utf8(digits).ok());
                    words.extend(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()));
                    bytes.nth(1);
                }
                Some(other) => words.push(other),
            },
            _ if byte == quote => break,
            _ => words.push(byte),
        }
    }
    words
}

/// Splits a line into the lines of a reply that a program joined, each with its code.
fn pieces<'a>(line: &'a [u8], code: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(found) = line.get(from..).and_then(|rest| memmem::find(rest, code)) {
        let place = from + found;
        let is_in_number = place > 0 && line.get(place - 1).is_some_and(u8::is_ascii_digit);
        from = place + CODE;
        if place > start && !is_in_number && matches!(line.get(from), Some(b' ' | b'-')) {
            pieces.extend(line.get(start..place));
            start = place;
        }
    }
    pieces.extend(line.get(start..));
    pieces
}

/// Returns a line without the code that it repeats.
fn without_code<'a>(line: &'a [u8], code: &[u8]) -> &'a [u8] {
    match line.strip_prefix(code) {
        Some([b' ' | b'-', rest @ ..]) => rest,
        Some([]) => &[],
        _ => line,
    }
}

/// Returns a line without Postfix's additions: the command, and the closing bracket of its own
/// sentence.
fn without_command(line: &[u8]) -> &[u8] {
    memmem::find(line, b"(in reply to")
        .and_then(|place| line.get(..place))
        .unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::read;

    #[test]
    fn a_reply_is_found_in_what_programs_log() {
        let cases: [(&str, &str); 24] = [
            (
                "(535, b'5.7.3 Authentication unsuccessful [X.test]')",
                "535 5.7.3 Authentication unsuccessful [X.test]",
            ),
            (
                "smtplib.SMTPDataError: (554, 'DT:SPM 126 smtp10')",
                "554 DT:SPM 126 smtp10",
            ),
            (
                "{'a@a.test': (550, b'5.1.1 no\\n5.1.1 such \\'user\\'')}",
                "550-5.1.1 no\n550 5.1.1 such 'user'",
            ),
            ("(535, b\"5.7.8 it's \\xe9\")", "535 5.7.8 it's \u{e9}"),
            (
                "host mx.test[192.0.2.25] said: 550 5.1.1 <a@a.test> no (in reply to RCPT TO command)",
                "550 5.1.1 <a@a.test> no",
            ),
            (
                "(host mx.test[192.0.2.1] said: 550-5.7.1 one 550-5.7.1 two 550 5.7.1 three (in reply to end of DATA\n    command))",
                "550-5.7.1 one\n550-5.7.1 two\n550 5.7.1 three",
            ),
            (
                "<a@a.test>: host mx.test[192.0.2.1] said: 550 5.1.1\n    <a@a.test>: unknown (in reply to RCPT TO\n    command)",
                "550 5.1.1 <a@a.test>: unknown",
            ),
            (
                "host mx.test refused to talk to me: 554 5.7.1 blocked",
                "554 5.7.1 blocked",
            ),
            (
                "Diagnostic-Code: smtp; 550 5.1.1 no such user",
                "550 5.1.1 no such user",
            ),
            (
                "Diagnostic-Code: smtp;550-5.1.1 one\n    550 5.1.1 two",
                "550-5.1.1 one\n550 5.1.1 two",
            ),
            ("<** 550 5.1.1 no", "550 5.1.1 no"),
            ("<** 550-one\n<** 550 two", "550-one\n550 two"),
            ("<<< 550 no", "550 no"),
            ("S: 535 5.7.8 no", "535 5.7.8 no"),
            (
                "Error: Invalid login: 535-5.7.8 no\n535 5.7.8 see - gsmtp",
                "535-5.7.8 no\n535 5.7.8 see - gsmtp",
            ),
            (
                "  response: '535 5.7.8 no',\n  responseCode: 535,",
                "535 5.7.8 no",
            ),
            (
                "SMTP ERROR: DATA END command failed: 550-From not verified.550-On your page550 verify it",
                "550-From not verified.\n550-On your page\n550 verify it",
            ),
            (
                "2018-03-13 12:21:18 SMTP ERROR: Username command failed: 535 Incorrect authentication data",
                "535 Incorrect authentication data",
            ),
            (
                "msmtp: authentication failed (method PLAIN)\nmsmtp: server message: 535-5.7.8 no\nmsmtp: server message: 535 5.7.8 more\nmsmtp: could not send mail",
                "535-5.7.8 no\n535 5.7.8 more",
            ),
            (
                "permanent error (550): 5.1.1 no such user",
                "550 5.1.1 no such user",
            ),
            ("transient error (421): try later", "421 try later"),
            (
                "MailKit.Security.AuthenticationException: 535: 5.7.8 no",
                "535 5.7.8 no",
            ),
            (
                "SMTP error from remote mail server after RCPT TO:<a@a.test>: 550 no such user",
                "550 no such user",
            ),
            (
                "gomail: could not send email 1: 552 Your account has been suspended",
                "552 Your account has been suspended",
            ),
        ];
        for (text, expected) in cases {
            let reply = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
            let expected = expected.chars().map(|c| c as u8).collect::<Vec<_>>();
            let wire: Vec<u8> = reply
                .raw()
                .iter()
                .copied()
                .filter(|&byte| byte != b'\r')
                .collect();
            assert_eq!(
                wire.trim_ascii_end().escape_ascii().to_string(),
                expected.escape_ascii().to_string(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_without_a_reply_is_refused_as_it_stands() {
        for text in [
            "hello",
            "port 587 is closed",
            "line 553: oops",
            "see 450.test",
            "(5350, b'no')",
            "Error 5.1.1 no",
        ] {
            let error = read(text.as_bytes()).expect_err(text);
            assert_eq!((error.line(), error.byte()), (1, 0), "{text}");
        }
    }

    #[test]
    fn the_stage_is_the_one_that_the_program_names() {
        let cases = [
            ("(in reply to end of DATA\n    command)", Some(Stage::Body)),
            (
                "smtplib.SMTPAuthenticationError: (535, b'no')",
                Some(Stage::Auth),
            ),
            ("Error: Mail command failed: 553 no", Some(Stage::Mail)),
            ("after RCPT TO:<a@a.test>: 550 no", Some(Stage::Rcpt)),
            ("550 no", None),
        ];
        for (text, stage) in cases {
            assert_eq!(logged_stage(text.as_bytes()), stage, "{text}");
        }
    }
}
