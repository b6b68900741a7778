//! One step of a command: a cargo command that is announced, streamed and counted.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::tally::Tally;
use crate::transcript::Transcript;

/// A cargo command by its title.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) title: &'a str,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: &'a [(&'a str, &'a str)],
}

impl Step<'_> {
    /// Runs it in `root` to its end, and adds its tests to `tally` and all that it prints to `transcript`. False means
    /// that it failed, and then at least one failure has been counted.
    pub(crate) fn run(
        &self,
        root: &Path,
        interrupt: &Interrupt,
        tally: &mut Tally,
        transcript: &mut Transcript,
    ) -> bool {
        println!("\n== {}: cargo {}", self.title, self.arguments.join(" "));
        let failed_before = tally.failed;
        let mut command = cargo();
        command
            .args(self.arguments)
            .envs(self.environment.iter().copied())
            .current_dir(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        transcript.equip(&mut command);
        if io::stderr().is_terminal() {
            // It cannot see the terminal behind the pipe.
            command.env("CARGO_TERM_COLOR", "always");
        }
        let succeeded = match interrupt.run(&mut command, |child| stream(child, tally, transcript))
        {
            Ok(status) => status.success(),
            Err(error) => {
                println!("{}: {error}", self.title);
                false
            }
        };
        if !succeeded && tally.failed == failed_before {
            tally.failed += 1;
        }
        succeeded
    }
}

/// Runs every step in `root`, also after one has failed, and says which did.
pub(crate) fn run_all(root: &Path, steps: &[Step<'_>]) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    for step in steps {
        if interrupt.requested()
            || !step.run(root, &interrupt, &mut tally, &mut Transcript::default())
        {
            failed.push(step.title);
        }
    }
    println!(
        "\n{} of {} steps passed",
        steps.len() - failed.len(),
        steps.len()
    );
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

/// The cargo that started this process.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Where cargo builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |target| root.join(target))
}

fn stream(child: &mut Child, tally: &mut Tally, transcript: &mut Transcript) -> io::Result<()> {
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let mut complaints = Vec::new();
    thread::scope(|scope| {
        let errors = scope.spawn(|| {
            pass_on(errors, |line| {
                complaints.extend_from_slice(line);
                io::stderr().write_all(line)
            })
        });
        let output = pass_on(output, |line| {
            tally.count(&String::from_utf8_lossy(line));
            transcript.add(line);
            io::stdout().write_all(line)
        });
        output.and(
            errors
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("its errors went unread"))),
        )
    })?;
    transcript.add(&complaints);
    Ok(())
}

/// Line by line, to the end.
fn pass_on(from: Option<impl Read>, mut to: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let Some(from) = from else {
        return Ok(());
    };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to(&line)?;
        line.clear();
    }
    Ok(())
}
