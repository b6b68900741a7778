//! Questions to the DNS, as many as are sensible and no more.

use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use smtp_proto::Escaped;
use tokio::time::{Instant, timeout_at};

/// The resolver, and how much it may still be asked.
pub(super) struct Lookups<'a> {
    resolver: &'a TokioResolver,
    deadline: Instant,
    asked: usize,
}

/// Why there is no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The DNS says that there is no such name.
    NoName,
    /// Nobody could say: why, in a few words.
    Failed(String),
}

/// SPF needs at most 41 here, DMARC 8, DKIM and MX a dozen: who asks more was led astray.
const MOST_LOOKUPS: usize = 100;

impl<'a> Lookups<'a> {
    pub(super) fn new(resolver: &'a TokioResolver, patience: Duration) -> Self {
        let now = Instant::now();
        // A time that no clock can show is one that never comes: a day will do.
        let deadline = now.checked_add(patience).unwrap_or(now + A_DAY);
        Self { resolver, deadline, asked: 0 }
    }

    pub(super) fn asked(&self) -> usize {
        self.asked
    }

    /// The texts at a name, the strings of each put together (RFC 7208 section 3.3); none where there are none.
    pub(super) async fn txt(&mut self, name: &str) -> Result<Vec<Vec<u8>>, Trouble> {
        let records = self.records(name, RecordType::TXT).await?;
        Ok(records
            .iter()
            .filter_map(|data| match data {
                RData::TXT(text) => Some(text.txt_data.concat()),
                _ => None,
            })
            .collect())
    }

    /// The mail exchangers of a domain, best first, without final dots; the null MX is an empty name.
    pub(super) async fn mx(&mut self, name: &str) -> Result<Vec<(u16, String)>, Trouble> {
        let records = self.records(name, RecordType::MX).await?;
        let mut hosts: Vec<(u16, String)> = records
            .iter()
            .filter_map(|data| match data {
                RData::MX(mx) => Some((mx.preference, without_dot(&mx.exchange))),
                _ => None,
            })
            .collect();
        hosts.sort();
        Ok(hosts)
    }

    /// Whether a name has an address of either family.
    pub(super) async fn has_address(&mut self, name: &str) -> Result<bool, Trouble> {
        let v4 = self.records(name, RecordType::A).await?;
        if v4.iter().any(|data| matches!(data, RData::A(_))) {
            return Ok(true);
        }
        let v6 = self.records(name, RecordType::AAAA).await?;
        Ok(v6.iter().any(|data| matches!(data, RData::AAAA(_))))
    }

    /// Where a name leads, if it is an alias.
    pub(super) async fn alias(&mut self, name: &str) -> Result<Option<String>, Trouble> {
        let records = self.records(name, RecordType::CNAME).await?;
        Ok(records.iter().find_map(|data| match data {
            RData::CNAME(target) => Some(without_dot(target)),
            _ => None,
        }))
    }

    async fn records(&mut self, name: &str, kind: RecordType) -> Result<Vec<RData>, Trouble> {
        if self.asked == MOST_LOOKUPS {
            return Err(Trouble::Failed(format!("{MOST_LOOKUPS} look-ups were made, and that is enough")));
        }
        // The final dot keeps the machine's search list out.
        let Ok(full) = Name::from_utf8(format!("{}.", name.trim_end_matches('.'))) else {
            return Err(Trouble::Failed(format!("{} is no domain name", Escaped(name.as_bytes()))));
        };
        self.asked += 1;
        let answer = timeout_at(self.deadline, self.resolver.lookup(full, kind)).await;
        match answer {
            Ok(Ok(lookup)) => Ok(lookup.answers().iter().map(|record| record.data.clone()).collect()),
            Ok(Err(error)) if error.is_nx_domain() => Err(Trouble::NoName),
            Ok(Err(error)) if error.is_no_records_found() => Ok(Vec::new()),
            Ok(Err(error)) => Err(Trouble::Failed(in_words(&error))),
            Err(_) => Err(Trouble::Failed("there was no answer in time".into())),
        }
    }
}

const A_DAY: Duration = Duration::from_secs(86_400);

fn in_words(error: &NetError) -> String {
    match error {
        NetError::Timeout => "the resolver does not answer".into(),
        other => Escaped(other.to_string().as_bytes()).to_string(),
    }
}

fn without_dot(name: &Name) -> String {
    let text = name.to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}
