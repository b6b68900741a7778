//! `smtp explain`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, run, send};

const DISABLED: &str =
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.";

fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn a_switched_off_login_is_told_with_who_can_switch_it_on_and_how() {
    let people = run(&["explain", DISABLED], b"");
    assert_eq!((people.status, people.stderr.as_str()), (0, ""));
    let told = people
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for words in [
        "smtp-auth-disabled",
        "Set-TransportConfig",
        "Set-CASMailbox",
        "https://admin.exchange.microsoft.com",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(
        told.contains("Who can do it: the administrator") && told.contains("Another try:"),
        "{told}"
    );
    assert!(
        people
            .stdout
            .lines()
            .all(|line| line.len() <= 100 || line.contains("https://")),
        "{}",
        people.stdout
    );
    assert!(
        !people.stdout.contains('\u{1b}'),
        "colours are for terminals: {}",
        people.stdout
    );

    let object = run(&["explain", "--json", DISABLED], b"").json();
    let all = [
        "code", "enhanced", "text", "class", "cause", "provider", "summary", "fix", "source",
    ];
    assert_eq!(keys(&object), all);
    assert_eq!(
        (&object["code"], &object["enhanced"]),
        (&json!(535), &json!("5.7.139"))
    );
    assert_eq!(
        (&object["class"], &object["cause"]),
        (&json!("permanent"), &json!("smtp-auth-disabled"))
    );
    assert_eq!(object["provider"], "Exchange Online");
    assert!(
        object["source"]
            .as_str()
            .expect("a page")
            .starts_with("https://learn.microsoft.com/"),
        "{object}"
    );
}

#[test]
fn a_reply_comes_from_arguments_or_from_standard_input_and_ends_its_lines_in_any_way() {
    let expected = json!(["No such", "user here"]);
    let spelled = r"550-5.1.1 No such\r\n550 5.1.1 user here\r\n";
    let wire = b"550-5.1.1 No such\r\n550 5.1.1 user here\r\n".as_slice();
    let cases: [(&[&str], &[u8]); 6] = [
        (&["explain", "--json", spelled], b""),
        (&["explain", "--json"], wire),
        (&["explain", "--json", "-"], wire),
        (
            &["explain", "--json"],
            b"550-5.1.1 No such\n550 5.1.1 user here",
        ),
        (
            &["explain", "--json"],
            b"550-5.1.1 No such\n550-5.1.1 user here\n55",
        ),
        (
            &["explain", "--json"],
            b"550 5.1.1 No such\n550 5.1.1 user here\n",
        ),
    ];
    for (arguments, input) in cases {
        let run = run(arguments, input);
        assert_eq!(run.status, 0, "{arguments:?}: {}", run.stderr);
        let object = run.json();
        assert_eq!(
            (&object["text"], &object["cause"]),
            (&expected, &json!("recipient-unknown")),
            "{arguments:?}"
        );
    }
    let words = run(
        &[
            "explain",
            "--json",
            "421",
            "4.7.0",
            "Too",
            "many",
            "connections",
        ],
        b"",
    )
    .json();
    assert_eq!(
        (&words["class"], &words["cause"]),
        (&json!("transient"), &json!("throttled"))
    );
}

#[test]
fn the_phase_tells_what_the_words_do_not() {
    let cause = |arguments: &[&str]| {
        run(&[&["explain", "--json"], arguments].concat(), b"").json()["cause"].clone()
    };
    assert_eq!(cause(&["550 No"]), "unknown");
    assert_eq!(cause(&["--phase", "rcpt", "550 No"]), "recipient-rejected");
    assert_eq!(
        cause(&["--phase", "STARTTLS", "502 No"]),
        "starttls-rejected"
    );
    assert_eq!(
        cause(&["--phase", "greeting", "554 No"]),
        "service-unavailable"
    );
    let wrong = run(&["explain", "--phase", "sleep", "550 No"], b"");
    assert_eq!(wrong.status, 64);
    assert!(wrong.stderr.contains("starttls"), "{}", wrong.stderr);
}

#[test]
fn a_reply_is_found_in_what_other_programs_log() {
    let explained = |text: &str| run(&["explain", "--json", text], b"").json();
    let refused = explained("(535, b'5.7.3 Authentication unsuccessful [X.prod.outlook.com]')");
    assert_eq!(
        (&refused["code"], &refused["enhanced"]),
        (&json!(535), &json!("5.7.3"))
    );
    assert_eq!(
        refused["text"],
        json!(["Authentication unsuccessful [X.prod.outlook.com]"])
    );
    // The phase that the program names counts like `--phase`.
    let log = "host mx.test[192.0.2.25] said: 550 5.7.1 Mailbox unavailable (in reply to MAIL FROM command)";
    assert_eq!(explained(log)["cause"], "sender-rejected");
}

#[test]
fn what_refuses_nothing_is_ok_and_a_challenge_is_decoded() {
    let object = run(&["explain", "--json", "250 2.1.0 Ok"], b"").json();
    assert_eq!(
        (&object["class"], &object["cause"]),
        (&json!("success"), &json!("ok"))
    );
    for reply in ["334 VXNlcm5hbWU6", "354 Go on"] {
        let object = run(&["explain", "--json", reply], b"").json();
        assert_eq!(
            (&object["class"], &object["cause"]),
            (&json!("intermediate"), &json!("ok")),
            "{reply}"
        );
    }
    assert!(
        run(&["explain", "334 VXNlcm5hbWU6"], b"")
            .stdout
            .contains("Username:")
    );
    let token = "334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiQmVhcmVyIn0=";
    assert_eq!(
        run(&["explain", "--json", token], b"").json()["cause"],
        "oauth-token-rejected"
    );
    assert!(
        run(&["explain", token], b"")
            .stdout
            .contains(r#""status":"401""#)
    );
}

#[test]
fn malformed_input_is_told_by_line_and_byte() {
    let cases: [(&[u8], &str); 6] = [
        (b"", "line 1, byte 0"),
        (b"hello", "line 1, byte 0"),
        (b"55x no", "line 1, byte 2"),
        (b"550_no", "line 1, byte 3"),
        (b"250-one\r\nno code\r\n250 three\r\n", "line 2, byte 0"),
        (b"550-one\n551 two\n", "line 2, byte 2"),
    ];
    for (input, place) in cases {
        let people = run(&["explain"], input);
        assert_eq!((people.status, people.stdout.as_str()), (65, ""), "{place}");
        assert!(people.stderr.contains(place), "{place}: {}", people.stderr);
        let script = run(&["explain", "--json"], input);
        assert_eq!(script.status, 65);
        let detail = script.json()["failure"]["detail"]
            .as_str()
            .expect("a detail")
            .to_owned();
        assert!(detail.contains(place), "{place}: {detail}");
    }
}

#[test]
fn what_a_server_says_is_shown_escaped() {
    let people = run(
        &["explain"],
        b"550 5.1.1 \x1b[2Jno\xff such \xe2\x80\xaeuser\r\n",
    );
    assert_eq!(people.status, 0);
    assert!(
        people.stdout.contains("\\x1b[2Jno\\xff such"),
        "{}",
        people.stdout
    );
    assert!(
        !people.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        people.stdout
    );
}

#[test]
fn every_answer_to_ehlo_has_the_keywords_that_stand_beside_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/ehlo.jsonl");
    let file = fs::read_to_string(path).expect("the file is there");
    let mut malformed = 0;
    for line in file.lines() {
        let answer: Value = serde_json::from_str(line).expect("an object");
        let server = answer["server"].as_str().expect("a server");
        let run = run(
            &["explain", "--ehlo", "--json"],
            answer["wire"].as_str().expect("the answer").as_bytes(),
        );
        let Some(expected) = answer["keywords"].as_array() else {
            assert_eq!(run.status, 65, "{server}");
            assert!(
                run.stderr.contains("line 2, byte 0"),
                "{server}: {}",
                run.stderr
            );
            malformed += 1;
            continue;
        };
        assert_eq!(run.status, 0, "{server}: {}", run.stderr);
        let object = run.json();
        let offered = object["capabilities"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|offer| {
                let words = [&offer["keyword"]]
                    .into_iter()
                    .chain(offer["parameters"].as_array().expect("a list"));
                words
                    .map(|word| word.as_str().expect("a word"))
                    .collect::<Vec<_>>()
                    .join(" ")
            });
        assert_eq!(
            offered.map(Value::from).collect::<Vec<_>>(),
            *expected,
            "{server}"
        );
    }
    assert_eq!(malformed, 1);
}

#[test]
fn an_answer_to_ehlo_has_the_keys_of_the_contract() {
    let answer = b"250-mx.example.test Hello\n250-AUTH LOGIN\n250-AUTH=login PLAIN\n250-SIZE 1000\n250-8BITMIME\n\
                   250 LIMITS RCPTMAX=100 MAILMAX=5";
    let object = run(&["explain", "--ehlo", "--json"], answer).json();
    let all = [
        "host",
        "capabilities",
        "size",
        "auth",
        "pipelining",
        "starttls",
        "chunking",
        "binarymime",
        "dsn",
        "smtputf8",
        "8bitmime",
        "enhancedstatuscodes",
        "limits",
    ];
    assert_eq!(keys(&object), all);
    assert_eq!(
        (&object["host"], &object["size"]),
        (&json!("mx.example.test"), &json!(1000))
    );
    assert_eq!(object["auth"], json!(["LOGIN", "PLAIN"]));
    assert_eq!(
        object["capabilities"][0],
        json!({"keyword": "AUTH", "parameters": ["LOGIN", "PLAIN"]})
    );
    assert_eq!(
        (&object["8bitmime"], &object["starttls"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(object["limits"], json!({"RCPTMAX": 100, "MAILMAX": 5}));
    let bare = run(&["explain", "--ehlo", "--json"], b"250 mx.example.test").json();
    assert_eq!(
        (&bare["size"], &bare["limits"], &bare["auth"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    assert_eq!(run(&["explain", "--ehlo"], b"502 no").status, 65);
    let people = run(&["explain", "--ehlo"], answer);
    assert!(
        people.stdout.contains("AUTH LOGIN PLAIN") && people.stdout.contains("STARTTLS"),
        "{}",
        people.stdout
    );
}

#[test]
fn a_refused_message_is_told_as_explain_tells_it_with_the_providers_page() {
    const REFUSAL: &str = "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from unauthorized sources";
    let server = Server::start(&[
        ("greeting", "220 mx.x.test ESMTP"),
        ("EHLO", "250 mx.x.test"),
        ("MAIL", "250 2.1.0 Ok"),
        ("RCPT", REFUSAL),
        ("QUIT", "221 Bye"),
    ]);
    let sent = run(&send(&server.address, &["--body", "Hello", "--json"]), b"");
    server.log();
    let failure = &sent.json()["failure"];
    let explained = run(&["explain", "--json", "--phase", "rcpt", REFUSAL], b"").json();
    for key in ["cause", "summary", "fix", "source"] {
        assert_eq!(failure[key], explained[key], "{key}");
    }
    assert_eq!(failure["cause"], "relay-denied");
    assert!(
        failure["source"]
            .as_str()
            .expect("a page")
            .starts_with("https://learn.microsoft.com/"),
        "{failure}"
    );
    assert!(
        sent.stderr.contains("see https://learn.microsoft.com/"),
        "{}",
        sent.stderr
    );
}
