//! The batch: a file of JSON lines, each of them an envelope and the file of its message.

use std::collections::HashMap;
use std::fmt::{Display, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

use mailwright::idna;
use mailwright_proto::{
    address::{ForwardPath, ReversePath},
    envelope::Envelope,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::args::SendArgs;
use crate::envelope::distinct;
use crate::failure::Failure;
use crate::source::{BYTE_ORDER_MARK, Message};

/// A batch, read and checked but for its message files.
pub(super) struct Batch {
    /// What its journal knows it by.
    pub(super) digest: String,
    pub(super) entries: Vec<Entry>,
}

/// A message of a batch.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it stands, from 1.
    pub(super) line: usize,
    sender: ReversePath,
    recipients: Vec<ForwardPath>,
    file: PathBuf,
}

/// A line as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    from: String,
    to: Vec<String>,
    file: PathBuf,
}

impl Batch {
    /// Reads the file. Message files are named from its folder on.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let octets =
            fs::read(path).map_err(|error| Failure::unreadable("--batch", path, &error))?;
        let content = octets.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&octets);
        let text = std::str::from_utf8(content).map_err(|error| {
            Failure::malformed(format_args!("--batch: {}: {error}", path.display()))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let entries = parse(text, folder)?;
        if entries.is_empty() {
            return Err(Failure::malformed(format_args!(
                "--batch: {} has no line",
                path.display()
            )));
        }
        Ok(Self {
            digest: hex(&Sha256::digest(&octets)),
            entries,
        })
    }
}

impl Entry {
    /// Opens the message, and looks through all of it.
    pub(super) fn message(&self) -> Result<Message, Failure> {
        Message::open("file", &self.file).map_err(|failure| failure.of_line(self.line))
    }

    /// The envelope for it.
    pub(super) fn envelope(&self, args: &SendArgs, message: &Message) -> Result<Envelope, Failure> {
        Envelope::new(self.sender.clone(), self.recipients.clone())
            .map(|envelope| args.applied_to(envelope.with_scan(message.found())))
            .map_err(|error| Failure::malformed(error).of_line(self.line))
    }
}

fn parse(text: &str, folder: &Path) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    let mut seen = HashMap::new();
    for (number, line) in (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let wrong = |what: &dyn Display| Failure::malformed(what).of_line(number);
        let Line { from, to, file } = serde_json::from_str(line).map_err(|error| wrong(&error))?;
        let sender: ReversePath = from
            .parse()
            .map_err(|error| wrong(&format_args!("from: {error}")))?;
        let recipient = |text: &String| match text.parse() {
            Ok(path) => Ok(idna::labelled_recipient(path)),
            Err(error) => Err(wrong(&format_args!("to: {error}"))),
        };
        let recipients = to.iter().map(recipient);
        let recipients = distinct(recipients.collect::<Result<_, _>>()?);
        if recipients.is_empty() {
            return Err(wrong(&"to: there is no recipient"));
        }
        let entry = Entry {
            line: number,
            sender: idna::labelled_sender(sender),
            recipients,
            file: folder.join(file),
        };
        // Whoever wants a message twice can have two files of it.
        let same = format!(
            "{:?} {:?} {}",
            entry.sender,
            entry.recipients,
            entry.file.display()
        );
        if let Some(first) = seen.insert(same, number) {
            return Err(wrong(&format_args!(
                "it is the same as line {first}: the message would be sent twice"
            )));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// As people write digests.
pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(text, Path::new("")).expect_err("it is wrong").detail
    }

    #[test]
    fn a_line_is_an_envelope_and_a_file_beside_the_batch() {
        let text = "{\"from\":\"a@x.test\",\"to\":[\"b@x.test\",\"c@x.test\",\"b@X.test\"],\"file\":\"1.eml\"}\n\n\
                    {\"file\":\"/2.eml\",\"to\":[\"b@x.test\"],\"from\":\"<>\"}";
        let entries = parse(text, Path::new("mail"))
            .map_err(|failure| failure.detail)
            .expect("a batch");
        assert_eq!(
            entries.iter().map(|entry| entry.line).collect::<Vec<_>>(),
            [1, 3]
        );
        assert_eq!(entries[0].recipients.len(), 2);
        assert_eq!(entries[0].file, Path::new("mail/1.eml"));
        assert_eq!(
            (&entries[1].sender, &*entries[1].file),
            (&ReversePath::Null, Path::new("/2.eml"))
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let good = r#"{"from":"a@x.test","to":["b@x.test"],"file":"1.eml"}"#;
        let cases = [
            ("{", "EOF"),
            (
                r#"{"from":"a@x.test","to":["b@x.test"]}"#,
                "missing field `file`",
            ),
            (
                r#"{"from":"a@x.test","to":["b@x.test"],"file":"1","cc":[]}"#,
                "unknown field `cc`",
            ),
            (
                r#"{"from":"a@x.test","to":"b@x.test","file":"1"}"#,
                "invalid type",
            ),
            (r#"{"from":"a","to":["b@x.test"],"file":"1"}"#, "from: "),
            (
                r#"{"from":"a@x.test","to":["b@x.test","x\r\ny@x.test"],"file":"1"}"#,
                "to: ",
            ),
            (
                r#"{"from":"a@x.test","to":[],"file":"1"}"#,
                "there is no recipient",
            ),
            (good, "the same as line 1"),
        ];
        for (line, what) in cases {
            let refusal = refusal(&format!("{good}\n{line}\n"));
            assert!(
                refusal.starts_with("line 2: ") && refusal.contains(what),
                "{line}: {refusal}"
            );
        }
    }
}
