//! The reports on each recipient: its own reply or none, by both drivers.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use mailwright::{Client, Delivery, Envelope, Outcome, Security, Stage};
use smtp_tests::driver::Driver;
use smtp_tests::tables::{Table, Tables};

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

const TO: [&str; 3] = ["a@x.test", "b@x.test", "c@x.test"];

fn envelope(all_or_none: bool) -> Envelope {
    let envelope = Envelope::new(
        "s@x.test".parse().unwrap(),
        TO.map(|path| path.parse().unwrap()),
    )
    .unwrap();
    if all_or_none {
        envelope.with_all_or_none()
    } else {
        envelope
    }
}

/// How a server answers, and the code of each recipient's own reply.
struct Case {
    table: Table,
    all_or_none: bool,
    lmtp: bool,
    /// Where the message was refused, and by which code; `None` if it was accepted.
    refused: Option<(Stage, u16)>,
    codes: [Option<u16>; 3],
}

const PLAIN: Case = Case {
    table: &[],
    all_or_none: false,
    lmtp: false,
    refused: None,
    codes: [Some(250); 3],
};

const CASES: [Case; 8] = [
    PLAIN,
    Case {
        table: &[
            ("EHLO", "250-mx\r\n250 PIPELINING"),
            ("RCPT TO:<b@", "550 5.1.1 no such user"),
        ],
        all_or_none: true,
        refused: Some((Stage::Rcpt, 550)),
        codes: [Some(250), Some(550), Some(250)],
        ..PLAIN
    },
    Case {
        table: &[("RCPT TO:<b@", "421 4.3.2 shutting down\u{4}")],
        refused: Some((Stage::Rcpt, 421)),
        codes: [Some(250), Some(421), None],
        ..PLAIN
    },
    Case {
        table: &[("MAIL", "550 5.7.1 not you")],
        refused: Some((Stage::Mail, 550)),
        codes: [None; 3],
        ..PLAIN
    },
    Case {
        table: &[("DATA", "554 5.7.1 not that")],
        refused: Some((Stage::Data, 554)),
        ..PLAIN
    },
    Case {
        table: &[(".", "550 5.7.1 spam")],
        refused: Some((Stage::Body, 550)),
        ..PLAIN
    },
    Case {
        table: &[("DATA", "554 5.7.1 not that")],
        lmtp: true,
        refused: Some((Stage::Data, 554)),
        codes: [None; 3],
        ..PLAIN
    },
    Case {
        table: &[
            ("RCPT TO:<b@", "550 5.1.1 no such user"),
            (".", "452 4.2.2 full\r\n552 5.2.2 full"),
        ],
        lmtp: true,
        refused: Some((Stage::Body, 452)),
        codes: [Some(452), Some(550), Some(552)],
        ..PLAIN
    },
];

fn codes(delivery: &Delivery) -> Vec<Option<u16>> {
    let replies = delivery
        .recipients
        .iter()
        .map(|recipient| recipient.reply.as_ref());
    replies
        .map(|reply| reply.map(|reply| reply.code().get()))
        .collect()
}

#[test]
fn recipients_reply_is_its_own_or_none() {
    for driver in Driver::ALL {
        for (number, case) in CASES.iter().enumerate() {
            for in_parts in [false, true] {
                let server = Tables::start([case.table]);
                let builder =
                    Client::builder("127.0.0.1", server.address().port()).security(Security::None);
                let builder = if case.lmtp { builder.lmtp() } else { builder };
                let mut client = driver.build(builder).unwrap();
                let envelope = envelope(case.all_or_none);
                let sent = if in_parts {
                    client.send(&envelope, MESSAGE)
                } else {
                    client.send_read(&envelope, MESSAGE)
                };
                let delivery = sent.unwrap();
                let what = format!("case {number}, {driver:?}, in parts: {in_parts}: {delivery:?}");
                let refused = match &delivery.outcome {
                    Outcome::Refused { stage, reply } => Some((*stage, reply.code().get())),
                    _ => None,
                };
                assert_eq!(refused, case.refused, "{what}");
                assert_eq!(codes(&delivery), case.codes, "{what}");
                assert_eq!(delivery.accepted(), case.refused.is_none(), "{what}");
                assert!(delivery.cut_short.is_none(), "{what}");
                let _ = client.quit();
                server.log();
            }
        }
    }
}

/// A server that takes two recipients for each message and one message over each connection.
const LIMITS: (&str, &str) = ("EHLO", "250-mx\r\n250 LIMITS RCPTMAX=2 MAILMAX=1");

#[test]
fn refused_part_leaves_its_recipients_their_own_replies() {
    let good: Table = &[LIMITS];
    let refusing: Table = &[LIMITS, (".", "552 5.2.3 too large")];
    let cases = [
        (
            [good, &[LIMITS, ("MAIL", "450 4.7.1 later")]],
            [Some(250), Some(250), None],
            [true, true, false],
            450,
        ),
        ([good, refusing], [Some(250); 3], [true, true, false], 552),
        ([refusing, good], [Some(250); 3], [false, false, true], 552),
    ];
    for driver in Driver::ALL {
        for (tables, expected, accepted, code) in cases {
            let server = Tables::start(tables);
            let builder =
                Client::builder("127.0.0.1", server.address().port()).security(Security::None);
            let mut client = driver.build(builder).unwrap();
            let delivery = client.send(&envelope(false), MESSAGE).unwrap();
            let what = format!("{driver:?}: {delivery:?}");
            assert_eq!(codes(&delivery), expected, "{what}");
            assert_eq!(
                delivery
                    .recipients
                    .iter()
                    .map(|one| one.accepted)
                    .collect::<Vec<_>>(),
                accepted,
                "{what}"
            );
            assert!(matches!(delivery.outcome, Outcome::Accepted(_)), "{what}");
            let of_part = delivery
                .cut_short
                .as_ref()
                .and_then(mailwright::Error::reply);
            assert_eq!(
                of_part.map(|reply| reply.code().get()),
                Some(code),
                "{what}"
            );
            client.quit().unwrap();
            server.log();
        }
    }
}
