//! The reading side of DATA: finds the end of the data, and takes the stuffed dots out.

/// Where the reader stands between two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// After CRLF, or at the very beginning.
    LineStart,
    /// Within a line.
    Inside,
    /// After a CR.
    Cr,
    /// After a dot at the start of a line, which is held back.
    Dot,
    /// After a dot at the start of a line and a CR, both held back.
    DotCr,
}

/// Undoes dot-stuffing over input that may be split anywhere (RFC 5321 section 4.5.2).
///
/// Only CRLF ends a line here. A bare CR or bare LF is data, so that no message can be
/// smuggled in behind `<LF>.<LF>` or the like (RFC 5321 section 2.3.8).
#[derive(Debug)]
pub(super) struct Unstuffer {
    at: At,
}

impl Unstuffer {
    /// At the start of the data.
    pub(super) fn new() -> Self {
        Self { at: At::LineStart }
    }

    /// Appends to `data` what `input` holds of the message. Some(n) if the end of the data was
    /// found: the `n` bytes up to it are used, and the rest is the next command.
    pub(super) fn feed(&mut self, input: &[u8], data: &mut Vec<u8>) -> Option<usize> {
        let mut next = 0;
        while let Some(&byte) = input.get(next) {
            if self.at == At::Inside {
                let rest = &input[next..];
                let plain = rest.iter().position(|&b| b == b'\r').unwrap_or(rest.len());
                data.extend_from_slice(&rest[..plain]);
                next += plain;
                if plain > 0 {
                    continue;
                }
            }
            next += 1;
            match (self.at, byte) {
                (At::DotCr, b'\n') => return Some(next),
                (At::LineStart, b'.') => {
                    self.at = At::Dot;
                    continue;
                }
                (At::Dot, b'\r') => {
                    self.at = At::DotCr;
                    continue;
                }
                (At::DotCr, _) => {
                    data.push(b'\r');
                    self.at = At::Cr;
                }
                _ => {}
            }
            data.push(byte);
            self.at = match (self.at, byte) {
                (_, b'\r') => At::Cr,
                (At::Cr, b'\n') => At::LineStart,
                _ => At::Inside,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Unstuffer;

    type Case = (&'static [u8], &'static [u8], Option<&'static [u8]>);

    /// What arrives, what is kept, and what is left for the next command (None: no end yet).
    const CASES: &[Case] = &[
        (b".\r\n", b"", Some(b"")),
        (b"a\r\n.\r\nQUIT\r\n", b"a\r\n", Some(b"QUIT\r\n")),
        (b"..\r\n.\r\n", b".\r\n", Some(b"")),
        (b"...a\r\n..b\r\n.\r\n", b"..a\r\n.b\r\n", Some(b"")),
        (b".a\r\n.\r\n", b"a\r\n", Some(b"")),
        (b"a\n.\nb", b"a\n.\nb", None),
        (b"a\n.\r\nb", b"a\n.\r\nb", None),
        (b"a\r.\rb", b"a\r.\rb", None),
        (b"a\r\n.\nb", b"a\r\n\nb", None),
        (b"a\r\n.\rb", b"a\r\n\rb", None),
        (b"a\r\n.\r\r\nb", b"a\r\n\r\r\nb", None),
        (b"a\r.\r\nb", b"a\r.\r\nb", None),
        (b"a\r\r\n.\r\nb", b"a\r\r\n", Some(b"b")),
        (b"a\r\n.\r\r\n.\r\n", b"a\r\n\r\r\n", Some(b"")),
        (b"a\r\n.", b"a\r\n", None),
        (b"a\r\n.\r", b"a\r\n", None),
        (b"\r\n.\r\n", b"\r\n", Some(b"")),
    ];

    #[test]
    fn the_same_comes_out_wherever_the_input_is_split() {
        for &(input, kept, rest) in CASES {
            for first in 0..=input.len() {
                for second in first..=input.len() {
                    let parts = [&input[..first], &input[first..second], &input[second..]];
                    assert_eq!(run(&parts, input), (kept.to_vec(), rest), "{parts:?}");
                }
            }
        }
    }

    #[test]
    fn the_same_comes_out_byte_by_byte() {
        for &(input, kept, rest) in CASES {
            let parts: Vec<&[u8]> = input.chunks(1).collect();
            assert_eq!(run(&parts, input), (kept.to_vec(), rest), "{parts:?}");
        }
    }

    fn run<'i>(parts: &[&[u8]], input: &'i [u8]) -> (Vec<u8>, Option<&'i [u8]>) {
        let mut unstuffer = Unstuffer::new();
        let mut data = Vec::new();
        let mut used = 0;
        for part in parts {
            if let Some(end) = unstuffer.feed(part, &mut data) {
                return (data, Some(&input[used + end..]));
            }
            used += part.len();
        }
        (data, None)
    }
}
