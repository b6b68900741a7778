//! The cost of sending one message with a command of its own: processor time from start to end,
//! compared with curl.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use super::{OURS, output_of};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::{servers, step};

pub(super) const CURL: &str = "curl";

/// The number of measurements of each command, alternating with the others, and the number of
/// messages in each.
const RUNS: usize = 15;
const MESSAGES: usize = 5;

const USER: &str = "sender";
const MESSAGE: &str =
    "From: a@example.test\r\nTo: b@example.test\r\nSubject: hello\r\n\r\nHello.\r\n";

/// Only Bash reports processor times to the millisecond, for all processes started within the loop.
const TIMED: &str = "TIMEFORMAT='%3U %3S'; n=$1; shift; \
                     time (for ((i = 0; i < n; i++)); do \"$@\" >/dev/null 2>&1 || exit; done)";

/// Measures the processor time of each command, and the size of ours.
pub(super) fn measure(root: &Path, interrupt: &Interrupt) -> Result<Vec<Value>, Failure> {
    servers::ensure_curl(interrupt)?;
    let mut build = step::cargo();
    build.args([
        "build",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "mailwright-cli",
        "--bin",
        "smtp",
    ]);
    output_of(build.current_dir(root), interrupt)?;
    let program = step::target(root).join("release/smtp");
    let bytes = fs::metadata(&program)
        .map_err(Failure::io(program.display()))?
        .len();
    let size = json!({ "name": OURS, "value": bytes as f64 });
    let mut measured =
        vec![json!({ "group": "build", "name": "bytes, the command", "candidates": [size] })];
    let files = Files::write().map_err(Failure::io("cannot write what is to be sent"))?;
    for (name, secure) in [("STARTTLS and a login", true), ("in the clear", false)] {
        let sink = Sink::start(&program, &files, secure)?;
        let commands = [
            (OURS, files.ours(&program, &sink, secure)),
            (CURL, files.curl(&sink, secure)),
        ];
        let mut times = commands.clone().map(|_| Vec::new());
        for _ in 0..RUNS {
            for ((_, command), times) in commands.iter().zip(&mut times) {
                times.push(time_of(command, interrupt)?);
            }
        }
        let candidates = commands.iter().zip(&mut times).map(|((who, _), times)| {
            times.sort_by(f64::total_cmp);
            json!({ "name": who, "nanoseconds": times.get(RUNS / 2) })
        });
        measured.push(json!({ "group": "cold start", "name": name, "candidates": candidates.collect::<Vec<_>>() }));
    }
    Ok(measured)
}

/// Returns the nanoseconds of processor time for each message, user and system together.
fn time_of(command: &[String], interrupt: &Interrupt) -> Result<f64, Failure> {
    let mut told = String::new();
    let mut bash = Command::new("bash");
    bash.args(["-c", TIMED, "bash", &MESSAGES.to_string()])
        .args(command)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let attend = |child: &mut Child| match &mut child.stderr {
        Some(stderr) => stderr.read_to_string(&mut told).map(|_| ()),
        None => Ok(()),
    };
    let status = interrupt
        .run(&mut bash, attend)
        .map_err(Failure::io("cannot run bash"))?;
    let who = command.first().map_or("", String::as_str);
    let seconds = told
        .split_whitespace()
        .map(str::parse::<f64>)
        .sum::<Result<f64, _>>();
    match seconds {
        Ok(seconds) if status.success() => Ok(seconds * 1e9 / MESSAGES as f64),
        _ => Err(Failure::Work(format!(
            "{who} did not send its message ({status}): {}",
            told.trim()
        ))),
    }
}

/// The files that both commands read.
struct Files {
    folder: tempfile::TempDir,
    password: String,
}

impl Files {
    fn write() -> std::io::Result<Self> {
        let files = Self {
            folder: tempfile::tempdir()?,
            password: smtp_canary::canary(),
        };
        fs::write(files.path("message"), MESSAGE)?;
        fs::write(files.path("password"), &files.password)?;
        Ok(files)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn ours(&self, program: &Path, sink: &Sink, secure: bool) -> Vec<String> {
        let mut command = vec![program.display().to_string()];
        let security = if secure { "starttls" } else { "none" };
        command.extend(
            ["send", "--from", "a@example.test", "--to", "b@example.test"].map(str::to_owned),
        );
        command.extend([
            "--server".to_owned(),
            sink.address.clone(),
            "--security".to_owned(),
            security.to_owned(),
        ]);
        if secure {
            command.extend([
                "--ca-file".to_owned(),
                self.text("ca"),
                "--user".to_owned(),
                USER.to_owned(),
            ]);
            command.extend(["--password-file".to_owned(), self.text("password")]);
        }
        command.push(self.text("message"));
        command
    }

    fn curl(&self, sink: &Sink, secure: bool) -> Vec<String> {
        let mut command = vec![
            "curl".to_owned(),
            "--silent".to_owned(),
            format!("smtp://{}", sink.address),
        ];
        command.extend(
            [
                "--mail-from",
                "a@example.test",
                "--mail-rcpt",
                "b@example.test",
            ]
            .map(str::to_owned),
        );
        if secure {
            command.extend([
                "--ssl-reqd".to_owned(),
                "--cacert".to_owned(),
                self.text("ca"),
            ]);
            command.extend(["--user".to_owned(), format!("{USER}:{}", self.password)]);
        }
        command.extend(["--upload-file".to_owned(), self.text("message")]);
        command
    }
}

/// The server of the command itself, until it is dropped.
struct Sink {
    child: Child,
    address: String,
}

impl Sink {
    fn start(program: &Path, files: &Files, secure: bool) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command
            .args(["sink", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if secure {
            command
                .args(["--user", USER, "--ca-out"])
                .arg(files.path("ca"));
            command.arg("--password-file").arg(files.path("password"));
        } else {
            command.args(["--security", "none"]);
        }
        let mut child = command.spawn().map_err(Failure::io(program.display()))?;
        let mut lines = child
            .stdout
            .take()
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufRead::lines);
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let mut sink = Self {
            child,
            address: String::new(),
        };
        sink.address = first
            .strip_prefix("listening on ")
            .unwrap_or_default()
            .to_owned();
        // Its output is read, so that it does not wait for a reader.
        thread::spawn(move || lines.for_each(drop));
        if sink.address.is_empty() {
            return Err(Failure::Work(format!("the sink does not listen: {first}")));
        }
        Ok(sink)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It has nothing to keep.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
