//! One SPF record, read by the grammar of RFC 7208 section 12.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What a record says, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) terms: Vec<Term>,
}

/// A directive or a modifier, as far as it matters without a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// Everyone else, by this qualifier.
    All(char),
    /// Whoever passes at that domain.
    Include(String),
    /// The record of that domain instead, where nothing matched.
    Redirect(String),
    /// `a`, `mx` or `exists`: takes a look-up.
    LooksUp,
    /// `ptr`: takes a look-up, and should not be used (RFC 7208 section 5.5).
    Ptr,
    /// An address, an explanation, or a modifier that nobody knows.
    Free,
}

impl Record {
    /// ```text
    /// record  = version terms *SP
    /// version = "v=spf1"
    /// terms   = *( 1*SP ( directive / modifier ) )
    /// ```
    ///
    /// The error says which term is wrong, and how.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(text)
            .ok()
            .filter(|text| text.is_ascii());
        let text = text.ok_or("it has characters that are not ASCII")?;
        let mut terms = Vec::new();
        for word in text.split(' ').skip(1).filter(|word| !word.is_empty()) {
            terms.push(Term::parse(word).map_err(|fault| format!("`{word}`: {fault}"))?);
        }
        if terms
            .iter()
            .filter(|term| matches!(term, Term::Redirect(_)))
            .count()
            > 1
        {
            return Err("`redirect=` stands there twice".into());
        }
        Ok(Self { terms })
    }

    /// The terms that count: what stands behind `all` does not, nor does a redirect beside it (RFC 7208 section 5.1).
    pub(super) fn effective(&self) -> impl Iterator<Item = &Term> {
        let end = self
            .terms
            .iter()
            .position(|term| matches!(term, Term::All(_)));
        let redirects = end.is_none();
        let counting = end.map_or(self.terms.len(), |end| end.saturating_add(1));
        self.terms
            .iter()
            .take(counting)
            .filter(move |term| redirects || !matches!(term, Term::Redirect(_)))
    }

    /// How it ends for whom nothing matched.
    pub(super) fn all(&self) -> Option<char> {
        self.terms.iter().find_map(|term| match term {
            Term::All(qualifier) => Some(*qualifier),
            _ => None,
        })
    }
}

/// Whether a text is an SPF record at all (RFC 7208 section 4.5).
pub(super) fn is_spf(text: &[u8]) -> bool {
    let version = b"v=spf1";
    text.get(..version.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(version))
        && text.get(version.len()).is_none_or(|next| *next == b' ')
}

impl Term {
    /// ```text
    /// directive = [ qualifier ] mechanism
    /// qualifier = "+" / "-" / "?" / "~"
    /// mechanism = ( all / include / a / mx / ptr / ip4 / ip6 / exists )
    /// modifier  = redirect / explanation / unknown-modifier
    /// ```
    fn parse(word: &str) -> Result<Self, &'static str> {
        let named = word
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
            .count();
        if named > 0 && word.get(named..).is_some_and(|rest| rest.starts_with('=')) {
            return Self::modifier(
                word.get(..named).unwrap_or_default(),
                word.get(named + 1..).unwrap_or_default(),
            );
        }
        let (qualifier, mechanism) =
            match word.chars().next().filter(|first| "+-?~".contains(*first)) {
                Some(first) => (first, word.get(1..).unwrap_or_default()),
                None => ('+', word),
            };
        let end = mechanism.find([':', '/']).unwrap_or(mechanism.len());
        let (name, rest) = mechanism.split_at(end);
        let argument = rest.strip_prefix(':');
        match name.to_ascii_lowercase().as_str() {
            "all" if rest.is_empty() => Ok(Self::All(qualifier)),
            "all" => Err("nothing may follow `all`"),
            "include" => Ok(Self::Include(domain(
                argument.ok_or("`:` and a domain have to follow")?,
            )?)),
            "exists" => {
                domain(argument.ok_or("`:` and a domain have to follow")?).map(|_| Self::LooksUp)
            }
            "a" | "mx" => with_lengths(argument, rest).map(|()| Self::LooksUp),
            "ptr" => argument
                .map_or(Ok(()), |name| domain(name).map(drop))
                .map(|()| Self::Ptr),
            "ip4" => network::<Ipv4Addr>(argument, 32).map(|()| Self::Free),
            "ip6" => network::<Ipv6Addr>(argument, 128).map(|()| Self::Free),
            _ => Err("there is no such mechanism"),
        }
    }

    fn modifier(name: &str, value: &str) -> Result<Self, &'static str> {
        match name.to_ascii_lowercase().as_str() {
            "redirect" => Ok(Self::Redirect(domain(value)?)),
            "exp" => domain(value).map(|_| Self::Free),
            "include" | "a" | "mx" | "ptr" | "ip4" | "ip6" | "exists" | "all" => {
                Err("it takes `:`, not `=`")
            }
            _ => Ok(Self::Free),
        }
    }
}

/// `domain-spec`: text and macros, which end in a dot and a top label, or in a macro.
fn domain(text: &str) -> Result<String, &'static str> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let bytes = name.as_bytes();
    let macros_are_sound = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| {
            let next = bytes.get(at.saturating_add(1)).copied();
            let escaped = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'%');
            escaped || matches!(next, Some(b'{' | b'%' | b'_' | b'-'))
        });
    if !macros_are_sound {
        return Err("`%` begins no macro");
    }
    let visible = bytes.iter().all(|byte| (0x21..=0x7e).contains(byte));
    let top = name.rsplit('.').next().unwrap_or_default();
    let ends_well = name.ends_with('}')
        || (name.contains('.') && !top.is_empty() && !top.bytes().all(|b| b.is_ascii_digit()));
    if name.is_empty() || !visible || !ends_well {
        return Err("a domain name has to follow");
    }
    Ok(name.to_ascii_lowercase())
}

/// `[ ":" domain-spec ] [ "/" ip4-cidr-length ] [ "//" ip6-cidr-length ]`
fn with_lengths(argument: Option<&str>, rest: &str) -> Result<(), &'static str> {
    let (name, lengths) = match argument {
        Some(argument) => argument.split_at(argument.find('/').unwrap_or(argument.len())),
        None => ("", rest),
    };
    if argument.is_some() {
        domain(name)?;
    }
    let (v4, v6) = match lengths.split_once("//") {
        Some((v4, v6)) => (v4, Some(v6)),
        None => (lengths, None),
    };
    let v4_is_sound = v4.is_empty()
        || v4
            .strip_prefix('/')
            .is_some_and(|length| is_length(length, 32));
    if v4_is_sound && v6.is_none_or(|length| is_length(length, 128)) {
        Ok(())
    } else {
        Err(BAD_LENGTH)
    }
}

fn network<A: std::str::FromStr>(argument: Option<&str>, longest: u8) -> Result<(), &'static str> {
    let argument = argument.ok_or("`:` and an address have to follow")?;
    let (address, length) = match argument.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (argument, None),
    };
    if address.parse::<A>().is_err() {
        return Err("this is no address of that family");
    }
    if length.is_none_or(|length| is_length(length, longest)) {
        Ok(())
    } else {
        Err(BAD_LENGTH)
    }
}

const BAD_LENGTH: &str = "the length of the network is wrong";

fn is_length(text: &str, longest: u8) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u8>().is_ok_and(|length| length <= longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_is_read_or_its_fault_named() {
        let cases: &[(&str, Result<Term, &str>)] = &[
            ("-all", Ok(Term::All('-'))),
            ("ALL", Ok(Term::All('+'))),
            ("all:x", Err("nothing may follow `all`")),
            (
                "include:_spf.Example.test.",
                Ok(Term::Include("_spf.example.test".into())),
            ),
            ("include", Err("`:` and a domain have to follow")),
            ("include=_spf.example.test", Err("it takes `:`, not `=`")),
            ("include:localhost", Err("a domain name has to follow")),
            (
                "include:%{d2}.example.test",
                Ok(Term::Include("%{d2}.example.test".into())),
            ),
            ("exists:%{i}._spf.%{d}", Ok(Term::LooksUp)),
            ("exists:%x.example.test", Err("`%` begins no macro")),
            ("a", Ok(Term::LooksUp)),
            ("a/24//64", Ok(Term::LooksUp)),
            (
                "?mx:mail.example.test/33",
                Err("the length of the network is wrong"),
            ),
            ("ptr", Ok(Term::Ptr)),
            ("ip4:192.0.2.0/24", Ok(Term::Free)),
            ("ip4:192.0.2.256", Err("this is no address of that family")),
            ("ip6:2001:db8::/32", Ok(Term::Free)),
            (
                "ip6:2001:db8::/129",
                Err("the length of the network is wrong"),
            ),
            (
                "redirect=_spf.example.test",
                Ok(Term::Redirect("_spf.example.test".into())),
            ),
            ("unknown=anything%", Ok(Term::Free)),
            (
                "inlcude:_spf.example.test",
                Err("there is no such mechanism"),
            ),
        ];
        for (word, expected) in cases {
            assert_eq!(Term::parse(word), *expected, "{word}");
        }
    }

    #[test]
    fn what_stands_behind_all_does_not_count() {
        let record = Record::parse(b"v=spf1 a  -all include:x.test redirect=y.test").unwrap();
        assert_eq!(
            record.effective().collect::<Vec<_>>(),
            [&Term::LooksUp, &Term::All('-')]
        );
        assert_eq!(record.all(), Some('-'));
    }

    #[test]
    fn other_texts_are_no_spf_records() {
        for (text, expected) in [
            ("v=spf1", true),
            ("V=SPF1 -all", true),
            ("v=spf10 -all", false),
            ("v=spf2", false),
            ("", false),
        ] {
            assert_eq!(is_spf(text.as_bytes()), expected, "{text}");
        }
    }
}
