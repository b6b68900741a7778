//! A finding: what is so, how bad it is, and what to publish.

use mailwright_proto::reply::Escaped;

/// One thing that was found out about a sender's domain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub topic: Topic,
    /// How bad it is.
    pub severity: Severity,
    /// Its stable name, such as `spf-missing`.
    pub code: &'static str,
    /// One sentence or two, escaped: what is so, and what to do.
    pub summary: String,
    /// The name in the DNS that it is about.
    pub name: String,
    /// The records that were found there, escaped, and cut where they are long.
    pub found: Vec<String>,
    /// What to publish. Parts in angle brackets have to be filled in.
    pub publish: Option<DnsRecord>,
    /// The page of the mail service or the standard that says so.
    pub source: Option<&'static str>,
}

/// A record to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsRecord {
    /// Where, without a final dot.
    pub name: String,
    /// Its type: `TXT`, `CNAME` or `MX`.
    pub kind: &'static str,
    /// What it says.
    pub value: String,
}

/// What a [`Finding`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// The domain itself.
    Domain,
    /// Where mail to it goes.
    Mx,
    /// Which servers may send for it.
    Spf,
    /// The keys of its signatures.
    Dkim,
    /// What receivers do with what fails both.
    Dmarc,
}

impl Topic {
    /// In lower case: `domain`, `mx`, `spf`, `dkim`, `dmarc`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Mx => "mx",
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
        }
    }
}

/// How bad a [`Finding`] is; the worst compares as the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Some receivers will mind.
    Warning,
    /// Mail is refused or taken for spam because of it.
    Problem,
}

impl Severity {
    /// In lower case: `good`, `note`, `warning`, `problem`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

impl Finding {
    pub(super) fn new(
        topic: Topic,
        severity: Severity,
        code: &'static str,
        name: &str,
        summary: impl AsRef<str>,
    ) -> Self {
        Self {
            topic,
            severity,
            code,
            summary: Escaped(summary.as_ref().as_bytes()).to_string(),
            name: shown(name.as_bytes()),
            found: Vec::new(),
            publish: None,
            source: None,
        }
    }

    pub(super) fn found<T: AsRef<[u8]>>(mut self, records: impl IntoIterator<Item = T>) -> Self {
        self.found.extend(
            records
                .into_iter()
                .take(MOST_SHOWN)
                .map(|record| shown(record.as_ref())),
        );
        self
    }

    pub(super) fn publish(
        mut self,
        name: impl Into<String>,
        kind: &'static str,
        value: impl AsRef<str>,
    ) -> Self {
        let value = Escaped(value.as_ref().as_bytes()).to_string();
        self.publish = Some(DnsRecord {
            name: name.into(),
            kind,
            value,
        });
        self
    }

    pub(super) fn source(mut self, source: impl Into<Option<&'static str>>) -> Self {
        self.source = source.into();
        self
    }
}

/// Text from the DNS, fit to be shown: escaped, and no longer than anyone reads.
pub(super) fn shown(octets: &[u8]) -> String {
    match octets
        .get(..LONGEST_SHOWN)
        .filter(|_| octets.len() > LONGEST_SHOWN)
    {
        Some(beginning) => format!("{}…", Escaped(beginning)),
        None => Escaped(octets).to_string(),
    }
}

/// An SPF record of ten look-ups and a key of 4,096 bits are both shorter; a TXT record may have 65,535 octets.
const LONGEST_SHOWN: usize = 1000;

/// Records of one finding: more of them are no longer read.
const MOST_SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_dns_are_escaped_and_cut() {
        let hostile = "a\u{1b}[2J\u{202e}b";
        let escaped = "a\\x1b[2J\\xe2\\x80\\xaeb";
        let finding = Finding::new(Topic::Spf, Severity::Problem, "code", hostile, hostile)
            .found([hostile])
            .publish("name", "TXT", hostile);
        assert_eq!(
            (&*finding.summary, &*finding.name, &*finding.found[0]),
            (escaped, escaped, escaped)
        );
        assert_eq!(
            finding.publish.as_ref().map(|record| &*record.value),
            Some(escaped)
        );
        assert_eq!(shown(&[b'x'; LONGEST_SHOWN]), "x".repeat(LONGEST_SHOWN));
        assert_eq!(
            shown(&[b'x'; LONGEST_SHOWN + 1]),
            format!("{}…", "x".repeat(LONGEST_SHOWN))
        );
        assert_eq!(
            finding.found([hostile; 2 * MOST_SHOWN]).found.len(),
            1 + MOST_SHOWN
        );
    }
}
