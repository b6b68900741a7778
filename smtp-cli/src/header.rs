//! Where the address fields of a message stand: offsets, found in one pass over its header section.
//!
//! Lines end in CRLF, CR or LF, as each of them is CRLF on the wire. The section ends at its first
//! empty line (RFC 5322 section 2.1).

/// Octets of a header section that are looked through for its end. Each line may be a field to be remembered, and no
/// mail system takes so many: Postfix keeps 100 KiB of it, Exchange Online takes 256 KiB, Gmail 500 KB.
pub(crate) const MAX_HEADER: u64 = 1024 * 1024;

/// A field that this command reads or removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    From,
    To,
    Cc,
    Bcc,
}

/// A field with its continuation lines, in offsets from the message's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: Name,
    /// The first octet of its name.
    pub(crate) start: u64,
    /// The first octet behind its colon.
    pub(crate) value: u64,
    /// The first octet of the next line.
    pub(crate) end: u64,
}

/// How far a header section has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// It may go on.
    Open,
    /// It is over.
    Over,
    /// It is longer than [`MAX_HEADER`].
    TooLong,
}

/// Finds the fields while the octets go by; keeps none of them.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    offset: u64,
    length: u64,
    line: Line,
    after_cr: bool,
    open: Option<Field>,
    found: Vec<Field>,
}

/// How far the current line is understood.
#[derive(Clone, Copy, Debug, Default)]
enum Line {
    #[default]
    Start,
    /// So many octets of what may be a name; blanks may stand between it and its colon.
    Name { start: u64, text: [u8; 4], length: usize, ended: bool },
    /// Nothing in the rest of it matters.
    Rest,
    /// The header section is over.
    Over,
}

impl Scanner {
    /// For a message that starts at this offset of its file.
    pub(crate) fn starting_at(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    /// Takes the next octets, as long as the section is open.
    pub(crate) fn feed(&mut self, octets: &[u8]) -> Section {
        for &octet in octets {
            self.step(octet);
            self.offset += 1;
            self.length += 1;
            if matches!(self.line, Line::Over) {
                return Section::Over;
            }
            if self.length > MAX_HEADER {
                return Section::TooLong;
            }
        }
        Section::Open
    }

    /// The fields, in the order of the message.
    pub(crate) fn finish(mut self) -> Vec<Field> {
        self.close();
        self.found
    }

    fn step(&mut self, octet: u8) {
        if std::mem::take(&mut self.after_cr) && octet == b'\n' {
            return;
        }
        self.line = match (self.line, octet) {
            (Line::Over, _) => return,
            (Line::Start, b'\r' | b'\n') => {
                self.close();
                Line::Over
            }
            (_, b'\r' | b'\n') => {
                self.after_cr = octet == b'\r';
                Line::Start
            }
            // A continuation line belongs to the field above it.
            (Line::Start, b' ' | b'\t') | (Line::Rest, _) => Line::Rest,
            (Line::Start, _) => {
                self.close();
                spelled(Line::Name { start: self.offset, text: [0; 4], length: 0, ended: false }, octet)
            }
            (Line::Name { start, text, length, .. }, b':') => {
                self.open = name(&text[..length]).map(|name| Field { name, start, value: self.offset + 1, end: 0 });
                Line::Rest
            }
            (name, _) => spelled(name, octet),
        };
    }

    /// Ends the field that is open, where the current line starts.
    fn close(&mut self) {
        self.found.extend(self.open.take().map(|field| Field { end: self.offset, ..field }));
    }
}

/// One more octet of a name that is 4 octets long at most.
fn spelled(line: Line, octet: u8) -> Line {
    match line {
        Line::Name { start, text, length, .. } if matches!(octet, b' ' | b'\t') => {
            Line::Name { start, text, length, ended: true }
        }
        Line::Name { start, mut text, length, ended: false } if length < text.len() => {
            text[length] = octet.to_ascii_lowercase();
            Line::Name { start, text, length: length + 1, ended: false }
        }
        _ => Line::Rest,
    }
}

fn name(text: &[u8]) -> Option<Name> {
    match text {
        b"from" => Some(Name::From),
        b"to" => Some(Name::To),
        b"cc" => Some(Name::Cc),
        b"bcc" => Some(Name::Bcc),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(message: &str) -> Vec<(Name, &str)> {
        let mut scanner = Scanner::default();
        scanner.feed(message.as_bytes());
        let at = |offset: u64| usize::try_from(offset).expect("an offset");
        scanner.finish().iter().map(|field| (field.name, &message[at(field.start)..at(field.end)])).collect()
    }

    #[test]
    fn fields_are_found_whatever_ends_their_lines() {
        for end in ["\r\n", "\n", "\r"] {
            let message = ["From: a", "BCC : b,", "\tc", "Subject: Bcc: d", "bcc:e", "", "Bcc: body"].join(end);
            let (bcc, last) = (format!("BCC : b,{end}\tc{end}"), format!("bcc:e{end}"));
            assert_eq!(
                fields(&message),
                [(Name::From, &*format!("From: a{end}")), (Name::Bcc, &bcc), (Name::Bcc, &last)],
                "{end:?}"
            );
        }
    }

    #[test]
    fn a_message_without_a_body_may_end_anywhere() {
        assert_eq!(fields("To: a"), [(Name::To, "To: a")]);
        assert_eq!(fields("To: a\r\n b\r"), [(Name::To, "To: a\r\n b\r")]);
        assert_eq!(fields(""), []);
        assert_eq!(fields("\nTo: a"), []);
    }

    #[test]
    fn like_sounding_fields_are_left_alone() {
        assert_eq!(fields("Bccs: a\nX-Bcc: b\nB cc: c\nResent-Bcc: d\nBcc\n: e\n\n"), []);
    }

    #[test]
    fn the_cut_into_chunks_changes_nothing() {
        let message = "To: a\r\n\tb\r\nBcc: c\r\n\r\nBcc: d";
        let mut scanner = Scanner::default();
        let over = message.bytes().position(|octet| scanner.feed(&[octet]) == Section::Over);
        assert_eq!(over, message.find("\r\n\r\n").map(|end| end + 2));
        let mut whole = Scanner::default();
        assert_eq!(whole.feed(message.as_bytes()), Section::Over);
        assert_eq!(scanner.finish(), whole.finish());
    }

    #[test]
    fn a_header_section_has_an_end_that_is_not_too_far() {
        let most = usize::try_from(MAX_HEADER).expect("a length");
        for (length, section) in [(most, Section::Open), (most + 1, Section::TooLong)] {
            let mut scanner = Scanner::default();
            assert_eq!(scanner.feed("To:\n".repeat(most).get(..length).expect("enough").as_bytes()), section);
        }
        let mut scanner = Scanner::default();
        assert_eq!(scanner.feed(format!("To:\n\n{}", "x".repeat(most)).as_bytes()), Section::Over);
    }
}
