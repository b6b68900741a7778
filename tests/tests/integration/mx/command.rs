//! The same by the command: what it prints, and its exit status.

use std::process::Command;

use serde_json::Value;
use smtp_tests::command::program;
use smtp_tests::dns::{DnsServer, Fault, World};
use smtp_tests::tables::Table;

use super::hosts::Hosts;
use super::{GOOD, TWO};

/// A run that has ended.
struct Run {
    status: Option<i32>,
    json: Value,
    stderr: String,
}

impl Run {
    /// Cause and phase of the failure.
    fn failure(&self) -> (&str, &str) {
        let failure = &self.json["failure"];
        (
            failure["cause"].as_str().unwrap_or_default(),
            failure["phase"].as_str().unwrap_or_default(),
        )
    }
}

/// Sends a message to the domain, or does what else these options say.
fn run(
    zone: &str,
    fault: Option<(&str, Fault)>,
    hosts: &[Option<Table>],
    options: &[&str],
) -> (Run, Hosts) {
    let world = World::parse(zone);
    let dns = DnsServer::start(match fault {
        Some((name, fault)) => world.fault(name, fault),
        None => world,
    });
    let hosts = Hosts::start(hosts);
    let mut command = Command::new(program());
    let (what, options) = options.split_first().expect("a command");
    command
        .args([what, "--json", "--mx"])
        .arg(format!("example.test:{}", hosts.port()));
    command
        .args(["--resolver", &dns.address().to_string()])
        .args(options);
    command.env_remove("SMTP_PASSWORD").env_remove("SMTP_TOKEN");
    let output = command.output().expect("the command starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let json =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (
        Run {
            status: output.status.code(),
            json,
            stderr,
        },
        hosts,
    )
}

const SEND: &[&str] = &[
    "send",
    "--from",
    "me@sender.test",
    "--to",
    "a@example.test",
    "--subject",
    "Hello",
];

#[test]
fn the_second_host_takes_what_the_first_one_did_not_and_the_dialogue_tells_why() {
    let greylisting: Table = &[("RCPT", "450 4.2.0 greylisted")];
    let (run, _hosts) = run(
        TWO,
        None,
        &[Some(greylisting), Some(GOOD)],
        &[SEND, &["-v"]].concat(),
    );
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(run.json["accepted"], true);
    assert_eq!(run.json["server"]["host"], "mx2.example.test");
    assert_eq!(run.json["recipients"][0]["reply"]["code"], 250);
    assert_eq!(run.json["failure"], Value::Null);
    let why = "* mx1.example.test (10): the server answered: 450 4.2.0 greylisted";
    assert!(run.stderr.contains(why), "{}", run.stderr);
    let times: Vec<f64> = run.json["dialogue"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|line| line["ms"].as_f64())
        .collect();
    assert!(
        times.is_sorted() && times.len() > 10,
        "one clock for both hosts: {times:?}"
    );
}

#[test]
fn each_failure_has_its_cause_its_phase_and_its_status() {
    let unknown: Table = &[("RCPT", "550 5.1.1 unknown")];
    let later: Table = &[("RCPT", "450 4.2.0 greylisted")];
    let null = "example.test. MX 0 .";
    let both = ["mx1.example.test (10)", "mx2.example.test (20)"];
    for (zone, fault, hosts, status, failure, says) in [
        (
            null,
            None,
            [None, None],
            68,
            ("host-not-found", "dns"),
            ["takes no mail", "RFC 7505"],
        ),
        (
            TWO,
            Some(("example.test", Fault::NoSuchName)),
            [None, None],
            68,
            ("host-not-found", "dns"),
            ["MX", "no such name"],
        ),
        (
            TWO,
            Some(("example.test", Fault::ServFail)),
            [None, None],
            75,
            ("dns-failure", "dns"),
            ["MX", "Server Failure"],
        ),
        (
            TWO,
            None,
            [None, None],
            69,
            ("connection-refused", "connect"),
            both,
        ),
        (
            TWO,
            None,
            [Some(later), None],
            75,
            ("throttled", "rcpt"),
            both,
        ),
        (
            TWO,
            None,
            [None, Some(unknown)],
            67,
            ("recipient-unknown", "rcpt"),
            ["550", "tried in vain: mx1.example.test"],
        ),
    ] {
        let (run, _hosts) = run(zone, fault, &hosts, SEND);
        let detail = run.json["failure"]["detail"].as_str().unwrap_or_default();
        let failure = match failure.0 {
            // Which cause a greylisting has is the knowledge base's to say.
            "throttled" => (run.failure().0, failure.1),
            _ => failure,
        };
        assert_eq!(
            (run.status, run.failure()),
            (Some(status), failure),
            "{detail}"
        );
        assert!(
            says.iter().all(|words| detail.contains(words)),
            "{says:?} in {detail}"
        );
        assert_eq!(run.json["recipients"][0]["address"], "a@example.test");
    }
}

#[test]
fn a_recipient_elsewhere_is_asked_for_and_pointed_out() {
    let relayed: Table = &[("RCPT TO:<b@", "554 5.7.1 relay access denied")];
    let (run, hosts) = run(
        TWO,
        None,
        &[Some(relayed), None],
        &[SEND, &["--to", "b@other.test"]].concat(),
    );
    assert_eq!((run.status, run.failure().0), (Some(67), "relay-denied"));
    assert!(
        run.stderr.contains("b@other.test is not at example.test"),
        "{}",
        run.stderr
    );
    assert!(
        !run.stderr.contains("a@example.test is not"),
        "{}",
        run.stderr
    );
    assert!(
        hosts
            .heard()
            .iter()
            .any(|line| line.contains("RCPT TO:<b@other.test>"))
    );
}

#[test]
fn a_check_tries_each_host_at_the_port_that_was_given() {
    let (run, hosts) = run(TWO, None, &[Some(GOOD), None], &["check"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let ports: Vec<_> = run.json["ports"].as_array().into_iter().flatten().collect();
    assert_eq!(
        ports
            .iter()
            .map(|port| port["usable"] == true)
            .collect::<Vec<_>>(),
        [true, false]
    );
    assert!(ports.iter().all(|port| port["port"] == hosts.port()));
}

#[test]
fn what_does_not_go_with_a_domain_is_a_usage_error() {
    for (options, says) in [
        (&["--mx", "example.test", "--user", "me"][..], "--user"),
        (&["--mx", "127.0.0.1"], "no domain name"),
        (
            &[
                "--server",
                "mail.example.test",
                "--resolver",
                "127.0.0.1:53",
            ],
            "--resolver: goes with --mx",
        ),
    ] {
        let output = Command::new(program())
            .args(["send", "--json"])
            .args(options)
            .args(&SEND[1..])
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(64), "{stdout}");
        assert!(stdout.contains(says), "{stdout}");
    }
}
