//! Logins by a mechanism of the embedder's.

use alloc::string::{String, ToString};
use alloc::sync::Arc;

use super::*;
use crate::auth::{
    ChallengeFault, Exchange, LoginContext, MechanismName, MechanismUnusable, SaslMechanism,
};
use crate::error::PolicyViolation;
use crate::secret::Secret;

/// Answers each challenge with `length` octets; complete after `rounds` of them.
struct Toy {
    rounds: usize,
    length: usize,
}

impl Toy {
    fn credentials(self) -> Credentials {
        Credentials::custom("user", Arc::new(self)).unwrap()
    }
}

impl SaslMechanism for Toy {
    fn name(&self) -> MechanismName {
        name()
    }

    fn begin(&self, login: &LoginContext<'_>) -> Result<Box<dyn Exchange>, MechanismUnusable> {
        if login.authzid() == Some("refused") {
            return Err(MechanismUnusable::Custom("no proxy"));
        }
        let exporter = login.tls_exporter().map_or(0, |exporter| exporter[0]);
        let first = [login.user(), login.authzid().unwrap_or("-")].join("/");
        let first = [first.as_bytes(), &[exporter]].concat();
        Ok(Box::new(ToyExchange {
            first: Some(Secret::from(first)),
            rounds: self.rounds,
            length: self.length,
        }))
    }
}

struct ToyExchange {
    first: Option<Secret>,
    rounds: usize,
    length: usize,
}

impl Exchange for ToyExchange {
    fn initial_response(&mut self) -> Option<Secret> {
        self.first.take()
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault> {
        if challenge == b"bad" {
            return Err(ChallengeFault::Custom("bad challenge"));
        }
        self.rounds = self.rounds.saturating_sub(1);
        Ok(Secret::from(vec![b'x'; self.length]))
    }

    fn is_complete(&self) -> bool {
        self.rounds == 0
    }
}

fn name() -> MechanismName {
    MechanismName::new("X-TOY").unwrap()
}

/// A session that has sent AUTH with these credentials.
fn begun(credentials: Credentials) -> Driver {
    let config = config()
        .security(Security::ImplicitTls)
        .login([Mechanism::Custom(name())]);
    let mut host = Driver::new(config);
    _ = host.run();
    let tls = TlsInfo::verified().with_exporter([b'e'; 32]);
    host.connection.tls_established(tls).unwrap();
    for reply in ["220 mx\r\n", "250-mx\r\n250 AUTH X-TOY PLAIN\r\n"] {
        _ = host.receive(reply);
    }
    host.written.clear();
    host.connection.authenticate(credentials).unwrap();
    _ = host.run();
    host
}

fn bad(fault: ChallengeFault) -> Result<Output, Error> {
    Err(Error::Peer {
        phase: Phase::Auth,
        fault: PeerFault::BadChallenge(fault),
    })
}

/// Lets the server reply to the cancellation and to QUIT.
fn ended(host: &mut Driver) -> Result<Output, Error> {
    _ = host.receive("501 cancelled\r\n");
    host.receive("221 bye\r\n")
}

#[test]
fn custom_mechanism_gets_identity_binding_and_challenge() {
    let toy = Toy {
        rounds: 1,
        length: 3,
    };
    let mut host = begun(toy.credentials().with_authzid("other").unwrap());
    assert_eq!(
        String::from_utf8_lossy(&host.written),
        "AUTH X-TOY dXNlci9vdGhlcmU=\r\n" // user/othere
    );
    host.written.clear();
    assert_eq!(host.receive("334 aGk=\r\n"), Ok(Output::Read));
    assert_eq!(host.written, b"eHh4\r\n");
    assert_eq!(host.receive("235 in\r\n"), Ok(Output::Idle));
}

#[test]
fn custom_mechanism_refusing_a_challenge_cancels() {
    let toy = Toy {
        rounds: 1,
        length: 3,
    };
    let mut host = begun(toy.credentials());
    host.written.clear();
    _ = host.receive("334 YmFk\r\n");
    assert_eq!(host.written, b"*\r\n");
    assert_eq!(
        ended(&mut host),
        bad(ChallengeFault::Custom("bad challenge"))
    );
}

#[test]
fn endless_challenges_of_a_custom_mechanism_cancel() {
    let toy = Toy {
        rounds: 1000,
        length: 3,
    };
    let mut host = begun(toy.credentials());
    for _ in 0..16 {
        host.written.clear();
        assert_eq!(host.receive("334 \r\n"), Ok(Output::Read));
        assert_eq!(host.written, b"eHh4\r\n");
    }
    host.written.clear();
    _ = host.receive("334 \r\n");
    assert_eq!(host.written, b"*\r\n");
    assert_eq!(ended(&mut host), bad(ChallengeFault::TooMany));
}

#[test]
fn response_over_the_line_limit_cancels() {
    for (length, fits) in [(9216, true), (9217, false)] {
        let mut host = begun(Toy { rounds: 1, length }.credentials());
        host.written.clear();
        _ = host.receive("334 \r\n");
        assert_eq!(host.written != b"*\r\n", fits, "{length}");
        if !fits {
            assert_eq!(ended(&mut host), bad(ChallengeFault::ResponseTooLong));
        }
    }
}

#[test]
fn success_before_a_custom_exchange_is_complete_fails() {
    let toy = Toy {
        rounds: 1,
        length: 3,
    };
    let mut host = begun(toy.credentials());
    let early = host.receive("235 in\r\n");
    let is_unexpected = |error: &Error| {
        matches!(
            error,
            Error::Peer {
                phase: Phase::Auth,
                fault: PeerFault::UnexpectedReply(_)
            }
        )
    };
    assert!(early.as_ref().is_err_and(is_unexpected), "{early:?}");
}

#[test]
fn unusable_custom_mechanism_sends_no_auth() {
    let toy = Toy {
        rounds: 1,
        length: 3,
    };
    let mut host = begun(toy.credentials().with_authzid("refused").unwrap());
    assert_eq!(host.written, b"QUIT\r\n");
    let ended = host.receive("221 bye\r\n");
    let Err(Error::Policy(PolicyViolation::NoCommonMechanism(offer))) = ended else {
        panic!("{ended:?}");
    };
    let reason = MechanismUnusable::Custom("no proxy");
    assert_eq!(offer.unfit, [(Mechanism::Custom(name()), reason)]);
}

#[test]
fn custom_mechanism_sends_nothing_without_tls() {
    let config = config()
        .security(Security::None)
        .login([Mechanism::Custom(name())]);
    let mut host = Driver::new(config);
    for reply in ["220 mx\r\n", "250-mx\r\n250 AUTH X-TOY\r\n"] {
        _ = host.receive(reply);
    }
    assert!(host.written.ends_with(b"QUIT\r\n"));
    assert_eq!(
        host.receive("221 bye\r\n"),
        Err(Error::Policy(PolicyViolation::NotConfidential))
    );
}

#[test]
fn custom_mechanism_and_exchange_have_no_content_in_debug() {
    struct Keyed([Secret; 1]);
    impl SaslMechanism for Keyed {
        fn name(&self) -> MechanismName {
            name()
        }
        fn begin(&self, _: &LoginContext<'_>) -> Result<Box<dyn Exchange>, MechanismUnusable> {
            Err(MechanismUnusable::NoNonce)
        }
        fn secrets(&self) -> &[Secret] {
            &self.0
        }
    }
    let key = smtp_canary::canary();
    let keyed = Arc::new(Keyed([Secret::from(key.clone())]));
    let credentials = Credentials::custom("", keyed).unwrap();
    let shown = format!("{credentials:?}");
    assert!(shown.contains("SaslMechanism(X-TOY)") && !shown.contains(&key));
    let redacted = crate::Redactor::new(&credentials).redact(&key).to_string();
    assert_eq!(redacted, "[redacted]");
    let toy = Toy {
        rounds: 1,
        length: 3,
    };
    let host = begun(toy.credentials());
    assert!(format!("{:?}", host.connection).contains("exchange: Exchange"));
}
