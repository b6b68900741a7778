//! Replies as people have them: out of a log or a mail, cut short, with line ends of another kind.

use std::fmt;

use super::logged;
use mailwright_proto::{
    ehlo::Capabilities,
    reply::{BareLf, Reply, ReplyError, ReplyFault, ReplyLimits, ReplyReader},
};

/// Reads one reply as it stands: lines may end in LF alone, the last need not end at all, and the rest of the reply may
/// be missing. If the text does not begin with a reply, the refusal within it is read: programs log replies as
/// `(535, b'…')`, `host mx.test said: 550 …` or `smtp; 550 …`.
///
/// # Errors
/// [`PasteError`], with the line and the byte that are wrong.
///
/// ```
/// use mailwright::knowledge;
/// let reply = knowledge::read(b"550-5.1.1 The email account that you tried to reach does")?;
/// assert_eq!(reply.code(), 550);
/// assert_eq!(knowledge::read(b"smtplib.SMTPDataError: (554, b'5.7.1 no')")?.code().get(), 554);
/// let error = knowledge::read(b"550-no\n5x0 more").unwrap_err();
/// assert_eq!((error.line(), error.byte()), (2, 1));
/// # Ok::<(), mailwright::knowledge::PasteError>(())
/// ```
pub fn read(text: &[u8]) -> Result<Reply, PasteError> {
    let as_it_stands = read_whole(text);
    let begins_otherwise = as_it_stands.as_ref().is_err_and(|error| error.line == 1);
    let within = begins_otherwise
        .then(|| logged::reply_within(text))
        .flatten();
    within
        .and_then(|reply| read_whole(&reply).ok())
        .map_or(as_it_stands, Ok)
}

fn read_whole(text: &[u8]) -> Result<Reply, PasteError> {
    let text = completed(text);
    let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Tolerate);
    reader.receive(&text);
    let nothing = || PasteError {
        line: 1,
        byte: 0,
        what: "there is nothing to read".to_owned(),
    };
    reader
        .next()
        .map_err(|error| PasteError::of(&error, &text))?
        .ok_or_else(nothing)
}

/// Reads an answer to EHLO in the same way.
///
/// # Errors
/// [`PasteError`], also where it is a refusal.
///
/// ```
/// use mailwright::knowledge;
/// let offered = knowledge::read_ehlo(b"250-mx.example.test\n250 SIZE 1000\n")?;
/// assert_eq!(offered.size(), Some(1000));
/// # Ok::<(), mailwright::knowledge::PasteError>(())
/// ```
pub fn read_ehlo(text: &[u8]) -> Result<Capabilities, PasteError> {
    let reply = read_whole(text)?;
    match reply.code().get() {
        250 => Ok(Capabilities::from_reply(reply)),
        code => {
            let what = format!("an answer to EHLO has the code 250, and this is {code}");
            Err(PasteError {
                line: 1,
                byte: 0,
                what,
            })
        }
    }
}

/// The same text as one whole reply. Servers that forget the hyphen on all lines but the last are taken at their word; a
/// code that was cut off within tells nothing, and is left out.
fn completed(text: &[u8]) -> Vec<u8> {
    let text = text.trim_ascii_end();
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let is_cut_code = |line: &[u8]| line.len() < CODE && lines.len() > 1 && text.starts_with(line);
    let count = lines.len() - usize::from(lines.last().is_some_and(|line| is_cut_code(line)));
    let mut whole = Vec::with_capacity(text.len() + 2);
    for (number, line) in lines.iter().take(count).enumerate() {
        let separator = if number + 1 < count { b'-' } else { b' ' };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line.get(..CODE), line.get(CODE)) {
            (Some(code), Some(b' ' | b'-')) if text.starts_with(code) => {
                whole.extend_from_slice(code);
                whole.push(separator);
                whole.extend_from_slice(&line[CODE + 1..]);
            }
            (Some(code), None) if text.starts_with(code) && separator == b'-' => {
                whole.extend_from_slice(code);
                whole.push(separator);
            }
            _ => whole.extend_from_slice(line),
        }
        if !whole.is_empty() {
            whole.extend_from_slice(b"\r\n");
        }
    }
    whole
}

/// The digits of a code.
const CODE: usize = 3;

/// Why a text is no reply: which byte of which line, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasteError {
    line: usize,
    byte: usize,
    what: String,
}

impl PasteError {
    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The byte within the line, from 0.
    pub fn byte(&self) -> usize {
        self.byte
    }

    fn of(error: &ReplyError, text: &[u8]) -> Self {
        let line = error.line();
        let (byte, what) = match error.fault() {
            ReplyFault::Malformed { offset, excerpt } => (
                *offset,
                format!(
                    "\"{excerpt}\" is no line of a reply: three digits, 200 to 599, and a blank or a hyphen"
                ),
            ),
            ReplyFault::CodesDiffer { first, other } => {
                let (first, other) = (first.to_string(), other.to_string());
                let byte = first
                    .bytes()
                    .zip(other.bytes())
                    .take_while(|(one, two)| one == two)
                    .count();
                (
                    byte,
                    format!("the code is {other} in a reply that began with {first}"),
                )
            }
            ReplyFault::LineTooLong { limit } => {
                (*limit, format!("the line is longer than {limit} octets"))
            }
            ReplyFault::ReplyTooLong { limit } => {
                let within = text.get(..*limit).unwrap_or(text);
                let start = within
                    .iter()
                    .rposition(|&byte| byte == b'\n')
                    .map_or(0, |place| place + 1);
                (
                    within.len() - start,
                    format!("the reply is longer than {limit} octets"),
                )
            }
            fault => (0, format!("{}", FaultText(fault, error))),
        };
        Self { line, byte, what }
    }
}

/// What remains of a fault without a byte of its own.
struct FaultText<'a>(&'a ReplyFault, &'a ReplyError);

impl fmt::Display for FaultText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ReplyFault::TooManyLines { limit } => {
                write!(f, "the reply has more than {limit} lines")
            }
            _ => self.1.fmt(f),
        }
    }
}

impl fmt::Display for PasteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, byte {}: {}", self.line, self.byte, self.what)
    }
}

impl std::error::Error for PasteError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_as_it_stands() {
        let cases: [(&[u8], u16, usize); 10] = [
            (b"550 5.1.1 no\r\n", 550, 1),
            (b"550 no", 550, 1),
            (b"550", 550, 1),
            (b"550-", 550, 1),
            (b"550-one\n550 two\n", 550, 2),
            (b"550-one\r\n550-two\r\n", 550, 2),
            (b"550-one\r\n550-two\r\n55", 550, 2),
            (b"550-one\r\n550", 550, 2),
            (b"535 one\r\n535 two\r\n", 535, 2),
            (b"250 ok\n\n  \n", 250, 1),
        ];
        for (text, code, lines) in cases {
            let reply =
                read(text).unwrap_or_else(|error| panic!("{error}: {}", text.escape_ascii()));
            assert_eq!(
                (reply.code().get(), reply.lines().count()),
                (code, lines),
                "{}",
                text.escape_ascii()
            );
        }
    }

    #[test]
    fn what_is_no_reply_is_told_by_line_and_byte() {
        let long = [b"250 ".as_slice(), &[b'a'; 3000]].concat();
        let huge = [
            [b"250-".as_slice(), &[b'a'; 2000], b"\n"]
                .concat()
                .repeat(40),
            b"250 end".to_vec(),
        ]
        .concat();
        let many = [b"250-a\n".repeat(1100), b"250 end".to_vec()].concat();
        let cases: [(&[u8], usize, usize, &str); 11] = [
            (b"", 1, 0, "nothing"),
            (b"\r\n", 1, 0, "nothing"),
            (b"55", 1, 2, "three digits"),
            (b"hello", 1, 0, "three digits"),
            (b"650 what", 1, 0, "three digits"),
            (b"550x what", 1, 3, "three digits"),
            (b"550-one\nno code", 2, 0, "\"no code\""),
            (b"550-one\n551 two", 2, 2, "began with 550"),
            (b"550 one\r\n551 two", 2, 2, "began with 550"),
            (&long, 1, 2048, "2048"),
            (&many, 1025, 0, "1024 lines"),
        ];
        for (text, line, byte, told) in cases {
            let error = read(text).expect_err("an error");
            assert_eq!((error.line(), error.byte()), (line, byte), "{error}");
            assert!(error.to_string().contains(told), "{error}");
        }
        assert!(
            read(&huge)
                .expect_err("an error")
                .to_string()
                .contains("65536")
        );
    }

    #[test]
    fn a_refusal_is_no_answer_to_ehlo() {
        assert!(read_ehlo(b"250-a\n250 DSN").is_ok());
        assert!(
            read_ehlo(b"502 no")
                .expect_err("an error")
                .to_string()
                .contains("502")
        );
    }
}
