//! Counts what the test harness reports.

use std::fmt;

/// Tests that passed and failed so far. A failed step without tests counts as one failure.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds one line of output, which counts only if it is a harness's `test result:` line.
    pub(crate) fn count(&mut self, line: &str) {
        let Some((_, result)) = line.split_once("test result:") else {
            return;
        };
        self.passed += number_before(result, " passed");
        self.failed += number_before(result, " failed");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    text.split(';')
        .find_map(|part| part.trim_end().strip_suffix(word))
        .and_then(|part| part.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_add_up_and_other_lines_do_not_count() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test a_reply_is_read ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            "test result: \u{1b}[32mok\u{1b}[m. 5 passed; 0 failed; 0 ignored",
        ] {
            tally.count(line);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 20,
                failed: 2
            }
        );
    }

    #[test]
    fn the_summary_has_the_form_that_scripts_read() {
        let tally = Tally {
            passed: 7,
            failed: 0,
        };
        assert_eq!(tally.to_string(), "7 passed, 0 failed");
    }
}
