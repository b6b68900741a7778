//! `smtp providers`, and its presets on `send`.

use serde_json::{Value, json};

use crate::support::run;

const KEYS: [&str; 10] = [
    "name", "title", "server", "port", "security", "auth", "oauth", "limits", "notes", "source",
];

#[test]
fn the_presets_are_one_object_with_json() {
    let run = run(&["providers", "--json"], b"");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let object = run.json();
    assert_eq!(object.as_object().expect("an object").len(), 1);
    let providers = object["providers"].as_array().expect("a list");
    assert!(providers.len() >= 20, "{}", providers.len());
    for provider in providers {
        let keys: Vec<_> = provider
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(keys, KEYS, "{provider}");
        assert!(
            ["starttls", "tls", "none"].contains(&provider["security"].as_str().expect("a word")),
            "{provider}"
        );
        assert!(
            provider["auth"].is_array()
                && provider["notes"].is_array()
                && provider["port"].is_u64()
        );
        if let Value::Object(limits) = &provider["limits"] {
            let keys: Vec<_> = limits.keys().map(String::as_str).collect();
            assert_eq!(
                keys,
                ["connections", "messages_per_minute", "message_size"],
                "{provider}"
            );
        }
    }
}

#[test]
fn the_first_preset_is_as_its_documentation_says() {
    let office = &run(&["providers", "--json"], b"").json()["providers"][0];
    assert_eq!(office["name"], "office365");
    assert_eq!(
        (&office["server"], &office["port"]),
        (&json!("smtp.office365.com"), &json!(587))
    );
    assert_eq!(
        (&office["security"], &office["auth"]),
        (&json!("starttls"), &json!(["XOAUTH2", "LOGIN"]))
    );
    assert_eq!(office["oauth"], "microsoft");
    assert_eq!(
        (
            &office["limits"]["connections"],
            &office["limits"]["messages_per_minute"]
        ),
        (&json!(3), &json!(30))
    );
}

#[test]
fn a_preset_without_a_login_has_an_empty_list_and_nulls() {
    let run = run(&["providers", "--json", "godaddy-relay"], b"");
    let relay = &run.json()["providers"][0];
    assert_eq!(
        (&relay["auth"], &relay["port"], &relay["security"]),
        (&json!([]), &json!(25), &json!("none"))
    );
    assert_eq!(
        (&relay["oauth"], &relay["limits"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn people_get_a_table_and_all_about_one_by_its_name() {
    let all = run(&["providers"], b"");
    assert_eq!((all.status, all.stderr.as_str()), (0, ""));
    let lines: Vec<_> = all.stdout.lines().collect();
    assert!(
        lines[0].starts_with("NAME") && lines.len() > 20,
        "{}",
        all.stdout
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("gmail ") && line.contains(" smtp.gmail.com ")),
        "{}",
        all.stdout
    );
    assert!(lines.iter().all(|line| line.len() < 110), "{}", all.stdout);

    let one = run(&["providers", "amazon-ses:eu-west-1"], b"");
    assert_eq!(one.status, 0);
    for told in [
        "email-smtp.eu-west-1.amazonaws.com:587",
        "40000000",
        "https://docs.aws.amazon.com/",
    ] {
        assert!(one.stdout.contains(told), "{told}: {}", one.stdout);
    }
}

#[test]
fn an_unknown_preset_is_a_usage_error_that_names_the_nearest() {
    for arguments in [
        &["send", "--provider", "gmial", "--json"][..],
        &["providers", "gmial"],
    ] {
        let run = run(arguments, b"");
        assert_eq!(run.status, 64, "{arguments:?}");
        assert!(
            run.stderr.contains("gmail"),
            "{arguments:?}: {}",
            run.stderr
        );
    }
    let object = run(&["send", "--provider", "gmial", "--json"], b"").json();
    let detail = object["failure"]["detail"].as_str().expect("a detail");
    assert_eq!(object["failure"]["cause"], "invalid-input");
    assert!(
        detail.contains("--provider") && detail.contains("gmail"),
        "{detail}"
    );
}

#[test]
fn a_preset_and_a_server_do_not_go_together_and_one_is_needed() {
    for arguments in [
        &["send", "--provider", "gmail", "--server", "127.0.0.1:1"][..],
        &["send"],
    ] {
        let run = run(arguments, b"");
        assert_eq!(run.status, 64, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stderr.contains("--server"),
            "{arguments:?}: {}",
            run.stderr
        );
    }
}
