//! Prints lines on a separate thread, so that a stalled reader blocks only that thread.

use std::io::{self, ErrorKind, Write};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The pause before a busy printer is tried again.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Printer {
    lines: SyncSender<String>,
    thread: JoinHandle<io::Result<()>>,
}

impl Printer {
    pub(super) fn start(mut output: impl Write + Send + 'static) -> io::Result<Self> {
        let (lines, waiting) = mpsc::sync_channel::<String>(0);
        let print = move |line: String| writeln!(output, "{line}").and_then(|()| output.flush());
        let thread =
            thread::Builder::new().spawn(move || waiting.into_iter().try_for_each(print))?;
        Ok(Self { lines, thread })
    }

    /// Passes a line on once the lines before it are printed. Returns it if `is_over` first, or if the output has failed.
    pub(super) fn print(&self, mut line: String, is_over: impl Fn() -> bool) -> Result<(), String> {
        loop {
            line = match self.lines.try_send(line) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(line)) if !is_over() => line,
                Err(TrySendError::Full(line) | TrySendError::Disconnected(line)) => {
                    return Err(line);
                }
            };
            thread::sleep(PAUSE);
        }
    }

    /// Waits until the last line is printed.
    ///
    /// # Errors
    /// The output has failed, or `until` has come first (`TimedOut`).
    pub(super) fn finish(self, until: Instant) -> io::Result<()> {
        drop(self.lines);
        while !self.thread.is_finished() {
            if Instant::now() >= until {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    "the output is not read: its last lines are lost",
                ));
            }
            thread::sleep(PAUSE);
        }
        self.thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the printing thread has failed")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a deadline that a busy machine keeps easily.
    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn lines_are_printed_in_order() {
        let (mut reader, writer) = io::pipe().unwrap();
        let printer = Printer::start(writer).unwrap();
        for i in 0..20 {
            printer.print(format!("line {i}"), || false).unwrap();
        }
        printer.finish(soon()).unwrap();
        let printed = io::read_to_string(&mut reader).unwrap();
        assert_eq!(
            printed,
            (0..20).map(|i| format!("line {i}\n")).collect::<String>()
        );
    }

    #[test]
    fn an_output_that_is_not_read_blocks_nobody() {
        let (reader, writer) = io::pipe().unwrap();
        let printer = Printer::start(writer).unwrap();
        // More than a pipe takes.
        printer.print("x".repeat(4 << 20), || false).unwrap();
        assert_eq!(
            printer.print("next".to_owned(), || true),
            Err("next".to_owned())
        );
        assert_eq!(
            printer.finish(Instant::now()).unwrap_err().kind(),
            ErrorKind::TimedOut
        );
        drop(reader);
    }

    #[test]
    fn a_closed_output_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let printer = Printer::start(writer).unwrap();
        printer.print("line".to_owned(), || false).unwrap();
        assert_eq!(
            printer.print("next".to_owned(), || false),
            Err("next".to_owned())
        );
        assert_eq!(
            printer.finish(soon()).unwrap_err().kind(),
            ErrorKind::BrokenPipe
        );
    }
}
