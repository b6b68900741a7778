//! The hook after each attempt to send a message, on both hosts.

use mailwright::{
    Client, ClientBuilder, DeliveryAttempt, Envelope, Outcome, PoolLimits, Security, blocking,
    tokio::Message,
};
use mailwright_proto::auth::Credentials;
use smtp_tests::driver::Driver;
use smtp_tests::tables::{HANG_UP, Table, Tables};

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nnot for a log\r\n";

fn envelope() -> Envelope {
    let recipient = "b@example.test".parse().expect("a path");
    Envelope::new("a@example.test".parse().expect("a path"), [recipient]).expect("an envelope")
}

fn builder(server: &Tables) -> ClientBuilder {
    Client::builder("127.0.0.1", server.address().port()).security(Security::None)
}

/// What a hook saw of an attempt.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: &'static str,
    recipients: usize,
    is_connected: bool,
    dialogue: Vec<String>,
}

fn seen(attempt: &DeliveryAttempt<'_>) -> Seen {
    assert_eq!(attempt.host, "127.0.0.1");
    let outcome = match attempt.result.as_ref().map(|delivery| &delivery.outcome) {
        Ok(Outcome::Accepted(_)) => "accepted",
        Ok(Outcome::Refused { .. }) => "refused",
        Ok(Outcome::Unknown(_)) => "unknown",
        Ok(_) | Err(_) => "not sent",
    };
    Seen {
        outcome,
        recipients: attempt.envelope.recipients().len(),
        is_connected: attempt.connection.address.is_some(),
        dialogue: attempt
            .dialogue
            .iter()
            .map(|line| line.text.clone())
            .collect(),
    }
}

/// Sends messages one after the other, by a client or by a pool, and returns what the hook saw.
fn attempts(driver: Driver, builder: ClientBuilder, in_pool: bool, messages: usize) -> Vec<Seen> {
    let mut log = Vec::new();
    let envelope = envelope();
    let limits = PoolLimits::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    match (driver, in_pool) {
        (Driver::Blocking, false) => {
            let mut client = builder.build();
            for _ in 0..messages {
                let hook = |attempt: &DeliveryAttempt<'_>| log.push(seen(attempt));
                let message = blocking::Message::from(MESSAGE).after_attempt(hook);
                let _ = client.send(&envelope, message);
            }
            let _ = client.quit();
        }
        (Driver::Blocking, true) => {
            let pool = builder.build_pool(limits);
            for _ in 0..messages {
                let hook = |attempt: &DeliveryAttempt<'_>| log.push(seen(attempt));
                let message = blocking::Message::from(MESSAGE).after_attempt(hook);
                let _ = pool.send(&envelope, message);
            }
            pool.close();
        }
        (Driver::Tokio, false) => runtime.block_on(async {
            let mut client = builder.build_tokio();
            for _ in 0..messages {
                let hook = |attempt: &DeliveryAttempt<'_>| log.push(seen(attempt));
                let message = Message::from(MESSAGE).after_attempt(hook);
                let _ = client.send(&envelope, message).await;
            }
            let _ = client.quit().await;
        }),
        (Driver::Tokio, true) => runtime.block_on(async {
            let pool = builder.build_tokio_pool(limits);
            for _ in 0..messages {
                let hook = |attempt: &DeliveryAttempt<'_>| log.push(seen(attempt));
                let message = Message::from(MESSAGE).after_attempt(hook);
                let _ = pool.send(&envelope, message).await;
            }
            pool.close().await;
        }),
    }
    log
}

#[test]
fn hook_is_called_after_each_attempt_with_its_outcome() {
    let cases: [(Table, &str); 4] = [
        (&[], "accepted"),
        (&[("RCPT", "550 5.1.1 nobody")], "refused"),
        (&[(".", HANG_UP)], "unknown"),
        (&[("EHLO", "421 4.3.2 later")], "not sent"),
    ];
    for driver in Driver::ALL {
        for in_pool in [false, true] {
            for (table, outcome) in cases {
                let server = Tables::start([table]);
                let seen = attempts(driver, builder(&server), in_pool, 1);
                let expected = Seen {
                    outcome,
                    recipients: 1,
                    is_connected: true,
                    dialogue: Vec::new(),
                };
                assert_eq!(seen, [expected], "{driver:?}, in a pool: {in_pool}");
                server.log();
            }
        }
    }
}

#[test]
fn each_attempt_of_a_pool_is_reported() {
    for driver in Driver::ALL {
        // The connection is lost before the second message begins on it.
        let server = Tables::start([&[("MAIL FROM:<a@example.test>", HANG_UP)] as Table, &[]]);
        let seen = attempts(driver, builder(&server), true, 1);
        let outcomes: Vec<_> = seen.iter().map(|seen| seen.outcome).collect();
        assert_eq!(outcomes, ["not sent", "accepted"], "{driver:?}");
        server.log();
    }
}

#[test]
fn kept_dialogue_is_each_messages_own_and_has_no_secret() {
    const LOGIN: Table = &[
        ("EHLO", "250-localhost\r\n250 AUTH PLAIN"),
        ("AUTH", "235 2.7.0 welcome"),
    ];
    for driver in Driver::ALL {
        let server = Tables::start([LOGIN]);
        let login =
            Credentials::password("user", "for nobody".to_owned().into()).expect("credentials");
        let builder = builder(&server)
            .dangerous_plaintext_auth()
            .credentials(login)
            .keep_dialogue();
        let seen = attempts(driver, builder, false, 2);
        let [first, second] = seen.as_slice() else {
            panic!("{driver:?}: {seen:?}")
        };
        assert!(first.dialogue[0].starts_with("220"), "{driver:?}");
        assert!(
            first
                .dialogue
                .iter()
                .any(|line| line.contains("[redacted]"))
        );
        assert!(
            second.dialogue[0].starts_with("MAIL FROM:<a@example.test>"),
            "{driver:?}: {second:?}"
        );
        for line in first.dialogue.iter().chain(&second.dialogue) {
            assert!(
                !line.contains("for nobody") && !line.contains("AHVzZXI"),
                "{line}"
            );
            assert!(!line.contains("not for a log"), "{line}");
        }
        server.log();
    }
}
