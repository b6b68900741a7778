use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::Secret;

/// One of an RFC's examples, or one that is too short to be told from other text.
fn secret(text: &str) -> Secret {
    if text.len() >= smtp_canary::LEAST {
        smtp_canary::register(text);
    }
    Secret::from(text.to_string())
}

fn canary() -> Secret {
    Secret::from(smtp_canary::canary())
}

fn start(mechanism: Mechanism, credentials: &Credentials) -> Box<dyn Exchange> {
    begin(mechanism, credentials, Binding::None).unwrap()
}

/// What is said with AUTH itself, as text.
fn first(exchange: &mut Box<dyn Exchange>) -> Option<String> {
    exchange
        .initial_response()
        .map(|response| String::from_utf8(response.expose().to_vec()).unwrap())
}

fn answer(exchange: &mut Box<dyn Exchange>, challenge: &[u8]) -> Result<Vec<u8>, ChallengeFault> {
    exchange
        .respond(challenge)
        .map(|response| response.expose().to_vec())
}

#[test]
fn one_message_is_said_at_once_and_only_once() {
    let password = || Credentials::password("tim", secret("tanstaaftanstaaf")).unwrap();
    let cases = [
        // RFC 4616 section 4, its two examples.
        (Mechanism::Plain, password(), "\0tim\0tanstaaftanstaaf"),
        (
            Mechanism::Plain,
            Credentials::password("Kurt", secret("xipj3plmq"))
                .unwrap()
                .with_authzid("Ursel")
                .unwrap(),
            "Ursel\0Kurt\0xipj3plmq",
        ),
        // RFC 4422 appendix A.
        (
            Mechanism::External,
            Credentials::certificate("").unwrap(),
            "",
        ),
        (
            Mechanism::External,
            Credentials::certificate("fred@example.com").unwrap(),
            "fred@example.com",
        ),
        (
            Mechanism::External,
            password()
                .with_certificate()
                .with_authzid("office")
                .unwrap(),
            "office",
        ),
        // RFC 4505 section 3.
        (
            Mechanism::Anonymous,
            Credentials::anonymous("sirhc").unwrap(),
            "sirhc",
        ),
        (
            Mechanism::Anonymous,
            Credentials::anonymous("").unwrap(),
            "",
        ),
    ];
    for (mechanism, credentials, message) in cases {
        let mut exchange = start(mechanism, &credentials);
        assert!(!exchange.is_complete());
        assert_eq!(
            first(&mut exchange).as_deref(),
            Some(message),
            "{mechanism}"
        );
        assert!(exchange.is_complete());
        assert_eq!(
            answer(&mut exchange, b""),
            Err(ChallengeFault::Unanswerable)
        );
    }
}

/// Enough for SCRAM, which answers two challenges and acknowledges a third.
const MOST_CHALLENGES: usize = 3;

#[test]
fn every_mechanism_has_a_last_challenge() {
    let credentials = Credentials::password("user", canary())
        .unwrap()
        .with_token(canary())
        .unwrap();
    let credentials = credentials.with_certificate().with_nonce([7; 18]);
    let anonymous = Credentials::anonymous("").unwrap();
    for &mechanism in Mechanism::ALL {
        for challenge in ["", "anything", "e=invalid-proof", r#"{"status":"401"}"#] {
            let credentials = if mechanism == Mechanism::Anonymous {
                &anonymous
            } else {
                &credentials
            };
            let Ok(mut exchange) = begin(mechanism, credentials, Binding::Exporter(&[7; 32]))
            else {
                continue;
            };
            exchange.initial_response();
            let answered = (0..=MOST_CHALLENGES)
                .take_while(|_| exchange.respond(challenge.as_bytes()).is_ok())
                .count();
            assert!(
                answered <= MOST_CHALLENGES,
                "{mechanism} answers {challenge:?} for ever"
            );
        }
    }
}

#[test]
fn login_answers_two_prompts_whatever_they_say_and_no_third() {
    let password = smtp_canary::canary();
    let mut login = start(
        Mechanism::Login,
        &Credentials::password("user", secret(&password)).unwrap(),
    );
    assert_eq!(first(&mut login), None);
    assert_eq!(
        answer(&mut login, b"Password:").as_deref(),
        Ok(b"user".as_slice())
    );
    assert!(!login.is_complete());
    assert_eq!(
        answer(&mut login, b"\xff\0").as_deref(),
        Ok(password.as_bytes())
    );
    assert!(login.is_complete());
    assert_eq!(
        answer(&mut login, b"Username:"),
        Err(ChallengeFault::Unanswerable)
    );
}

#[test]
fn a_token_is_said_at_once_in_the_form_of_its_mechanism() {
    let token = |user, token| Credentials::token(user, secret(token)).unwrap();
    let google = token(
        "someuser@example.com",
        "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
    );
    let rfc = token(
        "user@example.com",
        "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
    );
    let cases = [
        (
            Mechanism::XOAuth2,
            google,
            "user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01",
        ),
        // RFC 7628 section 4.1.
        (
            Mechanism::OAuthBearer,
            rfc.with_server("server.example.com", 143).unwrap(),
            "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01\
             auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01",
        ),
        (
            Mechanism::OAuthBearer,
            token("a,b=c", "t"),
            "n,a=a=2Cb=3Dc,\x01auth=Bearer t\x01\x01",
        ),
        (
            Mechanism::OAuthBearer,
            token("assistant", "t").with_authzid("office").unwrap(),
            "n,a=office,\x01auth=Bearer t\x01\x01",
        ),
    ];
    for (mechanism, credentials, message) in cases {
        let mut exchange = start(mechanism, &credentials);
        assert_eq!(first(&mut exchange).as_deref(), Some(message));
        assert!(exchange.is_complete());
    }
}

#[test]
fn a_refused_token_is_told_with_the_servers_json_and_answered_as_its_mechanism_wants() {
    // RFC 7628 section 4.3.
    let json = br#"{"status":"invalid_token","scope":"example_scope","openid-configuration":"https://example.com/.well-known/openid-configuration"}"#;
    for (mechanism, acknowledgement) in [
        (Mechanism::XOAuth2, b"".as_slice()),
        (Mechanism::OAuthBearer, b"\x01"),
    ] {
        let mut exchange = start(
            mechanism,
            &Credentials::token("u@example.test", canary()).unwrap(),
        );
        assert!(exchange.failure().is_none());
        first(&mut exchange);
        assert_eq!(answer(&mut exchange, json).as_deref(), Ok(acknowledgement));
        assert!(
            !exchange.is_complete(),
            "a login that was refused cannot be good"
        );
        assert_eq!(
            answer(&mut exchange, json),
            Err(ChallengeFault::Unanswerable)
        );
        let Some(AuthFailureDetail::OAuth(error)) = exchange.failure() else {
            panic!("no refusal")
        };
        assert_eq!(error.status.as_deref(), Some("invalid_token"));
        assert_eq!(error.scope.as_deref(), Some("example_scope"));
        assert_eq!(error.schemes, None);
        let address = "https://example.com/.well-known/openid-configuration";
        assert_eq!(error.openid_configuration.as_deref(), Some(address));
        assert_eq!(error.raw, json);
    }
}

#[cfg(feature = "cram-md5")]
#[test]
fn cram_md5_answers_the_example_of_its_rfc() {
    // RFC 2195 section 2.
    let credentials = Credentials::password("tim", secret("tanstaaftanstaaf")).unwrap();
    smtp_canary::register("b913a602c7eda7a495b4e6e7334d3890");
    let mut cram = start(Mechanism::CramMd5, &credentials);
    assert_eq!(first(&mut cram), None);
    assert!(!cram.is_complete());
    let response = answer(&mut cram, b"<1896.697170952@postoffice.reston.mci.net>");
    assert_eq!(
        response.as_deref(),
        Ok(b"tim b913a602c7eda7a495b4e6e7334d3890".as_slice())
    );
    assert!(cram.is_complete());
    assert_eq!(
        answer(&mut cram, b"<1@a>"),
        Err(ChallengeFault::Unanswerable)
    );
    let mut cram = start(Mechanism::CramMd5, &credentials);
    assert_eq!(answer(&mut cram, b""), Err(ChallengeFault::Malformed));
}

#[test]
fn credentials_that_cannot_be_sent_are_refused_by_offset_and_never_shown() {
    let fault = |result: Result<Credentials, InvalidCredentials>| result.unwrap_err().to_string();
    let place = "has a byte at offset 1 that cannot be sent";
    assert_eq!(
        fault(Credentials::password("u", secret("a\0b"))),
        format!("the password {place}")
    );
    assert_eq!(
        fault(Credentials::password("u\0", secret("a"))),
        format!("the user {place}")
    );
    assert_eq!(
        fault(Credentials::password("u", secret(""))),
        "the password is empty"
    );
    assert_eq!(
        fault(Credentials::password("", canary())),
        "the user is empty"
    );
    assert_eq!(
        fault(Credentials::token("u", secret("a b"))),
        format!("the token {place}")
    );
    assert_eq!(
        fault(Credentials::token("u\x01", secret("a"))),
        format!("the user {place}")
    );
    assert_eq!(
        fault(Credentials::certificate("u\0")),
        format!("the user {place}")
    );
    assert_eq!(
        fault(Credentials::anonymous("a\nb")),
        format!("the trace {place}")
    );
    assert_eq!(
        fault(Credentials::anonymous(&"x".repeat(256))),
        "the trace has more than 255 octets"
    );
    let valid = || Credentials::password("u\x01", canary()).unwrap();
    assert_eq!(
        fault(valid().with_token(canary())),
        format!("the user {place}")
    );
    assert_eq!(
        fault(valid().with_authzid("")),
        "the authorization identity is empty"
    );
    assert_eq!(
        fault(valid().with_authzid("a\0")),
        format!("the authorization identity {place}")
    );
    assert_eq!(
        fault(valid().with_server("a b", 25)),
        format!("the server's name {place}")
    );
    let nobody = Credentials::certificate("").unwrap();
    assert_eq!(fault(nobody.with_password(canary())), "the user is empty");
    let long = Credentials::password("u", secret(&"x".repeat(20_000)));
    assert_eq!(
        fault(long),
        "the user with its secret has more than 9152 octets"
    );
    assert_eq!(
        fault(Credentials::certificate(&",".repeat(3_100))),
        "the user has more than 9152 octets"
    );
    assert!(Credentials::token("u", secret(&"x".repeat(9_000))).is_ok());
    let (password, token) = (smtp_canary::canary(), smtp_canary::canary());
    let both = Credentials::password("user", secret(&password))
        .unwrap()
        .with_token(secret(&token))
        .unwrap();
    let debug = format!("{both:?} {:?}", both.clone_without_nonce());
    assert!(debug.contains("user"));
    assert!(
        [password, token]
            .iter()
            .all(|secret| !smtp_canary::leaks(&debug, secret))
    );
}

#[test]
fn credentials_once_more_are_the_same_but_for_the_nonce() {
    let (password, token) = (smtp_canary::canary(), smtp_canary::canary());
    let all = Credentials::password("u", secret(&password))
        .unwrap()
        .with_token(secret(&token))
        .unwrap();
    let all = all
        .with_certificate()
        .with_authzid("a")
        .unwrap()
        .with_server("h", 25)
        .unwrap();
    let told = format!("{all:?}");
    let again = all.with_nonce([1; 18]).clone_without_nonce();
    assert_eq!(format!("{again:?}"), told);
    assert!(
        again
            .secrets()
            .map(Secret::expose)
            .eq([password.as_bytes(), token.as_bytes()])
    );
}

fn offer(offered: &[&str], allowed: &[Mechanism]) -> AuthOffer {
    let offered = offered.iter().map(ToString::to_string).collect();
    AuthOffer {
        offered,
        allowed: allowed.to_vec(),
        unfit: Vec::new(),
    }
}

#[test]
fn the_choice_is_the_configurations_order_among_whole_names() {
    let offer = offer(&["login", "PLAIN-CLIENTTOKEN", "XOAUTH2"], Mechanism::ALL);
    assert!(offer.common().eq([Mechanism::XOAuth2, Mechanism::Login]));
}

#[test]
fn what_has_to_be_named_is_not_in_the_default() {
    let named = [Mechanism::External, Mechanism::Anonymous];
    assert_eq!([Mechanism::EXTENDED, &named].concat(), Mechanism::ALL);
}

#[test]
fn features_add_nothing_to_the_default_mechanisms() {
    let default = [
        Mechanism::OAuthBearer,
        Mechanism::XOAuth2,
        Mechanism::Plain,
        Mechanism::Login,
    ];
    let everything = Mechanism::ALL.iter().map(|mechanism| mechanism.name());
    let offer = offer(&everything.collect::<Vec<_>>(), Mechanism::DEFAULT);
    let credentials = Credentials::password("u", canary()).unwrap();
    let credentials = credentials.with_token(canary()).unwrap();
    let credentials = credentials.with_certificate().with_nonce([1; 18]);
    assert_eq!(tried(&offer, credentials), (default.to_vec(), vec![]));
}

/// What is tried, one after the other, and what is passed over.
fn tried(
    offer: &AuthOffer,
    credentials: Credentials,
) -> (Vec<Mechanism>, Vec<(Mechanism, MechanismUnusable)>) {
    let mut choice = Choice::new(offer, credentials, None);
    let mut unfit = Vec::new();
    let mut tried = Vec::new();
    while let Some((mechanism, _)) = choice.next(&mut unfit) {
        tried.push(mechanism);
    }
    (tried, unfit)
}

#[test]
fn tokens_come_before_passwords_and_each_mechanism_once() {
    let names = [
        "LOGIN",
        "PLAIN",
        "XOAUTH2",
        "OAUTHBEARER",
        "PLAIN",
        "EXTERNAL",
    ];
    let both = || {
        Credentials::password("u", canary())
            .unwrap()
            .with_token(canary())
            .unwrap()
    };
    let all = [
        Mechanism::OAuthBearer,
        Mechanism::XOAuth2,
        Mechanism::Plain,
        Mechanism::Login,
    ];
    assert_eq!(
        tried(&offer(&names, Mechanism::DEFAULT), both()),
        (all.to_vec(), vec![])
    );
    let own = [Mechanism::Login, Mechanism::XOAuth2];
    assert_eq!(tried(&offer(&names, &own), both()), (own.to_vec(), vec![]));
    let (tried, unfit) = tried(
        &offer(&names, Mechanism::DEFAULT),
        Credentials::token("u", canary()).unwrap(),
    );
    assert_eq!(tried, [Mechanism::OAuthBearer, Mechanism::XOAuth2]);
    assert_eq!(
        unfit,
        [Mechanism::Plain, Mechanism::Login]
            .map(|mechanism| (mechanism, MechanismUnusable::NoCredentials))
    );
}

#[test]
fn an_authorization_identity_rules_out_what_has_no_place_for_it() {
    let names = [
        "LOGIN",
        "PLAIN",
        "XOAUTH2",
        "OAUTHBEARER",
        "EXTERNAL",
        "ANONYMOUS",
    ];
    let all = Credentials::password("u", canary())
        .unwrap()
        .with_token(canary())
        .unwrap()
        .with_certificate();
    let (tried, unfit) = tried(
        &offer(&names, Mechanism::ALL),
        all.with_authzid("office").unwrap(),
    );
    assert_eq!(
        tried,
        [
            Mechanism::OAuthBearer,
            Mechanism::Plain,
            Mechanism::External
        ]
    );
    let expected = [
        (Mechanism::XOAuth2, MechanismUnusable::NoAuthzid),
        (Mechanism::Login, MechanismUnusable::NoAuthzid),
        (Mechanism::Anonymous, MechanismUnusable::NoCredentials),
    ];
    assert_eq!(unfit, expected);
}

#[cfg(not(any(feature = "scram", feature = "cram-md5")))]
#[test]
fn what_this_build_does_not_speak_is_passed_over_and_told() {
    let credentials = Credentials::password("u", canary())
        .unwrap()
        .with_nonce([1; 18]);
    let (tried, unfit) = tried(
        &offer(&["SCRAM-SHA-256", "CRAM-MD5", "PLAIN"], Mechanism::EXTENDED),
        credentials,
    );
    assert_eq!(tried, [Mechanism::Plain]);
    assert_eq!(
        unfit,
        [Mechanism::ScramSha256, Mechanism::CramMd5]
            .map(|mechanism| (mechanism, MechanismUnusable::NotBuiltIn))
    );
}
