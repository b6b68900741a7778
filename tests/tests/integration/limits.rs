//! LIMITS, kept by several transactions and connections: RFC 9422. The server is one that counts, and refuses what is too much.

use std::collections::BTreeSet;
use std::mem;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

use mailwright::{BodyKind, Cause, Client, Envelope, Outcome, PoolLimits, Security, Stage};
use smtp_tests::driver::{self, Driver};
use smtp_tests::listening::Listening;
use smtp_tests::tables::{HANG_UP, converse};

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nhello\r\n";

/// What the server declares and keeps to.
#[derive(Clone, Copy)]
struct Limits {
    recipients: usize,
    messages: usize,
    domains: usize,
}

const NONE: Limits = Limits {
    recipients: 1000,
    messages: 1000,
    domains: 1000,
};

/// The recipients of each message that was accepted, by connection.
type Log = Arc<Mutex<Vec<Vec<Vec<String>>>>>;

struct Server {
    log: Log,
    listening: Listening,
}

impl Server {
    /// Closes the connection at the end of the message after the first `closes_after` accepted ones.
    fn start(limits: Limits, closes_after: Option<usize>) -> Self {
        let log = Log::default();
        let kept = Arc::clone(&log);
        let listening = Listening::in_turn(Listening::port(), move |stream| {
            kept.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Vec::new());
            serve(&stream, limits, &kept, closes_after);
        });
        Self { log, listening }
    }

    fn client(&self, driver: Driver) -> driver::Client {
        driver
            .build(
                Client::builder("127.0.0.1", self.listening.address().port())
                    .security(Security::None),
            )
            .expect("a client")
    }

    fn log(&self) -> Vec<Vec<Vec<String>>> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn serve(stream: &TcpStream, limits: Limits, log: &Log, closes_after: Option<usize>) {
    let Limits {
        recipients,
        messages,
        domains,
    } = limits;
    let (mut seen, mut count, mut to) = (BTreeSet::new(), 0, Vec::new());
    let full = |is_full, reply| if is_full { reply } else { "250 ok" };
    let answer = |line: &str| {
        let reply = match line.get(..4).unwrap_or(line) {
            "." => {
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                let accepted: usize = log.iter().map(Vec::len).sum();
                if closes_after == Some(accepted) {
                    return Some(HANG_UP.into());
                }
                log.last_mut()
                    .expect("a connection")
                    .push(mem::take(&mut to));
                "250 queued"
            }
            "EHLO" => {
                let limits = format!("RCPTMAX={recipients} MAILMAX={messages}");
                let text = format!(
                    "250-mx\r\n250-PIPELINING\r\n250 LIMITS {limits} RCPTDOMAINMAX={domains}"
                );
                return Some(text.into());
            }
            "MAIL" => {
                count += 1;
                full(count > messages, "452 too many messages")
            }
            "RCPT" if line.contains("nobody") => "550 5.1.1 nobody",
            "RCPT" => {
                let path = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                seen.insert(path.rsplit('@').next().unwrap_or_default().to_owned());
                to.push(path);
                full(
                    to.len() > recipients || seen.len() > domains,
                    "452 too many",
                )
            }
            "DATA" if to.is_empty() => "554 nobody",
            _ => return None,
        };
        Some(reply.into())
    };
    converse(stream, answer, |_| {});
}

fn envelope(recipients: &[&str]) -> Envelope {
    let to = recipients
        .iter()
        .map(|path| path.parse().expect("a recipient"));
    Envelope::new("a@x.test".parse().expect("a sender"), to)
        .expect("recipients")
        .with_body_kind(BodyKind::SevenBit)
}

#[test]
fn a_message_for_many_is_sent_in_parts_that_the_server_takes() {
    let to = ["a@x.test", "b@x.test", "c@y.test", "d@x.test", "e@z.test"];
    let cases: [(Limits, &[&[&[&str]]]); 4] = [
        (NONE, &[&[&to]]),
        (
            Limits {
                recipients: 2,
                ..NONE
            },
            &[&[&to[..2], &to[2..4], &to[4..]]],
        ),
        (
            Limits {
                recipients: 2,
                messages: 2,
                ..NONE
            },
            &[&[&to[..2], &to[2..4]], &[&to[4..]]],
        ),
        (
            Limits { domains: 1, ..NONE },
            &[
                &[&["a@x.test", "b@x.test", "d@x.test"]],
                &[&["c@y.test"]],
                &[&["e@z.test"]],
            ],
        ),
    ];
    for driver in Driver::ALL {
        for (limits, expected) in cases {
            let server = Server::start(limits, None);
            let mut client = server.client(driver);
            let delivery = client.send(&envelope(&to), MESSAGE).expect("a delivery");
            client.quit().expect("a goodbye");
            assert!(
                matches!(delivery.outcome, Outcome::Accepted(_)) && delivery.cut_short.is_none(),
                "{delivery:?}"
            );
            assert!(
                delivery
                    .recipients
                    .iter()
                    .all(|recipient| recipient.accepted),
                "{delivery:?}"
            );
            let paths: Vec<&str> = delivery
                .recipients
                .iter()
                .map(|recipient| recipient.path.as_str())
                .collect();
            assert_eq!(paths, to, "in the order of the envelope");
            assert_eq!(server.log(), expected, "{driver:?}");
        }
    }
}

#[test]
fn thousands_of_recipients_go_in_as_few_transactions_as_fit() {
    let to: Vec<String> = (0..2500).map(|i| format!("user{i}@x.test")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    for (recipients, expected) in [
        (3000, vec![2500]),
        (1200, vec![1200, 1200, 100]),
        (900, vec![900, 900, 700]),
    ] {
        let server = Server::start(Limits { recipients, ..NONE }, None);
        let mut client = server.client(Driver::Blocking);
        assert!(
            client
                .send(&envelope(&to), MESSAGE)
                .expect("a delivery")
                .accepted()
        );
        let sizes: Vec<usize> = server.log().concat().iter().map(Vec::len).collect();
        assert_eq!(sizes, expected);
    }
}

#[test]
fn a_pool_sends_in_parts_too_as_its_messages_can_be_read_again() {
    let to = ["a@x.test", "b@x.test", "c@y.test"];
    for driver in Driver::ALL {
        let server = Server::start(
            Limits {
                recipients: 2,
                messages: 3,
                ..NONE
            },
            None,
        );
        let builder = Client::builder("127.0.0.1", server.listening.address().port())
            .security(Security::None);
        let pool = driver
            .build_pool(builder, PoolLimits::default().connections(1))
            .expect("a pool");
        for _ in 0..2 {
            let delivery = pool.send(&envelope(&to), MESSAGE).expect("a delivery");
            assert!(
                delivery
                    .recipients
                    .iter()
                    .all(|recipient| recipient.accepted),
                "{delivery:?}"
            );
        }
        pool.close();
        assert_eq!(
            server.log(),
            [vec![&to[..2], &to[2..], &to[..2]], vec![&to[2..]]],
            "{driver:?}"
        );
    }
}

#[test]
fn a_refused_recipient_of_one_part_leaves_the_others_alone() {
    for driver in Driver::ALL {
        let server = Server::start(
            Limits {
                recipients: 1,
                ..NONE
            },
            None,
        );
        let mut client = server.client(driver);
        let delivery = client
            .send(&envelope(&["nobody@x.test", "b@x.test"]), MESSAGE)
            .expect("a delivery");
        let accepted: Vec<bool> = delivery
            .recipients
            .iter()
            .map(|recipient| recipient.accepted)
            .collect();
        assert_eq!(accepted, [false, true], "{delivery:?}");
        assert!(
            delivery.accepted() && delivery.recipients[0].stage == Stage::Rcpt,
            "{delivery:?}"
        );
    }
}

#[test]
fn what_is_not_known_of_one_part_is_not_known_of_the_message() {
    for driver in Driver::ALL {
        let server = Server::start(
            Limits {
                recipients: 1,
                ..NONE
            },
            Some(1),
        );
        let mut client = server.client(driver);
        let to = ["a@x.test", "b@x.test", "c@x.test"];
        let delivery = client.send(&envelope(&to), MESSAGE).expect("a delivery");
        assert!(
            matches!(delivery.outcome, Outcome::Unknown(_)),
            "{delivery:?}"
        );
        let accepted: Vec<bool> = delivery
            .recipients
            .iter()
            .map(|recipient| recipient.accepted)
            .collect();
        assert_eq!(accepted, [true, false, false], "{delivery:?}");
        assert!(delivery.recipients[2].reply.is_none(), "it was not tried");
    }
}

#[test]
fn what_can_be_read_only_once_or_goes_to_all_or_none_is_refused_where_it_is_too_much() {
    for driver in Driver::ALL {
        let server = Server::start(
            Limits {
                recipients: 1,
                ..NONE
            },
            None,
        );
        let mut client = server.client(driver);
        let two = envelope(&["a@x.test", "b@x.test"]);
        let error = client
            .send_read(&two, MESSAGE)
            .expect_err("two are too many");
        assert_eq!(error.cause(), Cause::Unsupported);
        assert_eq!(
            error.detail(),
            "the server takes 1 recipients for one message at most"
        );
        let error = client
            .send(&two.with_all_or_none(), MESSAGE)
            .expect_err("one transaction");
        assert_eq!(error.cause(), Cause::Unsupported, "{error}");
        assert_eq!(server.log(), [Vec::<Vec<String>>::new()]);
    }
}

#[test]
fn the_next_message_gets_a_new_connection_where_the_last_was_the_last_that_the_old_one_takes() {
    for driver in Driver::ALL {
        let server = Server::start(
            Limits {
                messages: 2,
                ..NONE
            },
            None,
        );
        let mut client = server.client(driver);
        for _ in 0..5 {
            assert!(
                client
                    .send(&envelope(&["a@x.test"]), MESSAGE)
                    .expect("a delivery")
                    .accepted()
            );
        }
        client.quit().expect("a goodbye");
        let sizes: Vec<usize> = server.log().iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2, 1], "{driver:?}");
    }
}

#[test]
fn unsendable_message_on_a_new_session_opens_one_connection() {
    for driver in Driver::ALL {
        let limits = Limits { domains: 1, ..NONE };
        let server = Server::start(limits, None);
        let mut client = server.client(driver);
        let two = envelope(&["a@x.test", "b@y.test"]).with_all_or_none();
        let error = client.send(&two, MESSAGE).expect_err("one transaction");
        assert_eq!(error.cause(), Cause::Unsupported, "{error}");
        assert_eq!(server.log(), [Vec::<Vec<String>>::new()], "{driver:?}");
    }
}
