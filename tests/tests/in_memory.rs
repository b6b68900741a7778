//! A message out of memory is sent, and told of, as one that is read.

use std::fs;
use std::sync::LazyLock;

use mailwright::{Client, Envelope, Log, Security};
use serde_json::Value;
use smtp_tests::driver::Driver;
use smtp_tests::tables::{Table, Tables};

/// One of few octets, and one of several chunks.
static MESSAGES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let short = b"Subject: hello\nMessage-ID: <one@example.test>\n\nHello.\n.\nGoodbye.".to_vec();
    let long = [&short[..], &b"\r\n.All work and no play.".repeat(20_000)].concat();
    [short, long]
});

/// How a message is handed in.
#[derive(Debug, Clone, Copy)]
enum By {
    Reader,
    Memory,
    Together,
}

/// What the server hears, and the line of the log, without its times and the server's address.
fn sent(driver: Driver, table: Table, content: &[u8], by: By) -> (Vec<String>, Value) {
    let server = Tables::start([table]);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sent.log");
    let builder = Client::builder("127.0.0.1", server.address().port()).security(Security::None);
    let mut client = driver
        .build(builder.log(Log::open(&path).expect("a log")))
        .expect("a client");
    let recipient = "b@example.test".parse().expect("a path");
    let envelope =
        Envelope::new("a@example.test".parse().expect("a path"), [recipient]).expect("an envelope");
    // What came of it is in the log.
    match by {
        By::Reader => _ = client.send_read(&envelope, content),
        By::Memory => _ = client.send(&envelope, content),
        By::Together => _ = client.send_all(&[(&envelope, content)]),
    }
    let _ = client.quit();
    let mut line: Value = serde_json::from_slice(&fs::read(path).expect("a line")).expect("JSON");
    for differs in ["time", "ms", "server"] {
        line.as_object_mut().expect("an object").remove(differs);
    }
    (server.log().remove(0), line)
}

#[test]
fn the_server_hears_the_same_and_so_does_the_log() {
    let tables: [Table; 3] = [&[], &[("RCPT", "550 5.1.1 nobody")], &[("DATA", "\u{4}")]];
    let cases = tables
        .into_iter()
        .flat_map(|table| Driver::ALL.map(|driver| (table, driver)));
    for ((table, driver), content) in
        cases.flat_map(|case| MESSAGES.iter().map(move |content| (case, content)))
    {
        let (heard, line) = sent(driver, table, content, By::Reader);
        for by in [By::Memory, By::Together] {
            let is_same = sent(driver, table, content, by) == (heard.clone(), line.clone());
            assert!(
                is_same,
                "{driver:?}, {by:?}, {table:?}, {} octets",
                content.len()
            );
        }
        assert!(line.to_string().contains("one@example.test"), "{line}");
    }
}
