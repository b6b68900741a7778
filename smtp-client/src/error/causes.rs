//! The causes of failed connections and sessions.

use std::io;

use mailwright_proto::{PeerFault, PolicyViolation, reply::ReplyFault};

use crate::cause::Cause;
use crate::stage::Stage;

/// Returns whether a look-up failed only for now. `getaddrinfo` has a code for that, which the
/// standard library passes on only as text.
pub(super) fn is_for_now(error: &io::Error) -> bool {
    let text = error.to_string();
    error.kind() == io::ErrorKind::TimedOut
        || text.contains("emporary failure")
        || text.contains("try again")
}

pub(super) fn session_cause(error: &mailwright_proto::Error) -> Cause {
    match error {
        mailwright_proto::Error::Peer { phase, fault } => peer_cause((*phase).into(), fault),
        mailwright_proto::Error::Policy(violation) => match violation {
            PolicyViolation::StartTlsNotOffered => Cause::StarttlsNotOffered,
            PolicyViolation::StartTlsRejected(_) => Cause::StarttlsRejected,
            PolicyViolation::NotConfidential => Cause::TlsRequired,
            PolicyViolation::AuthNotOffered => Cause::AuthNotOffered,
            PolicyViolation::NoCommonMechanism(_) => Cause::AuthMechanism,
            _ => Cause::Unknown,
        },
        mailwright_proto::Error::TimedOut { .. } => Cause::Timeout,
        _ => Cause::ConnectionClosed,
    }
}

/// Returns the cause of a server's fault. A malformed greeting shows that it does not speak SMTP.
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
