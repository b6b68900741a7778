//! A message in memory is sent and reported like one that is read.

use std::sync::LazyLock;

use mailwright::{Client, Delivery, Envelope, Error, Security};
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

/// Returns what the server hears, and the result of the call.
fn sent(driver: Driver, table: Table, content: &[u8], by: By) -> (Vec<String>, String) {
    let server = Tables::start([table]);
    let builder = Client::builder("127.0.0.1", server.address().port()).security(Security::None);
    let mut client = driver.build(builder).expect("a client");
    let recipient = "b@example.test".parse().expect("a path");
    let envelope =
        Envelope::new("a@example.test".parse().expect("a path"), [recipient]).expect("an envelope");
    let result: Result<Delivery, Error> = match by {
        By::Reader => client.send_read(&envelope, content),
        By::Memory => client.send(&envelope, content),
        By::Together => client.send_all(&[(&envelope, content)]).remove(0).1,
    };
    let _ = client.quit();
    (server.log().remove(0), format!("{result:?}"))
}

#[test]
fn message_in_memory_is_sent_like_one_that_is_read() {
    let tables: [Table; 3] = [&[], &[("RCPT", "550 5.1.1 nobody")], &[("DATA", "\u{4}")]];
    let cases = tables
        .into_iter()
        .flat_map(|table| Driver::ALL.map(|driver| (table, driver)));
    for ((table, driver), content) in
        cases.flat_map(|case| MESSAGES.iter().map(move |content| (case, content)))
    {
        let (heard, result) = sent(driver, table, content, By::Reader);
        for by in [By::Memory, By::Together] {
            let is_same = sent(driver, table, content, by) == (heard.clone(), result.clone());
            assert!(
                is_same,
                "{driver:?}, {by:?}, {table:?}, {} octets",
                content.len()
            );
        }
    }
}
