//! `smtp token` against a real OAuth server, and its tokens against Postfix and Dovecot. `cargo xtask test` starts them.

mod guide;
mod issuers;
mod site;

use std::thread;
use std::time::Duration;

use serde_json::json;
use site::{Registration, Site};
use smtp_tests::servers::{Message, USER};

/// Longer than a token that is to be over lives.
const BRIEF: u64 = 2;
const PAST_BRIEF: Duration = Duration::from_millis(2100);

#[test]
fn each_flow_leads_to_a_token_that_the_mail_server_takes() {
    let site = Site::new();
    for flow in ["device", "browser", "client-credentials"] {
        let registration = Registration {
            is_service: flow == "client-credentials",
            ..Registration::default()
        };
        let client = site.register(&registration);
        let login = site.log_in(&client, flow, flow, &mut site.person());
        assert_eq!(login.status, 0, "{flow}: {}", login.stderr);
        let object = login.json();
        let scope = match flow {
            "client-credentials" => "https://outlook.office365.com/.default",
            _ => "https://outlook.office.com/SMTP.Send",
        };
        assert_eq!(
            (&object["profile"], &object["user"], &object["scopes"]),
            (&json!(flow), &json!(USER), &json!([scope]))
        );
        assert!(
            object["expires"]
                .as_str()
                .is_some_and(|time| time.len() == 20 && time.ends_with('Z')),
            "{object}"
        );
        assert_eq!(object.as_object().map(serde_json::Map::len), Some(4));

        let message = Message::new(flow.as_bytes());
        let sent = site.send(flow, &message, &["--auth", "XOAUTH2"]);
        assert_eq!(sent.status, 0, "{flow}: {}", sent.stderr);
        assert_eq!(
            sent.json()["auth"],
            json!({"mechanism": "XOAUTH2", "user": USER})
        );
        assert_eq!(site.servers.stored(USER, &message), message.as_stored());
        let checked = site.check(flow);
        assert_eq!(checked.status, 0, "{flow}: {}", checked.stderr);
        assert_eq!(
            checked.json()["verdict"]["use"]["auth"],
            "OAUTHBEARER",
            "{}",
            checked.stdout
        );
        site.assert_no_secret(flow, &[&login, &sent, &checked]);
        println!("{flow}: logged in, and accepted by XOAUTH2");
    }
}

#[test]
fn a_token_that_has_expired_is_refreshed_once_and_the_message_accepted() {
    let site = Site::new();
    let client = site.register(&Registration {
        access_ttl: Some(BRIEF),
        ..Registration::default()
    });
    assert_eq!(
        site.log_in(&client, "brief", "browser", &mut site.person())
            .status,
        0
    );
    for (number, refreshes) in [(1, 0), (2, 1)] {
        let message = Message::new(b"once more\r\n");
        let sent = site.send("brief", &message, &["--auth", "XOAUTH2"]);
        assert_eq!(sent.status, 0, "{}", sent.stderr);
        assert_eq!(site.servers.stored(USER, &message), message.as_stored());
        let counted = site.granted(&client, "refresh_token");
        // A machine that is busy for seconds may find the token over the first time, too.
        assert!(
            counted == refreshes || (number == 1 && counted == 1),
            "{counted} refreshes"
        );
        println!("message {number}: accepted, after {counted} refreshes in all");
        thread::sleep(PAST_BRIEF);
    }
    site.assert_no_secret("brief", &[]);
}

#[test]
fn processes_at_once_spend_a_refresh_token_once() {
    let site = Site::new();
    let client = site.register(&Registration::default());
    assert_eq!(
        site.log_in(&client, "shared", "browser", &mut site.person())
            .status,
        0
    );
    site.make_stale("shared");
    let revealed: Vec<_> = (0..4)
        .map(|_| site.spawn(&["token", "show", "shared", "--reveal", "--json"]))
        .collect();
    let mut tokens: Vec<String> = Vec::new();
    for run in revealed {
        let run = site::Run::from(run.wait_with_output().expect("its end"));
        assert_eq!(run.status, 0, "{}", run.stderr);
        tokens.push(run.json()["token"].as_str().expect("a token").to_owned());
    }
    tokens.dedup();
    assert_eq!(
        (tokens.len(), site.granted(&client, "refresh_token")),
        (1, 1)
    );
    // The server takes all of a login back when a refresh token comes twice: this one still works.
    let refreshed = site.run(&["token", "refresh", "shared"]);
    assert_eq!(refreshed.status, 0, "{}", refreshed.stderr);
    assert_eq!(site.granted(&client, "refresh_token"), 2);
}

#[test]
fn a_login_that_the_person_refuses_says_what_to_do() {
    let site = Site::new();
    let client = site.register(&Registration::default());
    for flow in ["device", "browser"] {
        let login = site.log_in(&client, "refused", flow, &mut site.person().who_refuses());
        site.assert_refused(&login, "access_denied", "Log in again");
        assert_eq!(site.run(&["token", "show", "refused"]).status, 77);
    }
}

#[test]
fn what_the_issuer_does_not_know_is_refused() {
    let site = Site::new();
    let service = site.register(&Registration {
        is_service: true,
        ..Registration::default()
    });
    let wrong = site.service_login(&service, "another-secret", &[]);
    site.assert_refused(&wrong, "invalid_client", "client secret");
    let flow = site.service_login(&service, &service.secret, &["--flow", "device"]);
    site.assert_refused(&flow, "is not allowed for this client", "registered");
    let stranger = site::Client {
        id: "nobody".to_owned(),
        ..service
    };
    let login = site.service_login(&stranger, &stranger.secret, &[]);
    site.assert_refused(&login, "invalid_client", "client id");
}

#[test]
fn a_refresh_token_that_is_over_asks_for_a_login() {
    let site = Site::new();
    let client = site.register(&Registration {
        access_ttl: Some(1),
        refresh_ttl: Some(1),
        ..Registration::default()
    });
    assert_eq!(
        site.log_in(&client, "over", "browser", &mut site.person())
            .status,
        0
    );
    thread::sleep(PAST_BRIEF);
    let refreshed = site.run(&["token", "refresh", "over", "--json"]);
    site.assert_refused(&refreshed, "invalid_grant", "Log in again");
    let message = Message::new(b"never\r\n");
    let sent = site.send("over", &message, &[]);
    let report = sent.json();
    assert_eq!(
        (sent.status, &report["failure"]["cause"]),
        (77, &json!("oauth-token-rejected")),
        "{}",
        sent.stderr
    );
    assert_eq!(
        (&report["failure"]["phase"], &report["server"]),
        (&json!("auth"), &json!(null))
    );
    assert!(
        report["failure"]["fix"][0]
            .as_str()
            .is_some_and(|fix| fix.contains("Log in again")),
        "{report}"
    );
    site.assert_no_secret("over", &[&refreshed, &sent]);
}

#[test]
fn a_revoked_login_is_gone_here_and_at_the_issuer() {
    let site = Site::new();
    let client = site.register(&Registration::default());
    assert_eq!(
        site.log_in(&client, "revoked", "browser", &mut site.person())
            .status,
        0
    );
    let copy = std::fs::read(site.file("revoked")).expect("a file");
    let revoked = site.run(&["token", "revoke", "revoked", "--json"]);
    assert_eq!(
        (revoked.status, &revoked.json()["user"]),
        (0, &json!(USER)),
        "{}",
        revoked.stderr
    );
    assert!(!site.file("revoked").exists());
    // What somebody kept of it is good for nothing.
    site.put_back("revoked", &copy);
    let refreshed = site.run(&["token", "refresh", "revoked", "--json"]);
    site.assert_refused(&refreshed, "invalid_grant", "Log in again");
    site.assert_no_secret("revoked", &[&refreshed, &revoked]);
}

#[test]
fn only_reveal_shows_the_token() {
    let site = Site::new();
    let client = site.register(&Registration {
        is_service: true,
        ..Registration::default()
    });
    assert_eq!(site.service_login(&client, &client.secret, &[]).status, 0);
    let shown = site.run(&["token", "show", "service"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    assert!(
        shown.stdout.contains("client-credentials") && shown.stdout.contains(&client.id),
        "{}",
        shown.stdout
    );
    site.assert_no_secret(
        "service",
        &[&shown, &site.run(&["token", "show", "service", "--json"])],
    );
    let revealed = site.run(&["token", "show", "service", "--reveal"]);
    assert_eq!(
        revealed.stdout.trim_end().split('.').count(),
        3,
        "a JSON Web Token, and nothing else"
    );
    assert_eq!(
        site.granted(&client, "client_credentials"),
        1,
        "a good token is not fetched again"
    );
}
