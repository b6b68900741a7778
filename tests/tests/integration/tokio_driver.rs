//! What only the driver for tokio has: futures that may be dropped, streams that are handed in, hearing while it writes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::future::Future;
use std::time::Duration;

use mailwright::{Client, Envelope, Outcome, Security, Stage, tokio::Client as TokioClient};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

fn client() -> TokioClient {
    Client::builder("mx.example.test", 25)
        .security(Security::None)
        .build_tokio()
}

fn envelope() -> Envelope {
    Envelope::new(
        "a@example.test".parse().unwrap(),
        ["b@example.test".parse().unwrap()],
    )
    .unwrap()
}

/// Greets, offers PIPELINING, and takes the envelope; the message is the caller's to take.
async fn serve_envelope(server: &mut DuplexStream) {
    server.write_all(b"220 mx.example.test\r\n").await.unwrap();
    hear(server, b"\r\n").await;
    server
        .write_all(b"250-mx.example.test\r\n250 PIPELINING\r\n")
        .await
        .unwrap();
    hear(server, b"DATA\r\n").await;
    server
        .write_all(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        .await
        .unwrap();
}

/// Reads until what was said ends like this.
async fn hear(server: &mut DuplexStream, end: &[u8]) {
    let mut said = Vec::new();
    while !said.ends_with(end) {
        said.push(server.read_u8().await.unwrap());
    }
}

#[test]
fn the_futures_of_a_client_can_move_between_threads() {
    fn assert_send<F: Future + Send>(_: F) {}
    let mut client = client();
    assert_send(client.connect());
    assert_send(client.send(&envelope(), MESSAGE));
    assert_send(client.quit());
}

#[tokio::test]
async fn a_session_goes_over_any_stream() {
    let (ours, mut theirs) = duplex(64);
    let server = tokio::spawn(async move {
        serve_envelope(&mut theirs).await;
        hear(&mut theirs, b"\r\n.\r\n").await;
        theirs.write_all(b"250 2.0.0 queued\r\n").await.unwrap();
        hear(&mut theirs, b"QUIT\r\n").await;
        theirs.write_all(b"221 bye\r\n").await.unwrap();
    });
    let mut client = client();
    client.connect_over(ours).await.unwrap();
    assert!(client.send(&envelope(), MESSAGE).await.unwrap().accepted());
    assert!(client.facts().address.is_none());
    client.quit().await.unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn a_dropped_future_ends_the_client_and_the_message_is_told_as_not_sent() {
    let (ours, mut theirs) = duplex(4096);
    let mut client = client();
    let server = tokio::spawn(async move {
        serve_envelope(&mut theirs).await;
        theirs
    });
    client.connect_over(ours).await.unwrap();
    // A message that never comes to its end.
    let (unfinished, _writer) = duplex(64);
    assert!(
        timeout(
            Duration::from_millis(200),
            client.send(&envelope(), mailwright::tokio::Message::reader(unfinished))
        )
        .await
        .is_err()
    );
    let error = client.send(&envelope(), MESSAGE).await.unwrap_err();
    assert!(
        error.to_string().contains("its message was not sent"),
        "{error}"
    );
    assert!(matches!(
        client.interrupted(),
        Some([mailwright_proto::Outcome::NotSent])
    ));
    assert!(client.connect().await.is_err(), "it goes on all the same");
    let mut rest = Vec::new();
    server.await.unwrap().read_to_end(&mut rest).await.unwrap();
    assert!(!rest.ends_with(b".\r\n"), "half a message was ended");
}

#[tokio::test]
async fn a_future_dropped_behind_the_end_of_the_message_leaves_its_outcome_unknown() {
    let (ours, mut theirs) = duplex(4096);
    let mut client = client();
    let server = tokio::spawn(async move {
        serve_envelope(&mut theirs).await;
        hear(&mut theirs, b"\r\n.\r\n").await;
        theirs
    });
    client.connect_over(ours).await.unwrap();
    assert!(
        timeout(Duration::from_secs(2), client.send(&envelope(), MESSAGE))
            .await
            .is_err()
    );
    let _open = server.await.unwrap();
    assert!(matches!(
        client.interrupted(),
        Some([mailwright_proto::Outcome::Unknown])
    ));
    let error = client.send(&envelope(), MESSAGE).await.unwrap_err();
    assert_eq!(error.stage(), Stage::Body);
    assert!(error.to_string().contains("nobody knows"), "{error}");
}

#[tokio::test]
async fn a_future_dropped_while_it_connects_has_sent_nothing() {
    let (ours, _silent) = duplex(64);
    let mut client = client();
    assert!(
        timeout(Duration::from_millis(50), client.connect_over(ours))
            .await
            .is_err()
    );
    assert_eq!(client.interrupted(), Some([].as_slice()));
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_a_message_is_heard_although_nobody_reads_the_message() {
    let (ours, mut theirs) = duplex(1024);
    let server = tokio::spawn(async move {
        serve_envelope(&mut theirs).await;
        theirs.write_all(b"552 5.3.4 too large\r\n").await.unwrap();
        theirs
    });
    let mut client = client();
    client.connect_over(ours).await.unwrap();
    let large = b"0123456789\r\n".repeat(100_000);
    let sent = timeout(
        Duration::from_secs(5),
        client.send(&envelope(), large.as_slice()),
    )
    .await
    .expect("it hangs");
    let delivery = sent.unwrap();
    assert!(
        matches!(&delivery.outcome, Outcome::Refused { stage: Stage::Body, reply } if reply.code() == 552),
        "{delivery:?}"
    );
    let _open = server.await.unwrap();
}
