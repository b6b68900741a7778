//! A server that sends an unsolicited reply on a kept connection, and then refuses the next
//! message.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

use mailwright::{
    Client, ClientBuilder, Delivery, Envelope, Error, Outcome, PoolLimits, Security, Transfer,
    Trust,
};
use rustls::{ServerConnection, StreamOwned};
use smtp_tests::driver::{self, Driver};
use smtp_tests::lab::{Authorities, Shown};
use smtp_tests::tables::{Table, Tables};

const CONTENT: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";
const WINDOW: Transfer = Transfer::Window {
    messages: 4,
    octets: Transfer::WINDOW_OCTETS,
};

/// Accepts the first message, then sends a surplus reply, half a reply, 221, or a line that is not
/// a reply.
const UNASKED: [Table; 4] = [
    &[
        ("EHLO", EHLO),
        (".", "250 one\u{6}250 extra\r\n"),
        ("BDAT", "250 one\u{6}250 extra\r\n"),
    ],
    &[
        ("EHLO", EHLO),
        (".", "250 one\u{6}250 ext"),
        ("BDAT", "250 one\u{6}250 ext"),
    ],
    &[
        ("EHLO", EHLO),
        (".", "250 one\u{6}221 bye\r\n"),
        ("BDAT", "250 one\u{6}221 bye\r\n"),
    ],
    &[
        ("EHLO", EHLO),
        (".", "250 one\u{6}\r\n"),
        ("BDAT", "250 one\u{6}\r\n"),
    ],
];
/// The same without PIPELINING: a message is begun only after the reply to the one before.
const UNASKED_IN_TURN: [Table; 2] = [
    &[
        ("EHLO", "250-mx\r\n250 CHUNKING"),
        (".", "250 one\u{6}250 extra\r\n"),
        ("BDAT", "250 one\u{6}250 extra\r\n"),
    ],
    &[
        ("EHLO", "250-mx\r\n250 CHUNKING"),
        (".", "250 one\u{6}250 ext"),
        ("BDAT", "250 one\u{6}250 ext"),
    ],
];
/// Refuses the second message, which comes over a connection of its own.
const REFUSES: Table = &[("EHLO", EHLO), (".", "550 two"), ("BDAT", "550 two")];
const EHLO: &str = "250-mx.example.test\r\n250-PIPELINING\r\n250 CHUNKING";

fn envelope() -> Envelope {
    Envelope::new(
        "a@example.test".parse().unwrap(),
        ["b@example.test".parse().unwrap()],
    )
    .unwrap()
}

fn builder(port: u16, transfer: Transfer) -> ClientBuilder {
    Client::builder("127.0.0.1", port)
        .security(Security::None)
        .transfer(transfer)
}

/// Has two messages sent to each server by each driver and transfer, and asserts that the second is refused.
fn each(send_both: impl Fn(Driver, ClientBuilder, &Tables) -> Result<Delivery, Error>) {
    for driver in Driver::ALL {
        for transfer in [Transfer::Data, Transfer::Chunks, WINDOW] {
            for table in UNASKED {
                let server = Tables::start([table, REFUSES]);
                let sent = send_both(driver, builder(server.address().port(), transfer), &server);
                let case = format!("{driver:?}, {transfer:?}, {table:?}: {sent:?}");
                let Ok(Delivery {
                    outcome: Outcome::Refused { reply, .. },
                    ..
                }) = sent
                else {
                    panic!("{case}")
                };
                assert_eq!((reply.code().get(), server.log().len()), (550, 2), "{case}");
            }
        }
    }
}

/// Runs the cases with a client, whose calls differ only in how the message is passed.
fn each_by(send: impl Fn(&mut driver::Client) -> Result<Delivery, Error>) {
    each(|driver, builder, server| {
        let mut client = driver.build(builder).unwrap();
        assert!(send(&mut client).unwrap().accepted());
        server.wait_for_unasked();
        let sent = send(&mut client);
        let _ = client.quit();
        sent
    });
}

#[test]
fn unasked_reply_ends_the_session_before_send() {
    each_by(|client| client.send(&envelope(), CONTENT));
}

#[test]
fn unasked_reply_ends_the_session_before_send_all() {
    each_by(|client| {
        let sent = client.send_all(&[(&envelope(), CONTENT)]);
        sent.into_iter().next().unwrap().1
    });
}

#[test]
fn unasked_reply_ends_the_session_in_a_pool() {
    each(|driver, builder, server| {
        let pool = driver.build_pool(builder, PoolLimits::default()).unwrap();
        assert!(pool.send(&envelope(), CONTENT).unwrap().accepted());
        server.wait_for_unasked();
        let sent = pool.send(&envelope(), CONTENT);
        pool.close();
        sent
    });
}

#[test]
fn unasked_reply_ends_the_session_of_a_given_stream() {
    each(|driver, builder, server| {
        let mut client = driver.build(builder).unwrap();
        client
            .connect_over(TcpStream::connect(server.address()).unwrap())
            .unwrap();
        assert!(client.send(&envelope(), CONTENT).unwrap().accepted());
        server.wait_for_unasked();
        let sent = client.send(&envelope(), CONTENT);
        let _ = client.quit();
        sent
    });
}

#[test]
fn unasked_reply_ends_send_all_between_messages() {
    for driver in Driver::ALL {
        for transfer in [Transfer::Data, Transfer::Chunks] {
            for table in UNASKED_IN_TURN {
                let server = Tables::start([table]);
                let mut client = driver
                    .build(builder(server.address().port(), transfer))
                    .unwrap();
                let envelope = envelope();
                let message = (&envelope, CONTENT);
                // The second message is ready only once the reply has been sent.
                let messages = (0..2).map(|place| {
                    if place > 0 {
                        server.wait_for_unasked();
                    }
                    message
                });
                let told = client.send_each(messages);
                drop(client);
                let case = format!("{driver:?}, {transfer:?}, {table:?}: {told:?}");
                let [(0, Ok(first)), (1, Ok(second))] = told.as_slice() else {
                    panic!("{case}")
                };
                assert!(
                    first.accepted() && matches!(second.outcome, Outcome::NotSent(Some(_))),
                    "{case}"
                );
                assert!(
                    !server.log().concat().contains(&"RSET".to_owned()),
                    "{case}"
                );
            }
        }
    }
}

type TlsServer = BufReader<StreamOwned<ServerConnection, TcpStream>>;

fn say(tls: &mut TlsServer, reply: &str) {
    tls.get_mut().write_all(reply.as_bytes()).unwrap();
    tls.get_mut().flush().unwrap();
}

/// Answers a client until it closes the connection.
fn converse(tls: &mut TlsServer, at_message_end: impl Fn(&mut TlsServer)) {
    say(tls, "220 mx\r\n");
    let mut line = String::new();
    while tls.read_line(&mut line).is_ok_and(|n| n > 0) {
        match line.get(..4) {
            Some("EHLO" | "MAIL" | "RCPT") => say(tls, "250 ok\r\n"),
            Some("DATA") => say(tls, "354 go on\r\n"),
            _ if line == ".\r\n" => at_message_end(tls),
            _ => {}
        }
        line.clear();
    }
}

#[test]
fn unasked_reply_over_tls_ends_the_session() {
    // As large as the client's buffer: octets after it in its TLS record stay decrypted and unread.
    let pad = "x".repeat(58);
    let accepted = format!("250-{pad}\r\n").repeat(31) + &format!("250 {pad}\r\n");
    for driver in Driver::ALL {
        for is_one_record in [true, false] {
            let authorities = Authorities::generate();
            let trust = Trust::Roots(vec![authorities.certificate()]);
            let config = authorities.server(Shown::Good);
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let ((ask, asked), (sent, arrived)) = (mpsc::channel(), mpsc::channel());
            let accepted = accepted.clone();
            thread::spawn(move || {
                let accept = || {
                    let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                    let socket = listener.accept().unwrap().0;
                    // A reply in a record of its own leaves at once.
                    socket.set_nodelay(true).unwrap();
                    BufReader::new(StreamOwned::new(tls, socket))
                };
                converse(&mut accept(), |tls| {
                    if is_one_record {
                        say(tls, &format!("{accepted}250 extra\r\n"));
                        asked.recv().unwrap();
                    } else {
                        say(tls, &accepted);
                        asked.recv().unwrap();
                        say(tls, "250 extra\r\n");
                    }
                    sent.send(()).unwrap();
                });
                converse(&mut accept(), |tls| say(tls, "550 two\r\n"));
            });
            let options = Client::builder("127.0.0.1", port)
                .security(Security::ImplicitTls)
                .trust(trust);
            let mut client = driver.build(options).unwrap();
            assert!(client.send(&envelope(), CONTENT).unwrap().accepted());
            ask.send(()).unwrap();
            arrived.recv().unwrap();
            let second = client.send(&envelope(), CONTENT);
            let case = format!("{driver:?}, one record: {is_one_record}: {second:?}");
            let Ok(Delivery {
                outcome: Outcome::Refused { reply, .. },
                ..
            }) = second
            else {
                panic!("{case}")
            };
            assert_eq!(reply.code(), 550, "{case}");
        }
    }
}
