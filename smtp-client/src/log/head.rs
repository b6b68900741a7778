//! The beginning of a message, read ahead for its Message-ID.

use std::io;

use mailwright_proto::reply::Escaped;

use crate::chunks::Source;

/// Octets of a message that are looked at: a header is seldom longer, and its Message-ID stands early.
const MOST: usize = 64 * 1024;

/// The longest line of a message; RFC 5322 section 2.1.1.
const LONGEST_ID: usize = 998;

/// A message whose beginning was read.
pub(crate) struct Headed<S> {
    source: S,
    head: Vec<u8>,
    /// How much of it was handed on.
    used: usize,
    /// How reading ahead failed, to be told in its place.
    failed: Option<io::Error>,
}

impl<S: Source> Headed<S> {
    /// Reads up to the end of the header.
    pub(crate) async fn of(source: S) -> Self {
        let mut headed = Self {
            source,
            head: Vec::new(),
            used: 0,
            failed: None,
        };
        let mut buffer = [0; 4096];
        while headed.head.len() < MOST && !ends(&headed.head) {
            match headed.source.read(&mut buffer).await {
                Ok(0) => break,
                Ok(n) => headed
                    .head
                    .extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    headed.failed = Some(error);
                    break;
                }
            }
        }
        headed
    }

    /// What stands in its Message-ID field.
    pub(crate) fn message_id(&self) -> Option<String> {
        message_id(&self.head)
    }
}

impl<S: Source> Source for Headed<S> {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.head.get(self.used..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if let (Some(from), Some(to)) = (
            rest.get(..n).filter(|from| !from.is_empty()),
            buffer.get_mut(..n),
        ) {
            to.copy_from_slice(from);
            self.used += n;
            return Ok(n);
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.source.read(buffer).await,
        }
    }
}

/// Whether an empty line was read.
fn ends(head: &[u8]) -> bool {
    let newlines = memchr::memchr_iter(b'\n', head);
    newlines
        .into_iter()
        .any(|at| matches!(head.get(at + 1..), Some([b'\n', ..] | [b'\r', b'\n', ..])))
}

/// The field's value, unfolded (RFC 5322 section 2.2.3) and fit to be shown. Nothing where it is not known where it ends, as
/// that is too far away.
pub(crate) fn message_id(message: &[u8]) -> Option<String> {
    let is_long = message.len() >= MOST;
    let head = message.get(..MOST).filter(|_| is_long).unwrap_or(message);
    let whole_lines = memchr::memrchr(b'\n', head).filter(|_| is_long);
    let head = whole_lines.map_or(head, |end| head.get(..end).unwrap_or_default());
    let mut value: Option<Vec<u8>> = None;
    let mut is_whole = !is_long;
    for line in head.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match &mut value {
            Some(value) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                value.extend_from_slice(line)
            }
            Some(_) => {
                is_whole = true;
                break;
            }
            None if line.is_empty() => break,
            None => {
                let (name, rest) = line.split_at(line.len().min(FIELD.len()));
                value = name.eq_ignore_ascii_case(FIELD).then(|| rest.to_vec());
            }
        }
    }
    let value = value.filter(|_| is_whole)?;
    let value = value.trim_ascii();
    (!value.is_empty() && value.len() <= LONGEST_ID).then(|| Escaped(value).to_string())
}

const FIELD: &[u8] = b"Message-ID:";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocking::{Blocking, ready};

    #[test]
    fn the_message_id_is_found_in_the_header_and_nowhere_else() {
        for (message, id) in [
            ("Message-ID: <1@a.test>\r\n\r\n", Some("<1@a.test>")),
            (
                "From: a\nmessage-id:<2@a.test>\nTo: b\n\n",
                Some("<2@a.test>"),
            ),
            (
                "Message-Id:\r\n <3@a.test>\r\nX: y\r\n\r\n",
                Some("<3@a.test>"),
            ),
            ("X: y\r\n\r\nMessage-ID: <4@a.test>\r\n", None),
            ("X-Message-ID: <5@a.test>\r\n\r\n", None),
            ("Message-ID: \r\n\r\n", None),
            ("Message-ID: \x1b[2J\r\n\r\n", Some("\\x1b[2J")),
            ("Message-ID: <6@a.test>", Some("<6@a.test>")),
            ("", None),
        ] {
            let headed = ready(Headed::of(Blocking(message.as_bytes())));
            assert_eq!(headed.message_id().as_deref(), id, "{message:?}");
        }
    }

    #[test]
    fn a_message_id_that_does_not_end_where_it_is_looked_for_is_not_known() {
        let behind = |octets: usize| format!("X: {}\r\n", "x".repeat(octets - "X: \r\n".len()));
        let field = "Message-ID: <one@a.test>\r\n";
        for (fields, id) in [
            (format!("{}{field}", behind(MOST - 16)), None),
            (
                format!("{}{field} folded", behind(MOST - field.len())),
                None,
            ),
            (
                format!("{}{field}To: b", behind(MOST - field.len() - 5)),
                None,
            ),
            (
                format!("{}{field}To: b\r\n", behind(MOST - field.len() - 7)),
                Some("<one@a.test>"),
            ),
            (field.to_owned(), Some("<one@a.test>")),
        ] {
            let message = format!("{fields}\r\n\r\n{}", "text\r\n".repeat(20_000));
            assert_eq!(
                message_id(message.as_bytes()).as_deref(),
                id,
                "{} octets of fields",
                fields.len()
            );
            let headed = ready(Headed::of(Blocking(message.as_bytes())));
            assert_eq!(
                headed.message_id().as_deref(),
                id,
                "{} octets of fields, read",
                fields.len()
            );
        }
    }

    #[test]
    fn nothing_of_the_message_is_lost_by_looking_ahead() {
        let long = format!("Message-ID: <1@a.test>\r\n\r\n{}", "text\r\n".repeat(3_000));
        let endless = "x".repeat(2 * MOST);
        for message in ["", "a", &long, &endless] {
            let mut headed = ready(Headed::of(Blocking(message.as_bytes())));
            let (mut read, mut buffer) = (Vec::new(), [0; 1000]);
            loop {
                match ready(headed.read(&mut buffer)).unwrap() {
                    0 => break,
                    n => read.extend_from_slice(&buffer[..n]),
                }
            }
            assert!(read == message.as_bytes());
            assert!(headed.head.len() < MOST + 4096);
        }
    }

    #[test]
    fn a_message_that_cannot_be_read_fails_in_its_place() {
        struct Broken;
        impl Source for Broken {
            async fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::InvalidData.into())
            }
        }
        let mut headed = ready(Headed::of(Broken));
        assert_eq!(
            ready(headed.read(&mut [0; 10])).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
