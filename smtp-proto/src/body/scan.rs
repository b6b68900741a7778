//! What of a message can go out as it is: passes over neighbours, without branches and of fixed size, so that a compiler
//! makes vector code of them.

use memchr::memchr;

/// Octets that are looked at in one go. What they add has to fit into an octet: two at a dot behind a bare CR, else one.
const BLOCK: usize = 128;

/// Octets that are searched for a dot in one go. Where there is none, as in base64, there is less to look for.
const STRETCH: usize = 32 * BLOCK;

type Block = [u8; BLOCK];

/// How many octets at the start can go out as they are. They end in no half of a CRLF. `dots`: whether dots are stuffed.
pub(super) fn clean(text: &[u8], dots: bool) -> usize {
    if text.first() == Some(&b'\n') {
        return 0;
    }
    let mut clean = 0_usize;
    loop {
        let rest = text.get(clean..).unwrap_or_default();
        let stretch = rest.get(..STRETCH.saturating_add(2)).unwrap_or(rest);
        let blocks = match dots && memchr(b'.', stretch).is_some() {
            true => clean_blocks(stretch, changes),
            false => clean_blocks(stretch, changes_but_dots),
        };
        clean = clean.saturating_add(blocks.saturating_mul(BLOCK));
        if blocks.saturating_mul(BLOCK) < STRETCH {
            break;
        }
    }
    let is_near = text.len().saturating_sub(clean) < BLOCK.saturating_add(2);
    let end = if is_near && ends_clean(text, dots) {
        text.len()
    } else {
        clean
    };
    let half = text.get(..end).is_some_and(|text| text.ends_with(b"\r"));
    end.saturating_sub(usize::from(half))
}

/// How many octets are added to this text on its way out, what stands at its edges apart.
pub(super) fn count_added(text: &[u8], dots: bool) -> usize {
    if text.is_empty() {
        return 0;
    }
    let (these, these_left) = text.as_chunks::<BLOCK>();
    let (nexts, nexts_left) = text.get(1..).unwrap_or_default().as_chunks::<BLOCK>();
    let whole = these
        .iter()
        .zip(nexts)
        .fold(0_usize, |sum, (these, nexts)| {
            let block = these.iter().zip(nexts).fold(0_u8, |sum, (this, next)| {
                sum.wrapping_add(added(*this, *next, dots))
            });
            sum.saturating_add(usize::from(block))
        });
    // Where the last octet completes a block, that block has no neighbour, and its pairs are left.
    let these_left = if these.len() > nexts.len() {
        these.last().map_or(&[][..], |last| last)
    } else {
        these_left
    };
    let left = these_left
        .iter()
        .zip(nexts_left)
        .map(|(this, next)| usize::from(added(*this, *next, dots)));
    left.fold(whole, usize::saturating_add)
}

/// How many octets come between these two. A CR or LF that stands alone gets its other half; a dot behind either is doubled.
fn added(this: u8, next: u8, dots: bool) -> u8 {
    let alone = u8::from(this == b'\r') ^ u8::from(next == b'\n');
    let dot = (u8::from(this == b'\r') | u8::from(this == b'\n'))
        & u8::from(next == b'.')
        & u8::from(dots);
    alone.wrapping_add(dot)
}

/// How many blocks at the start need no change.
fn clean_blocks(text: &[u8], changes: impl Fn(&Block, &Block, &Block) -> bool) -> usize {
    let shifted = |by: usize| text.get(by..).unwrap_or_default().as_chunks().0.iter();
    shifted(0)
        .zip(shifted(1))
        .zip(shifted(2))
        .take_while(|((these, nexts), afters)| !changes(these, nexts, afters))
        .count()
}

/// What is left behind the last whole block, looked at together with what stands before it.
fn ends_clean(text: &[u8], dots: bool) -> bool {
    let before = |by: usize| {
        text.get(..text.len().saturating_sub(by))
            .unwrap_or_default()
            .last_chunk()
    };
    match (before(2), before(1), before(0), text.last_chunk()) {
        (Some(these), Some(nexts), Some(afters), Some([this, next])) => {
            let changes = if dots {
                changes(these, nexts, afters)
            } else {
                changes_but_dots(these, nexts, afters)
            };
            !changes && added(*this, *next, dots) == 0
        }
        _ => false,
    }
}

/// Whether a CR or LF stands alone at this octet or the next, or a dot is to be doubled behind the next.
fn changes(these: &Block, nexts: &Block, afters: &Block) -> bool {
    let neighbours = these.iter().zip(nexts).zip(afters);
    let found = neighbours.fold(0, |found, ((this, next), after)| {
        let line_end = u8::from(*next == b'\n');
        found | (u8::from(*this == b'\r') ^ line_end) | (line_end & u8::from(*after == b'.'))
    });
    found != 0
}

/// The same where there is no dot.
fn changes_but_dots(these: &Block, nexts: &Block, _: &Block) -> bool {
    let pairs = these.iter().zip(nexts);
    pairs.fold(0, |found, (this, next)| {
        found | (u8::from(*this == b'\r') ^ u8::from(*next == b'\n'))
    }) != 0
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Whether something is changed at the first of these, or behind the second.
    fn is_changed(three: &[u8], dots: bool) -> bool {
        let alone = (three[0] == b'\r') != (three[1] == b'\n');
        alone || dots && three[1] == b'\n' && three[2] == b'.'
    }

    /// The same as [`clean`], octet by octet: whole blocks, and all of it where what is left behind them is clean, too.
    fn naive(text: &[u8], dots: bool) -> usize {
        let changed = |text: &[u8]| text.windows(3).any(|three| is_changed(three, dots));
        let blocks = (0..).take_while(|n| {
            text.get(n * BLOCK..(n + 1) * BLOCK + 2)
                .is_some_and(|block| !changed(block))
        });
        let clean = blocks.count() * BLOCK;
        let end = text
            .len()
            .checked_sub(BLOCK + 2)
            .map(|start| &text[start..]);
        let ends_clean =
            end.is_some_and(|end| !changed(end) && added(end[BLOCK], end[BLOCK + 1], dots) == 0);
        match text.first() {
            Some(b'\n') => 0,
            _ if text.len() - clean < BLOCK + 2 && ends_clean => {
                text.len() - usize::from(text.ends_with(b"\r"))
            }
            _ => clean - usize::from(text[..clean].ends_with(b"\r")),
        }
    }

    #[test]
    fn as_much_goes_out_as_it_is_as_whole_blocks_allow() {
        let lengths = [
            0, 1, 129, 130, 131, 257, 258, 259, 400, 4097, 4098, 4226, 8300,
        ];
        for line in [
            b"a line. \r\n".as_slice(),
            b"a line! \r\n",
            b"no line end. ",
        ] {
            for length in lengths {
                let text: Vec<u8> = line.iter().copied().cycle().take(length).collect();
                let places = [0, 1, 126, 127, 128, 129, 130, 256, 4095, 4096, 4097];
                for place in places
                    .into_iter()
                    .chain((1..4).map(|n| length.saturating_sub(n)))
                {
                    for odd in [
                        b"\r".as_slice(),
                        b"\n",
                        b".",
                        b"\r\n",
                        b"\n.",
                        b"\r\n.",
                        b"\r.",
                    ] {
                        let mut text = text.clone();
                        let at = place.min(length);
                        text.splice(at..(at + odd.len()).min(length), odd.iter().copied());
                        for dots in [true, false] {
                            assert_eq!(
                                clean(&text, dots),
                                naive(&text, dots),
                                "{odd:?} at {at} of {length}"
                            );
                        }
                    }
                }
            }
        }
    }
}
