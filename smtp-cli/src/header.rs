//! Checks that a message begins with a header section, and finds its address fields, in one pass.
//!
//! Lines end in CRLF, CR or LF, as each of them is CRLF on the wire. The section ends at its first
//! empty line (RFC 5322 section 2.1). The lines that an mbox file puts before a message (RFC 4155)
//! are not part of it.

use std::fmt;

/// Octets of a header section that are searched for its end. Each line may be a field to be remembered, and no
/// mail system takes so many: Postfix keeps 100 KiB of it, Exchange Online takes 256 KiB, Gmail 500 KB.
pub(crate) const MAX_HEADER: u64 = 1024 * 1024;

/// The length of the longest field name that is looked up: `Resent-Message-ID`.
const LONGEST_NAME: usize = 17;

/// A field that this command reads or removes, without a `Resent-` prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    From,
    Sender,
    To,
    Cc,
    Bcc,
    MessageId,
}

/// Which sending of the message a field belongs to; RFC 5322 section 3.6.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    /// The first one.
    Original,
    /// The latest resending: the first block of `Resent-` fields.
    Latest,
    /// A resending before the latest one.
    Earlier,
}

/// A field with its continuation lines, in offsets from the start of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: Name,
    pub(crate) sending: Sending,
    /// The first octet of its name.
    pub(crate) start: u64,
    /// The first octet after its colon.
    pub(crate) value: u64,
    /// The first octet of the next line.
    pub(crate) end: u64,
}

/// A header section.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The offset of the first octet that belongs to the message.
    pub(crate) start: u64,
    /// The fields that have a [`Name`], in the order of the message.
    pub(crate) fields: Vec<Field>,
}

/// Why a file does not begin with a header section. Lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// There is no field before the first empty line.
    NoField { line: u64 },
    /// The line is neither a field nor a continuation.
    NotField { line: u64 },
    /// The line ends in CR CR LF, which is a line end and an empty line.
    DoubledCr { line: u64 },
    /// The line is a bare CR after a line that ends in LF.
    BareCr { line: u64 },
    /// The section is longer than [`MAX_HEADER`].
    TooLong,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoField { line } => write!(
                f,
                "Line {line} of the message is empty, and no header field stands before it: the message has to begin \
                 with its header fields (`Name: value`), and an empty line separates them from the text."
            ),
            Self::NotField { line } => write!(
                f,
                "Line {line} of the message is neither a header field (`Name: value`) nor the continuation of one: \
                 the message has to begin with its header fields, and an empty line separates them from the text."
            ),
            Self::DoubledCr { line } => write!(
                f,
                "Line {line} of the message ends in CR CR LF, which reads as a line end and an empty line: write its \
                 line ends as CRLF or as LF."
            ),
            Self::BareCr { line } => write!(
                f,
                "Line {line} of the message is a bare CR after a line that ends in LF: write its line ends as CRLF or \
                 as LF."
            ),
            Self::TooLong => write!(
                f,
                "The header section is longer than {MAX_HEADER} octets, or the empty line is missing that ends it."
            ),
        }
    }
}

/// Reads a header section chunk by chunk, and keeps none of its octets.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// Where the first line that may be a field begins.
    start: u64,
    offset: u64,
    length: u64,
    /// The number of the current line.
    number: u64,
    line: Line,
    after_cr: bool,
    has_field: bool,
    resent: Resent,
    open: Option<Field>,
    found: Vec<Field>,
    flaw: Option<Flaw>,
}

/// The octets of a line that may be a field name.
#[derive(Clone, Copy, Debug)]
struct Spelling {
    start: u64,
    text: [u8; LONGEST_NAME],
    /// The number of its octets, of which `text` has the first.
    length: usize,
    /// Whether a blank followed. Blanks may stand between a name and its colon (RFC 5322 section 4.5).
    ended: bool,
}

/// The state of the current line.
#[derive(Clone, Copy, Debug)]
enum Line {
    Start,
    /// The line begins with a CR. The next octet shows which line end it is.
    Cr {
        /// Whether the line before ends in a bare CR.
        after_bare_cr: bool,
    },
    Name(Spelling),
    /// Nothing in the rest of the line matters.
    Rest,
    /// A line of the mbox file, not of the message.
    Mbox,
    /// The header section is over.
    Over,
}

/// The search for the latest resent block.
#[derive(Clone, Copy, Debug)]
enum Resent {
    /// No `Resent-` field yet.
    Before,
    /// Within the block; a bit for each of [`RESENT`] that it has.
    Within(u8),
    /// The block is over.
    After,
}

/// The fields that a resent block has at most once, without their prefix; RFC 5322 section 3.6.
const RESENT: [&[u8]; 7] = [
    b"from",
    b"sender",
    b"to",
    b"cc",
    b"bcc",
    b"date",
    b"message-id",
];

impl Scanner {
    /// Creates a scanner for a message that begins at `offset` of its file.
    pub(crate) fn starting_at(offset: u64) -> Self {
        Self {
            start: offset,
            offset,
            length: 0,
            number: 1,
            line: Line::Start,
            after_cr: false,
            has_field: false,
            resent: Resent::Before,
            open: None,
            found: Vec::new(),
            flaw: None,
        }
    }

    /// Processes the next octets, and returns whether the section may continue.
    pub(crate) fn feed(&mut self, octets: &[u8]) -> bool {
        for &octet in octets {
            if self.length >= MAX_HEADER {
                self.flaw = Some(Flaw::TooLong);
                return false;
            }
            match self.step(octet) {
                Ok(line) => self.line = line,
                Err(flaw) => {
                    self.flaw = Some(flaw);
                    return false;
                }
            }
            self.offset += 1;
            self.length += 1;
            if matches!(self.line, Line::Over) {
                return false;
            }
        }
        true
    }

    /// Returns the header at the end of the section or of the file.
    pub(crate) fn finish(mut self) -> Result<Header, Flaw> {
        if let Some(flaw) = self.flaw {
            return Err(flaw);
        }
        self.end_line()?;
        self.close();
        let start = if self.has_field {
            self.start
        } else {
            self.offset
        };
        Ok(Header {
            start,
            fields: self.found,
        })
    }

    fn step(&mut self, octet: u8) -> Result<Line, Flaw> {
        let after_bare_cr = std::mem::take(&mut self.after_cr);
        if after_bare_cr && octet == b'\n' {
            return Ok(self.line);
        }
        match (self.line, octet) {
            (Line::Start, b'\r' | b'\n') if !self.has_field => {
                Err(Flaw::NoField { line: self.number })
            }
            (Line::Start, b'\n') => {
                self.close();
                Ok(Line::Over)
            }
            (Line::Start, b'\r') => {
                self.close();
                Ok(Line::Cr { after_bare_cr })
            }
            (
                Line::Cr {
                    after_bare_cr: true,
                },
                b'\n',
            ) => Err(Flaw::DoubledCr {
                line: self.number - 1,
            }),
            (
                Line::Cr {
                    after_bare_cr: false,
                },
                octet,
            ) if octet != b'\n' => Err(Flaw::BareCr { line: self.number }),
            (Line::Cr { .. } | Line::Over, _) => Ok(Line::Over),
            (_, b'\r' | b'\n') => {
                self.end_line()?;
                self.after_cr = octet == b'\r';
                self.number += 1;
                Ok(Line::Start)
            }
            (Line::Start, b' ' | b'\t') if !self.has_field => {
                Err(Flaw::NotField { line: self.number })
            }
            // A continuation line belongs to the field above it.
            (Line::Start, b' ' | b'\t') | (Line::Rest, _) => Ok(Line::Rest),
            (Line::Mbox, _) => Ok(Line::Mbox),
            (Line::Start, _) => {
                self.close();
                if !self.has_field {
                    self.start = self.offset;
                }
                let spelling = Spelling {
                    start: self.offset,
                    text: [0; LONGEST_NAME],
                    length: 0,
                    ended: false,
                };
                self.spell(spelling, octet)
            }
            (Line::Name(spelling), _) => self.spell(spelling, octet),
        }
    }

    /// Adds an octet to a possible field name.
    fn spell(&mut self, mut spelling: Spelling, octet: u8) -> Result<Line, Flaw> {
        match octet {
            b':' if spelling.length > 0 => {
                self.begin_field(&spelling);
                return Ok(Line::Rest);
            }
            b' ' | b'\t' => spelling.ended = true,
            _ if self.is_mbox(&spelling) => return Ok(Line::Mbox),
            // `ftext` of RFC 5322 section 2.2.
            b'!'..=b'~' if octet != b':' && !spelling.ended => {
                if let Some(place) = spelling.text.get_mut(spelling.length) {
                    *place = octet;
                }
                spelling.length += 1;
            }
            _ => return Err(Flaw::NotField { line: self.number }),
        }
        Ok(Line::Name(spelling))
    }

    /// Returns whether the line so far is an mbox line (`From alice@…`), and not the field
    /// `From :`.
    fn is_mbox(&self, spelling: &Spelling) -> bool {
        !self.has_field
            && spelling.ended
            && matches!(
                spelling.text.get(..spelling.length),
                Some(b"From" | b">From")
            )
    }

    fn end_line(&self) -> Result<(), Flaw> {
        match self.line {
            Line::Name(spelling) if !self.is_mbox(&spelling) => {
                Err(Flaw::NotField { line: self.number })
            }
            _ => Ok(()),
        }
    }

    fn begin_field(&mut self, spelling: &Spelling) {
        self.has_field = true;
        let text = spelling.text.get(..spelling.length).unwrap_or_default();
        let (sending, plain) = match text.split_at_checked(b"resent-".len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(b"resent-") => {
                (self.resending(rest), rest)
            }
            _ => (Sending::Original, text),
        };
        if sending == Sending::Original && matches!(self.resent, Resent::Within(_)) {
            self.resent = Resent::After;
        }
        // `Resent-Message-ID` names a resending, not the message.
        let is_read = |name: &Name| *name != Name::MessageId || sending == Sending::Original;
        self.open = name(plain).filter(is_read).map(|name| {
            let value = self.offset + 1;
            Field {
                name,
                sending,
                start: spelling.start,
                value,
                end: 0,
            }
        });
    }

    /// Returns which sending this `Resent-` field belongs to. The latest block ends at the first
    /// other field, or at a field that it already has.
    fn resending(&mut self, name: &[u8]) -> Sending {
        let bit = RESENT
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))
            .map_or(0, |at| 1 << at);
        let seen = match self.resent {
            Resent::Before => 0,
            Resent::Within(seen) => seen,
            Resent::After => return Sending::Earlier,
        };
        if seen & bit != 0 {
            self.resent = Resent::After;
            return Sending::Earlier;
        }
        self.resent = Resent::Within(seen | bit);
        Sending::Latest
    }

    /// Ends the open field at the start of the current line.
    fn close(&mut self) {
        self.found.extend(self.open.take().map(|field| Field {
            end: self.offset,
            ..field
        }));
    }
}

fn name(text: &[u8]) -> Option<Name> {
    const NAMES: [(&[u8], Name); 6] = [
        (b"from", Name::From),
        (b"sender", Name::Sender),
        (b"to", Name::To),
        (b"cc", Name::Cc),
        (b"bcc", Name::Bcc),
        (b"message-id", Name::MessageId),
    ];
    NAMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(text))
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests;
