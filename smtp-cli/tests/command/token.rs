//! `smtp token` and `--oauth` without an issuer: what is refused, and what is told of it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;
use smtp_canary::{canary, leaks};
use tempfile::TempDir;

use crate::support::{Run, command, feed, send};

const MESSAGE: &[u8] = b"From: a@x.test\nTo: b@x.test\n\nHello\n";

/// Runs the command with this folder of logins.
fn run(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = command(arguments);
    command.env("SMTP_TOKEN_DIR", folder);
    feed(command, MESSAGE)
}

/// A login in a folder, whose token is good until 2100, by an issuer where nobody listens.
fn kept(name: &str, secret: &str, expires: u64) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let free = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    let file = json!({
        "version": 1,
        "user": "u@x.test",
        "flow": "browser",
        "issuer": "own",
        "token_endpoint": format!("http://{free}/token"),
        "client_id": "an-application",
        "access_token": secret,
        "refresh_token": secret,
        "granted_scopes": ["mail", "offline"],
        "obtained": 1_000_000_000,
        "expires": expires,
    });
    let path = folder.path().join(format!("{name}.json"));
    fs::write(&path, file.to_string()).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
    folder
}

const YEAR_2100: u64 = 4_102_444_800;

#[test]
fn without_a_login_nothing_is_sent_and_it_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = run(
        folder.path(),
        &send("127.0.0.1:1", &["--oauth", "work", "--json"]),
    );
    let report = run.json();
    let failure = &report["failure"];
    assert_eq!(
        (run.status, &failure["cause"], &failure["phase"]),
        (77, &json!("oauth-token-rejected"), &json!("auth"))
    );
    assert_eq!(
        (&report["server"], &failure["summary"]),
        (&json!(null), &json!("There is no login under this name."))
    );
    assert!(
        failure["fix"][0]
            .as_str()
            .is_some_and(|fix| fix.contains("smtp token login")),
        "{failure}"
    );
}

#[test]
fn a_login_is_shown_without_its_secrets_and_with_them_when_asked() {
    let secret = canary();
    let folder = kept("work", &secret, YEAR_2100);
    let shown = run(folder.path(), &["token", "show", "work", "--json"]);
    let expected = json!({
        "profile": "work", "user": "u@x.test", "expires": "2100-01-01T00:00:00Z", "scopes": ["mail", "offline"],
    });
    assert_eq!(
        (shown.status, shown.json()),
        (0, expected),
        "{}",
        shown.stderr
    );
    let people = run(folder.path(), &["token", "show", "work"]);
    assert!(
        people.stdout.contains("2100-01-01T00:00:00Z") && people.stdout.contains("refresh token"),
        "{}",
        people.stdout
    );
    for run in [&shown, &people] {
        assert!(!leaks(&run.stdout, &secret) && !leaks(&run.stderr, &secret));
    }
    let revealed = run(folder.path(), &["token", "show", "work", "--reveal"]);
    // Not by `assert_eq`, which would show it.
    assert!(
        revealed.stdout == format!("{secret}\n"),
        "not the token alone"
    );
    let revealed = run(
        folder.path(),
        &["token", "show", "work", "--reveal", "--json"],
    );
    assert!(revealed.json()["token"] == secret.as_str(), "not the token");
}

#[test]
fn another_name_is_told_which_there_are() {
    let folder = kept("work", &canary(), YEAR_2100);
    let run = run(folder.path(), &["token", "show", "wrok", "--json"]);
    assert_eq!(
        (run.status, &run.json()["profile"], &run.json()["user"]),
        (77, &json!("wrok"), &json!(null))
    );
    assert!(
        run.stderr
            .contains("Or name one of the logins that are there: work."),
        "{}",
        run.stderr
    );
}

#[test]
fn an_issuer_that_does_not_answer_is_for_later() {
    let secret = canary();
    let folder = kept("work", &secret, 1_000_000_001);
    for arguments in [
        vec!["token", "refresh", "work", "--json"],
        send("127.0.0.1:1", &["--oauth", "work", "--json"]),
    ] {
        let run = run(folder.path(), &arguments);
        assert_eq!(run.status, 75, "{}", run.stderr);
        assert_eq!(run.json()["failure"]["cause"], "temporary-server-failure");
        assert!(!leaks(&run.stdout, &secret) && !leaks(&run.stderr, &secret));
    }
    assert!(folder.path().join("work.json").exists());
}

#[test]
fn a_file_that_others_may_read_is_a_fault_of_configuration() {
    let folder = kept("work", &canary(), YEAR_2100);
    fs::set_permissions(
        folder.path().join("work.json"),
        fs::Permissions::from_mode(0o644),
    )
    .expect("a mode");
    let run = run(
        folder.path(),
        &send("127.0.0.1:1", &["--oauth", "work", "--json"]),
    );
    assert_eq!(
        (run.status, &run.json()["failure"]["phase"]),
        (78, &json!("config")),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("chmod 600"), "{}", run.stderr);
}

#[test]
fn a_login_can_be_deleted_here_alone() {
    let folder = kept("work", &canary(), YEAR_2100);
    let revoked = run(folder.path(), &["token", "revoke", "work", "--local"]);
    assert_eq!(revoked.status, 0, "{}", revoked.stderr);
    assert!(!folder.path().join("work.json").exists());
    assert_eq!(run(folder.path(), &["token", "revoke", "work"]).status, 77);
    let folder = kept("work", &canary(), YEAR_2100);
    let revoked = run(folder.path(), &["token", "revoke", "work"]);
    assert!(
        revoked.status == 0 && revoked.stderr.contains("stay good until they expire"),
        "{}",
        revoked.stderr
    );
}

#[test]
fn what_cannot_lead_to_a_token_is_a_usage_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases: [(&[&str], &str); 13] = [
        (&["work"], "--user is needed"),
        (&["work", "--user", "u"], "--provider is needed"),
        (
            &["work", "--user", "u", "--provider", "microsoft"],
            "--client-id is needed",
        ),
        (
            &[
                "work",
                "--user",
                "u\n",
                "--provider",
                "microsoft",
                "--client-id",
                "c",
            ],
            "0x0a",
        ),
        // An issuer may give any characters that are visible: RFC 6749 appendix A.1.
        (
            &[
                "work",
                "--user",
                "u\n",
                "--provider",
                "microsoft",
                "--client-id",
                "-c",
            ],
            "0x0a",
        ),
        (
            &[
                "../work",
                "--user",
                "u",
                "--provider",
                "microsoft",
                "--client-id",
                "c",
            ],
            "a profile's name",
        ),
        (
            &[
                "work",
                "--user",
                "u",
                "--provider",
                "microsoft",
                "--client-id",
                "c",
                "--tenant",
                "a/b",
            ],
            "neither a domain",
        ),
        (
            &[
                "work",
                "--user",
                "u",
                "--provider",
                "google",
                "--client-id",
                "c",
                "--tenant",
                "t",
            ],
            "for --provider microsoft",
        ),
        (
            &[
                "work",
                "--user",
                "u",
                "--provider",
                "google",
                "--client-id",
                "c",
                "--flow",
                "device",
            ],
            "Google's device flow",
        ),
        (
            &[
                "work",
                "--user",
                "u",
                "--token-endpoint",
                "http://x.test/",
                "--client-id",
                "c",
            ],
            "use https",
        ),
        (
            &[
                "work",
                "--user",
                "u",
                "--token-endpoint",
                "https://x.test/",
                "--client-id",
                "c",
                "--flow",
                "browser",
            ],
            "no authorization endpoint",
        ),
        (
            &[
                "work",
                "--user",
                "u",
                "--provider",
                "office365",
                "--client-id",
                "c",
                "--flow",
                "client-credentials",
            ],
            "one tenant",
        ),
        (
            &[
                "work",
                "--user",
                "u",
                "--token-endpoint",
                "https://x.test/",
                "--client-id",
                "c",
            ],
            "needs its client secret",
        ),
    ];
    for (arguments, why) in cases {
        let run = run(
            folder.path(),
            &[&["token", "login"], arguments, &["--json"]].concat(),
        );
        assert_eq!(run.status, 64, "{arguments:?}: {}", run.stderr);
        assert!(
            run.json()["failure"]["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains(why)),
            "{}",
            run.stdout
        );
    }
    for arguments in [
        vec!["token", "login", "work", "--tenant", "t"],
        vec![
            "token",
            "login",
            "work",
            "--device-endpoint",
            "https://x.test/",
        ],
        vec!["token", "login", "work", "--provider", "fastmail"],
        send(
            "127.0.0.1:1",
            &["--oauth", "work", "--token-file", "t", "--user", "u"],
        ),
    ] {
        assert_eq!(run(folder.path(), &arguments).status, 64, "{arguments:?}");
    }
}

#[test]
fn login_that_cannot_be_kept_asks_for_no_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let (secret, file) = (
        folder.path().join("secret"),
        folder.path().join("no-folder"),
    );
    fs::write(&secret, canary()).expect("written");
    fs::write(&file, "").expect("written");
    let secret = secret.to_string_lossy();
    // No server listens there: a request would end with another status.
    let login = [
        "token",
        "login",
        "work",
        "--user",
        "u",
        "--token-endpoint",
        "http://127.0.0.1:1/",
        "--client-id",
        "c",
    ];
    let run = run(
        &file,
        &[&login[..], &["--client-secret-file", &secret]].concat(),
    );
    assert_eq!(run.status, 78, "{}", run.stderr);
}

#[test]
fn options_of_a_login_that_do_not_fit_are_usage_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let login = [
        "token",
        "login",
        "work",
        "--user",
        "u",
        "--token-endpoint",
        "https://x.test/",
        "--client-id",
        "c",
    ];
    let cases: [&[&str]; 7] = [
        &["--client-auth", "digest"],
        &["--param", "audience"],
        &["--param", "state=x"],
        &["--client-cert", "cert.pem"],
        &["--client-key", "key.pem"],
        &[
            "--client-secret-file",
            "s",
            "--client-cert",
            "cert.pem",
            "--client-key",
            "key.pem",
        ],
        &["--service-account-file", "account.json"],
    ];
    for options in cases {
        let run = run(folder.path(), &[&login[..], options].concat());
        assert_eq!(run.status, 64, "{options:?}: {}", run.stderr);
    }
}

#[test]
fn service_account_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, secret) = (folder.path().join("account.json"), canary());
    fs::write(
        &file,
        json!({"type": "authorized_user", "refresh_token": secret}).to_string(),
    )
    .expect("written");
    let file = file.to_string_lossy();
    let run = run(
        folder.path(),
        &[
            "token",
            "login",
            "work",
            "--user",
            "u",
            "--service-account-file",
            &file,
            "--json",
        ],
    );
    assert_eq!(run.status, 64, "{}", run.stderr);
    assert!(
        run.stderr.contains("`service_account`") && !leaks(&run.stderr, &secret),
        "{}",
        run.stderr
    );
}

#[test]
fn expired_token_without_renewal_is_shown_as_it_is() {
    let folder = kept("work", &canary(), 1_000_003_600);
    let shown = run(folder.path(), &["token", "show", "work"]);
    assert!(
        shown
            .stdout
            .contains("no longer; it was until 2001-09-09T02:46:40Z"),
        "{}",
        shown.stdout
    );
}
