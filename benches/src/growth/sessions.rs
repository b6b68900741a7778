//! Whole sessions: logins, recipients, messages, chunks.

use std::hint::black_box;

use mailwright_proto::{
    Command, Config, Connection, Credentials, EhloName, Envelope, Error, Mechanism, Output, Secret,
    Security, Transfer,
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

/// The next step of a driver, except the steps that `run` does itself.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Read,
    Authenticate,
    Body,
    Idle,
    Closed,
}

fn run(connection: &mut Connection) -> Result<Next, Error> {
    loop {
        match connection.poll()? {
            Output::Event(event) => _ = black_box(event),
            Output::Write(octets) => {
                let n = octets.len();
                connection.sent(n);
            }
            Output::Read | Output::StartTls => return Ok(Next::Read),
            Output::Authenticate(offer) => {
                black_box(offer.common().count());
                return Ok(Next::Authenticate);
            }
            Output::Body(_) => return Ok(Next::Body),
            Output::Idle => return Ok(Next::Idle),
            Output::Closed => return Ok(Next::Closed),
        }
    }
}

fn say(connection: &mut Connection, text: &str) -> Result<Next, Error> {
    connection.receive(text.as_bytes());
    run(connection)
}

fn greeted(config: Config) -> Connection {
    let mut connection = Connection::new(config.into());
    assert_eq!(say(&mut connection, "220 mx\r\n"), Ok(Next::Read));
    connection
}

fn open(config: Config, capabilities: &str) -> Connection {
    let mut connection = greeted(config);
    assert_eq!(
        say(
            &mut connection,
            &format!("250-mx\r\n{capabilities}250 HELP\r\n")
        ),
        Ok(Next::Idle)
    );
    connection
}

fn login(mechanism: Mechanism) -> Connection {
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

fn hand_in(connection: &mut Connection, chunk: &[u8], last: bool) {
    let n = connection.body(chunk, last).expect("a body").len();
    connection.sent(n);
}

pub(crate) fn login_without_mechanism(n: usize) -> Work {
    let (mut connection, answer) = (
        login(Mechanism::Plain),
        format!("250-mx\r\n250 AUTH {}\r\n", words(n, " ")),
    );
    Box::new(move || {
        assert_eq!(say(&mut connection, &answer), Ok(Next::Read));
        let error = say(&mut connection, "221 bye\r\n").expect_err("no mechanism in common");
        black_box((error.to_string(), format!("{error:?}")));
    })
}

pub(crate) fn login_with_mechanism(n: usize) -> Work {
    let (mut connection, answer) = (
        login(Mechanism::Plain),
        format!("250-mx\r\n250 AUTH {} PLAIN\r\n", words(n, " ")),
    );
    Box::new(move || {
        assert_eq!(say(&mut connection, &answer), Ok(Next::Authenticate));
        connection.authenticate(credentials()).expect("a login");
        assert_eq!(run(&mut connection), Ok(Next::Read));
        assert_eq!(say(&mut connection, "235 ok\r\n"), Ok(Next::Idle));
    })
}

/// Returns the work on a challenge, in a session that awaits the first one.
fn challenged(mechanism: Mechanism, challenge: String) -> Work {
    let mut connection = login(mechanism);
    assert_eq!(
        say(
            &mut connection,
            &format!("250-mx\r\n250 AUTH {mechanism}\r\n")
        ),
        Ok(Next::Authenticate)
    );
    connection.authenticate(credentials()).expect("a login");
    assert_eq!(run(&mut connection), Ok(Next::Read));
    let challenge = format!("334 {challenge}\r\n");
    Box::new(move || _ = black_box(say(&mut connection, &challenge).is_ok()))
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
    let (mut connection, envelope) = (open(config(), ALL), envelope(n));
    Box::new(move || {
        connection.send(&envelope).expect("a message");
        assert_eq!(run(&mut connection), Ok(Next::Read));
        say(&mut connection, "250 ok\r\n").expect("a session");
        for _ in 0..n {
            assert_eq!(say(&mut connection, "550 no\r\n"), Ok(Next::Read));
        }
        black_box(say(&mut connection, "554 no\r\n").is_ok());
    })
}

fn one_by_one(mut connection: Connection, n: usize, finals: usize) -> Work {
    let envelope = envelope(n);
    Box::new(move || {
        black_box(connection.within_limits(&envelope).len());
        connection.send(&envelope).expect("a message");
        assert_eq!(run(&mut connection), Ok(Next::Read));
        for _ in 0..=n {
            say(&mut connection, "250 ok\r\n").expect("a session");
        }
        assert_eq!(say(&mut connection, "354 go on\r\n"), Ok(Next::Body));
        hand_in(&mut connection, b"Hello.\r\n", true);
        for _ in 1..finals {
            assert_eq!(say(&mut connection, "250 ok\r\n"), Ok(Next::Read));
        }
        assert_eq!(say(&mut connection, "250 ok\r\n"), Ok(Next::Idle));
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
    let mut connection = open(
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
            connection.send(envelope).expect("a message");
            assert_eq!(run(&mut connection), Ok(Next::Read));
            assert_eq!(
                say(&mut connection, "250 ok\r\n550 no\r\n554 no\r\n"),
                Ok(Next::Read)
            );
            assert_eq!(say(&mut connection, "250 reset\r\n"), Ok(Next::Idle));
        }
    })
}

/// Puts messages in flight, fewer than their commands have room for, and then calls `end` for the
/// server's part.
fn window(n: usize, end: impl Fn(&mut Connection, usize) + 'static) -> Work {
    let n = n / 20;
    let transfer = Transfer::Window {
        messages: n,
        octets: usize::MAX,
    };
    let (mut connection, envelope) = (open(config().transfer(transfer), ALL), envelope(1));
    Box::new(move || {
        let mut out = Vec::new();
        for _ in 0..n {
            connection.send(&envelope).expect("a message");
            connection.drain_commands(&mut out);
            out.extend(
                connection
                    .body(b"Hello.\r\n", true)
                    .expect("a body")
                    .to_vec(),
            );
        }
        connection.sent(out.len());
        assert_eq!(run(&mut connection), Ok(Next::Read));
        end(&mut connection, n);
        black_box(run(&mut connection).is_ok());
    })
}

pub(crate) fn messages_accepted(n: usize) -> Work {
    window(n, |connection, n| {
        let replies = "250 ok\r\n".repeat(3);
        connection.receive(
            format!(
                "{replies}{}",
                "250 reset\r\n250 ok\r\n250 ok\r\n250 ok\r\n".repeat(n - 1)
            )
            .as_bytes(),
        );
    })
}

pub(crate) fn messages_refused(n: usize) -> Work {
    window(n, |connection, n| {
        let refusal = "250 ok\r\n550 no\r\n554 no\r\n";
        connection.receive(
            format!(
                "{refusal}{}",
                format!("250 reset\r\n{refusal}").repeat(n - 1)
            )
            .as_bytes(),
        );
    })
}

pub(crate) fn messages_cut_off(n: usize) -> Work {
    window(n, |connection, _| connection.receive_eof())
}

pub(crate) fn chunks_answered(n: usize) -> Work {
    let (mut connection, envelope) = (open(config().transfer(Transfer::Chunks), ALL), envelope(1));
    Box::new(move || {
        connection.send(&envelope).expect("a message");
        assert_eq!(run(&mut connection), Ok(Next::Read));
        assert_eq!(say(&mut connection, "250 ok\r\n250 ok\r\n"), Ok(Next::Body));
        for _ in 0..n {
            hand_in(&mut connection, b"Hello.\r\n", false);
            assert_eq!(say(&mut connection, "250 ok\r\n"), Ok(Next::Body));
        }
        hand_in(&mut connection, b"", true);
        assert_eq!(say(&mut connection, "250 ok\r\n"), Ok(Next::Idle));
    })
}

pub(crate) fn chunks_of_an_octet(n: usize) -> Work {
    let (mut connection, envelope) = (open(config(), ALL), envelope(1));
    Box::new(move || {
        connection.send(&envelope).expect("a message");
        assert_eq!(run(&mut connection), Ok(Next::Read));
        assert_eq!(
            say(&mut connection, "250 ok\r\n250 ok\r\n354 go on\r\n"),
            Ok(Next::Body)
        );
        for _ in 0..n {
            hand_in(&mut connection, b".", false);
            assert_eq!(run(&mut connection), Ok(Next::Body));
        }
        hand_in(&mut connection, b"", true);
        assert_eq!(say(&mut connection, "250 ok\r\n"), Ok(Next::Idle));
    })
}

pub(crate) fn commands_answered(n: usize) -> Work {
    let mut connection = open(config(), ALL);
    Box::new(move || {
        (0..n).for_each(|_| connection.command(Command::Noop).expect("a command"));
        assert_eq!(run(&mut connection), Ok(Next::Read));
        for _ in 1..n {
            assert_eq!(say(&mut connection, "250 ok\r\n"), Ok(Next::Read));
        }
        assert_eq!(say(&mut connection, "250 ok\r\n"), Ok(Next::Idle));
    })
}
