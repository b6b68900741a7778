//! Short-lived helper programs: run to their end, their output kept.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// Runs `program` with `input` on its standard input, and gives its standard output.
pub(super) fn run<A: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = A>,
    input: &[u8],
) -> Result<Vec<u8>, Failure> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Failure::io(format_args!("cannot start `{program}`")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not care for its input may be gone already; its status tells.
        let _ = stdin.write_all(input);
    }
    let output = child
        .wait_with_output()
        .map_err(Failure::io(format_args!("cannot wait for `{program}`")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Failure::Work(format!(
        "`{program}` failed ({}): {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    )))
}
