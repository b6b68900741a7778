use super::*;
use crate::tls::ClientCertificate;

#[test]
fn no_error_text_has_a_character_to_be_escaped() {
    let hostile = "a\u{1b}[2J\u{9b}\u{202e}\u{200b}\u{2028}\u{e0041}b";
    let io = || io::Error::other(hostile);
    let name = || hostile.to_owned();
    let handshake = |failure| Handshake::of(failure, true, ClientCertificate::NotAsked);
    for kind in [
        Kind::Config(name()),
        Kind::Resolve {
            host: name(),
            error: io(),
        },
        Kind::Connect {
            host: name(),
            port: 25,
            attempts: vec![(([127, 0, 0, 1], 25).into(), io())],
        },
        Kind::Socket {
            path: hostile.into(),
            error: io(),
        },
        Kind::Tls {
            host: name(),
            handshake: handshake(TlsFailure::Io(io())),
        },
        Kind::Tls {
            host: name(),
            handshake: handshake(TlsFailure::Tls(rustls::Error::General(name()))),
        },
        Kind::NoCredentials(hostile.into()),
        Kind::Source(io()),
        Kind::Foreign {
            host: name(),
            stage: Stage::Greeting,
            spoken: Spoken {
                protocol: protocol::Protocol::Ftp,
                words: name(),
            },
        },
    ] {
        let error = Error::from(kind);
        assert!(
            error
                .detail()
                .contains("a\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae"),
            "{error}"
        );
        assert!(
            !format!("{error}{error:?}").chars().any(Escaped::is_needed),
            "{error:?}"
        );
    }
}

fn reply(text: &str) -> Reply {
    Reply::parse(format!("{text}\r\n").as_bytes()).unwrap()
}

fn refused(stage: Stage, text: &str) -> Error {
    let host = "mx.example.test".to_owned();
    let reply = reply(text);
    Kind::Refused { stage, reply, host }.into()
}

fn login_refused(over_tls: bool) -> Error {
    Kind::LoginRefused(RefusedLogin {
        reply: Some(reply("535 5.7.8 no")),
        host: "mx.example.test".to_owned(),
        mechanism: Mechanism::ScramSha256,
        offered: vec!["SCRAM-SHA-256".to_owned(), "PLAIN".to_owned()],
        over_tls,
        blank: false,
        said: None,
    })
    .into()
}

fn session(error: mailwright_proto::Error, over_tls: bool, no_greeting: bool) -> Error {
    let shown = error.to_string();
    Kind::Session {
        error,
        shown,
        over_tls,
        no_greeting,
    }
    .into()
}

fn closed(phase: Phase) -> mailwright_proto::Error {
    mailwright_proto::Error::Closed { phase }
}

fn policy(violation: PolicyViolation) -> Error {
    session(mailwright_proto::Error::Policy(violation), true, false)
}

fn foreign() -> Error {
    let spoken = Spoken {
        protocol: protocol::Protocol::Lmtp,
        words: "220 LMTP".to_owned(),
    };
    let (host, stage) = ("mx.example.test".to_owned(), Stage::Greeting);
    Kind::Foreign {
        host,
        stage,
        spoken,
    }
    .into()
}

#[test]
fn stage_depends_on_what_failed() {
    use mailwright_proto::Outcome::{NotSent, Unknown};
    let clear = || rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
    let tls = |upgrade| {
        let failure = TlsFailure::Tls(clear());
        let host = "mx.example.test".to_owned();
        let handshake = Handshake::of(failure, upgrade, ClientCertificate::NotAsked);
        Error::from(Kind::Tls { host, handshake }).stage()
    };
    assert_eq!((tls(true), tls(false)), (Stage::StartTls, Stage::Tls));
    let cut_off = |outcomes: &[_]| Error::from(Kind::CutOff(outcomes.to_vec())).stage();
    assert_eq!(cut_off(&[NotSent, NotSent]), Stage::Config);
    assert_eq!(cut_off(&[NotSent, Unknown]), Stage::Body);
}

#[test]
fn unknown_host_and_silent_resolver_are_told_apart() {
    let resolve = |kind: io::ErrorKind| {
        let host = "x.test".to_owned();
        let error = kind.into();
        Error::from(Kind::Resolve { host, error }).cause()
    };
    assert_eq!(resolve(io::ErrorKind::NotFound), Cause::HostNotFound);
    assert_eq!(resolve(io::ErrorKind::TimedOut), Cause::DnsFailure);
}

#[test]
fn explanation_uses_all_that_is_known() {
    let unknown_user = refused(Stage::Rcpt, "550 5.1.1 no such user");
    assert_eq!(unknown_user.cause(), Cause::RecipientUnknown);
    assert_eq!(login_refused(true).cause(), Cause::CredentialsRejected);
    let settings = |over_tls| {
        let error = mailwright_proto::Error::Policy(PolicyViolation::NotConfidential);
        session(error, over_tls, false).explanation().settings
    };
    assert_eq!(settings(true), [Setting::Roots, Setting::PlaintextAuth]);
    assert_ne!(settings(false), settings(true));
    let fix = |no_greeting| {
        let silent = session(closed(Phase::Greeting), false, no_greeting);
        silent.explanation().fix
    };
    assert_ne!(fix(true), fix(false));
    let summary = foreign().explanation().summary;
    assert!(summary.contains("LMTP"), "{summary}");
}

#[test]
fn reply_is_the_one_that_the_failure_consists_of() {
    let code = |error: Error| error.reply().map(|reply| reply.code().get());
    assert_eq!(code(refused(Stage::Mail, "550 no")), Some(550));
    assert_eq!(code(login_refused(true)), Some(535));
    let no_tls = PolicyViolation::StartTlsRejected(reply("454 no"));
    assert_eq!(code(policy(no_tls)), Some(454));
    assert_eq!(code(session(closed(Phase::Ehlo), true, false)), None);
}

#[test]
fn simpler_mechanism_is_named_over_tls_only() {
    assert_eq!(
        login_refused(true).simpler_mechanism(),
        Some(Mechanism::Plain)
    );
    assert_eq!(login_refused(false).simpler_mechanism(), None);
    assert_eq!(refused(Stage::Auth, "535 no").simpler_mechanism(), None);
}

#[test]
fn goodbye_is_a_closing_reply_where_another_was_due() {
    let peer = |fault| {
        let phase = Phase::Mail;
        session(mailwright_proto::Error::Peer { phase, fault }, true, false).is_goodbye()
    };
    for fault in [PeerFault::UnexpectedReply, PeerFault::UnsolicitedReply] {
        let goodbyes = ["421 bye", "221 bye", "250 ok"].map(|text| peer(fault(reply(text))));
        assert_eq!(goodbyes, [true, true, false]);
    }
    assert!(!peer(PeerFault::StartTlsInjection));
    assert!(!session(closed(Phase::Mail), true, false).is_goodbye());
}

#[test]
fn failed_login_is_one_that_was_tried() {
    for failed in [
        login_refused(true),
        refused(Stage::Auth, "454 later"),
        session(closed(Phase::Auth), true, false),
    ] {
        assert!(failed.is_failed_login(), "{failed}");
    }
    for other in [
        refused(Stage::Mail, "421 bye"),
        session(closed(Phase::Mail), true, false),
        policy(PolicyViolation::NotConfidential),
        foreign(),
    ] {
        assert!(!other.is_failed_login(), "{other}");
    }
}

#[test]
#[cfg(feature = "check")]
fn protocol_is_known_if_another_one_is_spoken() {
    assert!(foreign().spoken().is_some());
    assert!(refused(Stage::Mail, "550 no").spoken().is_none());
}

#[test]
#[cfg(feature = "check")]
fn unknown_issuer_is_told_apart_from_other_flaws() {
    let is_about_the_issuer = |flaw: rustls::CertificateError| {
        let failure = TlsFailure::Tls(flaw.into());
        let host = "mx.example.test".to_owned();
        let handshake = Handshake::of(failure, true, ClientCertificate::NotAsked);
        Error::from(Kind::Tls { host, handshake }).is_about_the_issuer()
    };
    assert!(is_about_the_issuer(rustls::CertificateError::UnknownIssuer));
    assert!(!is_about_the_issuer(rustls::CertificateError::Expired));
}

#[test]
fn source_is_the_error_that_was_wrapped() {
    use mailwright_proto::{BodyError, Misuse, SendError};

    let io = || io::Error::other("why");
    let host = || "mx.example.test".to_owned();
    let handshake = |failure| Handshake::of(failure, true, ClientCertificate::NotAsked);
    let misuse = Misuse::Closed.to_string();
    let too_large = SendError::TooLarge { size: 2, limit: 1 };
    for (kind, source) in [
        (
            Kind::Resolve {
                host: host(),
                error: io(),
            },
            "why",
        ),
        (
            Kind::Socket {
                path: "s".into(),
                error: io(),
            },
            "why",
        ),
        (Kind::Source(io()), "why"),
        (
            Kind::Tls {
                host: host(),
                handshake: handshake(TlsFailure::Io(io())),
            },
            "why",
        ),
        (Kind::Message(too_large), &too_large.to_string()),
        (Kind::Body(BodyError::Misuse(Misuse::Closed)), &misuse),
        (Kind::Misuse(Misuse::Closed), &misuse),
        (Kind::NoCredentials("why".into()), "why"),
    ] {
        let error = Error::from(kind);
        let found = StdError::source(&error).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some(source), "{error:?}");
        assert!(error.to_string().contains(source), "{error}");
        assert!(format!("{error:?}").contains(&format!("detail: {:?}", error.detail())));
    }
    let refusal = refused(Stage::Mail, "550 5.7.1 no");
    assert!(StdError::source(&refusal).is_none());
}

#[test]
fn message_that_cannot_be_read_is_told_from_a_failed_hook() {
    let unreadable = Error::from(Kind::Source(io::Error::other("gone")));
    let withheld = Error::from(Kind::Source(io::Error::other(Withheld(io::Error::other(
        "full",
    )))));
    assert_eq!(unreadable.detail(), "the message cannot be read: gone");
    assert_eq!(withheld.detail(), "the message's end was withheld: full");
    assert!(unreadable.is_of_source() && withheld.is_of_source());
    assert!(!refused(Stage::Mail, "550 no").is_of_source());
}

#[cfg(feature = "mx")]
#[test]
fn host_that_came_furthest_speaks_for_its_domain() {
    use crate::mx::{Attempt, Fault};

    let attempt = |error| Attempt {
        host: "mx.example.test".to_owned(),
        preference: Some(10),
        address: None,
        error,
    };
    let refusal = refused(Stage::Rcpt, "550 5.1.1 nobody");
    let unreadable = Error::from(Kind::Source(io::Error::other("gone")));
    let of = |furthest| {
        let attempts = vec![attempt(unreadable.clone()), attempt(refusal.clone())];
        let domain = "example.test".to_owned();
        Error::from(Kind::Exchange(Fault::AllFailed {
            domain,
            attempts,
            furthest,
        }))
    };
    assert_eq!(of(1).reply(), refusal.reply());
    assert_eq!(of(1).explanation().cause, refusal.explanation().cause);
    assert!(StdError::source(&of(1)).is_none());
    assert_eq!(of(0).reply(), None);
    assert_eq!(
        StdError::source(&of(0)).map(ToString::to_string),
        Some("gone".to_owned())
    );
}
