//! The sink as clients see it: raw sockets, and real TLS.

mod client;
mod commands;
mod content;
mod lifecycle;
mod logins;
mod starttls;

use std::sync::LazyLock;
use std::time::Duration;

use super::{Account, ServerTls, Sink, SinkOptions, SinkSecurity, Stored};
use client::Client;

const USER: &str = "bob@example.test";
static PASSWORD: LazyLock<String> = LazyLock::new(smtp_canary::canary);
static TOKEN: LazyLock<String> = LazyLock::new(smtp_canary::canary);

/// No TLS, any login, messages in memory.
fn open_sink() -> Sink {
    Sink::start(SinkOptions::default()).unwrap()
}

/// No TLS, and a login as [`USER`] is needed.
fn guarded_sink() -> Sink {
    Sink::start(SinkOptions {
        account: Some(account()),
        ..SinkOptions::default()
    })
    .unwrap()
}

fn account() -> Account {
    Account::new(USER, PASSWORD.as_str()).with_token(TOKEN.as_str())
}

fn starttls_sink(account: Option<Account>) -> (Sink, ServerTls) {
    let tls = ServerTls::throw_away().unwrap();
    let sink = Sink::start(SinkOptions {
        account,
        security: SinkSecurity::StartTls(tls.clone()),
        ..SinkOptions::default()
    })
    .unwrap();
    (sink, tls)
}

/// A client that has said EHLO.
fn greeted(sink: &Sink) -> Client {
    let mut client = Client::connect(sink);
    client.expect("220 ");
    client.ask("EHLO client.test", "250");
    client
}

/// A client that may send its message now.
fn with_envelope(sink: &Sink) -> Client {
    let mut client = greeted(sink);
    client.ask("MAIL FROM:<a@example.test>", "250 2.1.0");
    client.ask("RCPT TO:<b@example.test>", "250 2.1.5");
    client
}

fn next_message(sink: &Sink) -> Stored {
    sink.messages()
        .recv_timeout(Duration::from_secs(10))
        .unwrap()
}

fn no_message(sink: &Sink) {
    assert_eq!(sink.messages().try_recv().ok(), None);
}
