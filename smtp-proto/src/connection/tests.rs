//! What a dialogue cannot show: calls out of turn, counts, deadlines, and what is shown of a secret.

mod custom;
mod edges;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::body::{BodyEncoder, LineEnds};
use crate::config::Transfer;
use crate::event::Outcome;
use crate::secret::Secret;
use crate::testing::Driver;

impl Driver {
    /// Returns a session in the clear that is open, and offers these capabilities.
    fn open(capabilities: &str) -> Self {
        let mut host = Self::new(config().security(Security::None));
        _ = host.receive("220 mx.example.test\r\n");
        assert_eq!(
            host.receive(format!("250-mx.example.test\r\n250 {capabilities}\r\n")),
            Ok(Output::Idle)
        );
        host.written.clear();
        host.events.clear();
        host
    }

    /// Passes the next chunk of a message, and reports `out` octets of it as written.
    fn hand_in(&mut self, chunk: &[u8], last: bool, out: usize) {
        let encoded = self.connection.body(chunk, last).unwrap().len();
        self.connection.transmitted(out.min(encoded));
    }

    fn outcomes(&self) -> Vec<&Outcome> {
        let finished = self.events.iter().filter_map(|event| match event {
            Event::Finished { outcome, .. } => Some(outcome),
            _ => None,
        });
        finished.collect()
    }
}

fn config() -> Config {
    Config::new("client.example.test".parse().unwrap())
}

fn envelope(recipients: usize) -> Envelope {
    let recipients = (0..recipients).map(|i| format!("user{i}@example.test").parse().unwrap());
    Envelope::new("sender@example.test".parse().unwrap(), recipients).unwrap()
}

fn password() -> Credentials {
    credentials(smtp_canary::canary())
}

fn credentials(password: String) -> Credentials {
    Credentials::password("user", Secret::from(password)).unwrap()
}

#[test]
fn calls_out_of_turn_are_refused_and_change_nothing() {
    let mut host = Driver::new(config().security(Security::None));
    assert_eq!(
        host.connection.send(&envelope(1)),
        Err(Misuse::NotNow.into())
    );
    assert_eq!(
        host.connection.command(Command::Noop),
        Err(Misuse::NotNow.into())
    );
    assert_eq!(
        host.connection.authenticate(password()),
        Err(Misuse::NotNow)
    );
    assert_eq!(
        host.connection.tls_established(TlsInfo::verified()),
        Err(Misuse::NotNow)
    );
    assert_eq!(
        host.connection.body(b"x", true).err(),
        Some(Misuse::NotNow.into())
    );
    _ = host.receive("220 mx\r\n");
    assert_eq!(host.receive("250 mx\r\n"), Ok(Output::Idle));
    assert_eq!(host.connection.available_transactions(), 1);
    host.connection.send(&envelope(1)).unwrap();
    assert_eq!(host.connection.available_transactions(), 0);
    assert_eq!(
        host.connection.send(&envelope(1)),
        Err(Misuse::NotNow.into())
    );
    assert_eq!(
        host.connection.command(Command::Noop),
        Err(Misuse::NotNow.into())
    );
    assert_eq!(host.run(), Ok(Output::Read));
    host.connection.receive_eof();
    assert!(host.run().is_err());
    assert_eq!(host.connection.quit(), Err(Misuse::Closed));
    assert_eq!(
        host.connection.send(&envelope(1)),
        Err(Misuse::Closed.into())
    );
}

#[test]
fn an_error_is_repeated_and_comes_behind_what_became_of_the_message() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    let error = host.receive("nonsense\r\n");
    assert!(matches!(
        &error,
        Err(Error::Peer {
            phase: Phase::Mail,
            fault: PeerFault::Malformed(_)
        })
    ));
    assert_eq!(host.outcomes(), [&Outcome::NotSent]);
    assert_eq!(host.receive("250 ok\r\n"), error);
    host.connection.timed_out();
    assert_eq!(host.run(), error);
}

#[test]
fn what_became_of_a_broken_message_is_told_to_the_octet() {
    let last = b".dot\r\nend\n";
    let octets = BodyEncoder::new(LineEnds::Normalise)
        .frame(last, true)
        .unwrap()
        .len();
    for (out, expected) in [
        (0, Outcome::NotSent),
        (octets - 1, Outcome::NotSent),
        (octets, Outcome::Unknown),
    ] {
        let mut host = Driver::open("PIPELINING");
        host.connection.send(&envelope(1)).unwrap();
        _ = host.run();
        assert!(matches!(
            host.receive("250 ok\r\n250 ok\r\n354 go\r\n"),
            Ok(Output::Body(_))
        ));
        host.hand_in(b"Subject: x\r\n\r\n", false, usize::MAX);
        host.hand_in(last, true, out);
        host.connection.receive_eof();
        assert!(matches!(host.run(), Err(Error::Closed { .. })));
        assert_eq!(
            host.outcomes(),
            [&expected],
            "{out} of {octets} octets were out"
        );
    }
}

#[test]
fn a_group_of_commands_stays_within_its_limit_and_goes_on_as_it_is_answered() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(2000)).unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    let first = host.written.len();
    assert!(first <= 16 * 1024 && first > 15 * 1024, "{first}");
    let mut answered = 0;
    while host.connection.poll() == Ok(Output::Read) {
        let commands = memchr::memchr_iter(b'\n', &host.written).count();
        let replies = (answered..commands).map(|i| {
            if i == 2001 {
                "354 go\r\n"
            } else {
                "250 ok\r\n"
            }
        });
        let replies: String = replies.collect();
        answered = commands;
        _ = host.receive(&replies);
    }
    assert_eq!(answered, 2002);
    assert_eq!(host.connection.timer().phase(), Phase::Body);
}

#[test]
fn a_server_that_drips_does_not_start_the_timer_anew_and_a_reply_does() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(2)).unwrap();
    _ = host.run();
    let mail = host.connection.timer();
    assert_eq!(mail.phase(), Phase::Mail);
    for byte in ["2", "5", "0", "-", "x", "\r", "\n", "250 o"] {
        _ = host.receive(byte);
        assert_eq!(host.connection.timer(), mail);
    }
    _ = host.receive("k\r\n");
    let first = host.connection.timer();
    assert_eq!(first.phase(), Phase::Rcpt);
    _ = host.receive("250 ok\r\n");
    assert_ne!(host.connection.timer(), first);
    _ = host.receive("250 ok\r\n354 go\r\n");
    let body = host.connection.timer();
    assert_eq!(body.phase(), Phase::Body);
    host.hand_in(b"abc", false, 1);
    assert_ne!(host.connection.timer(), body);
}

#[test]
fn a_time_out_names_its_phase_and_one_at_quit_is_no_failure() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    host.connection.timed_out();
    assert_eq!(host.run(), Err(Error::TimedOut { phase: Phase::Mail }));
    let mut host = Driver::open("PIPELINING");
    host.connection.quit().unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    assert_eq!(host.connection.timer().phase(), Phase::Quit);
    host.connection.timed_out();
    assert_eq!(host.run(), Ok(Output::Closed));
}

#[test]
fn quitting_within_a_message_closes_without_a_word() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    assert!(matches!(
        host.receive("250 ok\r\n250 ok\r\n354 go\r\n"),
        Ok(Output::Body(_))
    ));
    host.hand_in(b"half a mess", false, usize::MAX);
    host.written.clear();
    host.connection.quit().unwrap();
    assert_eq!(host.run(), Ok(Output::Closed));
    assert_eq!(host.outcomes(), [&Outcome::NotSent]);
    assert_eq!(host.written, b"");
}

#[test]
fn a_message_under_way_to_its_end_is_waited_for_before_quit_is_answered() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    _ = host.receive("250 ok\r\n250 ok\r\n354 go\r\n");
    host.hand_in(b"hello", true, usize::MAX);
    host.connection.quit().unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    assert_eq!(
        host.receive("250 queued\r\n221 bye\r\n"),
        Ok(Output::Closed)
    );
    assert!(matches!(host.outcomes()[..], [Outcome::Accepted(_)]));
}

#[test]
fn nothing_that_a_driver_can_print_shows_a_secret() {
    let config = config()
        .security(Security::ImplicitTls)
        .login([Mechanism::Plain, Mechanism::Login]);
    for offered in ["PLAIN", "LOGIN"] {
        let mut host = Driver::new(config.clone());
        assert_eq!(host.run(), Ok(Output::StartTls));
        host.connection
            .tls_established(TlsInfo::verified())
            .unwrap();
        _ = host.receive("220 mx\r\n");
        assert_eq!(
            host.receive(format!("250-mx\r\n250 AUTH {offered}\r\n")),
            Ok(Output::Authenticate)
        );
        let password = smtp_canary::canary();
        host.connection
            .authenticate(credentials(password.clone()))
            .unwrap();
        let mut shown = Vec::new();
        for prompt in ["", "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"] {
            host.connection.receive(prompt.as_bytes());
            shown.push(format!("{:?}", host.connection));
            let output = host.connection.poll().unwrap();
            let bytes = host.connection.transmit();
            shown.push(format!("{output:?} {bytes:?}"));
            shown.push(String::from_utf8(bytes.loggable().to_vec()).unwrap());
            host.connection.transmitted(bytes.len());
            shown.push(format!("{:?}", host.connection));
        }
        for text in shown {
            let numbers = format!("{:?}", password.as_bytes()).replace(['[', ']'], "");
            assert!(
                !text.contains(&numbers) && !smtp_canary::leaks(&text, &password),
                "{offered}"
            );
        }
    }
}

#[test]
fn every_transition_is_said_once_and_every_state_is_reached_and_left() {
    use crate::state::{STARTS, TRANSITIONS};
    for (i, (from, on, _)) in TRANSITIONS.iter().enumerate() {
        assert!(
            !TRANSITIONS[..i]
                .iter()
                .any(|(f, o, _)| (f, o) == (from, on)),
            "{from:?} on {on:?} is said twice"
        );
    }
    for (_, _, to) in TRANSITIONS {
        let ends = matches!(to, State::Closed | State::Failed);
        assert_eq!(
            ends,
            !TRANSITIONS.iter().any(|(from, ..)| from == to),
            "{to:?}"
        );
    }
    for (from, ..) in TRANSITIONS {
        assert!(
            STARTS.contains(from) || TRANSITIONS.iter().any(|(_, _, to)| to == from),
            "{from:?} is never reached"
        );
    }
    let every = vec![Trigger::Fail, Trigger::Close];
    for (from, ..) in TRANSITIONS {
        for trigger in &every {
            assert!(
                TRANSITIONS
                    .iter()
                    .any(|(f, o, _)| (f, o) == (from, trigger)),
                "{from:?} knows no {trigger:?}"
            );
        }
    }
    assert_eq!(State::Closed.after(Trigger::Accepted), State::Failed);
    assert_eq!(
        Error::Closed { phase: Phase::Idle }.to_string(),
        "the server closed the connection at rest"
    );
}

#[test]
fn silence_in_the_middle_of_what_is_no_reply_is_told_as_no_reply() {
    for (said, is_hopeless) in [
        ("login: ", true),
        ("2", false),
        ("250-half", false),
        ("2x", true),
        ("250x", true),
    ] {
        for ends in [
            Connection::timed_out as fn(&mut Connection),
            Connection::receive_eof,
        ] {
            let mut host = Driver::new(config().security(Security::None));
            _ = host.receive(said);
            ends(&mut host.connection);
            let Err(error) = host.run() else {
                panic!("{said}")
            };
            let is_malformed = matches!(
                error,
                Error::Peer {
                    fault: PeerFault::Malformed(_),
                    ..
                }
            );
            assert_eq!(is_malformed, is_hopeless, "{said}: {error}");
        }
    }
}

#[test]
fn commands_behind_a_message_wait_until_its_last_octet_is_out() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    _ = host.receive("250 ok\r\n250 ok\r\n354 go\r\n");
    host.hand_in(b"hello", true, 3);
    host.connection.quit().unwrap();
    host.written.clear();
    assert_eq!(host.run(), Ok(Output::Read));
    assert_eq!(host.written, b"");
    host.connection.transmitted(100);
    _ = host.run();
    assert_eq!(host.written, b"QUIT\r\n");
}

#[test]
fn what_was_gathered_is_counted_behind_the_body_and_demanded_no_more() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    assert!(matches!(
        host.receive("250 ok\r\n250 ok\r\n354 go on\r\n"),
        Ok(Output::Body(_))
    ));
    host.written.clear();
    let body = host.connection.body(b"one\r\n", true).unwrap().len();
    host.connection.send(&envelope(1)).unwrap();
    // Nobody who only polls can let a command overtake a message.
    assert_eq!(host.run(), Ok(Output::Read));
    assert!(host.written.is_empty());
    let mut gathered = Vec::new();
    assert_eq!(
        host.connection.drain_commands(&mut gathered),
        gathered.len()
    );
    assert!(gathered.starts_with(b"MAIL FROM:") && gathered.ends_with(b"DATA\r\n"));
    assert_eq!(host.connection.drain_commands(&mut gathered), 0);
    // All but one octet of the message: a reply to it now is one to nothing.
    host.connection.transmitted(body - 1);
    host.connection.receive_eof();
    assert!(matches!(
        host.run(),
        Err(Error::Closed { phase: Phase::Body })
    ));
    assert_eq!(host.outcomes(), [&Outcome::NotSent, &Outcome::NotSent]);
}

#[test]
fn a_secret_is_not_gathered() {
    let mut host = Driver::new(
        config()
            .security(Security::ImplicitTls)
            .login([Mechanism::Plain]),
    );
    _ = host.run();
    host.connection
        .tls_established(TlsInfo::verified())
        .unwrap();
    _ = host.receive("220 mx\r\n");
    assert_eq!(
        host.receive("250-mx\r\n250 AUTH PLAIN\r\n"),
        Ok(Output::Authenticate)
    );
    host.connection.authenticate(password()).unwrap();
    assert_eq!(host.connection.drain_commands(&mut Vec::new()), 0);
    assert_eq!(host.run(), Ok(Output::Read));
    assert!(memchr::memmem::find(&host.written, b"\r\nAUTH PLAIN ").is_some());
}

#[test]
fn a_window_has_room_until_so_many_messages_or_octets_are_unanswered() {
    let transfer = Transfer::Window {
        messages: 3,
        octets: 400,
    };
    let mut host = Driver::new(config().security(Security::None).transfer(transfer));
    _ = host.receive("220 mx\r\n");
    _ = host.receive("250-mx\r\n250-CHUNKING\r\n250 PIPELINING\r\n");
    for room in [2, 1, 0] {
        host.connection.send(&envelope(1)).unwrap();
        assert_eq!(host.connection.available_transactions(), 0);
        assert!(matches!(host.run(), Ok(Output::Body(_))));
        host.hand_in(b"x", true, usize::MAX);
        assert_eq!(host.connection.available_transactions(), room);
    }
    assert_eq!(
        host.connection.send(&envelope(1)),
        Err(Misuse::NotNow.into())
    );
    _ = host.receive("250 ok\r\n250 ok\r\n250 queued\r\n");
    assert_eq!(host.connection.available_transactions(), 1);
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    host.hand_in(&[b'x'; 400], true, usize::MAX);
    _ = host.receive("250 reset\r\n250 ok\r\n250 ok\r\n250 queued\r\n");
    assert_eq!(
        host.connection.available_transactions(),
        0,
        "two are under way, and one of them is large"
    );
}

/// A session by LMTP that is open, with a message handed in to its end for so many recipients.
fn lmtp_behind_a_message(recipients: usize) -> Driver {
    let mut host = Driver::new(config().security(Security::None).lmtp());
    _ = host.receive("220 mx.example.test\r\n");
    _ = host.receive("250-mx.example.test\r\n250 PIPELINING\r\n");
    let to = vec!["b@example.test".parse().unwrap(); recipients];
    host.connection
        .send(&Envelope::new("a@example.test".parse().unwrap(), to).unwrap())
        .unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    assert!(matches!(
        host.receive(format!(
            "250 ok\r\n{}354 go on\r\n",
            "250 ok\r\n".repeat(recipients)
        )),
        Ok(Output::Body(_))
    ));
    host.hand_in(b"Hello.\r\n", true, usize::MAX);
    host.events.clear();
    host
}

#[test]
fn by_lmtp_there_is_no_room_before_every_recipient_has_its_reply() {
    let mut host = lmtp_behind_a_message(2);
    assert_eq!(
        (host.run(), host.connection.available_transactions()),
        (Ok(Output::Read), 0)
    );
    let wait = host.connection.timer();
    assert_eq!(
        (
            host.receive("250 saved\r\n"),
            host.connection.available_transactions()
        ),
        (Ok(Output::Read), 0)
    );
    assert_ne!(
        host.connection.timer(),
        wait,
        "each reply has a time of its own"
    );
    assert!(host.outcomes().is_empty());
    assert_eq!(
        (
            host.receive("452 full\r\n"),
            host.connection.available_transactions()
        ),
        (Ok(Output::Idle), 1)
    );
    assert!(
        matches!(host.outcomes()[..], [Outcome::Accepted(_)]),
        "{:?}",
        host.events
    );
    let delivered = host
        .events
        .iter()
        .filter(|event| matches!(event, Event::Delivery { .. }))
        .count();
    assert_eq!(delivered, 2);
}

#[test]
fn by_lmtp_a_reply_ahead_of_the_end_of_the_message_is_no_recipients() {
    let mut host = lmtp_behind_a_message(1);
    _ = host.receive("250 saved\r\n");
    host.connection
        .send(
            &Envelope::new(
                "a@example.test".parse().unwrap(),
                ["b@c.test".parse().unwrap()],
            )
            .unwrap(),
        )
        .unwrap();
    _ = host.run();
    _ = host.receive("250 ok\r\n250 ok\r\n354 go on\r\n");
    host.events.clear();
    host.hand_in(b"Hello.\r\n", true, 3);
    assert_eq!(host.receive("421 going down\r\n"), Ok(Output::Closed));
    assert!(
        matches!(
            host.outcomes()[..],
            [Outcome::Refused {
                phase: Phase::Body,
                ..
            }]
        ),
        "{:?}",
        host.events
    );
}
