//! lettre's own messages over this project's pools: what arrives, and what is reported.

use lettre::{AsyncTransport, Message, Transport};
use mailwright::{Client, ClientBuilder, PoolLimits, Security};
use mailwright_lettre::{AsyncPoolTransport, Error, PoolTransport};
use smtp_tests::tables::{HANG_UP, Table, Tables};

fn builder(server: &Tables) -> ClientBuilder {
    Client::builder("127.0.0.1", server.address().port()).security(Security::None)
}

fn message() -> Message {
    Message::builder()
        .from("Sender <a@example.test>".parse().expect("a mailbox"))
        .to("b@example.test".parse().expect("a mailbox"))
        .bcc("c@example.test".parse().expect("a mailbox"))
        .subject("Gr\u{fc}\u{df}e")
        .body("A dot:\r\n.\r\n".to_owned())
        .expect("a message")
}

/// Sends the message with the blocking transport and with the one on tokio, each to a server that
/// answers as `table` does, and returns the results and what the servers heard.
fn sent(
    table: Table,
    message: &Message,
) -> Vec<(Result<mailwright::Delivery, Error>, Vec<String>)> {
    let server = Tables::start([table]);
    let transport = PoolTransport::new(builder(&server).build_pool(PoolLimits::default()));
    let blocking = transport.send(message);
    transport.shutdown();
    let heard = server.log().remove(0);
    let server = Tables::start([table]);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    let on_tokio = runtime.block_on(async {
        let pool = builder(&server).build_tokio_pool(PoolLimits::default());
        let transport = AsyncPoolTransport::new(pool);
        let sent = transport.send(message.clone()).await;
        transport.shutdown().await;
        sent
    });
    vec![(blocking, heard), (on_tokio, server.log().remove(0))]
}

#[test]
fn lettre_message_arrives_with_its_envelope() {
    let message = message();
    for (result, heard) in sent(&[], &message) {
        let delivery = result.expect("an accepted message");
        assert!(delivery.recipients.iter().all(|one| one.accepted));
        assert!(
            heard.contains(&"RCPT TO:<c@example.test>".to_owned()),
            "{heard:?}"
        );
        let text = String::from_utf8(message.formatted()).expect("text");
        for line in text.lines() {
            let stuffed = if line.starts_with('.') {
                format!(".{line}")
            } else {
                line.to_owned()
            };
            assert!(heard.contains(&stuffed), "{line:?} in {heard:?}");
        }
        assert!(
            !heard.iter().any(|line| line.starts_with("Bcc")),
            "{heard:?}"
        );
    }
}

#[test]
fn partly_accepted_message_reports_each_recipient() {
    for (result, _) in sent(&[("RCPT TO:<b", "550 5.1.1 nobody")], &message()) {
        let delivery = result.expect("accepted for one");
        let accepted: Vec<bool> = delivery.recipients.iter().map(|one| one.accepted).collect();
        assert_eq!(accepted, [false, true]);
    }
}

#[test]
fn refused_message_is_an_error_with_its_reply() {
    for (reply, is_transient) in [("450 4.2.0 later", true), ("550 5.7.1 no", false)] {
        let table: Table = if is_transient {
            &[("DATA", "450 4.2.0 later")]
        } else {
            &[("DATA", "550 5.7.1 no")]
        };
        for (result, _) in sent(table, &message()) {
            let error = result.expect_err("a refusal");
            assert_eq!(error.is_transient(), is_transient);
            assert_eq!(error.is_permanent(), !is_transient);
            assert!(!error.is_unknown());
            assert_eq!(error.to_string(), format!("refused by the server: {reply}"));
        }
    }
}

#[test]
fn lost_final_reply_is_unknown() {
    for (result, _) in sent(&[(".", HANG_UP)], &message()) {
        let error = result.expect_err("no reply");
        assert!(error.is_unknown(), "{error}");
        assert!(
            error.to_string().starts_with("sent, but not confirmed: "),
            "{error}"
        );
    }
}

#[test]
fn unreachable_server_is_not_sent() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    let builder = Client::builder("127.0.0.1", port).security(Security::None);
    let transport = PoolTransport::new(builder.build_pool(PoolLimits::default()));
    let error = transport.send(&message()).expect_err("no server");
    assert!(
        matches!(error, Error::NotSent(_)) && !error.is_unknown(),
        "{error}"
    );
}
