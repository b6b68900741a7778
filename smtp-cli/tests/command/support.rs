//! A server that answers by a table, and a way to run the command against it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

/// How long a client may take to say its part.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ends the connection instead of a reply.
pub(crate) const HANG_UP: &str = "";

/// At a reply's end: the connection ends after it.
const LAST: char = '\u{4}';

/// A server on loopback for one connection.
pub(crate) struct Server {
    pub(crate) address: String,
    thread: JoinHandle<Vec<String>>,
}

impl Server {
    /// Answers each line by the first rule whose word it begins with; `greeting` and `.` are words too.
    /// An empty line, which ends a failed login by token, gets a refusal.
    pub(crate) fn start(rules: &[(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let rules = rules.to_vec();
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
            converse(&stream, &rules)
        });
        Self { address, thread }
    }

    /// The same on a UNIX socket.
    pub(crate) fn start_at(path: &Path, rules: &[(&'static str, &'static str)]) -> Self {
        let listener = UnixListener::bind(path).expect("a socket");
        let rules = rules.to_vec();
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
            converse(&stream, &rules)
        });
        Self {
            address: format!("unix:{}", path.display()),
            thread,
        }
    }

    /// What the client has sent, line by line.
    pub(crate) fn log(self) -> Vec<String> {
        self.thread.join().expect("the server's thread")
    }
}

/// Answers the commands of one connection by the rules, until it ends. A reply that ends in U+0004
/// is the last one.
pub(crate) fn converse<S>(stream: &S, rules: &[(&str, &str)]) -> Vec<String>
where
    for<'s> &'s S: Read + Write,
{
    let answer = |word: &str| {
        rules
            .iter()
            .find(|(start, _)| word.starts_with(start))
            .map(|(_, reply)| *reply)
    };
    let mut log = Vec::new();
    let mut lines = BufReader::new(stream).lines();
    let mut out = stream;
    let mut word = "greeting".to_owned();
    let mut in_body = false;
    loop {
        let reply = match in_body && word != "." {
            true => None,
            false if word.is_empty() => Some("535 5.7.8 the login failed"),
            false => Some(answer(&word).unwrap_or("502 5.5.1 not in the table")),
        };
        if let Some(reply) = reply {
            in_body = reply.starts_with("354");
            let last = reply.strip_suffix(LAST);
            if reply == HANG_UP
                || out
                    .write_all(format!("{}\r\n", last.unwrap_or(reply)).as_bytes())
                    .is_err()
            {
                return log;
            }
            if last.is_some() {
                return log;
            }
        }
        match lines.next() {
            Some(Ok(line)) => word = line,
            _ => return log,
        }
        log.push(word.clone());
    }
}

/// A run of the command that has ended.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("an exit status"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// The command with these arguments, without secrets in its environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtp"));
    command
        .args(arguments)
        .env_remove("SMTP_PASSWORD")
        .env_remove("SMTP_TOKEN");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the command with this on its standard input.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Run {
    feed(command(arguments), input)
}

/// Runs a command that is ready with this on its standard input.
pub(crate) fn feed(mut command: Command, input: &[u8]) -> Run {
    let mut child = command.spawn().expect("the command");
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("the command's end").into()
}

/// The arguments of a plain send to a server, and more.
pub(crate) fn send<'a>(server: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let plain = [
        "send",
        "--server",
        server,
        "--from",
        "a@x.test",
        "--to",
        "b@x.test",
        "--security",
        "none",
    ];
    plain.iter().chain(more).copied().collect()
}
