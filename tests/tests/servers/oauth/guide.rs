//! Every command of docs/microsoft-365.md, in the order of the page, once for each way to log in.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use smtp_tests::servers::{Door, USER, program};

use super::issuers;
use super::site::{Client, Registration, Site};

/// What a reader puts in the place of these words, here and in the commands of the page.
const TENANT: &str = "contoso.com";
const CLIENT_ID: &str = "CLIENT_ID";
const MAILBOX: &str = "me@contoso.com";

#[test]
fn every_command_of_the_page_about_microsoft_365_does_what_it_says() {
    let commands = commands();
    let (logins, others): (Vec<_>, Vec<_>) = commands
        .iter()
        .partition(|line| line.starts_with("smtp token login "));
    assert_eq!(logins.len(), 4, "{commands:?}");
    let verbs = [
        "smtp send ",
        "smtp token show work --reveal",
        "smtp token show ",
        "smtp token refresh ",
        "smtp token revoke ",
    ];
    for verb in verbs {
        assert!(
            others.iter().any(|line| line.starts_with(verb)),
            "the page has no `{verb}`"
        );
    }
    for login in logins {
        let site = Site::new();
        let is_service = login.contains("client-credentials");
        let by_certificate = login
            .contains("--client-cert")
            .then(|| issuers::certificate(&site).1);
        let client = site.register(&Registration {
            is_service,
            method: by_certificate.as_ref().map(|_| "private_key_jwt"),
            key: by_certificate,
            ..Registration::default()
        });
        fs::write(site.folder().join("client-secret"), &client.secret).expect("written");
        let mut person = site.person();
        let run = site.finish(
            shell(&site, &client, login),
            (!is_service).then_some(&mut person),
        );
        assert_eq!(run.status, 0, "{login}\n{}", run.stderr);
        assert!(
            run.stdout.starts_with(&format!("Logged in as {USER}")),
            "{}",
            run.stdout
        );
        for line in &others {
            let run = site.finish(shell(&site, &client, line), None);
            assert_eq!(run.status, 0, "{line}\n{}", run.stderr);
            println!("{line}: as the page says");
        }
        assert!(
            !site.file("work").exists(),
            "the last command of the page deletes the login"
        );
    }
}

/// The lines of the page's blocks for the shell.
fn commands() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/microsoft-365.md");
    let text = fs::read_to_string(page).expect("the page");
    let blocks = text
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"));
    let lines: Vec<String> = blocks
        .flat_map(|(block, _)| block.lines())
        .map(str::to_owned)
        .collect();
    assert!(
        lines.iter().all(|line| line.starts_with("smtp ")),
        "{lines:?}"
    );
    // A command in the text would be one that nobody runs.
    assert!(
        !text.contains("`smtp "),
        "a command stands outside the blocks"
    );
    lines
}

/// A line as the page has it, but for the reader's own words, and the two servers.
fn shell(site: &Site, client: &Client, line: &str) -> Command {
    let (oauth, tenant) = (site.servers.oauth(), site.servers.oauth_tenant());
    let ca_file = site.servers.ca_file().to_string_lossy().into_owned();
    let (host, port) = site.servers.address(Door::Submission);
    let line = line
        .replace(&format!("--tenant {TENANT}"), &format!("--tenant {tenant}"))
        .replace(MAILBOX, USER)
        .replace(CLIENT_ID, &client.id)
        .replace(
            "--provider microsoft",
            &format!("--provider microsoft --authority {oauth} --ca-file {ca_file} --wait 60"),
        )
        .replace(
            "--provider office365",
            &format!("--server {host}:{port} --auth XOAUTH2 --ca-file {ca_file}"),
        );
    let own = program();
    let path = env::join_paths([
        own.parent().expect("a folder"),
        Path::new("/usr/bin"),
        Path::new("/bin"),
    ]);
    let mut command = site.command_of("sh", &["-c", &line]);
    command
        .env("PATH", path.expect("a path"))
        .current_dir(site.folder());
    command
}
