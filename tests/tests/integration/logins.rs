//! Credentials that are fetched: when a client asks for them, and what comes of it where there are none.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailwright::{
    Cause, Client, ClientBuilder, Credentials, Envelope, Mechanism, NoCredentials, Secret,
    Security, Stage, Trust,
};
use mailwright_cli::sink::{Account, ServerTls, Sink, SinkOptions, SinkSecurity};
use smtp_canary::leaks;
use smtp_tests::driver::Driver;
use smtp_tests::tables::Tables;

const USER: &str = "user@example.test";
const MESSAGE: &[u8] = b"Subject: Hello\r\n\r\nHello.\r\n";

static TOKEN: LazyLock<String> = LazyLock::new(smtp_canary::canary);

fn envelope() -> Envelope {
    Envelope::new(USER.parse().unwrap(), [USER.parse().unwrap()]).unwrap()
}

fn token() -> Result<Credentials, NoCredentials> {
    Ok(Credentials::token(USER, Secret::from(TOKEN.clone()))?)
}

/// A server that demands STARTTLS and a login, and a client that trusts it.
fn submission() -> (Sink, ClientBuilder) {
    let tls = ServerTls::throw_away().unwrap();
    let roots = vec![tls.authority().unwrap().der().clone()];
    let sink = Sink::start(SinkOptions {
        account: Some(Account::new(USER, smtp_canary::canary()).with_token(TOKEN.as_str())),
        security: SinkSecurity::StartTls(tls),
        ..SinkOptions::default()
    })
    .unwrap();
    let client = Client::builder("localhost", sink.local_addr().port()).trust(Trust::Roots(roots));
    (sink, client)
}

/// A closure that counts how often it is asked.
fn counted<T>(mut give: impl FnMut() -> T) -> (Arc<AtomicUsize>, impl FnMut() -> T) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let asked = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        give()
    };
    (count, asked)
}

fn scripted(connections: usize, replies: &'static [&'static str]) -> (u16, Tables) {
    let server = Tables::in_order(connections, replies);
    (server.address().port(), server)
}

#[test]
fn credentials_are_fetched_once_for_each_connection_and_never_for_one_that_is_used_again() {
    for driver in Driver::ALL {
        let (sink, builder) = submission();
        let (count, fetch) = counted(token);
        let mut client = driver.build(builder.credentials_with(fetch)).unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 0);
        for _ in 0..3 {
            assert!(
                client.send(&envelope(), MESSAGE).unwrap().accepted(),
                "{driver:?}"
            );
        }
        assert_eq!(count.load(Ordering::SeqCst), 1, "{driver:?}");
        assert_eq!(client.facts().login.as_ref().unwrap().user, USER);
        client.quit().unwrap();
        drop(sink);
    }
}

#[test]
fn each_new_connection_gets_credentials_of_its_own_and_the_newest_are_kept_out_of_sight() {
    for driver in Driver::ALL {
        let (port, serving) = scripted(
            2,
            &[
                "220 mx",
                "250-mx\r\n250 AUTH PLAIN",
                "235 ok",
                "421 gone",
                "421 gone",
            ],
        );
        let secrets = Arc::new(Mutex::new(Vec::new()));
        let made = Arc::clone(&secrets);
        let shown = Arc::new(Mutex::new(String::new()));
        let lines = Arc::clone(&shown);
        let builder = Client::builder("127.0.0.1", port)
            .security(Security::None)
            .dangerous_plaintext_auth()
            .on_dialogue(move |line| *lines.lock().unwrap() += &format!("{}\n", line.text))
            .credentials_with(move || {
                let secret = smtp_canary::canary();
                made.lock().unwrap().push(secret.clone());
                Ok(Credentials::password(USER, Secret::from(secret))?)
            });
        let mut client = driver.build(builder).unwrap();
        for _ in 0..2 {
            client.connect().unwrap();
            assert!(!client.send(&envelope(), MESSAGE).unwrap().accepted());
        }
        let logins = serving
            .log()
            .concat()
            .into_iter()
            .filter_map(|line| line.strip_prefix("AUTH ").map(str::to_owned));
        let (logins, secrets) = (Vec::from_iter(logins), secrets.lock().unwrap());
        assert_eq!((logins.len(), secrets.len()), (2, 2), "{driver:?}");
        assert!(
            leaks(&logins[0], &secrets[0]) && leaks(&logins[1], &secrets[1]),
            "{driver:?}"
        );
        let shown = shown.lock().unwrap();
        assert_eq!(shown.matches("AUTH PLAIN [redacted]").count(), 2);
        assert!(
            secrets.iter().all(|secret| !leaks(&shown, secret)),
            "{driver:?}"
        );
    }
}

#[test]
fn fetched_secret_repeated_by_a_server_is_redacted() {
    let secret = smtp_canary::canary();
    let said = STANDARD.encode(&secret);
    let reply = |code: &str| -> &'static str { format!("{code} {secret} and {said}").leak() };
    let (ok, refused, wrong) = (reply("235 2.7.0"), reply("550 5.7.1"), reply("535 5.7.8"));
    let accepted_login = vec![
        "220 mx",
        "250-mx\r\n250 AUTH PLAIN",
        ok,
        refused,
        "250 2.0.0 ok",
        "221 bye",
    ]
    .leak();
    let refused_login = vec!["220 mx", "250-mx\r\n250 AUTH PLAIN", wrong, "221 bye"].leak();
    for driver in Driver::ALL {
        for replies in [&*accepted_login, &*refused_login] {
            let (port, serving) = scripted(1, replies);
            let shown = Arc::new(Mutex::new(String::new()));
            let (lines, fetched) = (Arc::clone(&shown), secret.clone());
            let builder = Client::builder("127.0.0.1", port)
                .security(Security::None)
                .dangerous_plaintext_auth()
                .on_dialogue(move |line| *lines.lock().unwrap() += &format!("{}\n", line.text))
                .credentials_with(move || {
                    Ok(Credentials::password(USER, Secret::from(fetched.clone()))?)
                });
            let mut client = driver.build(builder).unwrap();
            let sent = client.send(&envelope(), MESSAGE);
            let known = format!("{sent:?} {:?}", client.facts());
            drop(client);
            serving.log();
            assert!(
                known.contains("[redacted]") && !leaks(&known, &secret),
                "{driver:?}: what is known"
            );
            let shown = shown.lock().unwrap();
            assert!(
                shown.contains("[redacted] and [redacted]"),
                "{driver:?}: {replies:?}"
            );
            assert!(!leaks(&shown, &secret), "{driver:?}: the dialogue");
        }
    }
}

#[test]
fn nothing_is_fetched_before_tls_is_there_and_a_login_is_offered() {
    let cases: [(&'static [&'static str], Security, Cause); 3] = [
        (
            &["220 mx", "250-mx\r\n250 AUTH XOAUTH2", "221 bye"],
            Security::StartTls,
            Cause::StarttlsNotOffered,
        ),
        (
            &["220 mx", "250-mx\r\n250 AUTH XOAUTH2", "221 bye"],
            Security::None,
            Cause::TlsRequired,
        ),
        (
            &["220 mx", "250-mx\r\n250 STARTTLS", "454 not now", "221 bye"],
            Security::StartTls,
            Cause::StarttlsRejected,
        ),
    ];
    for (replies, security, cause) in cases {
        for driver in Driver::ALL {
            let (port, serving) = scripted(1, replies);
            let (count, fetch) = counted(token);
            let builder = Client::builder("127.0.0.1", port)
                .security(security)
                .credentials_with(fetch);
            let error = driver.build(builder).unwrap().connect().unwrap_err();
            assert_eq!(error.cause(), cause, "{driver:?}: {error}");
            assert_eq!(count.load(Ordering::SeqCst), 0, "{driver:?}, {cause}");
            let heard = serving.log().concat();
            assert!(
                heard.iter().all(|line| !line.starts_with("AUTH")),
                "{heard:?}"
            );
        }
    }
}

#[test]
fn where_there_is_nothing_to_log_in_with_the_server_is_told_goodbye_and_the_caller_why() {
    let no_file: fn() -> NoCredentials = || std::io::Error::other("no\u{7} token file").into();
    let expired = || NoCredentials::new(Cause::OAuthTokenRejected, "the refresh token has expired");
    let cases = [
        (no_file, Cause::AuthRequired, r"no\x07 token file"),
        (
            expired,
            Cause::OAuthTokenRejected,
            "the refresh token has expired",
        ),
    ];
    for (why, cause, text) in cases {
        for driver in Driver::ALL {
            let (port, serving) = scripted(1, &["220 mx", "250-mx\r\n250 AUTH PLAIN", "221 bye"]);
            let builder = Client::builder("127.0.0.1", port)
                .security(Security::None)
                .dangerous_plaintext_auth()
                .mechanisms(vec![Mechanism::Plain])
                .credentials_with(move || Err(why()));
            let error = driver
                .build(builder)
                .unwrap()
                .send(&envelope(), MESSAGE)
                .unwrap_err();
            assert_eq!(
                (error.stage(), error.cause()),
                (Stage::Auth, cause),
                "{driver:?}"
            );
            assert!(error.to_string().ends_with(text), "{error}");
            assert!(!error.cause().fix().is_empty());
            assert!(std::error::Error::source(&error).is_some());
            let heard = serving.log().concat();
            assert!(
                heard.len() == 2 && heard[0].starts_with("EHLO ") && heard[1] == "QUIT",
                "{heard:?}"
            );
        }
    }
}

#[test]
fn credentials_that_suit_nothing_in_common_are_not_said() {
    for driver in Driver::ALL {
        let (port, serving) = scripted(1, &["220 mx", "250-mx\r\n250 AUTH PLAIN", "221 bye"]);
        let builder = Client::builder("127.0.0.1", port)
            .security(Security::None)
            .dangerous_plaintext_auth()
            .credentials_with(token);
        let error = driver.build(builder).unwrap().connect().unwrap_err();
        assert_eq!(
            (error.stage(), error.cause()),
            (Stage::Auth, Cause::AuthMechanism),
            "{error}"
        );
        assert!(
            serving
                .log()
                .concat()
                .iter()
                .all(|line| !line.starts_with("AUTH"))
        );
    }
}

#[tokio::test]
async fn on_tokio_credentials_may_be_awaited() {
    let (sink, builder) = submission();
    let (count, fetch) = counted(|| async {
        tokio::task::yield_now().await;
        token()
    });
    let mut client = builder.build_tokio().credentials_with(fetch);
    for _ in 0..2 {
        assert!(client.send(&envelope(), MESSAGE).await.unwrap().accepted());
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(!leaks(&format!("{client:?}"), &TOKEN));
    client.quit().await.unwrap();
    drop(sink);
}

#[test]
fn a_closure_that_panics_takes_the_callers_thread_along_not_its_own_alone() {
    for driver in Driver::ALL {
        let (port, serving) = scripted(1, &["220 mx", "250-mx\r\n250 AUTH PLAIN", "221 bye"]);
        let builder = Client::builder("127.0.0.1", port)
            .security(Security::None)
            .dangerous_plaintext_auth()
            .credentials_with(|| panic!("a mistake of the embedder's"));
        let caller = thread::spawn(move || driver.build(builder).unwrap().connect().is_ok());
        assert!(caller.join().is_err(), "{driver:?}");
        serving.log();
    }
}

#[test]
fn a_mechanism_that_was_passed_over_is_told_with_its_reason_also_where_another_one_works() {
    let replies = &[
        "220 mx",
        "250-mx\r\n250 AUTH SCRAM-SHA-256 CRAM-MD5 PLAIN",
        "504 no such",
        "235 hello",
        "221 bye",
    ];
    for driver in Driver::ALL {
        let (port, server) = scripted(1, replies);
        // SASLprep has no place for BEL, and the other two take it.
        let password = format!("{}\u{7}", smtp_canary::canary());
        let credentials = Credentials::password(USER, Secret::from(password)).unwrap();
        let builder = Client::builder("127.0.0.1", port)
            .extended_mechanisms()
            .security(Security::None)
            .dangerous_plaintext_auth();
        let mut client = driver.build(builder.credentials(credentials)).unwrap();
        client.connect().unwrap();
        let facts = client.facts();
        assert_eq!(
            facts.login.as_ref().unwrap().mechanism,
            Mechanism::Plain,
            "{driver:?}"
        );
        let told: Vec<String> = facts.passed_over.iter().map(ToString::to_string).collect();
        let expected = [
            "SCRAM-SHA-256: the password has a character that SASLprep forbids",
            "CRAM-MD5: the server offers it, and does not know it (504)",
        ];
        assert_eq!(told, expected, "{driver:?}");
        client.quit().unwrap();
        server.log();
    }
}

#[test]
fn token_error_in_a_challenge_is_reported_whatever_follows() {
    const BEGIN: [&str; 3] = [
        "220 mx",
        "250-mx\r\n250 AUTH XOAUTH2",
        "334 eyJzdGF0dXMiOiI0MDEifQ==",
    ];
    let ends: [(&[&str], Option<u16>); 5] = [
        (&[], None),
        (&["oops"], None),
        (&["421 4.3.2 Closing"], Some(421)),
        (
            &["454 4.7.0 Temporary authentication failure", "221 bye"],
            Some(454),
        ),
        (&["535 5.7.8 Authentication failed", "221 bye"], Some(535)),
    ];
    for (driver, (end, code)) in Driver::ALL
        .into_iter()
        .flat_map(|driver| ends.map(|end| (driver, end)))
    {
        let replies: &'static [&'static str] = [&BEGIN, end].concat().leak();
        let (port, server) = scripted(1, replies);
        let builder = Client::builder("127.0.0.1", port)
            .security(Security::None)
            .dangerous_plaintext_auth();
        let mut client = driver.build(builder.credentials(token().unwrap())).unwrap();
        let error = client.connect().unwrap_err();
        assert_eq!(
            (error.stage(), error.cause()),
            (Stage::Auth, Cause::OAuthTokenRejected),
            "{driver:?}, {end:?}"
        );
        assert_eq!(
            error.reply().map(|reply| reply.code().get()),
            code,
            "{driver:?}, {end:?}"
        );
        assert!(
            error.detail().contains(r#"{"status":"401"}"#),
            "{driver:?}, {end:?}: {error}"
        );
        server.log();
    }
}

#[test]
fn login_refused_for_now_names_what_the_words_blame() {
    let cases = [
        (
            "454 4.7.0 Invalid username or password",
            Cause::CredentialsRejected,
        ),
        (
            "454 4.7.0 Authentication failed: wrong password, try again",
            Cause::CredentialsRejected,
        ),
        (
            "454 4.7.0 Temporary authentication failure",
            Cause::TemporaryServerFailure,
        ),
        (
            "454 4.7.0 Password database is unavailable",
            Cause::TemporaryServerFailure,
        ),
    ];
    for (driver, (reply, cause)) in Driver::ALL
        .into_iter()
        .flat_map(|driver| cases.map(|case| (driver, case)))
    {
        let replies: &'static [&'static str] =
            vec!["220 mx", "250-mx\r\n250 AUTH PLAIN", reply, "221 bye"].leak();
        let (port, server) = scripted(1, replies);
        let builder = Client::builder("127.0.0.1", port)
            .security(Security::None)
            .dangerous_plaintext_auth();
        let credentials = Credentials::password(USER, Secret::from(smtp_canary::canary())).unwrap();
        let error = driver
            .build(builder.credentials(credentials))
            .unwrap()
            .connect()
            .unwrap_err();
        assert_eq!(error.cause(), cause, "{driver:?}, {reply}");
        server.log();
    }
}
