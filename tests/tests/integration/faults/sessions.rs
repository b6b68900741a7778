//! What is sent while everything fails.

use mailwright::{Envelope, Security, Transfer};
use smtp_tests::faults::server::{Manner, REFUSE_ME};

/// A session: its server, and the messages that its client sends.
pub(crate) struct Session {
    pub(crate) name: &'static str,
    pub(crate) manner: Manner,
    pub(crate) messages: Vec<Message>,
    /// By which means.
    pub(crate) transfer: Transfer,
    /// How they are handed in.
    pub(crate) by: By,
}

/// How messages are handed in: one by one by a reader, or out of memory, or all together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Reader,
    Memory,
    Together,
}

pub(crate) struct Message {
    pub(crate) sender: String,
    pub(crate) envelope: Envelope,
    pub(crate) body: Vec<u8>,
}

/// All of them.
pub(crate) fn sessions() -> Vec<Session> {
    let session = |name, security, pipelining, messages: &[(&[&str], Vec<u8>)]| {
        let message = |(i, (recipients, body)): (usize, &(&[&str], Vec<u8>))| {
            let sender = format!("m{i}@example.test");
            let recipients = recipients
                .iter()
                .map(|name| format!("{name}@example.test").parse().expect("a path"));
            let envelope =
                Envelope::new(sender.parse().expect("a path"), recipients).expect("recipients");
            Message {
                sender,
                envelope,
                body: body.clone(),
            }
        };
        let messages = messages.iter().enumerate().map(message).collect();
        let manner = Manner {
            security,
            pipelining,
            chunking: false,
            lmtp: false,
        };
        Session {
            name,
            manner,
            messages,
            transfer: Transfer::Data,
            by: By::Reader,
        }
    };
    let by = |transfer: Transfer, session: Session| Session {
        transfer,
        manner: Manner {
            chunking: true,
            ..session.manner
        },
        ..session
    };
    let together = |session: Session| Session {
        by: By::Together,
        ..session
    };
    let in_memory = |session: Session| Session {
        by: By::Memory,
        ..session
    };
    let lmtp = |session: Session| Session {
        manner: Manner {
            lmtp: true,
            ..session.manner
        },
        ..session
    };
    let three: &[&str] = &["bob", "full", "eve"];
    let window = Transfer::Window {
        messages: 3,
        octets: Transfer::WINDOW_OCTETS,
    };
    let small = || b"Subject: Test\r\n\r\nHello.\r\n.\r\nGoodbye.\r\n".to_vec();
    let refused = || [REFUSE_ME, b"\r\nHello.\r\n"].concat();
    // Two chunks of the driver's, and more writes than that.
    let big = || {
        [
            b"Subject: Big\r\n\r\n".to_vec(),
            b".All work and no play.\r\n".repeat(6000),
        ]
        .concat()
    };
    let one: &[&str] = &["bob"];
    vec![
        session("plain", Security::None, true, &[(one, small())]),
        session(
            "one by one",
            Security::None,
            false,
            &[(one, small()), (&["bob", "nobody"], small())],
        ),
        session(
            "STARTTLS and AUTH",
            Security::StartTls,
            true,
            &[(one, small())],
        ),
        session(
            "implicit TLS and AUTH",
            Security::ImplicitTls,
            true,
            &[(one, small())],
        ),
        session("big", Security::None, true, &[(one, big())]),
        session("big over TLS", Security::ImplicitTls, true, &[(one, big())]),
        session(
            "several",
            Security::None,
            true,
            &[(one, small()), (one, refused()), (one, small())],
        ),
        session(
            "several over TLS",
            Security::StartTls,
            true,
            &[(one, refused()), (one, small())],
        ),
        by(
            Transfer::Chunks,
            session("big by chunks", Security::None, true, &[(one, big())]),
        ),
        together(session(
            "together",
            Security::None,
            true,
            &[(one, small()), (one, refused()), (one, big())],
        )),
        by(
            window,
            together(session(
                "a window",
                Security::None,
                true,
                &[
                    (one, small()),
                    (&["no"], small()),
                    (one, refused()),
                    (&["bob", "no"], big()),
                    (one, small()),
                ],
            )),
        ),
        by(
            window,
            together(session(
                "a window over TLS",
                Security::StartTls,
                true,
                &[(one, small()), (one, big())],
            )),
        ),
        by(
            window,
            together(session(
                "a window over TLS, the big one first",
                Security::ImplicitTls,
                true,
                &[(one, big()), (one, small())],
            )),
        ),
        together(session(
            "together over TLS",
            Security::ImplicitTls,
            true,
            &[(one, big()), (one, small())],
        )),
        by(
            Transfer::Chunks,
            session(
                "big by chunks over TLS",
                Security::ImplicitTls,
                true,
                &[(one, big())],
            ),
        ),
        by(
            Transfer::Chunks,
            together(session(
                "chunks without PIPELINING",
                Security::None,
                false,
                &[(one, big()), (one, refused())],
            )),
        ),
        in_memory(session(
            "in memory",
            Security::None,
            true,
            &[(one, small()), (one, refused()), (one, big())],
        )),
        in_memory(session(
            "in memory over TLS",
            Security::StartTls,
            true,
            &[(one, big()), (one, small())],
        )),
        by(
            Transfer::Chunks,
            in_memory(session(
                "in memory by chunks",
                Security::None,
                false,
                &[(one, big())],
            )),
        ),
        lmtp(session(
            "LMTP",
            Security::None,
            true,
            &[
                (three, small()),
                (&["no", "full"], small()),
                (one, refused()),
            ],
        )),
        lmtp(session(
            "LMTP over TLS, one by one",
            Security::StartTls,
            false,
            &[(three, small()), (one, small())],
        )),
        by(
            Transfer::Chunks,
            lmtp(together(session(
                "LMTP by chunks",
                Security::None,
                true,
                &[(three, big()), (one, small())],
            ))),
        ),
        session(
            "refused recipients",
            Security::None,
            true,
            &[(&["no", "bob", "none"], small()), (&["no"], small())],
        ),
    ]
}

impl Message {
    pub(crate) fn in_memory(&self) -> (&Envelope, &[u8]) {
        (&self.envelope, &self.body)
    }
}
