use alloc::format;
use alloc::string::ToString;
use alloc::vec;

use super::*;

fn secret(text: &str) -> Secret {
    Secret::from(text.to_string())
}

fn text(secret: Option<Secret>) -> Option<Vec<u8>> {
    secret.map(|secret| secret.expose().to_vec())
}

#[test]
fn plain_says_all_at_once_and_only_once() {
    let mut plain = Mechanism::Plain.begin(Credentials::password("tim", secret("tanstaaftanstaaf")).unwrap());
    assert!(!plain.is_complete());
    assert_eq!(text(plain.initial_response()).as_deref(), Some(b"\0tim\0tanstaaftanstaaf".as_slice()));
    assert!(plain.is_complete());
    assert!(plain.respond(b"").is_none());
}

#[test]
fn login_answers_two_prompts_whatever_they_say_and_no_third() {
    let mut login = Mechanism::Login.begin(Credentials::password("user", secret("pass")).unwrap());
    assert!(login.initial_response().is_none());
    assert_eq!(text(login.respond(b"Password:")).as_deref(), Some(b"user".as_slice()));
    assert!(!login.is_complete());
    assert_eq!(text(login.respond(b"\xff\0")).as_deref(), Some(b"pass".as_slice()));
    assert!(login.is_complete());
    assert!(login.respond(b"Username:").is_none());
}

#[test]
fn xoauth2_keeps_the_servers_json_and_answers_it_with_nothing() {
    let mut xoauth2 = Mechanism::XOAuth2.begin(Credentials::token("u@example.test", secret("ya29.x")).unwrap());
    let first = text(xoauth2.initial_response());
    assert_eq!(first.as_deref(), Some(b"user=u@example.test\x01auth=Bearer ya29.x\x01\x01".as_slice()));
    assert!(xoauth2.is_complete());
    assert_eq!(text(xoauth2.respond(b"{\"status\":\"401\"}")).as_deref(), Some(b"".as_slice()));
    assert!(!xoauth2.is_complete());
    assert!(xoauth2.respond(b"again").is_none());
    assert_eq!(xoauth2.failure().as_deref(), Some(b"{\"status\":\"401\"}".as_slice()));
}

#[test]
fn credentials_that_cannot_be_sent_are_refused_by_offset_and_never_shown() {
    let fault = |result: Result<Credentials, InvalidCredentials>| result.unwrap_err().to_string();
    let place = "has a byte at offset 1 that cannot be sent";
    assert_eq!(fault(Credentials::password("u", secret("a\0b"))), format!("the password {place}"));
    assert_eq!(fault(Credentials::password("u\0", secret("a"))), format!("the user {place}"));
    assert_eq!(fault(Credentials::password("u", secret(""))), "the password is empty");
    assert_eq!(fault(Credentials::password("", secret("p"))), "the user is empty");
    assert_eq!(fault(Credentials::token("u", secret("a b"))), format!("the token {place}"));
    assert_eq!(fault(Credentials::token("u\x01", secret("a"))), format!("the user {place}"));
    let long = Credentials::password("u", secret(&"x".repeat(20_000)));
    assert_eq!(fault(long), "the user with its secret has more than 9152 octets");
    assert!(Credentials::token("u", secret(&"x".repeat(9_000))).is_ok());
    let debug = format!("{:?}", Credentials::password("user", secret("hunter2")).unwrap());
    assert!(debug.contains("user") && !debug.contains("hunter2"), "{debug}");
}

#[test]
fn the_choice_is_the_configurations_order_among_whole_names() {
    let offer = Offer {
        offered: vec!["login".into(), "PLAIN-CLIENTTOKEN".into(), "XOAUTH2".into()],
        allowed: Mechanism::ALL.to_vec(),
    };
    assert!(offer.common().eq([Mechanism::XOAuth2, Mechanism::Login]));
}
