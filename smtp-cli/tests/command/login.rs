//! Logins, and that their secrets show up nowhere.

use std::fs;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use smtp_canary::leaks;

use crate::support::{Run, Server, command, feed, run, send};

const MESSAGE: &[u8] = b"From: a@x.test\nTo: b@x.test\n\nHello\n";
static SECRET: LazyLock<String> = LazyLock::new(smtp_canary::canary);

/// The plain table with a login; AUTH and its responses are answered as the rules say.
fn server(rules: &[(&'static str, &'static str)]) -> Server {
    let rest = [
        ("greeting", "220 mx.x.test ready"),
        ("EHLO", "250-mx.x.test\r\n250 AUTH PLAIN LOGIN XOAUTH2"),
        ("MAIL", "250 2.1.0 ok"),
        ("RCPT", "250 2.1.5 ok"),
        ("DATA", "354 go on"),
        (".", "250 2.0.0 queued"),
        ("QUIT", "221 2.0.0 bye"),
    ];
    Server::start(&[rules, &rest].concat())
}

fn login(server: &str, more: &[&str]) -> Run {
    let login = [
        "--dangerous-plaintext-auth",
        "--user",
        "u@x.test",
        "-v",
        "--json",
    ];
    run(&send(server, &[&login, more].concat()), MESSAGE)
}

/// A command of the shell that prints the secret.
fn says_secret() -> String {
    format!("echo {}", *SECRET)
}

/// A rule of a server that repeats the secret.
fn repeated(before: &str, secret: &str, behind: &str) -> &'static str {
    format!("{before}{secret}{behind}").leak()
}

fn assert_no_secret(run: &Run) {
    assert!(
        !leaks(&run.stdout, &SECRET) && !leaks(&run.stderr, &SECRET),
        "the secret is shown"
    );
}

#[test]
fn a_wrong_password_is_told_and_never_shown() {
    let encoded: &str = STANDARD.encode(&*SECRET).leak();
    let refusal = repeated("535 5.7.8 not ", &SECRET, &format!(" nor {encoded}"));
    let cases: [(&str, &[(&str, &str)]); 2] = [
        ("PLAIN", &[("AUTH PLAIN", refusal)]),
        (
            "LOGIN",
            &[
                ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
                ("dUB4LnRlc3Q=", "334 UGFzc3dvcmQ6"),
                (encoded, refusal),
            ],
        ),
    ];
    for (mechanism, rules) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("password");
        fs::write(&file, format!("{}\n", *SECRET)).expect("written");
        let server = server(rules);
        let run = login(
            &server.address,
            &[
                "--auth",
                &mechanism.to_lowercase(),
                "--password-file",
                file.to_str().expect("a name"),
            ],
        );
        let report = run.json();
        assert_eq!(
            (run.status, &report["failure"]["cause"]),
            (77, &json!("credentials-rejected")),
            "{}",
            run.stderr
        );
        assert_eq!(
            (&report["failure"]["phase"], &report["auth"]),
            (&json!("auth"), &json!(null))
        );
        assert!(run.stderr.contains("[redacted]"), "{}", run.stderr);
        assert_no_secret(&run);
        assert!(!server.log().iter().any(|line| line.starts_with("MAIL")));
    }
}

#[test]
fn a_good_login_is_reported_with_its_mechanism() {
    let response = STANDARD.encode(format!("\0u@x.test\0{}", *SECRET));
    let server = server(&[(repeated("AUTH PLAIN ", &response, ""), "235 2.7.0 welcome")]);
    let mut command = command(&send(
        &server.address,
        &["--dangerous-plaintext-auth", "--user", "u@x.test", "--json"],
    ));
    command.env("SMTP_PASSWORD", &*SECRET);
    let run = feed(command, MESSAGE);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(
        run.json()["auth"],
        json!({"mechanism": "PLAIN", "user": "u@x.test"})
    );
    assert_no_secret(&run);
}

#[test]
fn a_refused_token_is_a_cause_of_its_own() {
    let server = server(&[("AUTH XOAUTH2", "334 eyJzdGF0dXMiOiI0MDEifQ==")]);
    let run = login(&server.address, &["--token-command", &says_secret()]);
    let report = run.json();
    assert_eq!(
        (run.status, &report["failure"]["cause"]),
        (77, &json!("oauth-token-rejected")),
        "{}",
        run.stderr
    );
    assert!(
        report["failure"]["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("401")),
        "{report}"
    );
    assert_no_secret(&run);
}

#[test]
fn a_sender_that_the_login_may_not_use_is_told_as_such() {
    let server = server(&[
        ("AUTH PLAIN", "235 2.7.0 welcome"),
        ("MAIL", "550 5.7.1 not yours"),
    ]);
    let run = login(&server.address, &["--password-command", &says_secret()]);
    assert_eq!(
        (run.status, &run.json()["failure"]["cause"]),
        (69, &json!("send-as-denied")),
        "{}",
        run.stderr
    );
}

#[test]
fn a_password_that_is_a_word_of_ours_changes_no_word_of_ours() {
    for password in [
        "auth",
        "red",
        "credentials-rejected",
        "user",
        "x.test",
        "127",
        "login",
        "server",
        "PLAIN",
    ] {
        let server = server(&[("AUTH PLAIN", "535 5.7.8 the login failed")]);
        let command = format!("printf %s {password}");
        let run = login(
            &server.address,
            &["--auth", "plain", "--password-command", &command],
        );
        let report = run.json();
        let failure = &report["failure"];
        assert_eq!(
            (run.status, &failure["cause"]),
            (77, &json!("credentials-rejected")),
            "{password}: {report}"
        );
        assert_eq!(failure["phase"], "auth", "{password}");
        assert_eq!(
            failure["summary"], "The server refused the user name or password.",
            "{password}"
        );
        assert!(
            !failure["fix"].to_string().contains("redacted"),
            "{password}: {failure}"
        );
        assert_eq!(report["server"]["host"], "127.0.0.1", "{password}");
        assert_eq!(report["recipients"][0]["address"], "b@x.test", "{password}");
        assert!(
            run.stderr.contains("(credentials-rejected, in phase auth)"),
            "{password}: {}",
            run.stderr
        );
        assert!(
            report["dialogue"]
                .as_array()
                .is_some_and(|lines| lines.iter().all(|line| line["from"] != "[redacted]"))
        );
    }
}

#[test]
fn a_password_that_a_server_puts_into_its_capabilities_is_not_shown() {
    let server = server(&[
        (
            "EHLO",
            repeated(
                "250-mx.x.test\r\n250-X-ECHO ",
                &SECRET,
                "\r\n250 AUTH PLAIN",
            ),
        ),
        ("AUTH PLAIN", "235 2.7.0 welcome"),
    ]);
    let run = login(&server.address, &["--password-command", &says_secret()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(run.json()["server"]["capabilities"][0], "X-ECHO [redacted]");
    assert_no_secret(&run);
}

#[test]
fn without_a_user_no_credentials_are_sent() {
    let server = server(&[]);
    let mut command = command(&send(&server.address, &[]));
    command.env("SMTP_PASSWORD", &*SECRET);
    assert_eq!(feed(command, MESSAGE).status, 0);
    assert!(!server.log().iter().any(|line| line.starts_with("AUTH")));
}

#[test]
fn credentials_need_tls() {
    let server = server(&[]);
    let run = run(
        &send(
            &server.address,
            &[
                "--user",
                "u",
                "--password-command",
                &says_secret(),
                "--json",
            ],
        ),
        MESSAGE,
    );
    assert_eq!(
        (run.status, &run.json()["failure"]["cause"]),
        (78, &json!("tls-required"))
    );
    assert!(!server.log().iter().any(|line| line.starts_with("AUTH")));
}

#[test]
fn no_mechanism_in_common_is_told() {
    let server = server(&[("EHLO", "250-mx.x.test\r\n250 AUTH GSSAPI")]);
    let run = login(&server.address, &["--password-command", &says_secret()]);
    assert_eq!(
        (run.status, &run.json()["failure"]["cause"]),
        (77, &json!("auth-mechanism"))
    );
}

#[test]
fn a_password_that_scram_cannot_take_rules_scram_out_and_that_is_said_where_it_ends_the_login() {
    let offer = ("EHLO", "250-mx.x.test\r\n250 AUTH SCRAM-SHA-256 PLAIN");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    // RFC 4013 section 2.3 forbids a control character.
    fs::write(&file, format!("{}\u{7}", *SECRET)).expect("written");
    let password = ["--password-file", file.to_str().expect("a name")];

    let with_plain = login(
        &server(&[offer, ("AUTH PLAIN", "235 2.7.0 welcome")]).address,
        &password,
    );
    assert_eq!(
        with_plain.json()["auth"]["mechanism"],
        "PLAIN",
        "{}",
        with_plain.stderr
    );

    let only_scram = login(
        &server(&[offer]).address,
        &[&password[..], &["--auth", "scram-sha-256"]].concat(),
    );
    let failure = &only_scram.json()["failure"];
    assert_eq!(
        (only_scram.status, &failure["cause"]),
        (77, &json!("auth-mechanism"))
    );
    let detail = failure["detail"].as_str().expect("a detail");
    assert!(
        detail.contains("SCRAM-SHA-256 is ruled out: the password has a character"),
        "{detail}"
    );
    assert_no_secret(&with_plain);
    assert_no_secret(&only_scram);
}

#[test]
fn with_a_token_and_a_password_the_token_comes_first_and_the_password_where_no_token_is_taken() {
    let (token, password) = (smtp_canary::canary(), says_secret());
    let both = [
        "--token-command",
        &format!("echo {token}"),
        "--password-command",
        &password,
    ];
    let cases = [
        ("LOGIN OAUTHBEARER XOAUTH2 PLAIN", "OAUTHBEARER"),
        ("PLAIN XOAUTH2", "XOAUTH2"),
        ("PLAIN", "PLAIN"),
    ];
    for (offered, taken) in cases {
        let offer: &str = format!("250-mx.x.test\r\n250 AUTH {offered}").leak();
        let server = server(&[("EHLO", offer), ("AUTH", "235 2.7.0 welcome")]);
        let run = login(&server.address, &both);
        assert_eq!(
            (run.status, &run.json()["auth"]["mechanism"]),
            (0, &json!(taken)),
            "{}",
            run.stderr
        );
        assert_no_secret(&run);
        assert!(
            !leaks(&run.stdout, &token) && !leaks(&run.stderr, &token),
            "the token is shown"
        );
    }
}

#[test]
fn a_list_of_mechanisms_overrides_the_order_and_a_mechanism_refused_as_such_is_followed_by_the_next()
 {
    let offer = ("EHLO", "250-mx.x.test\r\n250 AUTH PLAIN LOGIN CRAM-MD5");
    let password = says_secret();
    let refusing = server(&[
        offer,
        ("AUTH PLAIN", "504 5.5.4 not that"),
        ("AUTH LOGIN", "535 5.7.8 no"),
    ]);
    let run = login(
        &refusing.address,
        &[
            "--auth",
            "PLAIN",
            "--auth",
            "LOGIN",
            "--password-command",
            &password,
        ],
    );
    assert_eq!(
        (run.status, &run.json()["failure"]["cause"]),
        (77, &json!("credentials-rejected")),
        "{}",
        run.stderr
    );
    let tried = Vec::from_iter(
        refusing
            .log()
            .into_iter()
            .filter(|line| line.starts_with("AUTH")),
    );
    assert_eq!(tried.len(), 2, "CRAM-MD5 is not on the list");
}

#[test]
fn a_refused_mechanism_is_named_beside_those_offered() {
    let offer = ("EHLO", "250-mx.x.test\r\n250 AUTH PLAIN CRAM-MD5");
    let refusal = "535 5.7.8 Error: authentication failed: Invalid authentication mechanism";
    let refusing = server(&[offer, ("AUTH CRAM-MD5", refusal)]);
    let run = login(
        &refusing.address,
        &["--auth", "CRAM-MD5", "--password-command", &says_secret()],
    );
    let failure = run.json()["failure"].clone();
    assert_eq!(
        (run.status, &failure["cause"]),
        (77, &json!("auth-mechanism")),
        "{}",
        run.stderr
    );
    let (summary, detail) = (
        failure["summary"].as_str().expect("text"),
        failure["detail"].as_str().expect("text"),
    );
    assert!(!summary.contains("in common"), "{summary}");
    assert!(
        detail.contains("mechanism was CRAM-MD5") && detail.contains("offers PLAIN, CRAM-MD5"),
        "{detail}"
    );
    // Without TLS a password must not be sent as it is.
    assert!(
        !failure["fix"].to_string().contains("--auth PLAIN"),
        "{failure}"
    );
}

#[test]
fn who_has_nothing_but_a_certificate_or_no_name_logs_in_by_what_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["u.x.test".to_owned()]).expect("a certificate");
    let pem = folder.path().join("both.pem");
    fs::write(&pem, made.cert.pem() + &made.signing_key.serialize_pem()).expect("written");
    let pem = pem.to_str().expect("a name");
    let offer = ("EHLO", "250-mx.x.test\r\n250 AUTH ANONYMOUS EXTERNAL PLAIN");
    let cases: [(&str, &[&str]); 2] = [
        ("EXTERNAL", &["--client-cert", pem, "--client-key", pem]),
        ("ANONYMOUS", &[]),
    ];
    for (mechanism, more) in cases {
        // Both say the name, in base64.
        let server = server(&[
            offer,
            (
                repeated("AUTH ", mechanism, " dUB4LnRlc3Q="),
                "235 2.7.0 welcome",
            ),
        ]);
        let run = login(&server.address, &[&["--auth", mechanism], more].concat());
        assert_eq!(
            (run.status, &run.json()["auth"]["mechanism"]),
            (0, &json!(mechanism)),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn external_without_a_user_sends_an_empty_identity() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["u.x.test".to_owned()]).expect("a certificate");
    let pem = folder.path().join("both.pem");
    fs::write(&pem, made.cert.pem() + &made.signing_key.serialize_pem()).expect("written");
    let pem = pem.to_str().expect("a name");
    let server = server(&[
        ("EHLO", "250-mx.x.test\r\n250 AUTH EXTERNAL PLAIN"),
        // RFC 4954 section 4: an empty initial response is one equals sign.
        ("AUTH EXTERNAL =", "235 2.7.0 welcome"),
    ]);
    let options = [
        "--dangerous-plaintext-auth",
        "--auth",
        "EXTERNAL",
        "--client-cert",
        pem,
        "--client-key",
        pem,
    ];
    let run = run(
        &send(&server.address, &[&options[..], &["--json"]].concat()),
        MESSAGE,
    );
    assert_eq!(
        (run.status, &run.json()["auth"]["mechanism"]),
        (0, &json!("EXTERNAL")),
        "{}",
        run.stderr
    );
}

#[test]
fn blank_at_a_password_end_is_named_if_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    for (password, named) in [
        (format!("{} ", *SECRET), true),
        (format!(" {}", *SECRET), true),
        (SECRET.clone(), false),
    ] {
        fs::write(&file, format!("{password}\n")).expect("written");
        let sent: &str = STANDARD.encode(format!("\0u@x.test\0{password}")).leak();
        // The blank is sent as a part of the password.
        let server = server(&[(repeated("AUTH PLAIN ", sent, ""), "535 5.7.8 no")]);
        let run = login(
            &server.address,
            &[
                "--auth",
                "plain",
                "--password-file",
                file.to_str().expect("a name"),
            ],
        );
        let report = run.json();
        assert_eq!(
            (run.status, &report["failure"]["cause"]),
            (77, &json!("credentials-rejected")),
            "{}",
            run.stderr
        );
        let detail = report["failure"]["detail"].as_str().expect("a detail");
        assert_eq!(detail.contains("ends with a blank"), named, "{detail}");
        assert_no_secret(&run);
    }
}

#[test]
fn the_first_line_of_a_command_is_the_password() {
    let response = STANDARD.encode(format!("\0u@x.test\0{}", *SECRET));
    let server = server(&[(repeated("AUTH PLAIN ", &response, ""), "235 2.7.0 welcome")]);
    let command = format!("printf '%s\\nuser: u\\nurl: x.test\\n' {}", *SECRET);
    let run = login(
        &server.address,
        &["--auth", "plain", "--password-command", &command],
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_no_secret(&run);
}

#[test]
fn the_demo_stores_the_message_that_it_sends() {
    let run = run(&["demo"], b"");
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    for part in [
        "> STARTTLS",
        "> AUTH LOGIN",
        "[redacted]",
        "\nDate: ",
        "\nMessage-ID: <",
        "It is the message that was sent",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
}

#[test]
fn a_password_that_rules_a_better_mechanism_out_is_told_where_the_login_works_all_the_same() {
    let why = "passed over for the login: SCRAM-SHA-256: the password has a character that SASLprep forbids";
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    fs::write(&file, format!("{}\u{7}\n", *SECRET)).expect("written");
    let file = file.to_str().expect("a path");
    let offer = [
        ("EHLO", "250-mx.x.test\r\n250 AUTH SCRAM-SHA-256 PLAIN"),
        ("AUTH PLAIN", "235 2.7.0 hello"),
    ];
    let server_of_send = server(&offer);
    let sent = login(&server_of_send.address, &["--password-file", file]);
    assert_eq!(sent.status, 0, "{}", sent.stderr);
    assert!(sent.stderr.contains(why), "{}", sent.stderr);
    assert_no_secret(&sent);
    let server_of_check = server(&offer);
    let check = [
        "check",
        "--server",
        &server_of_check.address,
        "--security",
        "none",
        "--dangerous-plaintext-auth",
    ];
    let checked = run(
        &[&check[..], &["--user", "u@x.test", "--password-file", file]].concat(),
        b"",
    );
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    assert!(checked.stdout.contains(why), "{}", checked.stdout);
    assert_no_secret(&checked);
}
