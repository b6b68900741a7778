//! Messages handed in together, and a server that says no to a large one while it is on its way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use mailwright::{BodyKind, Client, Envelope, Outcome, Security, Transfer};
use smtp_tests::driver::Driver;

/// Octets of the large message: far more than is on its way at a time.
const LARGE: usize = 20_000_000;

/// Serves one connection; gives how many octets of messages it was sent.
fn start() -> (u16, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (
        port,
        thread::spawn(move || {
            serve(&listener.accept().expect("a client").0).unwrap_or_else(|octets| octets)
        }),
    )
}

/// Takes the first chunk or the start of the data, and then refuses it for good; what follows RSET is accepted.
fn serve(stream: &TcpStream) -> Result<usize, usize> {
    let (mut lines, mut out) = (BufReader::new(stream), stream);
    let (mut octets, mut has_refused) = (0, false);
    let mut reply = "220 mx".to_owned();
    loop {
        out.write_all(format!("{reply}\r\n").as_bytes())
            .map_err(|_| octets)?;
        let mut line = String::new();
        if lines.read_line(&mut line).map_err(|_| octets)? == 0 {
            return Ok(octets);
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        reply = match words.as_slice() {
            ["EHLO", ..] => "250-mx\r\n250-PIPELINING\r\n250 CHUNKING".into(),
            ["DATA"] => "354 go on".into(),
            ["BDAT", length, ..] => {
                let length: usize = length.parse().expect("a length");
                let mut chunk = vec![0; length];
                lines.read_exact(&mut chunk).map_err(|_| octets)?;
                octets += length;
                match length > 1000 {
                    true if has_refused => "503 5.5.1 not behind what was refused".into(),
                    true => {
                        has_refused = true;
                        "452 4.3.1 disk full".into()
                    }
                    false => "250 2.0.0 queued".into(),
                }
            }
            ["QUIT"] => "221 bye".into(),
            [verb, ..] if ["MAIL", "RCPT", "RSET"].contains(verb) => "250 ok".into(),
            // A line of the data.
            _ => {
                let mut data = vec![0; 1 << 16];
                out.write_all(b"552 5.3.4 too large\r\n")
                    .map_err(|_| octets)?;
                loop {
                    match lines.read(&mut data) {
                        Ok(n @ 1..) => octets += n,
                        _ => return Ok(octets),
                    }
                }
            }
        };
    }
}

/// What was told of each message, in short, and how many octets went out.
fn send(driver: Driver, transfer: Transfer, sizes: &[usize]) -> (Vec<(usize, String)>, usize) {
    let (port, server) = start();
    let options = Client::builder("127.0.0.1", port)
        .security(Security::None)
        .transfer(transfer);
    let mut client = driver.build(options).expect("a client");
    let envelope = Envelope::new(
        "a@x.test".parse().expect("a sender"),
        ["b@x.test".parse().expect("a recipient")],
    );
    let envelope = envelope
        .expect("an envelope")
        .with_body_kind(BodyKind::SevenBit);
    let contents: Vec<Vec<u8>> = sizes
        .iter()
        .map(|&size| b"a line of the message\r\n".repeat(size / 23 + 1))
        .collect();
    let messages: Vec<_> = contents
        .iter()
        .map(|content| (&envelope, content.as_slice()))
        .collect();
    let told = client.send_all(&messages);
    let _ = client.quit();
    let told =
        told.into_iter().map(
            |(place, delivery)| match delivery.expect("a delivery").outcome {
                Outcome::Accepted(_) => (place, "accepted".to_owned()),
                Outcome::Refused { reply, .. } => (place, reply.code().get().to_string()),
                Outcome::NotSent(_) => (place, "not sent".to_owned()),
                other => (place, format!("{other:?}")),
            },
        );
    (told.collect(), server.join().expect("the server"))
}

fn told(outcomes: &[&str]) -> Vec<(usize, String)> {
    outcomes
        .iter()
        .map(|outcome| (*outcome).to_owned())
        .enumerate()
        .collect()
}

#[test]
fn a_chunk_that_is_refused_ends_its_message_alone_and_the_rest_of_it_stays_here() {
    let window = Transfer::Window {
        messages: 4,
        octets: Transfer::WINDOW_OCTETS,
    };
    for (driver, transfer) in Driver::ALL
        .into_iter()
        .flat_map(|driver| [(driver, Transfer::Chunks), (driver, window)])
    {
        let (outcomes, octets) = send(driver, transfer, &[LARGE, 100]);
        assert_eq!(outcomes, told(&["452", "accepted"]), "{driver:?}");
        assert!(octets < LARGE, "{driver:?}: {octets}");
        // Nothing is said behind the last message but the reply to RSET.
        assert_eq!(
            send(driver, transfer, &[LARGE]).0,
            told(&["452"]),
            "{driver:?}"
        );
    }
}

#[test]
fn data_that_is_refused_on_its_way_ends_the_session_and_every_message_is_told_of() {
    for driver in Driver::ALL {
        let (outcomes, octets) = send(driver, Transfer::Data, &[LARGE, 100]);
        assert_eq!(outcomes, told(&["552"]), "{driver:?}");
        assert!(octets < LARGE, "{driver:?}: {octets}");
    }
}
