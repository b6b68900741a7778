//! Every example runs, against a server in this process; none is longer than one screen.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use mailwright::{Client, ClientBuilder, Credentials, Provider, Secret, Security, Trust};
use mailwright_cli::sink::{Account, ServerTls, Sink, SinkOptions, SinkSecurity, Stored};

#[path = "../../../smtp-client/examples/blocking.rs"]
#[expect(dead_code, reason = "what a user runs is `main`")]
mod blocking;
#[path = "../../../smtp-proto/examples/core_alone.rs"]
#[expect(dead_code, reason = "what a user runs is `main`")]
mod core_alone;
#[path = "../../../smtp-client/examples/many_messages.rs"]
#[expect(dead_code, reason = "what a user runs is `main`")]
mod many_messages;
#[path = "../../../smtp-client/examples/microsoft_365.rs"]
#[expect(dead_code, reason = "what a user runs is `main`")]
mod microsoft_365;
#[path = "../../../smtp-client/examples/own_stream.rs"]
#[expect(dead_code, reason = "what a user runs is `main`")]
mod own_stream;
#[path = "../../../smtp-client/examples/tokio.rs"]
#[expect(dead_code, reason = "what a user runs is `main`")]
mod tokio_example;

const SENDER: &str = "me@example.test";
const RECIPIENT: &str = "friend@example.test";

static PASSWORD: LazyLock<String> = LazyLock::new(smtp_canary::canary);
static TOKEN: LazyLock<String> = LazyLock::new(smtp_canary::canary);

/// A server that demands TLS and a login, and a client that trusts it.
fn submission(credentials: Credentials) -> (Sink, ClientBuilder) {
    let tls = ServerTls::throw_away().unwrap();
    let roots = vec![tls.authority().unwrap().der().clone()];
    let sink = Sink::start(SinkOptions {
        account: Some(Account::new(SENDER, PASSWORD.as_str()).with_token(TOKEN.as_str())),
        security: SinkSecurity::StartTls(tls),
        ..SinkOptions::default()
    })
    .unwrap();
    let client = Client::builder("localhost", sink.local_addr().port());
    (
        sink,
        client.trust(Trust::Roots(roots)).credentials(credentials),
    )
}

/// A server that takes mail from anyone in the clear.
fn open() -> (Sink, ClientBuilder) {
    let sink = Sink::start(SinkOptions::default()).unwrap();
    let client = Client::builder("127.0.0.1", sink.local_addr().port()).security(Security::None);
    (sink, client)
}

fn stored(sink: &mut Sink) -> Vec<Stored> {
    sink.stop();
    sink.messages().try_iter().collect()
}

#[test]
fn the_blocking_one_sends_a_message_over_tls_with_a_login() {
    let password = Credentials::password(SENDER, Secret::from(PASSWORD.clone())).unwrap();
    let (mut sink, client) = submission(password);
    blocking::send(client, SENDER, RECIPIENT).unwrap();
    let [message] = stored(&mut sink).try_into().unwrap();
    assert!(message.tls);
    assert_eq!(message.auth.as_deref(), Some(SENDER));
}

#[test]
fn the_blocking_one_says_what_to_do_where_the_login_fails() {
    let password = Credentials::password(SENDER, Secret::from(smtp_canary::canary())).unwrap();
    let (mut sink, client) = submission(password);
    let error = blocking::send(client, SENDER, RECIPIENT)
        .unwrap_err()
        .to_string();
    assert!(error.contains("535"), "{error}");
    assert!(stored(&mut sink).is_empty());
}

#[tokio::test]
async fn the_one_for_tokio_sends_a_message_by_token() {
    let token = Credentials::token(SENDER, Secret::from(TOKEN.clone())).unwrap();
    let (mut sink, client) = submission(token);
    tokio_example::send(client, SENDER, RECIPIENT, Duration::from_secs(20))
        .await
        .unwrap();
    assert_eq!(stored(&mut sink).len(), 1);
}

#[tokio::test]
async fn the_one_for_tokio_says_what_is_known_when_its_time_is_over() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let client =
        Client::builder("127.0.0.1", silent.local_addr().unwrap().port()).security(Security::None);
    let error = tokio_example::send(client, SENDER, RECIPIENT, Duration::from_millis(50))
        .await
        .unwrap_err();
    // It was not greeted: no message was begun.
    assert_eq!(error.to_string(), "out of time: Some([])");
}

#[test]
fn microsoft_365_example_logs_in_by_xoauth2() {
    let token = || Ok(Credentials::token(SENDER, Secret::from(TOKEN.clone()))?);
    let (mut sink, client) =
        submission(Credentials::password(SENDER, Secret::from(PASSWORD.clone())).unwrap());
    let preset = Provider::named("office365").unwrap().mechanisms();
    let mechanism = Arc::new(Mutex::new(String::new()));
    let said = Arc::clone(&mechanism);
    let client = client
        .mechanisms(preset)
        .credentials_with(token)
        .on_dialogue(move |line| {
            if let Some(login) = line.text.strip_prefix("AUTH ") {
                login.clone_into(&mut said.lock().unwrap());
            }
        });
    microsoft_365::send(client, SENDER, RECIPIENT).unwrap();
    assert_eq!(*mechanism.lock().unwrap(), "XOAUTH2 [redacted]");
    assert_eq!(stored(&mut sink).len(), 1);
}

#[test]
fn many_messages_go_over_one_connection() {
    let (mut sink, client) = open();
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    let client = client.on_dialogue(move |line| {
        counter.fetch_add(
            usize::from(line.text.starts_with("220 ")),
            Ordering::Relaxed,
        );
    });
    let recipients = ["a@example.test", "b@example.test", "c@example.test"];
    assert_eq!(many_messages::send(client, SENDER, &recipients).unwrap(), 3);
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    let to: Vec<String> = stored(&mut sink)
        .into_iter()
        .flat_map(|message| message.to)
        .collect();
    assert_eq!(to, recipients);
}

#[test]
fn a_stream_of_ones_own_goes_through_a_proxy() {
    let (mut sink, client) = open();
    let server = sink.local_addr();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = listener.local_addr().unwrap().to_string();
    let serving = thread::spawn(move || serve_connect(&listener));
    let tunnel = own_stream::tunnel(&proxy, &server.to_string()).unwrap();
    own_stream::send(tunnel, client, SENDER, RECIPIENT).unwrap();
    serving.join().unwrap().unwrap();
    assert_eq!(stored(&mut sink).len(), 1);
}

/// One tunnel of an HTTP proxy.
fn serve_connect(listener: &TcpListener) -> io::Result<()> {
    let (mut client, _) = listener.accept()?;
    let mut lines = BufReader::new(client.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|header| !header.is_empty())
    {}
    let mut server = TcpStream::connect(request.split(' ').nth(1).unwrap_or_default())?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        io::copy(&mut from_server, &mut to_client)?;
        to_client.shutdown(Shutdown::Both)
    });
    io::copy(&mut client, &mut server)?;
    // Whichever side hung up first has ended the other, too.
    let _ = server.shutdown(Shutdown::Both);
    let _ = back.join().expect("the way back");
    Ok(())
}

#[test]
fn the_core_alone_needs_nothing() {
    core_alone::parts().unwrap();
    let wire = core_alone::session(&["220 mx\r\n", "250 mx\r\n", "221 bye\r\n"]).unwrap();
    assert_eq!(wire, b"EHLO client.example.test\r\nQUIT\r\n");
}
