//! The causes of failed connections and sessions.

use std::io;

use smtp_proto::{PeerFault, PolicyViolation, ReplyFault};

use crate::cause::Cause;
use crate::stage::Stage;

/// `getaddrinfo` tells "not now" from "no such name" by a code that the standard library gives in words alone.
pub(super) fn is_for_now(error: &io::Error) -> bool {
    let text = error.to_string();
    error.kind() == io::ErrorKind::TimedOut || text.contains("emporary failure") || text.contains("try again")
}

pub(super) fn session_cause(error: &smtp_proto::Error) -> Cause {
    match error {
        smtp_proto::Error::Peer { phase, fault } => peer_cause((*phase).into(), fault),
        smtp_proto::Error::Policy(violation) => match violation {
            PolicyViolation::StartTlsNotOffered => Cause::StarttlsNotOffered,
            PolicyViolation::StartTlsRejected(_) => Cause::StarttlsRejected,
            PolicyViolation::NotConfidential => Cause::TlsRequired,
            PolicyViolation::AuthNotOffered => Cause::AuthNotOffered,
            PolicyViolation::NoCommonMechanism(_) => Cause::AuthMechanism,
            _ => Cause::Unknown,
        },
        smtp_proto::Error::TimedOut { .. } => Cause::Timeout,
        _ => Cause::ConnectionClosed,
    }
}

/// What does not even greet in SMTP's grammar is not SMTP.
fn peer_cause(stage: Stage, fault: &PeerFault) -> Cause {
    match fault {
        PeerFault::StartTlsInjection => Cause::StarttlsInjection,
        PeerFault::Malformed(error) if stage == Stage::Greeting => match error.fault() {
            ReplyFault::Malformed { .. } | ReplyFault::LineTooLong { .. } => Cause::NotSmtp,
            _ => Cause::ProtocolError,
        },
        _ => Cause::ProtocolError,
    }
}
