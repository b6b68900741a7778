//! Extensions against Postfix: what it reports when it is asked to, and letters beyond ASCII. `cargo xtask test` starts it.

use std::process;
use std::thread;
use std::time::{Duration, Instant};

use mailwright::{Cause, Envelope, NotifyOn, OriginalRecipient, Outcome, Recipient, Ret};
use smtp_tests::driver::Driver;
use smtp_tests::servers::{Attempt, Door, Login, Message, Servers, USER, client};

const ELSEWHERE: &str = "grüße@elsewhere.test";

/// From the user to the user, with a report of success asked for under this name.
fn reported(id: &str) -> Envelope {
    let original =
        OriginalRecipient::from_mailbox(&"list+user@example.test".parse().expect("a mailbox"))
            .expect("short");
    let recipient = Recipient::new(USER.parse().expect("a recipient"))
        .with_notify(NotifyOn::SUCCESS)
        .with_original_recipient(original);
    let envelope = Envelope::from_recipients(USER.parse().expect("a sender"), [recipient])
        .expect("a recipient");
    envelope
        .with_ret(Ret::Headers)
        .with_envelope_id(id.parse().expect("an id"))
}

#[test]
fn postfix_reports_a_delivery_under_the_names_that_it_was_given() {
    let servers = Servers::running();
    for driver in Driver::ALL {
        let id = format!("order {driver:?} = {}", process::id());
        let message = Message::new(b"with a report\r\n");
        let (mut client, sent) = client(&servers, &Attempt::ordinary(&message), driver);
        let delivery = client
            .send(&reported(&id), message.bytes())
            .expect("a delivery");
        client.quit().expect("a goodbye");
        assert!(delivery.accepted(), "{delivery:?}");
        let sent = sent.lock().expect("the dialogue").join("\n");
        assert!(
            sent.contains("NOTIFY=SUCCESS ORCPT=rfc822;list+2Buser@example.test"),
            "{sent}"
        );
        let report = wait_for_report(&servers, &id);
        assert!(
            report.contains("Original-Recipient: rfc822;list+user@example.test"),
            "{report}"
        );
        assert!(report.contains("Action: "), "{report}");
        println!("{driver:?}: reported as {id}");
    }
}

fn wait_for_report(servers: &Servers, id: &str) -> String {
    let begun = Instant::now();
    let line = format!("Original-Envelope-Id: {id}");
    loop {
        if let Some(report) = servers.holding(USER, &line) {
            return report;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "no report has come with {line}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_report_is_not_asked_of_a_server_without_dsn() {
    let servers = Servers::running();
    for driver in Driver::ALL {
        let message = Message::new(b"without a report\r\n");
        let attempt = Attempt {
            door: Door::Old,
            security: mailwright::Security::None,
            login: Login::None,
            ..Attempt::ordinary(&message)
        };
        let (mut client, sent) = client(&servers, &attempt, driver);
        let error = client
            .send(&reported("x"), message.bytes())
            .expect_err("no DSN");
        assert_eq!(error.cause(), Cause::Unsupported, "{error}");
        client.quit().expect("a goodbye");
        let sent = sent.lock().expect("the dialogue").join("\n");
        assert!(!sent.contains("MAIL"), "{sent}");
    }
}

#[test]
fn letters_beyond_ascii_go_to_postfix_by_smtputf8() {
    let servers = Servers::running();
    for driver in Driver::ALL {
        let message = Message::new(b"to umlauts\r\n");
        let (mut client, sent) = client(&servers, &Attempt::ordinary(&message), driver);
        let delivery = client
            .send(&message.envelope(USER, &[ELSEWHERE]), message.bytes())
            .expect("a delivery");
        client.quit().expect("a goodbye");
        assert!(
            matches!(delivery.outcome, Outcome::Accepted(_)),
            "{delivery:?}"
        );
        let sent = sent.lock().expect("the dialogue").join("\n");
        assert!(
            sent.contains(" SMTPUTF8") && sent.contains(&format!("RCPT TO:<{ELSEWHERE}>")),
            "{sent}"
        );
    }
}
