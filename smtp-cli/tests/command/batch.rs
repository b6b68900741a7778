//! Batches: what is checked before, what becomes of each message, and runs that are killed.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use mailwright_cli::sink::{Sink, SinkOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::batches::{Batch, subject_of};
use crate::support::{HANG_UP, Run, Server, converse, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_smtp");

/// A folder with messages `1` to `4` and a batch of these lines.
fn folder(lines: &[Value]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["1", "2", "3", "4"] {
        fs::write(
            folder.path().join(name),
            format!("Subject: {name}\n\nHello.\n"),
        )
        .expect("a message");
    }
    let text: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("batch"), text.concat()).expect("a batch");
    folder
}

fn line(to: &[&str], file: &str) -> Value {
    json!({"from": "a@x.test", "to": to, "file": file})
}

/// Sends the folder's batch over one connection.
fn send(folder: &Path, server: &str, more: &[&str]) -> Run {
    let batch = folder.join("batch");
    let plain = [
        "send",
        "--batch",
        batch.to_str().expect("a path"),
        "--server",
        server,
        "--security",
        "none",
        "--connections",
        "1",
    ];
    run(&plain.iter().chain(more).copied().collect::<Vec<_>>(), b"")
}

const RULES: [(&str, &str); 9] = [
    ("greeting", "220 mx.test"),
    ("EHLO", "250-mx.test\r\n250 PIPELINING"),
    ("RCPT TO:<no", "550 5.1.1 nobody"),
    ("RCPT TO:<later", "450 4.2.0 greylisted"),
    ("MAIL", "250 ok"),
    ("RCPT", "250 ok"),
    ("DATA", "354 go on"),
    (".", "250 2.0.0 queued"),
    ("", "250 ok"),
];

#[test]
fn a_byte_order_mark_before_the_list_is_skipped() {
    let folder = folder(&[line(&["b@x.test"], "1")]);
    let batch = folder.path().join("batch");
    let list = fs::read_to_string(&batch).expect("the list");
    fs::write(&batch, format!("\u{feff}{list}")).expect("written");
    let run = send(folder.path(), &Server::start(&RULES).address, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
}

#[test]
fn what_becomes_of_each_message_is_told_and_a_second_run_sends_what_is_left() {
    let folder = folder(&[
        line(&["b@x.test"], "1"),
        line(&["no@x.test"], "2"),
        line(&["b@x.test", "no@x.test"], "3"),
        line(&["later@x.test"], "4"),
    ]);
    let server = Server::start(&RULES);
    let run = send(folder.path(), &server.address, &["--json"]);
    let object = run.json();
    let counts = [
        "total",
        "accepted",
        "refused",
        "unknown",
        "not_sent",
        "recipients_left_out",
        "handled",
    ];
    assert_eq!(
        counts.map(|key| object[key].as_u64().unwrap()),
        [4, 2, 1, 0, 1, 1, 4],
        "{object}"
    );
    assert_eq!(run.status, 67);
    let told: Vec<_> = object["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["line"], &one["outcome"]))
        .collect();
    let (refused, accepted, not_sent) = (json!("refused"), json!("accepted"), json!("not_sent"));
    assert_eq!(
        told,
        [
            (&json!(2), &refused),
            (&json!(3), &accepted),
            (&json!(4), &not_sent)
        ]
    );
    assert!(
        server
            .log()
            .iter()
            .filter(|line| line.starts_with("MAIL"))
            .count()
            == 4
    );

    let server = Server::start(&RULES);
    let run = send(folder.path(), &server.address, &[]);
    assert_eq!(run.status, 67);
    assert!(
        run.stdout
            .contains("4 messages: 2 accepted, 1 refused, 0 unknown, 1 not sent"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("line 4: not sent: later@x.test: 450"),
        "{}",
        run.stderr
    );
    let log = server.log();
    assert_eq!(
        log.iter()
            .filter(|line| line.starts_with("RCPT"))
            .collect::<Vec<_>>(),
        ["RCPT TO:<later@x.test>"]
    );
}

#[test]
fn a_message_whose_answer_never_came_is_sent_again_only_where_that_is_asked_for() {
    let folder = folder(&[line(&["b@x.test"], "1")]);
    let mut rules = RULES;
    rules[7] = (".", "");
    let server = Server::start(&rules);
    let run = send(folder.path(), &server.address, &["--json"]);
    assert_eq!((run.status, &run.json()["unknown"]), (75, &json!(1)));
    drop(server.log());

    // Nothing to do: nobody is connected to.
    let run = send(folder.path(), "127.0.0.1:1", &["--json"]);
    assert_eq!(
        (run.status, &run.json()["unknown"], &run.json()["handled"]),
        (75, &json!(1), &json!(0))
    );

    fs::write(folder.path().join("1"), "Subject: another\n\nHello.\n").unwrap();
    let server = Server::start(&RULES);
    let run = send(
        folder.path(),
        &server.address,
        &["--json", "--resend-unknown"],
    );
    assert_eq!((run.status, &run.json()["unknown"]), (75, &json!(1)));
    assert!(
        run.json()["problems"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("changed since"),
        "{}",
        run.stdout
    );
    assert!(
        !server.log().iter().any(|line| line == "."),
        "a message that was changed was sent"
    );

    fs::write(folder.path().join("1"), "Subject: 1\n\nHello.\n").unwrap();
    let server = Server::start(&RULES);
    let run = send(
        folder.path(),
        &server.address,
        &["--json", "--resend-unknown"],
    );
    assert_eq!(
        (run.status, &run.json()["accepted"]),
        (0, &json!(1)),
        "{}",
        run.stdout
    );
    drop(server.log());
}

#[test]
fn those_whom_a_message_cut_short_between_its_parts_has_not_reached_are_named() {
    let folder = folder(&[line(&["b@x.test", "cut@x.test", "c@x.test"], "1")]);
    let mut rules = vec![("RCPT TO:<cut", "")];
    rules.extend(RULES.map(|(command, reply)| match command {
        "EHLO" => (
            command,
            "250-mx.test\r\n250-PIPELINING\r\n250 LIMITS RCPTMAX=1",
        ),
        _ => (command, reply),
    }));
    let server = Server::start(&rules);
    let run = send(folder.path(), &server.address, &["--json"]);
    let object = run.json();
    assert_eq!(
        (&object["accepted"], &object["recipients_left_out"]),
        (&json!(1), &json!(2)),
        "{object}"
    );
    let problems = object["problems"].as_array().expect("problems");
    let told: Vec<_> = problems
        .iter()
        .map(|one| (&one["line"], one["detail"].as_str().unwrap_or_default()))
        .collect();
    let detail = |one| format!("{one}: not sent: the server closed the connection at RCPT");
    assert_eq!(
        told,
        [
            (&json!(1), detail("cut@x.test").as_str()),
            (&json!(1), &detail("c@x.test"))
        ]
    );
    drop(server.log());
}

#[test]
fn all_lines_are_checked_before_anything_is_sent() {
    let good = line(&["b@x.test"], "1");
    let cases = [
        (
            json!({"from": "a@x.test", "to": ["b@x.test"]}),
            65,
            "line 2: missing field",
        ),
        (line(&["b"], "2"), 65, "line 2: to: "),
        (line(&["b@x.test"], "5"), 66, "line 2: file: "),
        (
            line(&["b@x.test"], "batch.empty"),
            65,
            "line 2: The message is empty",
        ),
        (good.clone(), 65, "the same as line 1"),
    ];
    for (bad, status, what) in cases {
        let folder = folder(&[good.clone(), bad]);
        fs::write(folder.path().join("batch.empty"), "").unwrap();
        // Nobody listens there: an attempt to connect would be another failure.
        let run = send(folder.path(), "127.0.0.1:1", &["--json"]);
        let detail = run.json()["failure"]["detail"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_eq!(run.status, status, "{detail}");
        assert!(detail.contains(what), "{detail}");
    }
    let folder = folder(&[]);
    assert_eq!(send(folder.path(), "127.0.0.1:1", &[]).status, 65);
    fs::remove_file(folder.path().join("batch")).unwrap();
    assert_eq!(send(folder.path(), "127.0.0.1:1", &[]).status, 66);
    for alone in [
        ["--to", "c@x.test"],
        ["--subject", "s"],
        ["--envelope-from", "<>"],
    ] {
        assert_eq!(
            send(folder.path(), "127.0.0.1:1", &alone).status,
            64,
            "{alone:?}"
        );
    }
}

#[test]
fn where_nobody_can_be_reached_all_is_left_for_the_next_run() {
    let folder = folder(&[line(&["b@x.test"], "1"), line(&["b@x.test"], "2")]);
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let run = send(folder.path(), &closed, &["--json"]);
    let object = run.json();
    assert_eq!((run.status, &object["not_sent"]), (69, &json!(2)));
    assert_eq!(object["failure"]["cause"], "connection-refused");
    let changed = folder.path().join("batch");
    fs::write(&changed, line(&["b@x.test"], "1").to_string()).unwrap();
    let run = send(folder.path(), &closed, &["--json"]);
    assert_eq!(run.status, 65);
    assert!(
        run.json()["failure"]["detail"]
            .as_str()
            .unwrap()
            .contains("of another batch"),
        "{}",
        run.stdout
    );
}

/// A server that answers any number of connections by these rules, until it is stopped.
struct Busy {
    address: String,
    stop: mpsc::Sender<()>,
    thread: thread::JoinHandle<Vec<String>>,
}

impl Busy {
    fn start(rules: Vec<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let served = listener
                .incoming()
                .flatten()
                .take_while(|_| stopped.try_recv().is_err());
            // Each has a thread of its own: the command uses several at the same time.
            let served: Vec<_> = served
                .map(|stream| {
                    let rules = rules.clone();
                    thread::spawn(move || converse(&stream, &rules))
                })
                .collect();
            served
                .into_iter()
                .flat_map(|thread| thread.join().expect("a connection's thread"))
                .collect()
        });
        Self {
            address,
            stop,
            thread,
        }
    }

    /// Ends the server and returns the lines heard over all connections.
    fn log(self) -> Vec<String> {
        self.stop.send(()).expect("the server's thread");
        drop(TcpStream::connect(&self.address));
        self.thread.join().expect("the server's thread")
    }
}

#[test]
fn refusals_of_the_client_end_a_run_and_others_do_not() {
    // How many messages are tried, and the run's status.
    let cases = [
        (
            ("MAIL", "450 4.7.1 Error: too much mail from 192.0.2.1"),
            1,
            75,
        ),
        (("MAIL", "452 4.3.1 Insufficient system storage"), 1, 75),
        (
            (
                "MAIL",
                "550 5.7.705 Access denied, tenant has exceeded threshold",
            ),
            1,
            77,
        ),
        (("MAIL", "421 4.7.0 slow down\u{4}"), 1, 75),
        (("MAIL", "450 4.1.8 Sender address rejected"), 10, 75),
        (("MAIL", "421 4.3.0 closing\u{4}"), 10, 75),
        (
            ("RCPT", "450 4.7.1 Number of messages per hour exceeded"),
            10,
            75,
        ),
        ((".", "452 4.4.5 Messages per second limit exceeded"), 1, 75),
        ((".", HANG_UP), 10, 75),
        (("RCPT", "450 4.2.0 Greylisted, try again later"), 30, 75),
        (("RCPT", "452 4.2.2 Mailbox full"), 30, 75),
    ];
    let lines: Vec<_> = (0..30)
        .map(|number| line(&[&format!("b{number}@x.test")], "1"))
        .collect();
    for (rule, tried, status) in cases {
        let folder = folder(&lines);
        let server = Busy::start([&[rule], &RULES[..]].concat());
        let run = send(folder.path(), &server.address, &["--json"]);
        let (object, log) = (run.json(), server.log());
        assert_eq!(
            log.iter().filter(|line| line.starts_with("MAIL")).count(),
            tried,
            "{rule:?}: {object}"
        );
        assert_eq!(
            (run.status, &object["accepted"], &object["refused"]),
            (status, &json!(0), &json!(0)),
            "{object}"
        );
        assert_eq!(
            object["failure"].is_null(),
            tried == 30,
            "{rule:?}: {object}"
        );
        if rule.1 == HANG_UP {
            continue;
        }
        let server = Busy::start(RULES.to_vec());
        let run = send(folder.path(), &server.address, &["--json"]);
        server.log();
        assert_eq!(
            (run.status, &run.json()["accepted"]),
            (0, &json!(30)),
            "{rule:?}: {}",
            run.stdout
        );
    }
}

#[test]
fn connections_that_a_server_ends_leave_the_others_at_work() {
    let lines: Vec<_> = (0..30)
        .map(|number| line(&[&format!("b{number}@x.test")], "1"))
        .collect();
    let folder = folder(&lines);
    // The server accepts one connection and turns the second away.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (first, _) = listener.accept().expect("a client");
        let first = thread::spawn(move || converse(&first, &RULES));
        let (second, _) = listener.accept().expect("a client");
        let rules = [
            &[("MAIL", "421 4.7.0 Too many connections\u{4}")],
            &RULES[..],
        ]
        .concat();
        let second = converse(&second, &rules);
        (first.join().expect("a thread"), second)
    });
    let batch = folder.path().join("batch");
    let plain = [
        "send",
        "--batch",
        batch.to_str().expect("a path"),
        "--server",
        &address,
        "--security",
        "none",
    ];
    let run = run(
        &[
            &plain[..],
            &["--connections", "2", "--json", "--timeout", "20"],
        ]
        .concat(),
        b"",
    );
    let object = run.json();
    let (first, second) = server.join().expect("the server's thread");
    let count = |log: &[String]| log.iter().filter(|line| line.starts_with("MAIL")).count();
    assert_eq!((count(&first), count(&second)), (29, 1), "{object}");
    assert_eq!(
        (run.status, &object["accepted"], &object["not_sent"]),
        (75, &json!(29), &json!(1)),
        "{object}"
    );
}

#[test]
fn message_without_a_connection_goes_over_another_one() {
    let folder = folder(&["b@x.test", "c@x.test"].map(|to| line(&[to], "1")));
    let batch = folder.path().join("batch");
    let journal = folder.path().join("batch.journal");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (first, _) = listener.accept().expect("a client");
        let first = thread::spawn(move || converse(&first, &RULES));
        let (mut second, _) = listener.accept().expect("a client");
        // The other message is done by then, and no thread would begin another one.
        let until = Instant::now() + Duration::from_secs(20);
        while !fs::read_to_string(&journal)
            .expect("a journal")
            .contains("accepted")
            && Instant::now() < until
        {
            thread::yield_now();
        }
        second
            .write_all(b"421 4.7.0 Too many connections\r\n")
            .expect("a client");
        drop(second);
        first.join().expect("a thread")
    });
    let plain = [
        "send",
        "--batch",
        batch.to_str().expect("a path"),
        "--server",
        &address,
        "--security",
        "none",
    ];
    let run = run(
        &[
            &plain[..],
            &["--connections", "2", "--json", "--timeout", "20"],
        ]
        .concat(),
        b"",
    );
    let object = run.json();
    assert_eq!(
        (run.status, &object["accepted"], &object["failure"]),
        (0, &json!(2), &Value::Null),
        "{object}"
    );
    assert_eq!(
        server
            .join()
            .expect("a thread")
            .iter()
            .filter(|line| line.starts_with("MAIL"))
            .count(),
        2
    );
}

#[test]
fn failed_login_of_a_batch_is_made_once() {
    let lines: Vec<_> = (0..30)
        .map(|number| line(&[&format!("b{number}@x.test")], "1"))
        .collect();
    for (end, status) in [
        ("535 5.7.8 no", 77),
        ("454 4.7.0 not now", 75),
        ("421 4.7.0 too many\u{4}", 75),
        (HANG_UP, 75),
    ] {
        let folder = folder(&lines);
        let password = folder.path().join("password");
        fs::write(&password, smtp_canary::canary()).unwrap();
        let rules = [("EHLO", "250-mx.test\r\n250 AUTH PLAIN"), ("AUTH", end)];
        let server = Busy::start([&rules, &RULES[..]].concat());
        let password = password.to_str().expect("a path");
        let login = [
            "--user",
            "u",
            "--password-file",
            password,
            "--dangerous-plaintext-auth",
            "--connections",
            "4",
        ];
        let batch = folder.path().join("batch");
        let plain = [
            "send",
            "--batch",
            batch.to_str().expect("a path"),
            "--server",
            &server.address,
        ];
        let run = run(&[&plain[..], &["--security", "none"], &login].concat(), b"");
        assert_eq!(run.status, status, "{end}: {}", run.stderr);
        assert_eq!(
            server
                .log()
                .iter()
                .filter(|line| line.starts_with("AUTH"))
                .count(),
            1,
            "{end}"
        );
    }
}

#[test]
fn after_two_kills_each_message_was_accepted_once_or_is_unknown() {
    let sink = Sink::start(SinkOptions::default()).unwrap();
    let server = sink.local_addr().to_string();
    let options = [
        "--server",
        &server,
        "--security",
        "none",
        "--connections",
        "8",
    ];
    let batch = Batch::of(400, "kill", "b@example.test");
    let program = Path::new(PROGRAM);
    assert!(
        batch.run_and_kill(program, &options, 150),
        "it was done before it was killed"
    );
    assert!(
        batch.run_and_kill(program, &options, 250),
        "it was done before it was killed"
    );
    let (status, object) = batch.run(program, &options);
    let arrived: Vec<_> = sink
        .messages()
        .try_iter()
        .filter_map(|stored| subject_of(&stored.content?))
        .collect();
    let unknown = batch.check(&object, arrived);
    assert_eq!(status, if unknown == 0 { 0 } else { 75 });
    let (_, again) = batch.run(program, &options);
    assert_eq!(
        (&again["handled"], &again["unknown"]),
        (&json!(0), &object["unknown"])
    );
    let (status, object) = batch.run(program, &[&options[..], &["--resend-unknown"]].concat());
    assert_eq!((status, &object["accepted"]), (0, &json!(400)), "{object}");
    assert_eq!(sink.messages().try_iter().count(), unknown);
}
