//! Whole sessions: logins, recipients, messages, chunks.

use std::hint::black_box;

use mailwright_proto::testing::Driver;
use mailwright_proto::{
    Config, Output, Secret, Security, Transfer,
    address::EhloName,
    auth::{Credentials, Mechanism},
    command::Command,
    envelope::Envelope,
};

use super::Work;
use super::messages::{envelope, paths};
use super::texts::{LIMITS, words};

const ALL: &str = "250-PIPELINING\r\n250-CHUNKING\r\n";

fn config() -> Config {
    Config::new(EhloName::try_from("client.example.test").expect("a name"))
        .security(Security::None)
        .limits(LIMITS)
}

fn greeted(config: Config) -> Driver {
    let mut driver = Driver::new(config);
    assert_eq!(driver.receive(b"220 mx\r\n"), Ok(Output::Read));
    driver
}

fn open(config: Config, capabilities: &str) -> Driver {
    let mut driver = greeted(config);
    assert_eq!(
        driver.receive(format!("250-mx\r\n{capabilities}250 HELP\r\n")),
        Ok(Output::Idle)
    );
    driver
}

fn login(mechanism: Mechanism) -> Driver {
    greeted(config().login([mechanism]).dangerous().expose_credentials())
}

fn credentials() -> Credentials {
    let credentials =
        Credentials::password("user", Secret::from(String::from("secret"))).expect("credentials");
    credentials
        .with_token(Secret::from(String::from("token")))
        .expect("a token")
        .with_nonce([0; 18])
}

pub(crate) fn login_without_mechanism(n: usize) -> Work {
    let (mut driver, answer) = (
        login(Mechanism::Plain),
        format!("250-mx\r\n250 AUTH {}\r\n", words(n, " ")),
    );
    Box::new(move || {
        assert_eq!(driver.receive(&answer), Ok(Output::Read));
        let error = driver
            .receive("221 bye\r\n")
            .expect_err("no mechanism in common");
        black_box((error.to_string(), format!("{error:?}")));
    })
}

pub(crate) fn login_with_mechanism(n: usize) -> Work {
    let (mut driver, answer) = (
        login(Mechanism::Plain),
        format!("250-mx\r\n250 AUTH {} PLAIN\r\n", words(n, " ")),
    );
    Box::new(move || {
        assert_eq!(driver.receive(&answer), Ok(Output::Authenticate));
        driver
            .connection
            .authenticate(credentials())
            .expect("a login");
        assert_eq!(driver.run(), Ok(Output::Read));
        assert_eq!(driver.receive("235 ok\r\n"), Ok(Output::Idle));
    })
}

/// Returns the work on a challenge, in a session that awaits the first one.
fn challenged(mechanism: Mechanism, challenge: String) -> Work {
    let mut driver = login(mechanism);
    assert_eq!(
        driver.receive(format!("250-mx\r\n250 AUTH {mechanism}\r\n")),
        Ok(Output::Authenticate)
    );
    driver
        .connection
        .authenticate(credentials())
        .expect("a login");
    assert_eq!(driver.run(), Ok(Output::Read));
    let challenge = format!("334 {challenge}\r\n");
    Box::new(move || _ = black_box(driver.receive(&challenge).is_ok()))
}

pub(crate) fn challenge_plain(n: usize) -> Work {
    challenged(Mechanism::Plain, "YWJj".repeat(n))
}

/// Sends the challenge `{"a":[[[…` in base64.
pub(crate) fn challenge_oauth(n: usize) -> Work {
    challenged(Mechanism::XOAuth2, format!("eyJhIjpb{}", "W1tb".repeat(n)))
}

/// Sends the challenge `r=abcabc…`, with a nonce that is not the client's.
pub(crate) fn challenge_scram(n: usize) -> Work {
    challenged(
        Mechanism::ScramSha256,
        format!("cj1h{}LHM9YSxp", "YmNh".repeat(n)),
    )
}

pub(crate) fn recipients_accepted(n: usize) -> Work {
    one_by_one(open(config(), ALL), n, 1)
}

pub(crate) fn recipients_refused(n: usize) -> Work {
    let (mut driver, envelope) = (open(config(), ALL), envelope(n));
    Box::new(move || {
        driver.connection.send(&envelope).expect("a message");
        assert_eq!(driver.run(), Ok(Output::Read));
        driver.receive("250 ok\r\n").expect("a session");
        for _ in 0..n {
            assert_eq!(driver.receive("550 no\r\n"), Ok(Output::Read));
        }
        black_box(driver.receive("554 no\r\n").is_ok());
    })
}

fn one_by_one(mut driver: Driver, n: usize, finals: usize) -> Work {
    let envelope = envelope(n);
    Box::new(move || {
        black_box(driver.connection.within_limits(&envelope).len());
        driver.connection.send(&envelope).expect("a message");
        assert_eq!(driver.run(), Ok(Output::Read));
        for _ in 0..=n {
            driver.receive("250 ok\r\n").expect("a session");
        }
        assert!(matches!(
            driver.receive("354 go on\r\n"),
            Ok(Output::Body(_))
        ));
        driver.body(b"Hello.\r\n", true).expect("a body");
        for _ in 1..finals {
            assert_eq!(driver.receive("250 ok\r\n"), Ok(Output::Read));
        }
        assert_eq!(driver.receive("250 ok\r\n"), Ok(Output::Idle));
    })
}

pub(crate) fn recipients_one_by_one(n: usize) -> Work {
    one_by_one(open(config(), ""), n, 1)
}

pub(crate) fn recipients_domains(n: usize) -> Work {
    one_by_one(
        open(
            config(),
            "250-LIMITS RCPTDOMAINMAX=100000000\r\n250-PIPELINING\r\n",
        ),
        n,
        1,
    )
}

pub(crate) fn recipients_lmtp(n: usize) -> Work {
    one_by_one(open(config().lmtp(), ALL), n, n)
}

/// Sends messages one after the other, each to another domain.
pub(crate) fn messages_domains(n: usize) -> Work {
    let mut driver = open(
        config(),
        "250-LIMITS RCPTDOMAINMAX=100000000\r\n250-PIPELINING\r\n",
    );
    let sender = || "sender@example.test".parse().expect("a path");
    let envelopes: Vec<_> = paths(n)
        .into_iter()
        .map(|path| Envelope::new(sender(), [path]).expect("a recipient"))
        .collect();
    Box::new(move || {
        for envelope in &envelopes {
            driver.connection.send(envelope).expect("a message");
            assert_eq!(driver.run(), Ok(Output::Read));
            assert_eq!(
                driver.receive("250 ok\r\n550 no\r\n554 no\r\n"),
                Ok(Output::Read)
            );
            assert_eq!(driver.receive("250 reset\r\n"), Ok(Output::Idle));
        }
    })
}

/// Puts messages in flight, fewer than their commands have room for, and then calls `end` for the
/// server's part.
fn window(n: usize, end: impl Fn(&mut Driver, usize) + 'static) -> Work {
    let n = n / 20;
    let transfer = Transfer::Window {
        messages: n,
        octets: usize::MAX,
    };
    let (mut driver, envelope) = (open(config().transfer(transfer), ALL), envelope(1));
    Box::new(move || {
        let mut out = Vec::new();
        for _ in 0..n {
            driver.connection.send(&envelope).expect("a message");
            driver.connection.drain_commands(&mut out);
            out.extend(
                driver
                    .connection
                    .body(b"Hello.\r\n", true)
                    .expect("a body")
                    .to_vec(),
            );
        }
        driver.connection.transmitted(out.len());
        assert_eq!(driver.run(), Ok(Output::Read));
        end(&mut driver, n);
        black_box(driver.run().is_ok());
    })
}

pub(crate) fn messages_accepted(n: usize) -> Work {
    window(n, |driver, n| {
        let replies = "250 ok\r\n".repeat(3);
        driver.connection.receive(
            format!(
                "{replies}{}",
                "250 reset\r\n250 ok\r\n250 ok\r\n250 ok\r\n".repeat(n - 1)
            )
            .as_bytes(),
        );
    })
}

pub(crate) fn messages_refused(n: usize) -> Work {
    window(n, |driver, n| {
        let refusal = "250 ok\r\n550 no\r\n554 no\r\n";
        driver.connection.receive(
            format!(
                "{refusal}{}",
                format!("250 reset\r\n{refusal}").repeat(n - 1)
            )
            .as_bytes(),
        );
    })
}

pub(crate) fn messages_cut_off(n: usize) -> Work {
    window(n, |driver, _| driver.connection.receive_eof())
}

pub(crate) fn chunks_answered(n: usize) -> Work {
    let (mut driver, envelope) = (open(config().transfer(Transfer::Chunks), ALL), envelope(1));
    Box::new(move || {
        driver.connection.send(&envelope).expect("a message");
        assert_eq!(driver.run(), Ok(Output::Read));
        assert!(matches!(
            driver.receive("250 ok\r\n250 ok\r\n"),
            Ok(Output::Body(_))
        ));
        for _ in 0..n {
            driver.body(b"Hello.\r\n", false).expect("a body");
            assert!(matches!(driver.receive("250 ok\r\n"), Ok(Output::Body(_))));
        }
        driver.body(b"", true).expect("a body");
        assert_eq!(driver.receive("250 ok\r\n"), Ok(Output::Idle));
    })
}

pub(crate) fn chunks_of_an_octet(n: usize) -> Work {
    let (mut driver, envelope) = (open(config(), ALL), envelope(1));
    Box::new(move || {
        driver.connection.send(&envelope).expect("a message");
        assert_eq!(driver.run(), Ok(Output::Read));
        assert!(matches!(
            driver.receive("250 ok\r\n250 ok\r\n354 go on\r\n"),
            Ok(Output::Body(_))
        ));
        for _ in 0..n {
            driver.body(b".", false).expect("a body");
            assert!(matches!(driver.run(), Ok(Output::Body(_))));
        }
        driver.body(b"", true).expect("a body");
        assert_eq!(driver.receive("250 ok\r\n"), Ok(Output::Idle));
    })
}

pub(crate) fn commands_answered(n: usize) -> Work {
    let mut driver = open(config(), ALL);
    Box::new(move || {
        (0..n).for_each(|_| driver.connection.command(Command::Noop).expect("a command"));
        assert_eq!(driver.run(), Ok(Output::Read));
        for _ in 1..n {
            assert_eq!(driver.receive("250 ok\r\n"), Ok(Output::Read));
        }
        assert_eq!(driver.receive("250 ok\r\n"), Ok(Output::Idle));
    })
}
