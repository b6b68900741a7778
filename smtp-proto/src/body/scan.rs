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
    let end = if is_near && ends_clean(text, dots) { text.len() } else { clean };
    let half = text.get(..end).is_some_and(|text| text.ends_with(b"\r"));
    end.saturating_sub(usize::from(half))
}

/// How many octets are added to this text on its way out, what stands at its edges apart.
pub(super) fn count_added(text: &[u8], dots: bool) -> usize {
    let (these, these_left) = text.as_chunks::<BLOCK>();
    let (nexts, nexts_left) = text.get(1..).unwrap_or_default().as_chunks::<BLOCK>();
    let whole = these.iter().zip(nexts).fold(0_usize, |sum, (these, nexts)| {
        let block = these.iter().zip(nexts).fold(0_u8, |sum, (this, next)| sum.wrapping_add(added(*this, *next, dots)));
        sum.saturating_add(usize::from(block))
    });
    // Where the last octet completes a block, that block has no neighbour, and its pairs are left.
    let these_left = if these.len() > nexts.len() { these.last().map_or(&[][..], |last| last) } else { these_left };
    let left = these_left.iter().zip(nexts_left).map(|(this, next)| usize::from(added(*this, *next, dots)));
    left.fold(whole, usize::saturating_add)
}

/// How many octets come between these two. A CR or LF that stands alone gets its other half; a dot behind either is doubled.
fn added(this: u8, next: u8, dots: bool) -> u8 {
    let alone = u8::from(this == b'\r') ^ u8::from(next == b'\n');
    let dot = (u8::from(this == b'\r') | u8::from(this == b'\n')) & u8::from(next == b'.') & u8::from(dots);
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
    let before = |by: usize| text.get(..text.len().saturating_sub(by)).unwrap_or_default().last_chunk();
    match (before(2), before(1), before(0), text.last_chunk()) {
        (Some(these), Some(nexts), Some(afters), Some([this, next])) => {
            let changes = if dots { changes(these, nexts, afters) } else { changes_but_dots(these, nexts, afters) };
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
    pairs.fold(0, |found, (this, next)| found | (u8::from(*this == b'\r') ^ u8::from(*next == b'\n'))) != 0
}
