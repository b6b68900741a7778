//! An attempt by the command: `smtp send --json`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mailwright::Security;
use serde_json::Value;
use tempfile::TempDir;

use super::{Attempt, Servers, Verdict};

/// Runs `smtp send --json -v`, and reads the object that it prints.
///
/// # Panics
///
/// Where the command is not there, or prints anything but one JSON object.
pub(super) fn send(servers: &Servers, attempt: &Attempt<'_>) -> Verdict {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let output = run(servers, attempt, &dir);
    let stdout = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let json: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| {
        panic!("`smtp send --json` printed no JSON: {error}\n{stdout}\n{stderr}")
    });
    Verdict {
        accepted: json["accepted"] == true,
        refused: list(&json["recipients"])
            .filter(|recipient| recipient["accepted"] != true)
            .filter_map(|recipient| text(&recipient["address"]))
            .collect(),
        phase: text(&json["failure"]["phase"]),
        cause: text(&json["failure"]["cause"]),
        exit: output.status.code(),
        mechanism: text(&json["auth"]["mechanism"]),
        tls: text(&json["tls"]["version"]),
        sent: list(&json["dialogue"])
            .filter(|line| line["from"] == "client")
            .filter_map(|line| text(&line["line"]))
            .collect(),
        text: format!("{stdout}\n{stderr}"),
    }
}

fn run(servers: &Servers, attempt: &Attempt<'_>, dir: &TempDir) -> Output {
    let message = dir.path().join("message");
    fs::write(&message, attempt.message.bytes()).expect("the message is written");
    let (host, port) = servers.address(attempt.door);
    let mut command = Command::new(program());
    command.args(["send", "--json", "-v", "--timeout", "60"]);
    command.args([
        "--server",
        &format!("{host}:{port}"),
        "--security",
        security(attempt.security),
    ]);
    command
        .args(["--from", attempt.from])
        .env_remove("SMTP_PASSWORD")
        .env_remove("SMTP_TOKEN");
    for recipient in attempt.to {
        command.args(["--to", recipient]);
    }
    if attempt.trusting {
        command.arg("--ca-file").arg(servers.ca_file());
    }
    if let Some((user, secret)) = attempt.login.credentials(servers) {
        let option = if attempt.login.is_token() {
            "--token-file"
        } else {
            "--password-file"
        };
        let file = dir.path().join("secret");
        fs::write(&file, secret).expect("the secret is written");
        command.args(["--user", user]).arg(option).arg(file);
    }
    if let Some(mechanism) = attempt.mechanism {
        command.args(["--auth", mechanism.name()]);
    }
    command.arg(message).output().expect("the command starts")
}

/// Where the command is: `$SMTP_COMMAND`, or what `cargo build` made. The tests' own program is in
/// `deps` beside that.
///
/// # Panics
///
/// Where it is not there.
pub fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("SMTP_COMMAND") {
        return path.into();
    }
    let own = std::env::current_exe().expect("a program knows its path");
    let path = own
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("/"))
        .join("smtp");
    assert!(
        path.exists(),
        "there is no {}: run `cargo build -p mailwright-cli`, or set SMTP_COMMAND to the command's path",
        path.display()
    );
    path
}

fn security(security: Security) -> &'static str {
    match security {
        Security::StartTls => "starttls",
        Security::ImplicitTls => "tls",
        Security::Opportunistic => "opportunistic",
        Security::None => "none",
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
