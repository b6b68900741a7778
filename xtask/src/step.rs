//! One step of `cargo xtask test`: a cargo command that is announced, streamed and counted.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::interrupt::Interrupt;
use crate::tally::Tally;

/// A cargo command by its title.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) title: &'a str,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: &'a [(&'a str, &'a str)],
}

impl Step<'_> {
    /// Runs it in `root` to its end, and adds its tests to `tally`. False means that it failed,
    /// and then at least one failure has been counted.
    pub(crate) fn run(&self, root: &Path, interrupt: &Interrupt, tally: &mut Tally) -> bool {
        println!("\n== {}: cargo {}", self.title, self.arguments.join(" "));
        let failed_before = tally.failed;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(self.arguments)
            .envs(self.environment.iter().copied())
            .current_dir(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let succeeded = match interrupt.run(&mut command, |child| stream(child, tally)) {
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

fn stream(child: &mut Child, tally: &mut Tally) -> io::Result<()> {
    let Some(output) = child.stdout.take() else {
        return Ok(());
    };
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        io::stdout().write_all(&line)?;
        tally.count(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(())
}
