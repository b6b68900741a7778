//! A server as a child process: started in the foreground, stopped by its id.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::failure::Failure;

/// Starts a program that ends when this process does, however that happens.
const GUARDED: &str = include_str!("guarded.sh");

const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// A server and all processes of its group. Dropping it stops them.
#[derive(Debug)]
pub(super) struct Daemon {
    name: &'static str,
    child: Child,
    guard: Option<ChildStdin>,
    logs: [PathBuf; 2],
    stopped: bool,
}

impl Daemon {
    /// Starts `command` (program and arguments), and waits until `answers` says that it is up.
    /// It must lead a process group of its own, so that Ctrl-C reaches the tests alone: a program
    /// that does not see to that itself is started by `setsid`.
    /// `output` keeps what it prints, `log` is where it logs to.
    pub(super) fn start(
        name: &'static str,
        command: &[&str],
        output: PathBuf,
        log: PathBuf,
        answers: impl Fn() -> bool,
    ) -> Result<Self, Failure> {
        let cannot = |error: io::Error| Failure::Work(format!("cannot start {name}: {error}"));
        let file = File::create(&output).map_err(cannot)?;
        let mut child = Command::new("sh")
            .args(["-c", GUARDED, "sh"])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(file.try_clone().map_err(cannot)?)
            .stderr(file)
            .spawn()
            .map_err(cannot)?;
        let guard = child.stdin.take();
        let mut daemon = Self {
            name,
            child,
            guard,
            logs: [output, log],
            stopped: false,
        };

        let start = Instant::now();
        while !answers() {
            daemon.alive()?;
            if start.elapsed() > START_LIMIT {
                return Err(daemon.failed("does not answer"));
            }
            thread::sleep(PAUSE);
        }
        daemon.alive()?;
        Ok(daemon)
    }

    /// What it is called in messages.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// What it printed and logged.
    pub(super) fn log(&self) -> String {
        self.logs
            .iter()
            .filter_map(|path| fs::read(path).ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    /// Fails when it has ended by itself.
    pub(super) fn alive(&mut self) -> Result<(), Failure> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.failed(&format!("ended by itself ({status})"))),
            Err(error) => Err(self.failed(&format!("cannot be waited for: {error}"))),
        }
    }

    /// Ends it and its children, and fails if one of them had to be killed.
    pub(super) fn stop(&mut self) -> Result<(), Failure> {
        if std::mem::replace(&mut self.stopped, true) {
            return Ok(());
        }
        let group = Pid::from_child(&self.child);
        if let Some(mut guard) = self.guard.take() {
            // From here on it is our own task, and a guard that is gone already is as good.
            let _ = guard.write_all(b"done\n");
        }
        let ended_before = self.alive();
        if ended_before.is_ok() {
            // The child is not reaped yet, so the id is still its own.
            let _ = kill_process(group, Signal::TERM);
        }
        let mut left = self.processes();
        let start = Instant::now();
        while !left.is_empty() && start.elapsed() < STOP_LIMIT {
            thread::sleep(PAUSE);
            let _ = self.child.try_wait();
            left = self.processes();
        }
        if left.is_empty() {
            return ended_before;
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
        Err(self.failed(&format!(
            "did not stop: processes {left:?} had to be killed"
        )))
    }

    /// The processes of its group, from the system's own list.
    fn processes(&self) -> Vec<u32> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|process| group_of_living(*process) == Some(self.child.id()))
            .collect()
    }

    fn failed(&self, how: &str) -> Failure {
        Failure::Work(format!(
            "{} {how}; its log says:\n{}",
            self.name,
            self.log()
        ))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Err(failure) = self.stop() {
            eprintln!("{failure}");
        }
    }
}

/// How many fields of `/proc/PID/stat` stand between the group and the number of threads.
const THREADS_BEHIND_GROUP: usize = 14;

/// The process group of a process, unless it has ended and merely waits for its parent.
fn group_of_living(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in parentheses, which may hold blanks and parentheses itself.
    // Behind it: state, parent, group.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    let group = fields.nth(1)?.parse().ok()?;
    // A process of many threads looks ended before the last of them has closed what they share.
    let threads: u32 = fields.nth(THREADS_BEHIND_GROUP)?.parse().ok()?;
    (state != "Z" || threads > 1).then_some(group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn start(dir: &tempfile::TempDir, script: &str, ready: &str) -> Result<Daemon, Failure> {
        let output = dir.path().join("output");
        let seen = output.clone();
        let ready = ready.to_owned();
        let answers = move || fs::read_to_string(&seen).is_ok_and(|text| text.contains(&ready));
        Daemon::start(
            "a script",
            &["setsid", "sh", "-c", script],
            output,
            dir.path().join("log"),
            answers,
        )
    }

    #[test]
    fn a_daemon_is_stopped_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let script = "trap 'kill $!; exit' TERM; sleep 60 & echo up; wait";
        let mut daemon = start(&dir, script, "up").unwrap();
        assert_eq!(daemon.processes().len(), 2);
        daemon.stop().unwrap();
        assert!(daemon.processes().is_empty());
    }

    #[test]
    fn a_daemon_ends_when_nobody_holds_its_guard() {
        let dir = tempfile::tempdir().unwrap();
        let mut daemon = start(&dir, "echo up; exec sleep 60", "up").unwrap();
        drop(daemon.guard.take());
        let status = daemon.child.wait().unwrap();
        assert_eq!(status.signal(), Some(Signal::TERM.as_raw()));
    }

    #[test]
    fn a_daemon_that_ends_at_once_is_a_failure_with_its_output() {
        let dir = tempfile::tempdir().unwrap();
        let failure = start(&dir, "echo the port is taken; exit 3", "never").unwrap_err();
        assert!(
            failure.to_string().contains("the port is taken"),
            "{failure}"
        );
    }
}
