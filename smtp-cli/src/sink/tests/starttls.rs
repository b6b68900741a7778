use std::fs;
use std::path::Path;

use super::{Client, account, greeted, next_message, no_message, starttls_sink};
use crate::sink::{ServerTls, Sink, SinkError, SinkOptions, SinkSecurity};

#[test]
fn auth_is_offered_only_under_tls_and_starttls_only_before() {
    let (sink, tls) = starttls_sink(None);
    let mut client = Client::connect(&sink);
    client.expect("220 ");
    client.ask("STARTTLS", "503 5.5.1");
    let clear = client.ask("EHLO client.test", "250");
    assert!(clear.contains("-STARTTLS\r\n") && !clear.contains("AUTH"));
    client.ask("AUTH PLAIN AGEAYQ==", "538 5.7.11");
    client.ask("STARTTLS now", "501 5.5.4");
    client.ask("STARTTLS", "220 2.0.0");
    let mut client = client.handshake(&tls, "localhost");
    // What was said in the clear is forgotten.
    client.ask("MAIL FROM:<a@b.test>", "503 5.5.1");
    let secure = client.ask("EHLO client.test", "250");
    assert!(secure.contains("-AUTH PLAIN LOGIN XOAUTH2\r\n") && !secure.contains("STARTTLS"));
    client.ask("STARTTLS", "503 5.5.1");
}

#[test]
fn a_message_under_tls_is_marked_so() {
    let (sink, tls) = starttls_sink(None);
    let mut client = greeted(&sink);
    client.ask("MAIL FROM:<clear@b.test>", "250");
    client.ask("STARTTLS", "220");
    let mut client = client.handshake(&tls, "127.0.0.1");
    client.ask("EHLO client.test", "250");
    client.ask("RCPT TO:<c@d.test>", "503 5.5.1");
    client.send("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n.\r\nQUIT\r\n");
    for beginning in ["250", "250", "354", "250", "221"] {
        client.expect(beginning);
    }
    client.expect_end();
    let message = next_message(&sink);
    assert!(message.tls && message.from == "a@b.test");
}

#[test]
fn with_an_account_mail_waits_for_tls_and_login() {
    let (sink, tls) = starttls_sink(Some(account()));
    let mut client = greeted(&sink);
    assert!(
        client
            .ask("MAIL FROM:<a@b.test>", "530 5.7.0")
            .contains("STARTTLS")
    );
    client.ask("STARTTLS", "220");
    let mut client = client.handshake(&tls, "::1");
    client.ask("EHLO client.test", "250");
    client.ask("MAIL FROM:<a@b.test>", "530 5.7.0");
}

#[test]
fn bytes_in_the_clear_after_starttls_are_refused() {
    let (sink, _) = starttls_sink(None);
    for injected in [
        "X",
        "EHLO evil.test\r\n",
        "MAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\n",
    ] {
        let mut client = greeted(&sink);
        client.send(format!("STARTTLS\r\n{injected}"));
        client.expect("554 5.5.1");
        client.expect_end();
    }
    no_message(&sink);
}

#[test]
fn plain_text_in_the_place_of_a_handshake_is_never_obeyed() {
    let (sink, _) = starttls_sink(None);
    let mut client = greeted(&sink);
    client.ask("STARTTLS", "220");
    client.send("EHLO evil.test\r\nMAIL FROM:<evil@b.test>\r\n");
    assert!(!client.rest_contains(b"250"));
}

#[test]
fn implicit_tls_greets_after_the_handshake() {
    let tls = ServerTls::throw_away().unwrap();
    let sink = Sink::start(SinkOptions {
        security: SinkSecurity::Tls(tls.clone()),
        ..SinkOptions::default()
    })
    .unwrap();
    let mut client = Client::connect(&sink).handshake(&tls, "localhost");
    client.expect("220 ");
    let offer = client.ask("EHLO client.test", "250");
    assert!(offer.contains("AUTH") && !offer.contains("STARTTLS"));
    client.ask("QUIT", "221");
    client.expect_end();
}

#[test]
fn stop_ends_sessions_under_tls_and_in_the_handshake() {
    let (mut sink, tls) = starttls_sink(None);
    let mut secure = greeted(&sink);
    secure.ask("STARTTLS", "220");
    let mut secure = secure.handshake(&tls, "localhost");
    secure.ask("EHLO client.test", "250");
    let mut half_way = greeted(&sink);
    half_way.ask("STARTTLS", "220");
    sink.stop();
    secure.expect("421 4.3.2");
    secure.expect_end();
}

#[test]
fn a_certificate_comes_from_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    assert!(
        ServerTls::from_pem_files(&cert, &key)
            .unwrap()
            .authority()
            .is_none()
    );

    let unreadable = |cert: &Path, key: &Path| {
        let error = ServerTls::from_pem_files(cert, key).unwrap_err();
        matches!(error, SinkError::Unreadable { .. })
    };
    assert!(unreadable(&folder.path().join("none.pem"), &key));
    assert!(unreadable(&key, &key));
    assert!(unreadable(&cert, &cert));
    let other = rcgen::KeyPair::generate().unwrap();
    fs::write(&key, other.serialize_pem()).unwrap();
    let error = ServerTls::from_pem_files(&cert, &key).unwrap_err();
    assert!(matches!(error, SinkError::Certificate(_)));
}
