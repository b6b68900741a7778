//! A SASL mechanism of the embedder's, against a server that speaks it, on both hosts.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::sync::Arc;

use mailwright::mailwright_proto::auth::ChallengeFault;
use mailwright::{
    Client, ClientBuilder, Credentials, Envelope, Exchange, LoginContext, MechanismName,
    MechanismUnusable, PoolLimits, SaslMechanism, Secret, Security, Stage,
};
use smtp_tests::driver::Driver;
use smtp_tests::tables::{Table, Tables};

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

/// Answers a challenge with its octets in reverse order. The server speaks first.
struct Reverse;

impl SaslMechanism for Reverse {
    fn name(&self) -> MechanismName {
        MechanismName::new("X-REVERSE").unwrap()
    }

    fn begin(&self, _: &LoginContext<'_>) -> Result<Box<dyn Exchange>, MechanismUnusable> {
        Ok(Box::new(ReverseExchange { is_done: false }))
    }
}

struct ReverseExchange {
    is_done: bool,
}

impl Exchange for ReverseExchange {
    fn initial_response(&mut self) -> Option<Secret> {
        None
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault> {
        if self.is_done || !challenge.starts_with(b"challenge") {
            return Err(ChallengeFault::Custom("not a challenge of X-REVERSE"));
        }
        self.is_done = true;
        let response: Vec<u8> = challenge.iter().rev().copied().collect();
        Ok(Secret::from(response))
    }

    fn is_complete(&self) -> bool {
        self.is_done
    }
}

/// Sends a challenge that the mechanism answers.
const GOOD: Table = &[
    ("EHLO", "250-mx\r\n250 AUTH PLAIN X-REVERSE"),
    ("AUTH", "334 Y2hhbGxlbmdl"),
    (RESPONSE, "235 2.7.0 welcome"),
    (".", "250 taken\u{4}"),
];

/// `egnellahc`.
const RESPONSE: &str = "ZWduZWxsYWhj";

const REFUSING: Table = &[GOOD[0], GOOD[1], (RESPONSE, "535 5.7.8 no")];

/// The challenge is `something else`.
const WRONG: Table = &[
    GOOD[0],
    ("AUTH", "334 c29tZXRoaW5nIGVsc2U="),
    ("*", "501 cancelled"),
];

/// Sends two messages in turn through a pool, and returns the stages at which they failed.
fn send_two(driver: Driver, server: &Tables) -> Vec<Result<bool, Stage>> {
    let envelope = Envelope::new("a@x.test".parse().unwrap(), ["b@x.test".parse().unwrap()]);
    let pool = driver
        .build_pool(builder(server), PoolLimits::default())
        .unwrap();
    let send = |_| {
        let delivery = pool.send(envelope.as_ref().unwrap(), MESSAGE);
        delivery
            .map(|delivery| delivery.accepted())
            .map_err(|error| error.stage())
    };
    (0..2).map(send).collect()
}

fn builder(server: &Tables) -> ClientBuilder {
    Client::builder("127.0.0.1", server.address().port())
        .security(Security::None)
        .dangerous_plaintext_auth()
        .credentials(Credentials::custom("user", Arc::new(Reverse)).unwrap())
}

/// Returns AUTH and the line after it for each connection.
fn logins(server: Tables) -> Vec<Vec<String>> {
    let login = |lines: Vec<String>| lines.into_iter().skip(1).take(2).collect();
    server.log().into_iter().map(login).collect()
}

#[test]
fn custom_mechanism_logs_each_connection_of_a_pool_in() {
    for driver in Driver::ALL {
        let server = Tables::start([GOOD, GOOD]);
        let sent = send_two(driver, &server);
        assert_eq!(sent, [Ok(true), Ok(true)], "{driver:?}");
        let login = ["AUTH X-REVERSE", RESPONSE];
        assert_eq!(logins(server), [login, login], "{driver:?}");
    }
}

#[test]
fn refused_custom_login_is_not_repeated_by_a_pool() {
    for (table, response) in [(REFUSING, RESPONSE), (WRONG, "*")] {
        for driver in Driver::ALL {
            let server = Tables::start([table]);
            let failed = [Err(Stage::Auth), Err(Stage::Auth)];
            assert_eq!(send_two(driver, &server), failed, "{driver:?}");
            let login = ["AUTH X-REVERSE", response];
            assert_eq!(logins(server), [login], "{driver:?}");
        }
    }
}
