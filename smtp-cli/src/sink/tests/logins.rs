use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Client, PASSWORD, TOKEN, USER, greeted, guarded_sink, next_message, open_sink};
use crate::sink::{Account, Sink, SinkOptions};

#[test]
fn plain_is_checked_with_and_without_an_initial_response() {
    let right = encode(&format!("\0{USER}\0{}", *PASSWORD));
    let as_itself = encode(&format!("{USER}\0{USER}\0{}", *PASSWORD));
    let wrong = encode(&format!("\0{USER}\0wrong"));
    let as_another = encode(&format!("admin\0{USER}\0{}", *PASSWORD));
    let cases = [
        (right, "235 2.7.0"),
        (as_itself, "235 2.7.0"),
        (wrong, "535 5.7.8"),
        (as_another, "535 5.7.8"),
        (encode(&PASSWORD), "501 5.5.2"),
        (encode("\0\0secret"), "501 5.5.2"),
        ("not base64!".replace(' ', ""), "501 5.5.2"),
    ];
    let sink = guarded_sink();
    for (response, reply) in &cases {
        let mut client = greeted(&sink);
        client.ask(&format!("AUTH PLAIN {response}"), reply);
        let mut client = greeted(&sink);
        client.ask("auth plain", "334 \r\n");
        client.ask(response, reply);
        client.ask("NOOP", "250");
    }
    greeted(&sink).ask("AUTH PLAIN =", "501 5.5.2");
}

#[test]
fn login_is_checked_with_and_without_an_initial_response() {
    let sink = guarded_sink();
    for (password, reply) in [(PASSWORD.as_str(), "235 2.7.0"), ("wrong", "535 5.7.8")] {
        let mut client = greeted(&sink);
        client.ask("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n");
        client.ask(&encode(USER), "334 UGFzc3dvcmQ6\r\n");
        client.ask(&encode(password), reply);
        let mut client = greeted(&sink);
        client.ask(
            &format!("AUTH LOGIN {}", encode(USER)),
            "334 UGFzc3dvcmQ6\r\n",
        );
        client.ask(&encode(password), reply);
    }
}

#[test]
fn xoauth2_tells_the_reason_before_it_fails() {
    let sink = guarded_sink();
    let mut client = greeted(&sink);
    client.ask(
        &format!("AUTH XOAUTH2 {}", bearer(USER, &TOKEN)),
        "235 2.7.0",
    );
    let mut client = greeted(&sink);
    client.ask("AUTH XOAUTH2", "334 \r\n");
    let challenge = client.ask(&bearer(USER, "old"), "334 ");
    let json = STANDARD.decode(challenge[4..].trim_end()).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["status"], "401");
    client.ask("", "535 5.7.8");
    client.ask(&format!("AUTH XOAUTH2 {}", encode("user=bob")), "501 5.5.2");
    client.ask(
        &format!("AUTH XOAUTH2 {}", bearer(USER, &TOKEN)),
        "235 2.7.0",
    );
}

#[test]
fn the_password_is_the_token_unless_another_is_set() {
    let sink = Sink::start(SinkOptions {
        account: Some(Account::new(USER, PASSWORD.as_str())),
        ..SinkOptions::default()
    })
    .unwrap();
    let mut client = greeted(&sink);
    client.ask(
        &format!("AUTH XOAUTH2 {}", bearer(USER, &PASSWORD)),
        "235 2.7.0",
    );
}

#[test]
fn a_star_cancels_and_the_client_may_try_again() {
    let sink = guarded_sink();
    let mut client = greeted(&sink);
    for mechanism in ["PLAIN", "LOGIN", "XOAUTH2"] {
        client.ask(&format!("AUTH {mechanism}"), "334 ");
        client.ask("*", "501 5.7.0");
    }
    client.ask(&format!("AUTH LOGIN {}", encode(USER)), "334 ");
    client.ask("*", "501 5.7.0");
    log_in(&mut client);
    client.ask("AUTH PLAIN", "503 5.5.1");
}

#[test]
fn an_unknown_mechanism_and_a_malformed_auth_are_refused() {
    let sink = guarded_sink();
    let mut client = greeted(&sink);
    client.ask("AUTH CRAM-MD5", "504 5.5.4");
    client.ask("AUTH", "501 5.5.4");
    client.ask("AUTH PLAIN = =", "501 5.5.4");
}

#[test]
fn lines_of_the_exchange_may_be_longer_than_commands() {
    let sink = guarded_sink();
    let mut client = greeted(&sink);
    let long = bearer(USER, &"t".repeat(9_000));
    assert!((12_000..12_200).contains(&long.len()));
    client.ask(&format!("AUTH XOAUTH2 {long}"), "334 ");
    client.ask("", "535 5.7.8");
    client.ask("AUTH XOAUTH2", "334 ");
    client.ask(&"A".repeat(12_288), "500 5.5.6");
    client.ask(&format!("AUTH XOAUTH2 {}", "A".repeat(12_288)), "500 5.5.2");
    client.ask("NOOP", "250 2.0.0");
}

#[test]
fn mail_without_a_login_is_refused_in_a_pipeline_too() {
    let sink = guarded_sink();
    let mut client = greeted(&sink);
    client.send("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n");
    for beginning in ["530 5.7.0", "503 5.5.1", "503 5.5.1"] {
        client.expect(beginning);
    }
    log_in(&mut client);
    client.send("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n.\r\n");
    for beginning in ["250", "250", "354", "250"] {
        client.expect(beginning);
    }
    assert_eq!(next_message(&sink).auth.as_deref(), Some(USER));
}

#[test]
fn without_an_account_any_login_is_taken_and_remembered() {
    let sink = open_sink();
    let mut client = greeted(&sink);
    client.ask(
        &format!("AUTH PLAIN {}", encode("\0anyone\0anything")),
        "235",
    );
    client.send("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n.\r\n");
    for beginning in ["250", "250", "354", "250"] {
        client.expect(beginning);
    }
    assert_eq!(next_message(&sink).auth.as_deref(), Some("anyone"));
}

#[test]
fn no_secret_is_in_debug_output() {
    let shown = format!("{:?}", super::account());
    assert!(shown.contains(USER) && !shown.contains(&*PASSWORD) && !shown.contains(&*TOKEN));
}

fn log_in(client: &mut Client) {
    let response = encode(&format!("\0{USER}\0{}", *PASSWORD));
    client.ask(&format!("AUTH PLAIN {response}"), "235 2.7.0");
}

fn bearer(user: &str, token: &str) -> String {
    encode(&format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"))
}

fn encode(text: &str) -> String {
    STANDARD.encode(text)
}
