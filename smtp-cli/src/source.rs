//! The message: a file, or a copy of what came from elsewhere, read through as often as needed and
//! never held in memory.

use std::env;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::{ControlFlow, Range};
use std::path::Path;

use mailwright_proto::body::MessageScan;
use mailwright_proto::reply::Escaped;

use crate::failure::Failure;
use crate::header::{Field, Header, Name, Scanner, Sending};

/// The longest `Message-ID` that is read: that of a line; RFC 5322 section 2.1.1.
const LONGEST_ID: u64 = 998;

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// What some programs put before UTF-8 text, to tell it by. It is their file's; in a message it would make another field
/// of the first one, and of a Bcc one that everybody reads.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A message that can be sent: neither empty nor with a NUL in it.
#[derive(Debug)]
pub(crate) struct Message {
    file: File,
    fields: Vec<Field>,
    /// What of the file is not sent.
    gaps: Vec<Range<u64>>,
    scan: MessageScan,
}

impl Message {
    /// From a file, or from standard input where there is none or it is called `-`.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        match path.filter(|path| *path != Path::new("-")) {
            None => Self::scan(spool(io::stdin().lock(), unreadable_input)?),
            Some(path) => Self::open("FILE", path),
        }
    }

    /// From a file, which `what` names.
    pub(crate) fn open(what: &str, path: &Path) -> Result<Self, Failure> {
        let unreadable = |error| Failure::unreadable(what, path, &error);
        let file = File::open(path).map_err(unreadable)?;
        let regular = file.metadata().map_err(unreadable)?.is_file();
        Self::scan(if regular {
            file
        } else {
            spool(file, unreadable)?
        })
    }

    /// Checks the message in a file. Its `Bcc` and `Resent-Bcc` fields are not sent, nor is a byte
    /// order mark or an mbox line before its header.
    pub(crate) fn scan(file: File) -> Result<Self, Failure> {
        let start = start(&file).map_err(unreadable_input)?;
        let Header { start, fields } = scan(&file, start)?;
        let bcc = fields
            .iter()
            .filter(|field| field.name == Name::Bcc)
            .map(|field| field.start..field.end);
        let gaps: Vec<_> = (start > 0)
            .then_some(0..start)
            .into_iter()
            .chain(bcc)
            .collect();
        let scan = Gapped::new(&file, gaps.clone())
            .and_then(count)
            .map_err(unreadable_input)?;
        if let Some(offset) = scan.nul() {
            return Err(Failure::content(format_args!(
                "The message has a NUL at offset {offset}, which mail cannot carry."
            )));
        }
        if scan.is_empty() {
            return Err(Failure::content("The message is empty."));
        }
        Ok(Self {
            file,
            fields,
            gaps,
            scan,
        })
    }

    /// Octets, with CRLF line ends.
    pub(crate) fn size(&self) -> u64 {
        self.scan.size()
    }

    /// Returns the properties that the envelope declares.
    pub(crate) fn found(&self) -> &MessageScan {
        &self.scan
    }

    /// Returns which fields are about the present sending: those of the latest resent block, if there is one.
    pub(crate) fn sending(&self) -> Sending {
        let latest = self
            .fields
            .iter()
            .map(|field| field.sending)
            .find(|sending| *sending == Sending::Latest);
        latest.unwrap_or(Sending::Original)
    }

    /// Returns the value of each field of this name that is about the present sending, in the order of the message.
    pub(crate) fn values(&self, name: Name) -> Result<Vec<Vec<u8>>, Failure> {
        let sending = self.sending();
        let fields = self
            .fields
            .iter()
            .filter(|field| field.name == name && field.sending == sending);
        fields
            .map(|field| self.slice(field.value..field.end).map_err(unreadable_input))
            .collect()
    }

    /// Returns the value of the `Message-ID` field, unfolded and escaped, if there is one.
    pub(crate) fn id(&self) -> Option<String> {
        let field = self
            .fields
            .iter()
            .find(|field| field.name == Name::MessageId && field.end - field.value <= LONGEST_ID)?;
        let value = self.slice(field.value..field.end).ok()?;
        let unfolded: Vec<u8> = value
            .into_iter()
            .filter(|octet| !matches!(octet, b'\r' | b'\n'))
            .collect();
        let id = unfolded.trim_ascii();
        (!id.is_empty()).then(|| Escaped(id).to_string())
    }

    /// What is sent, from its start. One reader at a time: they share a position.
    pub(crate) fn reader(&self) -> io::Result<impl Read + '_> {
        Gapped::new(&self.file, self.gaps.clone())
    }

    fn slice(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut file = &self.file;
        let mut value = Vec::new();
        file.seek(SeekFrom::Start(range.start))?;
        file.take(range.end - range.start).read_to_end(&mut value)?;
        Ok(value)
    }
}

/// A temporary file that cannot be made or written: the message is not to blame.
pub(crate) fn unkept(error: &io::Error) -> Failure {
    Failure::local(format_args!(
        "The message cannot be written to a temporary file in {}: {error}",
        env::temp_dir().display()
    ))
}

/// A copy on disk, gone with the process: what comes through a pipe can be read only once.
fn spool(from: impl Read, unreadable: impl FnOnce(io::Error) -> Failure) -> Result<File, Failure> {
    let mut file = tempfile::tempfile().map_err(|error| unkept(&error))?;
    let unwritten = each_chunk(from, |chunk| match file.write_all(chunk) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    });
    match unwritten.map_err(unreadable)? {
        Some(error) => Err(unkept(&error)),
        None => Ok(file),
    }
}

fn unreadable_input(error: io::Error) -> Failure {
    Failure::no_input(format_args!("The message cannot be read: {error}"))
}

/// Where the message starts in its file.
fn start(mut file: &File) -> io::Result<u64> {
    let mark = BYTE_ORDER_MARK.len() as u64;
    let mut first = Vec::new();
    file.rewind()?;
    file.take(mark).read_to_end(&mut first)?;
    Ok(if first == BYTE_ORDER_MARK { mark } else { 0 })
}

fn scan(mut file: &File, start: u64) -> Result<Header, Failure> {
    let mut scanner = Scanner::starting_at(start);
    file.seek(SeekFrom::Start(start))
        .map_err(unreadable_input)?;
    each_chunk(file, |chunk| {
        if scanner.feed(chunk) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })
    .map_err(unreadable_input)?;
    scanner.finish().map_err(Failure::content)
}

fn count(from: impl Read) -> io::Result<MessageScan> {
    let mut scan = MessageScan::default();
    each_chunk(from, |chunk| {
        scan.update(chunk);
        ControlFlow::<()>::Continue(())
    })?;
    Ok(scan)
}

/// Reads to the end, or until `take` breaks off: with what it broke off.
fn each_chunk<B>(
    mut from: impl Read,
    mut take: impl FnMut(&[u8]) -> ControlFlow<B>,
) -> io::Result<Option<B>> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(None),
            Ok(count) => match take(&chunk[..count]) {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(reason) => return Ok(Some(reason)),
            },
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reads all but some ranges, which are in order and do not touch what they do not cover.
struct Gapped<R> {
    inner: R,
    offset: u64,
    gaps: std::vec::IntoIter<Range<u64>>,
    gap: Option<Range<u64>>,
}

impl<R: Read + Seek> Gapped<R> {
    fn new(mut inner: R, gaps: Vec<Range<u64>>) -> io::Result<Self> {
        inner.rewind()?;
        let mut gaps = gaps.into_iter();
        Ok(Self {
            inner,
            offset: 0,
            gap: gaps.next(),
            gaps,
        })
    }
}

impl<R: Read + Seek> Read for Gapped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(gap) = self.gap.take_if(|gap| gap.start == self.offset) {
            self.offset = self.inner.seek(SeekFrom::Start(gap.end))?;
            self.gap = self.gaps.next();
        }
        let room = match &self.gap {
            Some(gap) => usize::try_from(gap.start - self.offset)
                .unwrap_or(usize::MAX)
                .min(buffer.len()),
            None => buffer.len(),
        };
        let count = self.inner.read(&mut buffer[..room])?;
        self.offset += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
