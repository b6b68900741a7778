//! Which hosts of a domain are still to be tried, and what came of those that were.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::{Attempt, Fault, Host};
use crate::cause::Cause;
use crate::delivery::{Delivery, Outcome};
use crate::error::{Error, Kind};
use crate::facts::ConnectionInfo;
use crate::stage::Stage;

/// The way of one message, or of one connection, from host to host.
#[derive(Default)]
pub(crate) struct Trail {
    /// Those not turned to yet; nothing before they were looked up.
    pub(crate) waiting: Option<VecDeque<Host>>,
    /// The one turned to last, and its addresses that were not tried.
    pub(crate) at: Option<(Host, Vec<SocketAddr>)>,
    attempts: Vec<Attempt>,
    best: Option<Best>,
}

/// The attempt that got furthest: it says the most of what is in the way.
struct Best {
    place: usize,
    facts: ConnectionInfo,
    /// What became of the message there, where it got that far.
    delivery: Option<Delivery>,
}

impl Trail {
    pub(crate) fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// An attempt came to nothing. One that got as far as another that was more preferred does not take its place.
    pub(crate) fn note(
        &mut self,
        attempt: Attempt,
        facts: ConnectionInfo,
        delivery: Option<Delivery>,
    ) {
        let held = self
            .best
            .as_ref()
            .and_then(|best| self.attempts.get(best.place));
        if held.is_none_or(|held| reach(&attempt.error) > reach(&held.error)) {
            self.best = Some(Best {
                place: self.attempts.len(),
                facts,
                delivery,
            });
        }
        self.attempts.push(attempt);
    }

    /// An attempt came to nothing, and there is to be no other: it speaks for all.
    pub(crate) fn note_last(&mut self, attempt: Attempt, facts: ConnectionInfo) {
        self.best = Some(Best {
            place: self.attempts.len(),
            facts,
            delivery: None,
        });
        self.attempts.push(attempt);
    }

    /// All was tried: what became of the message at the host that got furthest, or why it got to none, and what is known
    /// of that host.
    pub(crate) fn conclude(self, domain: &str) -> (Result<Delivery, Error>, ConnectionInfo) {
        let Self { attempts, best, .. } = self;
        let Best {
            place: furthest,
            mut facts,
            delivery,
        } = best.unwrap_or_else(|| Best {
            place: 0,
            facts: ConnectionInfo::default(),
            delivery: None,
        });
        facts.attempts.clone_from(&attempts);
        let outcome = delivery.ok_or_else(|| {
            Kind::Exchange(Fault::AllFailed {
                domain: domain.to_owned(),
                attempts,
                furthest,
            })
            .into()
        });
        (outcome, facts)
    }
}

/// How far an attempt got. Of two that did not get past the DNS the one that may pass says more.
fn reach(error: &Error) -> (u8, bool) {
    (
        error.stage() as u8,
        error.stage() == Stage::Dns && error.cause() == Cause::DnsFailure,
    )
}

/// Whether a session that did not open is no reason not to turn to the next host. A refusal for good is the domain's
/// word; what is wrong with STARTTLS or a handshake is that host's own.
pub(crate) fn is_of_this_host(error: &Error) -> bool {
    let is_final = error
        .reply()
        .is_some_and(|reply| reply.code().is_permanent());
    !is_final || error.stage() == Stage::StartTls
}

/// Why the message has to go to the next host, if it has to: it was refused for now, or the connection was lost. None
/// of it may have left by then.
pub(crate) fn reason_to_go_on(delivery: &Delivery, host: &str) -> Option<Error> {
    let is_final = |reply: &mailwright_proto::reply::Reply| reply.code().is_permanent();
    match &delivery.outcome {
        _ if delivery
            .recipients
            .iter()
            .any(|one| one.refusal().is_some_and(is_final)) =>
        {
            None
        }
        Outcome::Refused { stage, reply } if reply.code().is_transient() => Some(
            Kind::Refused {
                stage: *stage,
                reply: reply.clone(),
                host: host.to_owned(),
            }
            .into(),
        ),
        Outcome::NotSent(Some(error)) if is_of_this_host(error) => Some(error.clone()),
        _ => None,
    }
}
