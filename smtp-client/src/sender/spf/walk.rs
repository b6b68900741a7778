//! Where an SPF record leads, without end in sight: as far as a receiver would go, and a little further to say so.

use std::collections::VecDeque;

use super::record::{Record, Term, is_spf};
use crate::sender::lookup::{Lookups, Trouble};

/// What a record comes to with all that it includes.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Terms that take a look-up, each time that they are reached.
    pub(super) terms: usize,
    /// Whether it was left off there, as any number beyond is as bad.
    pub(super) endless: bool,
    /// The domains whose records were included.
    pub(super) domains: Vec<String>,
    /// Whether a record on the way uses `ptr`.
    pub(super) ptr: bool,
    /// What makes receivers give up.
    pub(super) faults: Vec<String>,
    /// What could not be looked up.
    pub(super) unknown: Vec<String>,
}

/// RFC 7208 section 4.6.4: beyond it the result is an error.
pub(super) const MOST_TERMS: usize = 10;

/// Counting goes on this far, so that whoever has fourteen is told fourteen.
const LEFT_OFF_AT: usize = 40;

impl Reach {
    pub(super) async fn of(domain: &str, record: &Record, lookups: &mut Lookups) -> Self {
        let mut reach = Self::default();
        let mut queue = VecDeque::new();
        reach.enter(record, &[domain.to_owned()], &mut queue);
        while let Some((chain, target)) = queue.pop_front() {
            if reach.terms > LEFT_OFF_AT {
                reach.endless = true;
                break;
            }
            if chain.contains(&target) {
                reach
                    .faults
                    .push(format!("{} includes itself", way(&chain, &target)));
                continue;
            }
            match fetch(&target, lookups).await {
                Ok(record) => {
                    let chain: Vec<String> = chain.into_iter().chain([target.clone()]).collect();
                    reach.enter(&record, &chain, &mut queue);
                    reach.domains.push(target);
                }
                Err(Lost::Fault(fault)) => reach
                    .faults
                    .push(format!("{}: {fault}", way(&chain, &target))),
                Err(Lost::Unknown(why)) => reach.unknown.push(format!("{target}: {why}")),
            }
        }
        reach
    }

    fn enter(
        &mut self,
        record: &Record,
        chain: &[String],
        queue: &mut VecDeque<(Vec<String>, String)>,
    ) {
        for term in record.effective() {
            self.terms += usize::from(!matches!(term, Term::All(_) | Term::Free));
            self.ptr |= *term == Term::Ptr;
            match term {
                // A macro stands for something of a message, and there is none.
                Term::Include(target) | Term::Redirect(target) if !target.contains('%') => {
                    queue.push_back((chain.to_vec(), target.clone()));
                }
                _ => {}
            }
        }
    }
}

/// Why a record cannot be gone on with.
enum Lost {
    Fault(String),
    Unknown(String),
}

async fn fetch(domain: &str, lookups: &mut Lookups) -> Result<Record, Lost> {
    let texts = match lookups.txt(domain).await {
        Ok(texts) => texts,
        Err(Trouble::NoName) => return Err(Lost::Fault("there is no such name".into())),
        Err(Trouble::Failed(why)) => return Err(Lost::Unknown(why)),
    };
    let records: Vec<&Vec<u8>> = texts.iter().filter(|text| is_spf(text)).collect();
    match records.as_slice() {
        [record] => Record::parse(record).map_err(Lost::Fault),
        [] => Err(Lost::Fault("there is no SPF record".into())),
        _ => Err(Lost::Fault("there are several SPF records".into())),
    }
}

fn way(chain: &[String], target: &str) -> String {
    let mut way: Vec<&str> = chain.iter().map(String::as_str).collect();
    way.push(target);
    way.join(" → ")
}
