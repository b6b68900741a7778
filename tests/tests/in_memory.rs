//! A message out of memory is sent, and told of, as one that is read.

use std::fs;

use serde_json::Value;
use smtp_client::{Client, Envelope, Log, Message, Security};
use smtp_tests::driver::Driver;
use smtp_tests::tables::{Table, Tables};

const MESSAGE: &[u8] = b"Subject: hello\nMessage-ID: <one@example.test>\n\nHello.\n.\nGoodbye.";

/// What the server hears, and the line of the log, without its times and the server's address.
fn sent(driver: Driver, table: Table, from_memory: bool) -> (Vec<String>, Value) {
    let server = Tables::start([table]);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sent.log");
    let builder = Client::builder("127.0.0.1", server.address().port()).security(Security::None);
    let mut client = driver.build(builder.log(Log::open(&path).expect("a log"))).expect("a client");
    let recipient = "b@example.test".parse().expect("a path");
    let envelope = Envelope::new("a@example.test".parse().expect("a path"), [recipient]).expect("an envelope");
    let _ = match from_memory {
        true => client.send_message(Message { envelope: &envelope, content: MESSAGE }),
        false => client.send(&envelope, MESSAGE),
    };
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
        let (heard, line) = sent(driver, table, false);
        assert_eq!(sent(driver, table, true), (heard, line.clone()), "{driver:?}, {table:?}");
        assert!(line.to_string().contains("one@example.test"), "{line}");
    }
}
