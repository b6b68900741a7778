//! An EHLO answer survives being read, written and read again.

use alloc::format;
use alloc::vec::Vec;

use super::Tamper;
use crate::ehlo::{Capabilities, Capability, Keyword, Words};
use crate::reply::Reply;

/// Any lines of an EHLO answer: what is read of them, written down, is read the same.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn ehlo_capabilities(input: &[u8], tamper: Tamper) {
    let Some(first) = parse(input.split(|&byte| byte == b'\n')) else {
        return;
    };
    let mut lines: Vec<Vec<u8>> = first.iter().map(|capability| print(&capability)).collect();
    // The last one is put there by `parse`.
    lines.pop();
    let mut printed = [&[b"host".to_vec()], lines.as_slice()]
        .concat()
        .join(&b'\n');
    tamper(&mut printed);
    // What was written may be a little longer than what was read, and beyond the limits of a reply.
    let Some(second) = parse(printed.split(|&byte| byte == b'\n')) else {
        return;
    };
    assert!(
        first.iter().eq(second.iter()),
        "{first:?} was read again as {second:?}"
    );
    assert!(
        first.mechanisms().eq(second.mechanisms()),
        "mechanisms differ"
    );
    assert!(first.size() == second.size(), "sizes differ");
    for &keyword in Keyword::ALL {
        let listed = first
            .iter()
            .any(|capability| capability.keyword() == Some(keyword));
        assert!(
            first.offers(keyword) == listed,
            "{keyword} is offered, or is not, against what is listed"
        );
    }
}

/// A reply of these lines, without what would end a line.
fn parse<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Capabilities> {
    let mut raw = Vec::new();
    for line in lines {
        raw.extend_from_slice(b"250-");
        raw.extend(line.iter().filter(|&&byte| byte != b'\r' && byte != b'\n'));
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"250 HELP\r\n");
    Reply::parse(&raw).ok().map(Capabilities::from_reply)
}

/// A capability as a server would write it.
fn print(capability: &Capability<'_>) -> Vec<u8> {
    let keyword = capability
        .keyword()
        .map(Keyword::as_str)
        .unwrap_or_default();
    let number = |n: &Option<u64>| n.map(|n| format!("{n}")).unwrap_or_default();
    let parameters = match capability {
        Capability::Size(n) | Capability::DeliverBy(n) => number(n).into_bytes(),
        Capability::FutureRelease {
            max_interval,
            max_date_time,
        } => {
            let interval = max_interval.map_or("-".into(), |n| format!("{n}"));
            [interval.as_bytes(), max_date_time.unwrap_or_default()].join(&b' ')
        }
        Capability::MtPriority(word) | Capability::NoSoliciting(word) => {
            word.unwrap_or_default().to_vec()
        }
        Capability::Limits(limits) => {
            let named = [
                ("RCPTMAX", limits.rcpt_max),
                ("MAILMAX", limits.mail_max),
                ("RCPTDOMAINMAX", limits.rcpt_domain_max),
            ];
            let given = named
                .iter()
                .filter_map(|(name, n)| Some(format!("{name}={}", (*n)?).into_bytes()));
            given.collect::<Vec<_>>().join(&b' ')
        }
        Capability::Auth(words) | Capability::Burl(words) => join(words),
        Capability::Plain(_) => Vec::new(),
        Capability::Unknown {
            keyword,
            parameters,
        } => [*keyword, &join(parameters)].join(&b' '),
    };
    [keyword.as_bytes(), &parameters].join(&b' ')
}

fn join(words: &Words<'_>) -> Vec<u8> {
    words.clone().collect::<Vec<_>>().join(&b' ')
}
