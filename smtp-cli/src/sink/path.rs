//! Addresses in MAIL and RCPT.

/// The limits of a domain and a whole path in octets (RFC 5321 section 4.5.3.1). The limit of 64
/// for a local part is not enforced: bounce addresses are longer.
const DOMAIN: usize = 255;
const PATH: usize = 256;

/// The one mailbox that needs no domain.
const POSTMASTER: &str = "postmaster";

/// An address as it stood between the angle brackets, without a source route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(String);

impl Path {
    /// Whether it is `<>`.
    pub(super) fn is_null(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is `<Postmaster>`.
    pub(super) fn is_postmaster(&self) -> bool {
        self.0.eq_ignore_ascii_case(POSTMASTER)
    }

    /// Whether it can do without SMTPUTF8.
    pub(super) fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }

    /// The address.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Reads `"<" [A-d-l ":"] [Mailbox] ">"`, RFC 5321 section 4.1.2, and returns what follows it, or
/// says what is wrong. `<Postmaster>` may stand without a domain.
pub(super) fn read_path(text: &str) -> Result<(Path, &str), &'static str> {
    let inner = text
        .strip_prefix('<')
        .ok_or("the address must stand in <>, right after the colon")?;
    let end = closing_bracket(inner).ok_or("the address has no > at its end")?;
    let (inner, rest) = (&inner[..end], &inner[end + 1..]);
    if inner.len() > PATH - 2 {
        return Err("the path is longer than 256 octets");
    }
    let address = without_route(inner);
    let fits = inner.is_empty() || address.eq_ignore_ascii_case(POSTMASTER) || is_mailbox(address);
    if !fits {
        return Err("that is not an address: local-part@domain is needed");
    }
    Ok((Path(address.to_owned()), rest))
}

/// A `>` within a quoted string does not end the path.
fn closing_bracket(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    text.bytes().position(|byte| {
        let end = byte == b'>' && !quoted;
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        end
    })
}

/// Source routes must be accepted, and should be ignored (RFC 5321 section 4.1.1.3).
fn without_route(path: &str) -> &str {
    if !path.starts_with('@') {
        return path;
    }
    path.split_once(':').map_or(path, |(_, address)| address)
}

fn is_mailbox(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    domain.len() <= DOMAIN
        && (is_dot_string(local) || is_quoted_string(local))
        && (is_domain(domain) || is_literal(domain))
}

fn is_dot_string(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom
                .chars()
                .all(|c| c.is_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    })
}

fn is_quoted_string(local: &str) -> bool {
    let inner = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else {
        return false;
    };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let fits = match c {
            '\\' => chars.next().is_some(),
            '"' => false,
            _ => true,
        };
        if !fits {
            return false;
        }
    }
    true
}

/// An underscore is not allowed in a domain, but test set-ups are full of them.
fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let inside = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "-_".contains(c);
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(inside)
    })
}

fn is_literal(domain: &str) -> bool {
    let inner = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| {
        let inside = |b: u8| b.is_ascii_alphanumeric() || b"-.:".contains(&b);
        !inner.is_empty() && inner.bytes().all(inside)
    })
}
