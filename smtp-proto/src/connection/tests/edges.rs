//! Nothing at all, an end that is one already, and how much may be begun.

use super::*;

#[test]
fn nothing_received_is_nothing_and_an_ended_session_hears_no_more() {
    let mut host = Driver::new(config().security(Security::ImplicitTls));
    host.connection.receive(b"");
    assert_eq!(host.run(), Ok(Output::StartTls));
    let mut host = Driver::open("HELP");
    host.connection.quit().unwrap();
    host.connection.quit().unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    assert_eq!(host.receive("221 bye\r\n"), Ok(Output::Closed));
    assert_eq!(host.written, b"QUIT\r\n");
    assert_eq!(host.receive("250 and more\r\n"), Ok(Output::Closed));
    assert_eq!(host.connection.quit(), Err(Misuse::Closed));
}

#[test]
fn octets_that_leave_restart_the_clock_of_a_message_alone() {
    let mut host = Driver::open("HELP");
    host.connection.send(&envelope(1)).unwrap();
    let waits = host.connection.timer();
    assert_eq!(host.run(), Ok(Output::Read));
    assert_eq!(host.connection.timer(), waits, "a command has left");
    for reply in ["250 ok\r\n", "250 ok\r\n", "354 go on\r\n"] {
        _ = host.receive(reply);
    }
    let waits = host.connection.timer();
    host.hand_in(b"x", false, 0);
    assert_eq!(host.connection.timer(), waits, "nothing has left");
    host.connection.transmitted(1);
    assert_ne!(host.connection.timer(), waits);
}

#[test]
fn a_time_out_of_quit_is_the_end_and_of_what_stands_before_it_an_error() {
    let mut host = Driver::open("PIPELINING");
    host.connection.quit().unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    host.connection.timed_out();
    assert_eq!(host.run(), Ok(Output::Closed));
    let mut host = Driver::open("HELP");
    host.connection.command(Command::Noop).unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    host.connection.quit().unwrap();
    host.connection.timed_out();
    assert_eq!(
        host.run(),
        Err(Error::TimedOut {
            phase: Phase::Command
        })
    );
}

#[test]
fn an_empty_chunk_that_is_not_the_last_says_nothing_and_awaits_nothing() {
    let chunks = config().security(Security::None).transfer(Transfer::Chunks);
    let mut host = Driver::new(chunks);
    _ = host.receive("220 mx\r\n");
    _ = host.receive("250-mx\r\n250 CHUNKING\r\n");
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    _ = host.receive("250 ok\r\n");
    assert!(matches!(host.receive("250 ok\r\n"), Ok(Output::Body(_))));
    host.hand_in(b"", false, 0);
    assert!(matches!(host.run(), Ok(Output::Body(_))));
    host.hand_in(b"x", true, usize::MAX);
    assert_eq!(host.run(), Ok(Output::Read));
}

#[test]
fn a_window_needs_pipelining_and_chunking_and_a_message_that_goes_to_some() {
    // What is offered, how the message travels, and how many more may follow once it is handed over.
    let cases = [
        ("SIZE", false, Means::Data, 0),
        ("PIPELINING", false, Means::Data, 1),
        ("CHUNKING", false, Means::Chunks, 0),
        ("PIPELINING\r\n250-CHUNKING", true, Means::Chunks, 2),
        ("PIPELINING\r\n250-CHUNKING", false, Means::Window, 2),
    ];
    for (offer, all_or_none, expected, room) in cases {
        let window = Transfer::Window {
            messages: 3,
            octets: 4000,
        };
        let mut host = Driver::new(config().security(Security::None).transfer(window));
        _ = host.receive("220 mx\r\n");
        assert_eq!(
            host.receive(format!("250-mx\r\n250-{offer}\r\n250 HELP\r\n")),
            Ok(Output::Idle)
        );
        assert_eq!(host.connection.available_transactions(), 1, "{offer}");
        let envelope = if all_or_none {
            envelope(1).with_all_or_none()
        } else {
            envelope(1)
        };
        host.connection.send(&envelope).unwrap();
        let means = match host.run() {
            Ok(Output::Body(_)) => Means::Window,
            _ => match (host.receive("250 ok\r\n"), host.receive("250 ok\r\n")) {
                (Ok(Output::Read), Ok(Output::Body(_))) => Means::Chunks,
                _ => Means::Data,
            },
        };
        assert_eq!(means, expected, "{offer}");
        if means == Means::Data {
            assert!(matches!(host.receive("354 go on\r\n"), Ok(Output::Body(_))));
        }
        host.hand_in(b"x", true, usize::MAX);
        assert_eq!(host.connection.available_transactions(), room, "{offer}");
    }
}

#[test]
fn no_octet_of_a_message_overtakes_its_commands() {
    let window = Transfer::Window {
        messages: 3,
        octets: 4000,
    };
    let mut host = Driver::new(config().security(Security::None).transfer(window));
    _ = host.receive("220 mx\r\n");
    assert_eq!(
        host.receive("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n"),
        Ok(Output::Idle)
    );
    host.connection.send(&envelope(1)).unwrap();
    assert!(matches!(
        host.connection.body(b"x", true),
        Err(BodyError::Misuse(Misuse::NotNow))
    ));
    assert!(matches!(host.run(), Ok(Output::Body(_))));
    assert!(host.connection.body(b"x", true).is_ok());
}

#[test]
fn what_is_received_behind_the_end_is_not_kept() {
    let mut host = Driver::open("HELP");
    host.connection.quit().unwrap();
    _ = host.run();
    assert_eq!(host.receive("221 bye\r\n"), Ok(Output::Closed));
    host.connection.receive(b"and more\r\n");
    assert!(host.connection.session.reader.is_empty());
}

#[test]
fn behind_a_refused_chunk_nothing_of_its_message_leaves() {
    let mut host = Driver::new(config().security(Security::None).transfer(Transfer::Chunks));
    _ = host.receive("220 mx\r\n");
    assert_eq!(
        host.receive("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n"),
        Ok(Output::Idle)
    );
    host.connection.send(&envelope(1)).unwrap();
    _ = host.run();
    assert!(matches!(
        host.receive("250 ok\r\n250 ok\r\n"),
        Ok(Output::Body(_))
    ));
    host.hand_in(b"one", false, usize::MAX);
    host.hand_in(b"two", false, usize::MAX);
    assert_eq!(
        host.receive("452 4.3.1 full\r\n"),
        Ok(Output::Read),
        "the reply to the second is on its way"
    );
    assert!(matches!(
        host.connection.body(b"three", true),
        Err(BodyError::Misuse(Misuse::NotNow))
    ));
    assert_eq!(host.connection.available_transactions(), 0);
    assert_eq!(host.receive("503 5.5.1 no\r\n"), Ok(Output::Read));
    assert!(host.written.ends_with(b"RSET\r\n"));
    assert_eq!(host.receive("250 ok\r\n"), Ok(Output::Idle));
}

#[test]
fn a_no_to_a_lone_dot_that_has_not_left_is_no_answer() {
    let mut host = Driver::open("PIPELINING");
    host.connection.send(&envelope(1)).unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    let ended = host.receive("250 ok\r\n550 nobody\r\n354 go on\r\n554 too early\r\n");
    let early = |fault: &PeerFault| matches!(fault, PeerFault::UnsolicitedReply(_));
    assert!(
        matches!(&ended, Err(Error::Peer { fault, .. }) if early(fault)),
        "{ended:?}"
    );
    assert!(
        matches!(
            host.outcomes()[..],
            [Outcome::Refused {
                phase: Phase::Rcpt,
                ..
            }]
        ),
        "{:?}",
        host.outcomes()
    );
}

#[test]
fn a_message_is_out_when_every_chunk_of_it_is() {
    let ended = |left: usize| {
        let mut host = Driver::open("PIPELINING");
        host.connection.send(&envelope(1)).unwrap();
        _ = host.run();
        assert!(matches!(
            host.receive("250 ok\r\n250 ok\r\n354 go on\r\n"),
            Ok(Output::Body(_))
        ));
        host.hand_in(b"one\r\n", false, 2);
        host.hand_in(b"two\r\n", false, 0);
        host.hand_in(b"", true, 0);
        host.connection.transmitted(left);
        host.connection.receive_eof();
        _ = host.run();
        host.outcomes().into_iter().cloned().collect::<Vec<_>>()
    };
    // Three octets of the first chunk, five of the second, and three that end the data.
    assert_eq!(ended(10), [Outcome::NotSent]);
    assert_eq!(ended(11), [Outcome::Unknown]);
}

#[test]
fn a_message_that_a_contradiction_cuts_off_is_unknown_where_it_is_out_alone() {
    let cut_off = |left: usize| {
        let window = Transfer::Window {
            messages: 3,
            octets: 4000,
        };
        let mut host = Driver::new(config().security(Security::None).transfer(window));
        _ = host.receive("220 mx\r\n");
        _ = host.receive("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
        host.connection.send(&envelope(1)).unwrap();
        assert!(matches!(host.run(), Ok(Output::Body(_))));
        host.hand_in(b"one\r\n", true, left);
        _ = host.receive("550 not you\r\n250 but this one\r\n");
        host.outcomes().into_iter().cloned().collect::<Vec<_>>()
    };
    // `BDAT 5 LAST` with its line end, and five octets.
    assert_eq!(cut_off(17), [Outcome::NotSent]);
    assert_eq!(cut_off(18), [Outcome::Unknown]);
}

#[test]
fn reply_begun_before_its_command_left_answers_nothing() {
    // The first octets arrive while nothing is awaited, the rest after MAIL has left.
    let mut host = Driver::open("PIPELINING");
    assert_eq!(host.receive("250 2.0.0 one reply"), Ok(Output::Idle));
    let message = host.connection.send(&envelope(1)).unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    let Err(Error::Peer {
        fault: PeerFault::UnsolicitedReply(_),
        ..
    }) = host.receive(" too many\r\n")
    else {
        panic!("{:?}", host.events);
    };
    let not_sent = Event::Finished {
        message,
        outcome: Outcome::NotSent,
    };
    assert_eq!(host.events, [not_sent]);

    // The first octets arrive before the end of the data has left.
    let mut host = Driver::open("8BITMIME");
    host.connection.send(&envelope(1)).unwrap();
    for reply in ["", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n2"] {
        _ = host.receive(reply);
    }
    host.events.clear();
    host.hand_in(b"Hello.\r\n", true, usize::MAX);
    assert_eq!(host.run(), Ok(Output::Read));
    assert!(matches!(
        host.receive("50 queued\r\n"),
        Err(Error::Peer {
            phase: Phase::EndOfData,
            ..
        })
    ));
    assert_eq!(host.outcomes(), [&Outcome::Unknown]);

    // A refusal of the message may begin at any time, and 421 ends the session whenever it began.
    let mut host = Driver::open("8BITMIME");
    host.connection.send(&envelope(1)).unwrap();
    for reply in ["", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n5"] {
        _ = host.receive(reply);
    }
    host.hand_in(b"Hello.\r\n", true, usize::MAX);
    assert_eq!(host.receive("52 too large\r\n"), Ok(Output::Closed));
    assert!(matches!(
        host.outcomes()[..],
        [Outcome::Refused {
            phase: Phase::Body,
            ..
        }]
    ));
    let mut host = Driver::open("8BITMIME");
    assert_eq!(host.receive("42"), Ok(Output::Idle));
    assert_eq!(host.receive("1 idle for too long\r\n"), Ok(Output::Closed));
}

/// Each step of the opening, and the one 2yz code that completes it: RFC 5321 section 4.3.2, RFC 3207 section 4,
/// RFC 4954 section 6.
#[test]
fn each_opening_step_accepts_one_2yz_code() {
    let steps: [(&[&str], Phase, u16); 7] = [
        (&[], Phase::Greeting, 220),
        (&["220 mx"], Phase::Ehlo, 250),
        (&["220 mx", "502 no EHLO"], Phase::Ehlo, 250),
        (&["220 mx", "250-mx", "250 STARTTLS"], Phase::StartTls, 220),
        (
            &["220 mx", "250-mx", "250 STARTTLS", "220 go", "TLS"],
            Phase::Ehlo,
            250,
        ),
        (&["220 mx", "250-mx", "250 AUTH PLAIN"], Phase::Auth, 235),
        (
            &["220 mx", "250-mx", "250 AUTH LOGIN", "334 ", "334 "],
            Phase::Auth,
            235,
        ),
    ];
    for (replies, phase, accepted) in steps {
        for code in 200..300 {
            let mut host = Driver::new(match phase {
                Phase::Auth => {
                    let plain = config()
                        .security(Security::None)
                        .login([Mechanism::Plain, Mechanism::Login]);
                    plain.dangerous().expose_credentials()
                }
                _ => config().security(if replies.len() > 2 {
                    Security::StartTls
                } else {
                    Security::None
                }),
            });
            for reply in replies {
                match *reply {
                    "TLS" => host
                        .connection
                        .tls_established(TlsInfo::verified())
                        .unwrap(),
                    reply => host.connection.receive(format!("{reply}\r\n").as_bytes()),
                }
                if host.run() == Ok(Output::Authenticate) {
                    host.connection.authenticate(password()).unwrap();
                    _ = host.run();
                }
            }
            let demand = host.receive(format!("{code} mx\r\n"));
            let is_refused = matches!(
                &demand,
                Err(Error::Peer { phase: at, fault: PeerFault::UnexpectedReply(reply) })
                    if *at == phase && reply.code() == code
            );
            assert_eq!(
                is_refused,
                code != accepted,
                "{replies:?}, then {code}: {demand:?}"
            );
        }
    }
}

#[test]
fn non_ascii_argument_needs_smtputf8() {
    let argument = || "jürgen".parse::<crate::command::Argument>().unwrap();
    let unsupported = Err(SendError::Unsupported(Extension::SmtpUtf8));
    let mut without = Driver::open("PIPELINING");
    assert_eq!(
        without.connection.command(Command::Vrfy(argument())),
        unsupported
    );
    assert_eq!(
        without.connection.command(Command::Expn(argument())),
        unsupported
    );
    assert_eq!(
        (without.run(), without.written.len()),
        (Ok(Output::Idle), 0)
    );
    let mut offered = Driver::open("SMTPUTF8");
    assert_eq!(
        offered.connection.command(Command::Vrfy(argument())),
        Ok(())
    );
    assert_eq!(
        offered.connection.command(Command::Help(Some(argument()))),
        unsupported
    );
    assert_eq!(
        (offered.run(), String::from_utf8(offered.written).unwrap()),
        (Ok(Output::Read), "VRFY jürgen SMTPUTF8\r\n".to_string())
    );
}

/// RFC 8689 section 4.2.1.
#[test]
fn requiretls_needs_a_verified_connection() {
    for (tls, refused) in [
        (None, true),
        (Some(TlsInfo::unverified()), true),
        (Some(TlsInfo::verified()), false),
    ] {
        let security = if tls.is_some() {
            Security::ImplicitTls
        } else {
            Security::None
        };
        let mut host = Driver::new(config().security(security));
        _ = host.run();
        tls.into_iter()
            .for_each(|tls| host.connection.tls_established(tls).unwrap());
        _ = host.receive("220 mx\r\n");
        assert_eq!(
            host.receive("250-mx\r\n250 REQUIRETLS\r\n"),
            Ok(Output::Idle)
        );
        host.written.clear();
        let sent = host.connection.send(&envelope(1).with_require_tls());
        _ = host.run();
        assert_eq!(
            sent.err(),
            refused.then_some(SendError::Unverified),
            "{tls:?}"
        );
        assert_eq!(host.written.is_empty(), refused, "{tls:?}");
    }
}

/// RFC 2033 section 4.3: if a chunk is refused while the last one is in flight, the number of replies is unknown.
#[test]
fn lmtp_chunk_waits_for_the_reply_to_the_one_before() {
    let mut host = Driver::new(
        config()
            .security(Security::None)
            .lmtp()
            .transfer(Transfer::Chunks),
    );
    _ = host.receive("220 mx\r\n");
    assert_eq!(
        host.receive("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n"),
        Ok(Output::Idle)
    );
    host.connection.send(&envelope(2)).unwrap();
    assert_eq!(host.run(), Ok(Output::Read));
    let asked = host.receive("250 ok\r\n250 ok\r\n250 ok\r\n");
    assert!(matches!(asked, Ok(Output::Body(_))));
    host.hand_in(b"one", false, usize::MAX);
    assert_eq!(host.run(), Ok(Output::Read));
    assert_eq!(
        host.connection.body(b"two", true).err(),
        Some(Misuse::NotNow.into())
    );
    assert!(matches!(host.receive("250 ok\r\n"), Ok(Output::Body(_))));
    host.hand_in(b"two", true, usize::MAX);
    assert_eq!(
        (host.receive("250 saved\r\n"), host.receive("250 saved\r\n")),
        (Ok(Output::Read), Ok(Output::Idle))
    );
}

/// A reply that drips in restarts no timer, in whichever phase it is awaited.
#[test]
fn dripping_replies_restart_no_timer_in_any_phase() {
    let login = config()
        .security(Security::None)
        .login([Mechanism::Login])
        .dangerous()
        .expose_credentials();
    let mut host = Driver::new(login.transfer(Transfer::Chunks));
    _ = host.run();
    let replies = [
        "220 mx",
        "250-mx\r\n250-CHUNKING\r\n250 AUTH LOGIN",
        "334 ",
        "334 ",
        "235 in",
        "",
        "",
        "",
        "",
        "",
    ];
    let mut phases = Vec::new();
    for reply in replies {
        let reply = if reply.is_empty() {
            "250-first\r\n250 ok"
        } else {
            reply
        };
        let wait = host.connection.timer();
        phases.push(wait.phase());
        for octet in reply.bytes() {
            host.connection.receive(&[octet]);
            _ = host.run();
            assert_eq!(
                host.connection.timer(),
                wait,
                "at {} of {reply:?}",
                wait.phase()
            );
        }
        match host.receive("\r\n") {
            Ok(Output::Authenticate) => host.connection.authenticate(password()).unwrap(),
            Ok(Output::Idle) if host.outcomes().is_empty() => {
                let _ = host.connection.send(&envelope(1)).unwrap();
            }
            Ok(Output::Idle) => host.connection.quit().unwrap(),
            Ok(Output::Body(_)) => {
                let chunks = phases.iter().filter(|phase| **phase == Phase::Body).count();
                host.hand_in(b"chunk", chunks > 0, usize::MAX);
            }
            _ => {}
        }
        _ = host.run();
        assert_ne!(host.connection.timer(), wait, "after {reply:?}");
    }
    use Phase::{Auth, Body, Ehlo, EndOfData, Greeting, Mail, Quit, Rcpt};
    assert_eq!(
        phases,
        [
            Greeting, Ehlo, Auth, Auth, Auth, Mail, Rcpt, Body, EndOfData, Quit
        ]
    );
}
