//! How far a batch has come, on a terminal and only there.

use std::time::{Duration, Instant};

use super::state::Fate;
use crate::console::Console;

/// Often enough to be seen moving.
const REFRESH: Duration = Duration::from_millis(100);

/// Characters of the bar.
const WIDTH: usize = 30;

pub(super) struct Meter<'c> {
    console: Option<&'c Console>,
    total: usize,
    done: usize,
    failed: usize,
    began: Instant,
    shown: Option<Instant>,
}

impl<'c> Meter<'c> {
    /// Counts to `total`; silently where nobody looks or `quiet` says so.
    pub(super) fn new(console: &'c Console, total: usize, quiet: bool) -> Self {
        let console = Some(console).filter(|console| !quiet && console.is_watched());
        Self {
            console,
            total,
            done: 0,
            failed: 0,
            began: Instant::now(),
            shown: None,
        }
    }

    pub(super) fn count(&mut self, fate: Fate) {
        self.done += 1;
        self.failed += usize::from(fate != Fate::Accepted);
        let Some(console) = self.console else { return };
        if self.shown.is_none_or(|shown| shown.elapsed() >= REFRESH) {
            console.progress(&self.bar());
            self.shown = Some(Instant::now());
        }
    }

    fn bar(&self) -> String {
        let filled = (self.done * WIDTH)
            .checked_div(self.total)
            .unwrap_or(WIDTH)
            .min(WIDTH);
        let rate = self.done as f64 / self.began.elapsed().as_secs_f64().max(f64::EPSILON);
        let (full, rest) = ("#".repeat(filled), "-".repeat(WIDTH - filled));
        let failed = if self.failed > 0 {
            format!(", {} not accepted", self.failed)
        } else {
            String::new()
        };
        format!(
            "[{full}{rest}] {} of {}, {rate:.0} a second{failed}",
            self.done, self.total
        )
    }
}

/// The line is the next text's.
impl Drop for Meter<'_> {
    fn drop(&mut self) {
        if let (Some(console), Some(_)) = (self.console, self.shown) {
            console.progress("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_and_tells_what_was_not_accepted() {
        let console = Console::default();
        let mut meter = Meter {
            console: None,
            ..Meter::new(&console, 4, true)
        };
        (0..2).for_each(|_| meter.count(Fate::Accepted));
        assert!(
            meter
                .bar()
                .starts_with("[###############---------------] 2 of 4, "),
            "{}",
            meter.bar()
        );
        meter.count(Fate::Unknown);
        meter.count(Fate::Accepted);
        let bar = meter.bar();
        assert!(
            bar.starts_with(&format!("[{}] 4 of 4", "#".repeat(30)))
                && bar.ends_with(", 1 not accepted"),
            "{bar}"
        );
    }
}
