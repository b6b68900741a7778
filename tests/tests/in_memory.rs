//! A message out of memory is sent, and told of, as one that is read.

use std::fs;

use serde_json::Value;
use smtp_client::{Client, Envelope, Log, Message, Security};
use smtp_tests::driver::Driver;
use smtp_tests::tables::{Table, Tables};

const MESSAGE: &[u8] = b"Subject: hello\nMessage-ID: <one@example.test>\n\nHello.\n.\nGoodbye.";

/// How a message is handed in.
#[derive(Debug, Clone, Copy)]
enum By {
    Reader,
    Memory,
    Together,
}

/// What the server hears, and the line of the log, without its times and the server's address.
fn sent(driver: Driver, table: Table, by: By) -> (Vec<String>, Value) {
    let server = Tables::start([table]);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sent.log");
    let builder = Client::builder("127.0.0.1", server.address().port()).security(Security::None);
    let mut client = driver.build(builder.log(Log::open(&path).expect("a log"))).expect("a client");
    let recipient = "b@example.test".parse().expect("a path");
    let envelope = Envelope::new("a@example.test".parse().expect("a path"), [recipient]).expect("an envelope");
    let message = Message { envelope: &envelope, content: MESSAGE };
    // What came of it is in the log.
    match by {
        By::Reader => _ = client.send(&envelope, MESSAGE),
        By::Memory => _ = client.send_message(message),
        By::Together => _ = client.send_all(&[message]),
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
    for (table, driver) in tables.into_iter().flat_map(|table| Driver::ALL.map(|driver| (table, driver))) {
        let (heard, line) = sent(driver, table, By::Reader);
        for by in [By::Memory, By::Together] {
            assert_eq!(sent(driver, table, by), (heard.clone(), line.clone()), "{driver:?}, {by:?}, {table:?}");
        }
        assert!(line.to_string().contains("one@example.test"), "{line}");
    }
}
