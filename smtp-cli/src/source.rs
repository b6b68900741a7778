//! The message: a file, or a copy of what came from elsewhere, read through as often as needed and
//! never held in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use smtp_proto::{BodyKind, Survey};

use crate::failure::Failure;
use crate::header::{Field, Name, Scanner};

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// The address fields that are read, taken together: far more than any server accepts recipients.
const MAX_ADDRESSES: u64 = 4 * 1024 * 1024;

/// A message that can be sent: neither empty nor with a NUL in it.
#[derive(Debug)]
pub(crate) struct Message {
    file: File,
    fields: Vec<Field>,
    size: u64,
    body: BodyKind,
}

impl Message {
    /// From a file, or from standard input where there is none or it is called `-`.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        match path.filter(|path| *path != Path::new("-")) {
            None => Self::survey(spool(io::stdin().lock()).map_err(unreadable_input)?),
            Some(path) => {
                let unreadable = |error| Failure::unreadable("FILE", path, &error);
                let file = File::open(path).map_err(unreadable)?;
                let regular = file.metadata().map_err(unreadable)?.is_file();
                Self::survey(if regular { file } else { spool(file).map_err(unreadable)? })
            }
        }
    }

    /// From a file of which every octet is to be sent, but for the Bcc field.
    pub(crate) fn survey(file: File) -> Result<Self, Failure> {
        let fields = scan(&file).map_err(unreadable_input)?;
        let survey = count(without_bcc(&file, &fields).map_err(unreadable_input)?).map_err(unreadable_input)?;
        if let Some(offset) = survey.nul() {
            return Err(Failure::content(format_args!(
                "The message has a NUL at offset {offset}, which mail cannot carry."
            )));
        }
        if survey.is_empty() {
            return Err(Failure::content("The message is empty."));
        }
        let body = if survey.is_8bit() { BodyKind::EightBit } else { BodyKind::SevenBit };
        Ok(Self { file, fields, size: survey.size(), body })
    }

    /// Octets, with CRLF line ends.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Whether octets above 127 are in it.
    pub(crate) fn body(&self) -> BodyKind {
        self.body
    }

    /// What stands in each field of this name, in the order of the message.
    pub(crate) fn values(&self, name: Name) -> Result<Vec<Vec<u8>>, Failure> {
        let fields: Vec<&Field> = self.fields.iter().filter(|field| field.name == name).collect();
        if fields.iter().map(|field| field.end - field.value).sum::<u64>() > MAX_ADDRESSES {
            return Err(Failure::malformed(format_args!(
                "The {name:?} fields are longer than {MAX_ADDRESSES} octets."
            )));
        }
        fields.into_iter().map(|field| self.slice(field.value..field.end).map_err(unreadable_input)).collect()
    }

    /// The message from its start, without its Bcc fields. One reader at a time: they share a position.
    pub(crate) fn reader(&self) -> io::Result<impl Read + '_> {
        without_bcc(&self.file, &self.fields)
    }

    fn slice(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut file = &self.file;
        let mut value = Vec::new();
        file.seek(SeekFrom::Start(range.start))?;
        file.take(range.end - range.start).read_to_end(&mut value)?;
        Ok(value)
    }
}

/// A copy on disk, gone with the process: what comes through a pipe can be read only once.
fn spool(mut from: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut from, &mut file)?;
    Ok(file)
}

fn unreadable_input(error: io::Error) -> Failure {
    Failure::no_input(format_args!("The message cannot be read: {error}"))
}

fn scan(mut file: &File) -> io::Result<Vec<Field>> {
    let mut scanner = Scanner::default();
    let mut chunk = vec![0; CHUNK];
    file.rewind()?;
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            count if !scanner.feed(&chunk[..count]) => break,
            _ => {}
        }
    }
    Ok(scanner.finish())
}

fn count(mut from: impl Read) -> io::Result<Survey> {
    let mut survey = Survey::default();
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk)? {
            0 => return Ok(survey),
            count => survey.update(&chunk[..count]),
        }
    }
}

fn without_bcc<'f>(file: &'f File, fields: &[Field]) -> io::Result<Gapped<&'f File>> {
    let gaps = fields.iter().filter(|field| field.name == Name::Bcc).map(|field| field.start..field.end);
    Gapped::new(file, gaps.collect())
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
        Ok(Self { inner, offset: 0, gap: gaps.next(), gaps })
    }
}

impl<R: Read + Seek> Read for Gapped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(gap) = self.gap.take_if(|gap| gap.start == self.offset) {
            self.offset = self.inner.seek(SeekFrom::Start(gap.end))?;
            self.gap = self.gaps.next();
        }
        let room = match &self.gap {
            Some(gap) => usize::try_from(gap.start - self.offset).unwrap_or(usize::MAX).min(buffer.len()),
            None => buffer.len(),
        };
        let count = self.inner.read(&mut buffer[..room])?;
        self.offset += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
