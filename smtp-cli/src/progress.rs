//! How far a message has come, on a terminal and only there.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::console::Console;

/// Nobody needs to watch less than this.
const WORTH_WATCHING: u64 = 1024 * 1024;

/// Often enough to be seen moving.
const REFRESH: Duration = Duration::from_millis(100);

/// A reader that tells what has been read of it.
pub(crate) struct Progress<'a, R> {
    inner: R,
    console: Option<&'a Console>,
    total: u64,
    done: u64,
    shown: Option<Instant>,
}

impl<'a, R: Read> Progress<'a, R> {
    /// Watches `inner`, `total` octets long; silently where nobody looks or `quiet` says so.
    pub(crate) fn new(inner: R, total: u64, console: &'a Console, quiet: bool) -> Self {
        let watched = !quiet && total >= WORTH_WATCHING && console.is_watched();
        Self {
            inner,
            console: watched.then_some(console),
            total,
            done: 0,
            shown: None,
        }
    }

    fn show(&mut self) {
        let Some(console) = self.console else { return };
        if self.shown.is_none_or(|shown| shown.elapsed() >= REFRESH) {
            let percent = self
                .done
                .saturating_mul(100)
                .checked_div(self.total)
                .unwrap_or(100)
                .min(100);
            console.progress(&format!(
                "sending: {percent} % of {} MB",
                self.total / 1_000_000
            ));
            self.shown = Some(Instant::now());
        }
    }
}

impl<R: Read> Read for Progress<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done += count as u64;
        self.show();
        Ok(count)
    }
}

/// The line is the next text's.
impl<R> Drop for Progress<'_, R> {
    fn drop(&mut self) {
        if let (Some(console), Some(_)) = (self.console, self.shown) {
            console.progress("");
        }
    }
}
