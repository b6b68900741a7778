//! What the server knows, and where it fails.

use std::collections::BTreeMap;
use std::time::Duration;

use hickory_proto::rr::{LowerName, Name, Record, RecordType, RrKey};
use hickory_proto::serialize::txt::Parser;

/// All that there is below the root.
#[derive(Debug, Default)]
pub struct World {
    records: BTreeMap<RrKey, Vec<Record>>,
    faults: Vec<(LowerName, Fault)>,
}

/// How questions about a name, and all below it, go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// NXDOMAIN, whatever the zone says.
    NoSuchName,
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
    /// No answer at all.
    Silent,
    /// The right answer, late.
    Slow(Duration),
    /// Over UDP nothing but the request to come back over TCP.
    Truncated,
    /// An alias that leads to another alias, for ever.
    EndlessAlias,
    /// The answer to another question: the octets are right, the identifier is not.
    WrongId,
    /// Octets that are no message.
    Garbage(Vec<u8>),
}

impl World {
    /// Reads records in the master file format (RFC 1035 section 5), from as many zones as there are lines for.
    ///
    /// Names are taken from the root, with their final dot or without it. A record lives for a minute unless it
    /// says otherwise. Text that is no such file panics.
    pub fn parse(text: &str) -> Self {
        let text: Vec<&str> = text.lines().map(str::trim).collect();
        let text = format!("$TTL 60\n{}\n", text.join("\n"));
        let (_, sets) = Parser::new(text, None, Some(Name::root()))
            .parse()
            .expect("a master file");
        let mut world = Self::default();
        for record in sets.values().flat_map(|set| set.records_without_rrsigs()) {
            world = world.record(record.clone());
        }
        world
    }

    /// Adds one record, such as a text that the format above cannot show.
    pub fn record(mut self, record: Record) -> Self {
        let key = RrKey::new(LowerName::new(&record.name), record.record_type());
        self.records.entry(key).or_default().push(record);
        self
    }

    /// Fails at `name` and all below it. The longest name decides.
    pub fn fault(mut self, name: &str, fault: Fault) -> Self {
        let name =
            Name::from_ascii(format!("{}.", name.trim_end_matches('.'))).expect("a domain name");
        self.faults.push((LowerName::from(name), fault));
        self
    }

    pub(super) fn fault_at(&self, name: &LowerName) -> Option<&Fault> {
        let matching = self.faults.iter().filter(|(zone, _)| zone.zone_of(name));
        matching
            .max_by_key(|(zone, _)| zone.num_labels())
            .map(|(_, fault)| fault)
    }

    pub(super) fn records(&self, name: &LowerName, kind: RecordType) -> &[Record] {
        self.records
            .get(&RrKey::new(name.clone(), kind))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether the name, or one below it, has a record of any type (RFC 8020 section 2).
    pub(super) fn exists(&self, name: &LowerName) -> bool {
        self.records.keys().any(|key| name.zone_of(&key.name))
    }
}
