//! `smtp check` and its library, in a lab of faults.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;
use smtp_tests::command::program;
use smtp_tests::lab::{Act, Ask, Authorities, Door, Fault, Lab, Shown, World, faults};

/// Set up at the same time: most of them wait more than they work.
const AT_ONCE: usize = 4;

/// All that a check may say.
const VERBS: [&str; 5] = ["EHLO ", "HELO ", "STARTTLS", "AUTH ", "QUIT"];

#[test]
fn each_fault_of_the_lab_is_told_by_its_cause() {
    let authorities = Arc::new(Authorities::generate());
    let program = program();
    let faults = faults();
    let (next, rows) = (
        Mutex::new(faults.iter().enumerate()),
        Mutex::new(Vec::new()),
    );
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((i, fault)) = next.lock().unwrap().next() else {
                        return;
                    };
                    let row = try_fault(fault, &authorities, program);
                    rows.lock().unwrap().push((i, row));
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort_by_key(|(i, _)| *i);
    let wrong: Vec<&String> = rows.iter().flat_map(|(_, row)| &row.wrong).collect();
    let mut table = String::new();
    for (fault, (_, row)) in faults.iter().zip(&rows) {
        let sign = if row.wrong.is_empty() {
            "right"
        } else {
            "WRONG"
        };
        table.push_str(&format!(
            "{sign}  {:<58} {:<26} exit {}\n",
            fault.name, row.cause, fault.exit
        ));
    }
    let right = rows.iter().filter(|(_, row)| row.wrong.is_empty()).count();
    let _ = writeln!(
        std::io::stderr(),
        "{table}{right} of {} faults, by the library and by the command",
        rows.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(rows.len() >= 25, "a lab of at least 25 faults");
}

#[test]
fn a_port_that_is_dropped_while_another_answers_is_a_firewalls_doing() {
    let lab = with_doors(vec![Door::Full, healthy()]);
    let (found, report) = lab.by_library();
    let ports = lab.ports();
    let failure = report.ports[0].failure.as_ref().expect("a failure");
    assert_eq!(failure.cause.name(), "connection-timeout");
    assert!(
        failure.summary.contains("a firewall on the way drops"),
        "{}",
        failure.summary
    );
    assert_eq!(found.cause, "ok");
    assert_eq!(
        found.best,
        Some((ports[1], "starttls".to_owned(), Some("PLAIN".to_owned())))
    );
}

#[test]
fn the_port_that_was_meant_is_the_one_to_use() {
    let lab = with_doors(vec![healthy(), healthy()]);
    assert_eq!(
        lab.by_library().0.best.map(|best| best.0),
        Some(lab.ports()[0])
    );
}

#[test]
fn failed_login_is_not_tried_again_on_another_port() {
    let goodbye = &[Act::Hear, Act::Say(&["221 bye"])][..];
    let ends: [(&[Act], &str); 4] = [
        (
            &[&[Act::Say(&["535 5.7.8 no"])], goodbye].concat(),
            "credentials-rejected",
        ),
        (
            &[&[Act::Say(&["454 4.7.0 not now"])], goodbye].concat(),
            "temporary-server-failure",
        ),
        (
            &[Act::Say(&["421 4.7.0 too many login failures"])],
            "throttled",
        ),
        (&[], "connection-closed"),
    ];
    for (end, cause) in ends {
        let failing = [&HEALTHY[..], &[Act::Hear], end].concat();
        let lab = Lab::new(
            Fault {
                ask: Ask::Password,
                ..fault_of(vec![Door::Acts(failing); 3])
            },
            &authorities(),
        );
        let (found, report) = lab.by_library();
        assert_eq!(found.cause, cause);
        let heard = lab.heard();
        assert_eq!(
            heard
                .iter()
                .filter(|line| line.starts_with("AUTH "))
                .count(),
            1,
            "{cause}: {heard:?}"
        );
        let told = report.ports.iter().filter_map(|port| port.failure.as_ref());
        assert_eq!(
            told.filter(|failure| failure.cause.name() == cause).count(),
            3,
            "{cause}"
        );
    }
}

#[test]
fn a_port_without_logins_names_the_one_that_has_them() {
    let without = [
        &HEALTHY[..7],
        &[Act::Say(&["250 mail.example.test"]), Act::Hear],
    ]
    .concat();
    let with = [
        &HEALTHY[..],
        &[Act::Hear, Act::Say(&["454 4.7.0 not now"]), Act::Hear],
    ]
    .concat();
    let doors = vec![Door::Acts(without), Door::Acts(with)];
    let lab = Lab::new(
        Fault {
            ask: Ask::Password,
            ..fault_of(doors)
        },
        &authorities(),
    );
    let (_, report) = lab.by_library();
    let failure = report.ports[0].failure.as_ref().expect("a failure");
    assert_eq!(failure.cause.name(), "auth-not-offered");
    assert!(
        failure
            .summary
            .contains(&format!("Port {} offers one", lab.ports()[1])),
        "{}",
        failure.summary
    );
}

#[test]
fn the_object_of_the_command_has_the_keys_of_its_contract() {
    let lab = Lab::new(
        Fault {
            compared: Some(healthy()),
            ..fault_of(vec![healthy()])
        },
        &authorities(),
    );
    let (found, json) = lab.by_command(program());
    let keys = |value: &Value| {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(keys(&json), "host ports compared verdict");
    let port = &json["ports"][0];
    let of_port = "port address phase ms greeting capabilities tls auth_mechanisms usable failure";
    assert_eq!(keys(port), of_port);
    assert_eq!(keys(&json["compared"][0]), format!("host {of_port}"));
    assert_eq!(
        keys(&port["ms"]),
        "dns connect greeting ehlo starttls tls auth"
    );
    assert_eq!(keys(&port["capabilities"]), "plain tls");
    assert_eq!(keys(&port["tls"]), "version cipher_suite certificate");
    assert_eq!(keys(&json["verdict"]), "cause summary fix use");
    assert_eq!(keys(&json["verdict"]["use"]), "port security auth");
    assert_eq!(
        (port["usable"].clone(), found.exit),
        (Value::Bool(true), Some(0))
    );
    assert_eq!(port["greeting"], "mail.example.test ESMTP");
    assert_eq!(
        port["capabilities"]["plain"],
        serde_json::json!(["STARTTLS"])
    );
    assert_eq!(
        port["auth_mechanisms"],
        serde_json::json!(["PLAIN", "LOGIN"])
    );
    let times = ["dns", "connect", "greeting", "ehlo", "starttls", "tls"]
        .map(|stage| port["ms"][stage].as_f64());
    assert!(times.iter().all(Option::is_some), "{times:?}");
    assert!(port["ms"]["auth"].is_null());
}

#[test]
fn the_command_adds_the_senders_dns_and_writes_the_page() {
    let records = "mail.example.test. IN A 127.0.0.1\nexample.test. IN TXT \"v=spf1 -all\"";
    let world = Some(World {
        records,
        fault: None,
    });
    let lab = Lab::new(
        Fault {
            world,
            ..fault_of(vec![healthy()])
        },
        &authorities(),
    );
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("report.html");
    let path = page.to_str().expect("a path");
    let (found, json) =
        lab.by_command_with(program(), &["--from", "me@example.test", "--html", path]);
    assert_eq!(found.exit, Some(0));
    assert_eq!(json["sender"]["domain"], "example.test");
    let findings = json["sender"]["findings"].as_array().expect("findings");
    assert!(
        findings.iter().any(|finding| finding["topic"] == "spf"),
        "{findings:?}"
    );
    let html = std::fs::read_to_string(&page).expect("a page");
    assert!(
        html.contains(json["verdict"]["summary"].as_str().expect("a sentence")),
        "{html}"
    );
    assert!(
        html.contains("v=spf1 -all") && html.contains("STARTTLS"),
        "{html}"
    );
}

#[test]
fn a_check_that_is_asked_for_wrongly_says_so_in_its_own_object() {
    let cases = [
        (vec!["--json"], 64),
        (
            vec![
                "--json",
                "--server",
                "mail.example.test",
                "--compare",
                "other.example.test",
            ],
            64,
        ),
        (vec!["--json", "--mx", "127.0.0.1"], 64),
        (
            vec![
                "--json",
                "--server",
                "mail.example.test",
                "--from",
                "no address",
            ],
            65,
        ),
        (
            vec![
                "--json",
                "--server",
                "mail.example.test",
                "--ca-file",
                "no/such/file",
            ],
            66,
        ),
    ];
    for (arguments, status) in cases {
        let output = Command::new(program())
            .arg("check")
            .args(&arguments)
            .output()
            .expect("the command starts");
        let json: Value = serde_json::from_slice(&output.stdout).expect("one object");
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        assert_eq!(json["verdict"]["cause"], "invalid-input", "{arguments:?}");
        assert_eq!(
            (&json["ports"], &json["verdict"]["use"]),
            (&serde_json::json!([]), &Value::Null)
        );
    }
}

/// Up to an answer to EHLO over TLS that offers logins.
const HEALTHY: [Act; 8] = [
    Act::Say(&["220 mail.example.test ESMTP"]),
    Act::Hear,
    Act::Say(&["250-mail.example.test", "250 STARTTLS"]),
    Act::Hear,
    Act::Say(&["220 go"]),
    Act::Tls(Shown::Good),
    Act::Hear,
    Act::Say(&["250-mail.example.test", "250 AUTH PLAIN LOGIN"]),
];

fn healthy() -> Door {
    Door::Acts([&HEALTHY[..], &[Act::Hear, Act::Say(&["221 bye"])]].concat())
}

fn with_doors(doors: Vec<Door>) -> Lab {
    Lab::new(fault_of(doors), &authorities())
}

/// Doors that are tried with STARTTLS, and wait for nobody for long.
fn fault_of(doors: Vec<Door>) -> Fault {
    let doors: Vec<_> = doors.into_iter().map(|door| (door, "starttls")).collect();
    let has_silent = doors.iter().any(|(door, _)| matches!(door, Door::Full));
    let name = if has_silent {
        "one silent door"
    } else {
        "doors"
    };
    Fault {
        name,
        world: None,
        doors,
        compared: None,
        ask: Ask::Server,
        cause: "",
        phase: "",
        exit: 0,
        says: &[],
    }
}

fn authorities() -> Arc<Authorities> {
    Arc::new(Authorities::generate())
}

struct Row {
    cause: String,
    wrong: Vec<String>,
}

fn try_fault(fault: &Fault, authorities: &Arc<Authorities>, program: &Path) -> Row {
    let lab = Lab::new(fault.clone(), authorities);
    let (by_library, report) = lab.by_library();
    let (by_command, _) = lab.by_command(program);
    let mut wrong = Vec::new();
    for (who, found) in [("library", &by_library), ("command", &by_command)] {
        let expected = (fault.cause, fault.phase);
        if (found.cause.as_str(), found.phase.as_str()) != expected
            || found.exit.is_some_and(|exit| exit != fault.exit)
        {
            wrong.push(format!(
                "{}, by the {who}: {found:?} instead of {expected:?}, {}",
                fault.name, fault.exit
            ));
        }
        for words in fault
            .says
            .iter()
            .filter(|words| !found.text.contains(**words))
        {
            wrong.push(format!(
                "{}, by the {who}: no “{words}” in {}",
                fault.name, found.text
            ));
        }
        if found.best.is_some() != (fault.cause == "ok") {
            wrong.push(format!(
                "{}, by the {who}: {:?} is to be used",
                fault.name, found.best
            ));
        }
    }
    for said in lab.heard().iter().filter(|said| !is_allowed(said)) {
        wrong.push(format!("{}: the client said {said:?}", fault.name));
    }
    let shown = format!("{report:?} {}", by_command.text);
    if smtp_canary::leaks(&shown, lab.secret()) {
        wrong.push(format!("{}: the secret is shown", fault.name));
    }
    Row {
        cause: by_library.cause,
        wrong,
    }
}

/// A response within a login is base64, or the `*` that gives it up.
fn is_allowed(said: &str) -> bool {
    let is_base64 = said
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+/=*".contains(&byte));
    VERBS.iter().any(|verb| said.starts_with(verb)) || (is_base64 && !said.starts_with("DATA"))
}
