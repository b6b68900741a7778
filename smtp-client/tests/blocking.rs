//! What only the blocking driver has: streams that are handed in, and hearing while it writes.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use mailwright::{Client, Envelope, Outcome, Security, Stage};

fn envelope() -> Envelope {
    Envelope::new(
        "a@example.test".parse().unwrap(),
        ["b@example.test".parse().unwrap()],
    )
    .unwrap()
}

/// Greets, offers PIPELINING, and takes the envelope; the message is the caller's to take.
fn serve_envelope(server: &mut UnixStream) {
    server.write_all(b"220 mx.example.test\r\n").unwrap();
    hear(server, b"\r\n");
    server
        .write_all(b"250-mx.example.test\r\n250 PIPELINING\r\n")
        .unwrap();
    hear(server, b"DATA\r\n");
    server
        .write_all(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        .unwrap();
}

/// Reads until what was said ends like this.
fn hear(server: &mut UnixStream, end: &[u8]) {
    let mut said = Vec::new();
    while !said.ends_with(end) {
        let mut byte = [0];
        server.read_exact(&mut byte).unwrap();
        said.push(byte[0]);
    }
}

#[test]
fn a_session_goes_over_any_stream() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let server = thread::spawn(move || {
        serve_envelope(&mut theirs);
        hear(&mut theirs, b"\r\n.\r\n");
        theirs.write_all(b"250 2.0.0 queued\r\n").unwrap();
        hear(&mut theirs, b"QUIT\r\n");
        theirs.write_all(b"221 bye\r\n").unwrap();
    });
    let mut client = Client::builder("mx.example.test", 25)
        .security(Security::None)
        .build();
    client.connect_over(ours).unwrap();
    assert!(
        client
            .send(&envelope(), b"Subject: hello\r\n\r\nHello.\r\n".as_slice())
            .unwrap()
            .accepted()
    );
    client.quit().unwrap();
    server.join().unwrap();
}

#[test]
fn a_refusal_in_the_middle_of_a_message_is_heard_although_nobody_reads_the_message() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let server = thread::spawn(move || {
        serve_envelope(&mut theirs);
        theirs.write_all(b"552 5.3.4 too large\r\n").unwrap();
        theirs
    });
    let mut client = Client::builder("mx.example.test", 25)
        .security(Security::None)
        .build();
    client.connect_over(ours).unwrap();
    let large = b"0123456789\r\n".repeat(1_000_000);
    let began = Instant::now();
    let delivery = client.send(&envelope(), large.as_slice()).unwrap();
    assert!(
        matches!(&delivery.outcome, Outcome::Refused { stage: Stage::Body, reply } if reply.code() == 552),
        "{delivery:?}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "it was found out by a time-out"
    );
    let _open = server.join().unwrap();
}

#[test]
fn a_server_that_neither_reads_nor_speaks_runs_into_the_time_out() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let server = thread::spawn(move || {
        serve_envelope(&mut theirs);
        theirs
    });
    let builder = Client::builder("mx.example.test", 25).security(Security::None);
    let mut client = builder.timeout(Duration::from_millis(500)).build();
    client.connect_over(ours).unwrap();
    let large = b"0123456789\r\n".repeat(1_000_000);
    let delivery = client.send(&envelope(), large.as_slice()).unwrap();
    let Outcome::NotSent(Some(error)) = &delivery.outcome else {
        panic!("{delivery:?}")
    };
    assert_eq!(error.cause(), mailwright::Cause::Timeout);
    let _open = server.join().unwrap();
}
