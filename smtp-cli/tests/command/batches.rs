//! A batch on disk, runs of it that are killed, and what must hold of them whatever server took it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A batch of messages that are told apart by their subjects.
pub(crate) struct Batch {
    folder: TempDir,
    subjects: Vec<String>,
}

impl Batch {
    /// Writes so many messages, whose subjects begin with `mark`, and the batch of them.
    pub(crate) fn of(messages: usize, mark: &str, recipient: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let subjects: Vec<_> = (1..=messages)
            .map(|number| format!("{mark}-{number}-"))
            .collect();
        let mut lines = String::new();
        for (number, subject) in subjects.iter().enumerate() {
            let message = format!("From: a@example.test\r\nSubject: {subject}\r\n\r\nHello.\r\n");
            fs::write(folder.path().join(format!("{number}.eml")), message).expect("a message");
            let line = format!(
                "{{\"from\":\"a@example.test\",\"to\":[\"{recipient}\"],\"file\":\"{number}.eml\"}}\n"
            );
            lines.push_str(&line);
        }
        fs::write(folder.path().join("batch"), lines).expect("the batch");
        Self { folder, subjects }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("batch")
    }

    /// How many lines the journal has by now.
    fn journal_lines(&self) -> usize {
        let journal = fs::read(self.folder.path().join("batch.journal")).unwrap_or_default();
        journal.iter().filter(|&&octet| octet == b'\n').count()
    }

    /// Runs the command with these options, to its end: its exit status and its object.
    pub(crate) fn run(&self, program: &Path, options: &[&str]) -> (i32, Value) {
        let output = self
            .command(program, options)
            .output()
            .expect("the command");
        let object = serde_json::from_slice(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let object = object.unwrap_or_else(|error| panic!("{error}: {stderr}"));
        (output.status.code().expect("an exit status"), object)
    }

    /// Runs it, and kills it when the journal has grown by so many lines. Tells whether it was alive by then.
    pub(crate) fn run_and_kill(&self, program: &Path, options: &[&str], lines: usize) -> bool {
        let until = self.journal_lines() + lines;
        let mut child = self.command(program, options).spawn().expect("the command");
        let began = Instant::now();
        while self.journal_lines() < until && child.try_wait().expect("a child").is_none() {
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "the journal does not grow"
            );
            // A long journal takes longer to be read.
            thread::sleep(Duration::from_millis(1 + self.subjects.len() as u64 / 1000));
        }
        let is_alive = child.try_wait().expect("a child").is_none();
        // SIGKILL: nothing of the command's own runs after it.
        child.kill().expect("a child");
        child.wait().expect("its end");
        is_alive
    }

    /// Holds what the last run told to what the server has: how many are unknown.
    pub(crate) fn check(&self, object: &Value, arrived: impl IntoIterator<Item = String>) -> usize {
        let mut there: HashMap<String, usize> = HashMap::new();
        for subject in arrived {
            *there.entry(subject).or_default() += 1;
        }
        let number = |key: &str| object[key].as_u64().expect("a number") as usize;
        let (accepted, refused, unknown) =
            (number("accepted"), number("refused"), number("unknown"));
        assert_eq!(
            accepted + refused + unknown,
            self.subjects.len(),
            "{object}"
        );
        let problems = object["problems"].as_array().expect("a list");
        let outcomes: HashMap<_, _> = problems
            .iter()
            .map(|problem| {
                (
                    problem["line"].as_u64().expect("a line") as usize,
                    problem["outcome"].as_str(),
                )
            })
            .collect();
        assert_eq!(outcomes.len(), refused + unknown, "{object}");
        for (line, subject) in (1..).zip(&self.subjects) {
            let times = there.get(subject).copied().unwrap_or_default();
            match outcomes.get(&line).copied().flatten() {
                None => assert_eq!(times, 1, "{subject} was accepted"),
                Some("unknown") => assert!(times <= 1, "{subject} is unknown"),
                Some(other) => assert_eq!(times, 0, "{subject} is {other}"),
            }
        }
        unknown
    }

    fn command(&self, program: &Path, options: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(["send", "--json", "--batch"])
            .arg(self.path())
            .args(options);
        command.env_remove("SMTP_PASSWORD").env_remove("SMTP_TOKEN");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// The subject of a message that one of these batches has.
pub(crate) fn subject_of(message: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&message[..message.len().min(8192)]).into_owned();
    text.lines()
        .find_map(|line| line.strip_prefix("Subject: "))
        .map(str::to_owned)
}
