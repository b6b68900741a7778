//! What a client makes of a conversation, in plain short words.

use mailwright_proto::{
    BodyError, Error, Event, Misuse, Outcome, PeerFault, Phase, PolicyViolation, SendError,
    auth::{AuthFailureDetail, ChallengeFault, MechanismUnusable},
    ehlo::{Capabilities, Capability},
    reply::{Escaped, Reply, ReplyFault},
};

/// An event that is not about a message, or what is said of the message that it is about.
pub(crate) fn event(event: &Event) -> String {
    match event {
        Event::Greeting(said) => format!("greeting {}", reply(said)),
        Event::Capabilities(offered) => format!("capabilities {}", capabilities(offered)),
        Event::Authenticated {
            mechanism,
            reply: said,
        } => format!("authenticated {mechanism} {}", reply(said)),
        Event::Rejected {
            phase: at,
            reply: said,
        } => format!("rejected at {} {}", phase(*at), reply(said)),
        Event::LoginRejected {
            mechanism,
            reply: said,
            detail: None,
        } => {
            format!("login rejected {mechanism} {}", reply(said))
        }
        Event::LoginRejected {
            mechanism,
            reply: said,
            detail: Some(detail),
        } => {
            format!(
                "login rejected {mechanism} {} {}",
                reply(said),
                refusal(detail)
            )
        }
        Event::LoginUnanswered { mechanism, detail } => {
            format!("login unanswered {mechanism} {}", refusal(detail))
        }
        Event::MechanismUnfit { mechanism, reason } => {
            format!("mechanism unfit {mechanism}: {}", unfit(*reason))
        }
        Event::MechanismRefused {
            mechanism,
            reply: said,
        } => format!("mechanism unknown {mechanism} {}", reply(said)),
        Event::Sender { reply: said, .. } => format!("sender {}", reply(said)),
        Event::Recipient {
            index, reply: said, ..
        } => format!("recipient {} {}", index + 1, reply(said)),
        Event::Delivery {
            index, reply: said, ..
        } => format!("delivery {} {}", index + 1, reply(said)),
        Event::Finished { outcome: end, .. } => outcome(end),
        Event::Answer(said) => format!("answer {}", reply(said)),
        Event::ShuttingDown {
            phase: at,
            reply: said,
        } => format!("shutting down at {} {}", phase(*at), reply(said)),
        other => format!("{other:?}"),
    }
}

/// What became of a message.
pub(crate) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted(said) => format!("accepted {}", reply(said)),
        Outcome::Refused {
            phase: at,
            reply: said,
        } => format!("refused at {} {}", phase(*at), reply(said)),
        Outcome::NotSent => "not sent".to_owned(),
        Outcome::Unknown => "unknown".to_owned(),
    }
}

/// Why a session is over.
pub(crate) fn error(error: &Error) -> String {
    match error {
        Error::Peer { phase: at, fault } => {
            format!("error at {}: {}", phase(*at), peer_fault(fault))
        }
        Error::Closed { phase: at } => format!("error at {}: connection lost", phase(*at)),
        Error::TimedOut { phase: at } => format!("error at {}: timed out", phase(*at)),
        Error::Policy(violation) => format!("policy: {}", policy(violation)),
        other => format!("{other:?}"),
    }
}

/// Why nothing was sent of a message.
pub(crate) fn send_error(error: &SendError) -> String {
    match error {
        SendError::TooLarge { size, limit } => {
            format!("cannot send: {size} octets, the limit is {limit}")
        }
        SendError::Unsupported(extension) => format!("cannot send: no {extension}"),
        SendError::OutOfBounds {
            extension,
            limit: Some(seconds),
        } => {
            format!("cannot send: {extension} is bounded by {seconds}")
        }
        SendError::OutOfBounds {
            extension,
            limit: None,
        } => format!("cannot send: {extension} is bounded"),
        SendError::BeyondLimit(limit) => format!("cannot send: {limit}"),
        SendError::Unverified => "cannot send: TLS is not verified".to_owned(),
        SendError::Misuse(error) => misuse(error),
        other => format!("{other:?}"),
    }
}

/// Why no more was sent of a message.
pub(crate) fn body_error(error: &BodyError) -> String {
    match error {
        BodyError::BareLineEnd(fault) => {
            format!("cannot send: bare line end at {}", fault.offset())
        }
        BodyError::Misuse(error) => misuse(error),
        other => format!("{other:?}"),
    }
}

pub(crate) fn misuse(misuse: &Misuse) -> String {
    format!("misuse: {misuse}")
}

fn peer_fault(fault: &PeerFault) -> String {
    match fault {
        PeerFault::Malformed(error) => {
            format!("{} in line {}", reply_fault(error.fault()), error.line())
        }
        PeerFault::UnexpectedReply(said) => format!("unexpected {}", reply(said)),
        PeerFault::UnsolicitedReply(said) => format!("unsolicited {}", reply(said)),
        PeerFault::StartTlsInjection => "injection".to_owned(),
        PeerFault::ClearTextBeforeTls => "clear text".to_owned(),
        PeerFault::BadChallenge(fault) => format!("bad challenge, {}", challenge_fault(fault)),
        PeerFault::Unproven(mechanism) => format!("unproven {mechanism}"),
        PeerFault::WentOnAfterRefusal => "goes on after refusal".to_owned(),
        other => format!("{other:?}"),
    }
}

fn challenge_fault(fault: &ChallengeFault) -> String {
    match fault {
        ChallengeFault::NotBase64 => "no base64".to_owned(),
        ChallengeFault::Unanswerable => "no answer".to_owned(),
        ChallengeFault::Malformed => "malformed".to_owned(),
        ChallengeFault::Nonce => "nonce".to_owned(),
        ChallengeFault::Salt => "salt".to_owned(),
        ChallengeFault::Iterations(count) => format!("{count} iterations"),
        ChallengeFault::WrongSignature => "wrong signature".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The fields of an error of OAuth that could be read, or the text where none could.
fn refusal(refusal: &AuthFailureDetail) -> String {
    let AuthFailureDetail::OAuth(error) = refusal else {
        return refusal.to_string();
    };
    let fields = [
        ("status", &error.status),
        ("schemes", &error.schemes),
        ("scope", &error.scope),
        ("openid-configuration", &error.openid_configuration),
    ];
    let told = fields
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        format!("\"{error}\"")
    } else {
        told.join(" ")
    }
}

fn unfit(reason: MechanismUnusable) -> &'static str {
    match reason {
        MechanismUnusable::NoCredentials => "no credentials",
        MechanismUnusable::NoAuthzid => "no authzid",
        MechanismUnusable::NoNonce => "no nonce",
        MechanismUnusable::NoChannelBinding => "no channel binding",
        MechanismUnusable::User => "user",
        MechanismUnusable::Password => "password",
        MechanismUnusable::NotBuiltIn => "not built in",
        _ => "a reason without a name",
    }
}

fn reply_fault(fault: &ReplyFault) -> String {
    match fault {
        ReplyFault::Malformed { offset, .. } => format!("no reply from byte {offset}"),
        ReplyFault::CodesDiffer { first, other } => format!("{other} after {first}"),
        ReplyFault::BareLf { .. } => "bare LF".to_owned(),
        ReplyFault::LineTooLong { .. } => "too many octets".to_owned(),
        ReplyFault::TooManyLines { .. } => "too many lines".to_owned(),
        ReplyFault::ReplyTooLong { .. } => "too many octets in all".to_owned(),
        other => format!("{other:?}"),
    }
}

fn policy(violation: &PolicyViolation) -> String {
    match violation {
        PolicyViolation::StartTlsNotOffered => "STARTTLS not offered".to_owned(),
        PolicyViolation::StartTlsRejected(said) => format!("STARTTLS refused {}", reply(said)),
        PolicyViolation::NotConfidential => "not confidential".to_owned(),
        PolicyViolation::AuthNotOffered => "AUTH not offered".to_owned(),
        PolicyViolation::NoCommonMechanism(offer) => {
            let allowed: Vec<&str> = offer
                .allowed
                .iter()
                .map(|mechanism| mechanism.name())
                .collect();
            let common = format!(
                "{} offered, {} allowed",
                offer.offered.join(" "),
                allowed.join(" ")
            );
            let unfit = offer
                .unfit
                .iter()
                .map(|(mechanism, reason)| format!(", {mechanism} unfit: {}", unfit(*reason)));
            format!("no common mechanism: {common}{}", unfit.collect::<String>())
        }
        other => format!("{other:?}"),
    }
}

/// Code and enhanced code.
pub fn reply(reply: &Reply) -> String {
    match reply.enhanced() {
        Some(enhanced) => format!("{} {enhanced}", reply.code()),
        None => reply.code().to_string(),
    }
}

/// Keywords in the server's order; those of the registry in its spelling, unknown ones in the server's, behind `?`.
fn capabilities(capabilities: &Capabilities) -> String {
    let mut words: Vec<String> = Vec::new();
    for capability in capabilities.iter() {
        let word = match &capability {
            Capability::Size(Some(octets)) => format!("SIZE={octets}"),
            Capability::Auth(_) => {
                let names: Vec<_> = capabilities
                    .mechanisms()
                    .map(String::from_utf8_lossy)
                    .collect();
                format!("AUTH={}", names.join(","))
            }
            Capability::Unknown { keyword, .. } => format!("?{}", Escaped(keyword)),
            known => known
                .keyword()
                .map(|keyword| keyword.to_string())
                .unwrap_or_default(),
        };
        // AUTH and AUTH= are one.
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(" ")
    }
}

/// What was waited for.
pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Tls => "TLS",
        Phase::Greeting => "greeting",
        Phase::Ehlo => "EHLO",
        Phase::StartTls => "STARTTLS",
        Phase::Auth => "AUTH",
        Phase::Mail => "MAIL",
        Phase::Rcpt => "RCPT",
        Phase::Data => "DATA",
        Phase::Body => "message",
        Phase::EndOfData => "end of message",
        Phase::Command => "command",
        Phase::Quit => "QUIT",
        Phase::Idle => "idle",
        _ => "a phase without a name",
    }
}
