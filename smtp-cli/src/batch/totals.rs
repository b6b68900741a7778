//! What became of a batch: as one JSON object for scripts, and in words for people.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::state::{Fate, State};
use super::work::Done;
use crate::console::Console;
use crate::dialogue::milliseconds;
use crate::exit;
use crate::failure::Failure;
use crate::report::{failure_json, tell_failure};

/// Problems that people are shown: the journal has them all.
const SHOWN: usize = 20;

/// What is known of all messages of a batch, by this run and those before it.
#[derive(Default)]
pub(super) struct Totals {
    total: usize,
    accepted: usize,
    refused: usize,
    unknown: usize,
    not_sent: usize,
    /// Recipients whom messages that were accepted do not reach.
    left_out: usize,
    problems: Vec<Problem>,
    /// Messages that this run concluded, and how long it took.
    handled: usize,
    elapsed: Duration,
    journal: Option<PathBuf>,
    failure: Option<Failure>,
}

struct Problem {
    line: usize,
    fate: Fate,
    detail: String,
}

impl Totals {
    /// Before anything was sent.
    pub(super) fn of_failure(failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..Self::default()
        }
    }

    pub(super) fn of(
        states: &[(usize, State)],
        done: Done,
        elapsed: Duration,
        journal: &Path,
    ) -> Self {
        let count = |fate| {
            states
                .iter()
                .filter(|(_, state)| state.fate == fate)
                .count()
        };
        let problems = states.iter().flat_map(|(line, state)| {
            let own =
                (state.fate != Fate::Accepted && !state.detail.is_empty()).then_some(&state.detail);
            let problem = |detail: &String| Problem {
                line: *line,
                fate: state.fate,
                detail: detail.clone(),
            };
            own.into_iter().chain(&state.left_out).map(problem)
        });
        Self {
            total: states.len(),
            accepted: count(Fate::Accepted),
            refused: count(Fate::Refused),
            unknown: count(Fate::Unknown),
            not_sent: count(Fate::NotSent),
            left_out: states.iter().map(|(_, state)| state.left_out.len()).sum(),
            problems: problems.collect(),
            handled: done.handled,
            elapsed,
            journal: Some(journal.to_owned()),
            failure: done.failure,
        }
    }

    /// Adds what went wrong, unless something did before.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    /// The status for a script.
    pub(super) fn status(&self) -> u8 {
        match &self.failure {
            Some(failure) => failure.status,
            None if self.refused + self.left_out > 0 => exit::NO_USER,
            None if self.unknown + self.not_sent > 0 => exit::TRY_AGAIN,
            None => exit::OK,
        }
    }

    /// The object of `--json`: always the same keys, in the same order.
    pub(super) fn to_json(&self) -> Value {
        let problem = |problem: &Problem| json!({"line": problem.line, "outcome": problem.fate.name(), "detail": problem.detail});
        json!({
            "total": self.total,
            "accepted": self.accepted,
            "refused": self.refused,
            "unknown": self.unknown,
            "not_sent": self.not_sent,
            "recipients_left_out": self.left_out,
            "problems": self.problems.iter().map(problem).collect::<Vec<_>>(),
            "handled": self.handled,
            "rate": (self.rate() * 10.0).round() / 10.0,
            "journal": self.journal.as_ref().map(|path| path.display().to_string()),
            "failure": self.failure.as_ref().map(failure_json),
            "ms": milliseconds(self.elapsed),
        })
    }

    /// The same in words.
    pub(super) fn tell(&self, console: &Console) {
        for Problem { line, fate, detail } in self.problems.iter().take(SHOWN) {
            let what = match fate {
                Fate::Accepted => "accepted, but not for".to_owned(),
                other => other.name().replace('_', " "),
            };
            console.remark(&format!("line {line}: {what}: "), detail);
        }
        if let (Some(more @ 1..), Some(journal)) =
            (self.problems.len().checked_sub(SHOWN), &self.journal)
        {
            console.remark(&format!("and {more} more: see {}", journal.display()), "");
        }
        if self.total > 0 {
            let Self {
                total,
                accepted,
                refused,
                unknown,
                not_sent,
                handled,
                ..
            } = self;
            let (rate, seconds) = (self.rate(), self.elapsed.as_secs_f64());
            console.line(
                &format!(
                    "{total} messages: {accepted} accepted, {refused} refused, {unknown} unknown, {not_sent} not sent"
                ),
                "",
            );
            console.line(
                &format!("{handled} of them in this run of {seconds:.1} s, {rate:.0} a second"),
                "",
            );
        }
        if self.unknown > 0 {
            console.remark(
                "smtp: Of what is unknown the server's answer never came. It is sent again only with --resend-unknown.",
                "",
            );
        }
        if let Some(failure) = &self.failure {
            tell_failure(failure, console);
        }
    }

    fn rate(&self) -> f64 {
        self.handled as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The totals of messages with these fates; the last one of the accepted leaves somebody out, if it is to.
    fn totals(fates: &[Fate], left_out: usize) -> Totals {
        let state = |(line, fate): (usize, &Fate)| {
            let mut state = State::default();
            state.conclude(*fate, format!("detail of {line}"), Vec::new());
            (line, state)
        };
        let mut states: Vec<_> = (1..).zip(fates).map(state).collect();
        if left_out > 0 {
            states[0].1.left_out = vec!["b@x.test: 550 no".to_owned(); left_out];
        }
        Totals::of(
            &states,
            Done {
                handled: 2,
                failure: None,
            },
            Duration::from_secs(2),
            Path::new("j"),
        )
    }

    #[test]
    fn the_status_tells_the_worst() {
        use Fate::{Accepted, NotSent, Refused, Unknown};
        let cases: [(&[Fate], usize, u8); 6] = [
            (&[Accepted, Accepted], 0, exit::OK),
            (&[Accepted, Refused, Unknown, NotSent], 0, exit::NO_USER),
            (&[Accepted], 1, exit::NO_USER),
            (&[Accepted, Unknown], 0, exit::TRY_AGAIN),
            (&[Accepted, NotSent], 0, exit::TRY_AGAIN),
            (&[Refused], 0, exit::NO_USER),
        ];
        for (fates, left_out, status) in cases {
            assert_eq!(totals(fates, left_out).status(), status, "{fates:?}");
        }
        let mut failed = totals(&[Accepted, Refused], 0);
        failed.fail(Failure::no_login("none"));
        failed.fail(Failure::local("later"));
        assert_eq!(failed.status(), exit::NO_LOGIN);
    }

    #[test]
    fn the_object_counts_each_message_once_and_names_what_is_wrong() {
        use Fate::{Accepted, NotSent, Refused, Unknown};
        let object = totals(&[Accepted, Refused, Unknown, NotSent, Accepted], 1).to_json();
        let counts = [
            "total",
            "accepted",
            "refused",
            "unknown",
            "not_sent",
            "recipients_left_out",
            "handled",
        ];
        assert_eq!(
            counts.map(|key| object[key].as_u64()),
            [5, 2, 1, 1, 1, 1, 2].map(Some)
        );
        assert_eq!(object["rate"], 1.0);
        let problems = object["problems"].as_array().expect("a list");
        let lines: Vec<_> = problems
            .iter()
            .map(|problem| problem["line"].as_u64())
            .collect();
        assert_eq!(lines, [1, 2, 3, 4].map(Some));
        assert_eq!(problems[0]["detail"], "b@x.test: 550 no");
        assert_eq!(
            Totals::of_failure(Failure::usage("no")).to_json()["journal"],
            Value::Null
        );
    }
}
