//! `smtp sink` and the reader of its output.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::support::command;

/// Far more than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sink, ended with the test.
struct Sink {
    child: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Sink {
    fn start() -> Self {
        let mut child = command(&["sink", "--security", "none"])
            .spawn()
            .expect("the command");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let address = line
            .trim_end()
            .strip_prefix("listening on ")
            .expect("an address")
            .to_owned();
        Self {
            child,
            output,
            address,
        }
    }

    /// Sends a message whose line in the output is longer than a pipe takes, and returns once it is accepted.
    fn accept_a_long_line(address: &str) {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        let domain = ["d".repeat(60), "e".repeat(60), "f".repeat(60)].join(".");
        let recipients: String = (0..999)
            .map(|i| format!("RCPT TO:<{i:064}@{domain}>\r\n"))
            .collect();
        let mut commands = &stream;
        write!(
            commands,
            "EHLO x.test\r\nMAIL FROM:<a@x.test>\r\n{recipients}DATA\r\nhi\r\n.\r\n"
        )
        .expect("a client");
        let mut replies = BufReader::new(&stream).lines();
        assert!(replies.any(|reply| reply.expect("a reply").starts_with("250 2.0.0 stored")));
    }

    /// Sends SIGTERM, and returns the exit status.
    fn terminate(child: &mut Child) -> Option<i32> {
        kill_process(Pid::from_child(child), Signal::TERM).expect("a process");
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().expect("a status") {
                return status.code();
            }
            if Instant::now() >= until {
                child.kill().expect("a process");
                panic!("the sink does not end");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_sink_whose_output_is_not_read_ends_on_sigterm() {
    let mut sink = Sink::start();
    Sink::accept_a_long_line(&sink.address);
    assert_eq!(Sink::terminate(&mut sink.child), Some(0));
}

#[test]
fn a_sink_prints_what_it_accepted_before_it_ends() {
    let Sink {
        mut child,
        mut output,
        address,
    } = Sink::start();
    Sink::accept_a_long_line(&address);
    let mut line = String::new();
    thread::scope(|scope| {
        scope.spawn(|| output.read_line(&mut line).expect("a line"));
        assert_eq!(Sink::terminate(&mut child), Some(0));
    });
    let message: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(message["to"].as_array().map(Vec::len), Some(999));
}
