//! From a question to the octets of its answer.

use std::time::Duration;

use hickory_proto::op::{Message, Metadata, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, SOA};
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};

use super::world::{Fault, World};

/// What happens on a question.
#[derive(Debug)]
pub(super) enum Reaction {
    /// Nothing.
    Silence,
    /// These octets, after that time.
    Answer { after: Duration, octets: Vec<u8> },
}

/// As many aliases as are followed within one answer.
const MOST_ALIASES: usize = 16;

/// What UDP carries without EDNS (RFC 1035 section 4.2.1) is what `max_payload` of a query says then.
pub(super) fn to(world: &World, query: &Message, over_udp: bool) -> Reaction {
    let mut reply = Message::error_msg(
        query.metadata.id,
        query.metadata.op_code,
        ResponseCode::NoError,
    );
    reply.metadata = Metadata::response_from_request(&query.metadata);
    reply.metadata.authoritative = true;
    reply.metadata.recursion_available = true;
    reply.add_queries(query.queries.iter().cloned());
    let Some(question) = query.queries.first() else {
        return Reaction::Silence;
    };
    let name = LowerName::new(question.name());
    let fault = world.fault_at(&name);
    let mut after = Duration::ZERO;
    match fault {
        Some(Fault::Silent) => return Reaction::Silence,
        Some(Fault::Garbage(octets)) => {
            return Reaction::Answer {
                after,
                octets: octets.clone(),
            };
        }
        Some(Fault::ServFail) => reply.metadata.response_code = ResponseCode::ServFail,
        Some(Fault::Refused) => reply.metadata.response_code = ResponseCode::Refused,
        Some(Fault::NoSuchName) => deny(&mut reply, ResponseCode::NXDomain),
        Some(Fault::EndlessAlias) => {
            reply.add_answer(next_alias(question.name()));
        }
        Some(Fault::Slow(late)) => after = *late,
        Some(Fault::WrongId) => reply.metadata.id = !query.metadata.id,
        Some(Fault::Truncated) | None => {}
    }
    if matches!(
        fault,
        None | Some(Fault::Slow(_) | Fault::WrongId | Fault::Truncated)
    ) {
        look_up(world, name, question.query_type(), &mut reply);
    }
    if over_udp && fault == Some(&Fault::Truncated) {
        reply = reply.truncate();
    }
    let mut octets = reply.to_vec().expect("an answer that can be written");
    if over_udp && octets.len() > usize::from(query.max_payload()) {
        octets = reply
            .truncate()
            .to_vec()
            .expect("an answer that can be written");
    }
    Reaction::Answer { after, octets }
}

fn look_up(world: &World, mut name: LowerName, kind: RecordType, reply: &mut Message) {
    for _ in 0..MOST_ALIASES {
        let records = world.records(&name, kind);
        reply.add_answers(records.iter().cloned());
        let Some(alias) = world
            .records(&name, RecordType::CNAME)
            .first()
            .filter(|_| records.is_empty())
        else {
            break;
        };
        reply.add_answer(alias.clone());
        let RData::CNAME(CNAME(target)) = &alias.data else {
            break;
        };
        name = LowerName::new(target);
    }
    if reply.answers.is_empty() {
        let code = if world.exists(&name) {
            ResponseCode::NoError
        } else {
            ResponseCode::NXDomain
        };
        deny(reply, code);
    } else if !world.exists(&name) {
        reply.metadata.response_code = ResponseCode::NXDomain;
    }
}

/// A denial carries a SOA record (RFC 2308 section 3).
fn deny(reply: &mut Message, code: ResponseCode) {
    reply.metadata.response_code = code;
    let soa = SOA::new(Name::root(), Name::root(), 1, 3600, 600, 86_400, 60);
    reply.add_authority(Record::from_rdata(Name::root(), 60, RData::SOA(soa)));
}

/// `n7.zone` leads to `n8.zone`.
fn next_alias(name: &Name) -> Record {
    let first = name
        .iter()
        .next()
        .map(String::from_utf8_lossy)
        .unwrap_or_default();
    let number: Option<u32> = first
        .strip_prefix('n')
        .and_then(|digits| digits.parse().ok());
    let (number, zone) = number.map_or((0, name.clone()), |number| (number, name.base_name()));
    let target = zone
        .prepend_label(format!("n{}", number.wrapping_add(1)))
        .expect("a name that is not too long");
    Record::from_rdata(name.clone(), 60, RData::CNAME(CNAME(target)))
}
