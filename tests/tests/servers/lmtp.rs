//! LMTP against Dovecot, which has a mailbox for some and none for others. `cargo xtask test` starts it.

use std::fs;
use std::process::{Command, Output};

use mailwright::{Client, ClientBuilder, Delivery, Outcome, Security, Transfer};
use serde_json::Value;
use smtp_tests::driver::Driver;
use smtp_tests::servers::{Message, OTHER, Servers, USER, program};

const NOBODY: &str = "nobody@example.test";

#[test]
fn the_command_tells_three_outcomes_of_two_good_recipients_and_a_bad_one() {
    let servers = Servers::running();
    for server in servers.lmtp() {
        let message = Message::new(b"by the command\r\n");
        let output = send(&server, &message);
        let text = String::from_utf8_lossy(&output.stdout);
        let report: Value = serde_json::from_str(&text).expect("an object");
        assert_eq!(output.status.code(), Some(67), "{server}: {text}");
        let recipients = report["recipients"].as_array().expect("recipients");
        let told: Vec<_> = recipients
            .iter()
            .map(|one| (one["accepted"] == true, one["reply"]["code"].as_u64()))
            .collect();
        assert_eq!(
            told,
            [(true, Some(250)), (false, Some(550)), (true, Some(250))],
            "{server}: {text}"
        );
        for (place, mailbox) in [(0, USER), (2, OTHER)] {
            let reply = recipients[place]["reply"]["text"][0]
                .as_str()
                .unwrap_or_default();
            assert!(
                reply.contains(mailbox) && reply.ends_with("Saved"),
                "{server}: {reply}"
            );
            assert_eq!(
                servers.stored(mailbox, &message),
                message.as_stored(),
                "{server}"
            );
        }
        assert_eq!(
            report["failure"]["cause"], "recipient-unknown",
            "{server}: {text}"
        );
        println!("{server}: three outcomes, exit status 67");
    }
}

fn send(server: &str, message: &Message) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("message");
    fs::write(&file, message.bytes()).expect("the message is written");
    Command::new(program())
        .args([
            "send",
            "--json",
            "--lmtp",
            "--security",
            "none",
            "--server",
            server,
            "--from",
            USER,
        ])
        .args(["--to", USER, "--to", NOBODY, "--to", OTHER])
        .arg(file)
        .output()
        .expect("the command starts")
}

#[test]
fn each_driver_hands_mail_to_mailboxes_by_each_means_and_over_each_kind_of_socket() {
    let servers = Servers::running();
    for driver in Driver::ALL {
        for transfer in [Transfer::Data, Transfer::Chunks] {
            for server in servers.lmtp() {
                let builder = builder(&server)
                    .lmtp()
                    .security(Security::None)
                    .transfer(transfer);
                let mut client = driver.build(builder).expect("a client");
                for recipients in [&[USER, NOBODY, OTHER][..], &[NOBODY], &[OTHER, USER]] {
                    let message = Message::new(b"by a driver\r\n.\r\nwith a dot\r\n");
                    let delivery = client
                        .send(&message.envelope(USER, recipients), message.bytes())
                        .expect("a delivery");
                    let place = format!(
                        "{driver:?}, {transfer:?}, {server}, to {recipients:?}: {delivery:?}"
                    );
                    check(&servers, &message, recipients, &delivery, &place);
                }
                client.quit().expect("a goodbye");
            }
        }
    }
}

fn check(
    servers: &Servers,
    message: &Message,
    recipients: &[&str],
    delivery: &Delivery,
    place: &str,
) {
    for (recipient, outcome) in recipients.iter().zip(&delivery.recipients) {
        assert_eq!(outcome.accepted, *recipient != NOBODY, "{place}");
        assert!(outcome.reply.is_some(), "{place}");
        if outcome.accepted {
            assert_eq!(
                servers.stored(recipient, message),
                message.as_stored(),
                "{place}"
            );
        }
    }
    let is_for_somebody = recipients.iter().any(|recipient| *recipient != NOBODY);
    assert_eq!(
        matches!(delivery.outcome, Outcome::Accepted(_)),
        is_for_somebody,
        "{place}"
    );
}

fn builder(server: &str) -> ClientBuilder {
    match server.strip_prefix("unix:") {
        Some(path) => Client::builder("localhost", 0).unix_socket(path),
        None => {
            let (host, port) = server.split_once(':').expect("an address has a port");
            Client::builder(host, port.parse().expect("a number"))
        }
    }
}
