//! Many messages over one connection to a real server: Postfix, which offers PIPELINING and CHUNKING. `cargo xtask test`
//! starts it.

use std::time::Duration;

use mailwright::{
    Client, Credentials, Delivery, Envelope, Outcome, Secret, Stage, Transfer, Trust,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use smtp_tests::driver::Driver;
use smtp_tests::servers::{Door, Login, Message, Servers, USER};

const NOBODY: &str = "nobody@example.test";
const MESSAGES: usize = 12;

/// These are for nobody, or from somebody that the login is not.
const FOR_NOBODY: usize = 3;
const NOT_OURS: usize = 7;

const WINDOW: Transfer = Transfer::Window {
    messages: 5,
    octets: Transfer::WINDOW_OCTETS,
};

#[test]
fn by_each_means_every_good_message_of_many_arrives_once_and_as_it_was() {
    let servers = Servers::running();
    for transfer in [Transfer::Data, Transfer::Chunks, WINDOW] {
        for (driver, door) in [
            (Driver::Blocking, Door::Submission),
            (Driver::Tokio, Door::Smtps),
        ] {
            let place = format!("{transfer:?} by {driver:?} through {door:?}");
            let messages: Vec<Message> = (0..MESSAGES).map(message).collect();
            let told = send(&servers, &messages, transfer, driver, door);
            assert_eq!(told.len(), MESSAGES, "{place}");
            for (i, (message, delivery)) in messages.iter().zip(&told).enumerate() {
                let is_good = i != FOR_NOBODY && i != NOT_OURS;
                assert_eq!(
                    delivery.accepted(),
                    is_good,
                    "{place}: message {i}: {delivery:?}"
                );
                if is_good {
                    assert!(
                        servers.stored(USER, message) == message.as_stored(),
                        "{place}: message {i} is another"
                    );
                }
            }
            let stage = |i: usize| match &told[i].outcome {
                Outcome::Refused { stage, .. } => *stage,
                other => panic!("{place}: message {i}: {other:?}"),
            };
            assert_eq!(stage(FOR_NOBODY), Stage::Rcpt, "{place}");
            assert!(
                matches!(stage(NOT_OURS), Stage::Mail | Stage::Rcpt),
                "{place}"
            );
            println!(
                "{place}: {} of {MESSAGES} accepted and stored, the others refused",
                MESSAGES - 2
            );
        }
    }
}

/// Lines of all kinds, and now and then more than a driver hands over at once.
fn message(i: usize) -> Message {
    match i % 4 {
        0 => Message::new(b".\r\n..\r\nthe end\r\n.\r\n"),
        1 => Message::new(b"bare\nline\rends\r\n"),
        2 => Message::of_size(300_000),
        _ => Message::new(b"no line end"),
    }
}

fn send(
    servers: &Servers,
    messages: &[Message],
    transfer: Transfer,
    driver: Driver,
    door: Door,
) -> Vec<Delivery> {
    let (host, port) = servers.address(door);
    let roots = CertificateDer::pem_file_iter(servers.ca_file()).expect("a CA file");
    let (user, password) = Login::User.credentials(servers).expect("an account");
    let builder = Client::builder(host, port)
        .security(if door == Door::Smtps {
            mailwright::Security::ImplicitTls
        } else {
            mailwright::Security::StartTls
        })
        .trust(Trust::Roots(
            roots.map(|root| root.expect("a certificate")).collect(),
        ))
        .credentials(Credentials::password(user, Secret::from(password)).expect("a password"))
        .timeout(Duration::from_secs(60))
        .transfer(transfer);
    let mut client = driver.build(builder).expect("a runtime");
    let envelopes: Vec<Envelope> = messages
        .iter()
        .enumerate()
        .map(|(i, message)| envelope(i, message))
        .collect();
    let messages = messages.iter().map(Message::bytes);
    let messages: Vec<_> = envelopes.iter().zip(messages).collect();
    let mut told = client.send_all(&messages);
    client.quit().expect("a goodbye");
    told.sort_by_key(|(place, _)| *place);
    told.into_iter()
        .map(|(place, delivery)| {
            delivery.unwrap_or_else(|error| panic!("message {place}: {error:?}"))
        })
        .collect()
}

fn envelope(i: usize, message: &Message) -> Envelope {
    match i {
        FOR_NOBODY => message.envelope(USER, &[NOBODY]),
        NOT_OURS => message.envelope("somebody.else@example.test", &[USER]),
        _ => message.envelope(USER, &[USER]),
    }
}
