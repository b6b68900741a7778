//! `smtp check` against real servers: Postfix, with Dovecot for logins. `cargo xtask test` starts them.

use std::process::{Command, Output};

use serde_json::{Value, json};
use smtp_tests::servers::{Door, Login, Servers, USER, program};

#[test]
fn a_submission_server_is_usable_and_the_verdict_names_its_settings() {
    let servers = Servers::running();
    for (door, security) in [(Door::Submission, "starttls"), (Door::Smtps, "tls")] {
        let (output, json) = check(&servers, door, security, Login::User);
        assert_eq!(output.status.code(), Some(0), "{json:#}");
        let used = &json["verdict"]["use"];
        assert_eq!(
            (&used["port"], &used["security"]),
            (&json!(servers.address(door).1), &json!(security))
        );
        let offered = json["ports"][0]["auth_mechanisms"]
            .as_array()
            .expect("mechanisms");
        assert!(offered.contains(&used["auth"]), "{json:#}");
        assert_eq!(json["ports"][0]["phase"], "auth");
        assert!(json["ports"][0]["ms"]["auth"].is_number());
    }
}

#[test]
fn a_wrong_password_is_the_verdict() {
    let servers = Servers::running();
    let (output, json) = check(&servers, Door::Submission, "starttls", Login::WrongPassword);
    assert_eq!(
        (output.status.code(), &json["verdict"]["cause"]),
        (Some(77), &json!("credentials-rejected"))
    );
    assert_eq!(json["verdict"]["use"], Value::Null);
}

#[test]
fn a_server_that_takes_mail_for_its_own_domain_has_no_login_to_offer() {
    let servers = Servers::running();
    let (output, json) = check(&servers, Door::Smtp, "starttls", Login::None);
    assert_eq!(output.status.code(), Some(0), "{json:#}");
    assert_eq!(json["verdict"]["use"]["auth"], Value::Null);
    let (output, json) = check(&servers, Door::Smtp, "starttls", Login::User);
    assert_eq!(
        (output.status.code(), &json["verdict"]["cause"]),
        (Some(77), &json!("auth-not-offered"))
    );
}

#[test]
fn a_server_without_starttls_is_told_as_one() {
    let servers = Servers::running();
    let (output, json) = check(&servers, Door::Old, "starttls", Login::None);
    assert_eq!(
        (output.status.code(), &json["verdict"]["cause"]),
        (Some(78), &json!("starttls-not-offered"))
    );
}

fn check(servers: &Servers, door: Door, security: &str, login: Login) -> (Output, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let (host, port) = servers.address(door);
    let mut command = Command::new(program());
    command.args([
        "check",
        "--json",
        "--timeout",
        "60",
        "--server",
        &format!("{host}:{port}"),
        "--security",
        security,
    ]);
    command
        .arg("--ca-file")
        .arg(servers.ca_file())
        .env_remove("SMTP_PASSWORD")
        .env_remove("SMTP_TOKEN");
    if let Some((user, secret)) = login.credentials(servers) {
        let file = folder.path().join("secret");
        std::fs::write(&file, secret).expect("the secret is written");
        command
            .args(["--user", user])
            .arg("--password-file")
            .arg(file);
        assert_eq!(user, USER);
    }
    let output = command.output().expect("the command starts");
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "no JSON: {error}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    (output, json)
}
