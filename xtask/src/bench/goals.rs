//! What was set out to be reached. PERFORMANCE.md says of each that is not met how near it came, and why.

use serde_json::{Value, json};

use super::cold::CURL;
use super::{LIMIT, OURS, figure, name, table};

/// A bench, beside what, and at most how much of it.
type Goal = (&'static str, Beside, f64);

/// What a figure of ours is put beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// The time of a candidate.
    TimesOf(&'static str),
    /// The value of a candidate, which it may be above by so much.
    AboveThatOf(&'static str),
    /// Nothing: the value itself counts.
    Itself,
}

use Beside::{AboveThatOf, Itself, TimesOf};

const LETTRE: &str = "lettre, NODELAY";

const GOALS: [Goal; 48] = [
    ("reply / 10,000 in a row", TimesOf(LIMIT), 1.7),
    ("reply / single line", TimesOf(LIMIT), 1.8),
    ("reply / Exchange Online", TimesOf(LIMIT), 2.0),
    ("reply / 1,000 lines", TimesOf(LIMIT), 2.3),
    ("ehlo / Exchange Online", TimesOf(LIMIT), 3.0),
    ("ehlo / Gmail", TimesOf(LIMIT), 4.0),
    ("body / text", TimesOf(LIMIT), 1.15),
    ("body / base64", TimesOf(LIMIT), 0.65),
    ("body / dots", TimesOf(LIMIT), 4.5),
    ("body / bare LFs", TimesOf(LIMIT), 4.5),
    ("session / DATA 1 KB", TimesOf("mail-send"), 1.0 / 8.0),
    ("session / BDAT 1 KB", TimesOf("mail-send"), 1.0 / 12.0),
    // However it is fed: a reader that passes over a reply again for each line takes hundreds of times as long.
    ("reply / 1,000 lines by line", TimesOf(LIMIT), 10.0),
    (
        "wire / 1 KB, one by one, plain, two CPUs",
        TimesOf(LIMIT),
        1.0 / 0.95,
    ),
    (
        "wire / 1 KB, one by one, plain, one CPU",
        TimesOf(LIMIT),
        1.0 / 0.90,
    ),
    (
        "wire / 1 KB, one by one, TLS, two CPUs",
        TimesOf(LIMIT),
        1.0 / 0.90,
    ),
    (
        "wire / 1 KB, one by one, TLS, one CPU",
        TimesOf(LIMIT),
        1.0 / 0.85,
    ),
    (
        "wire / 1 KB, several, plain, two CPUs",
        TimesOf(LIMIT),
        1.0 / 0.95,
    ),
    (
        "wire / 1 KB, several, plain, one CPU",
        TimesOf(LIMIT),
        1.0 / 0.90,
    ),
    (
        "wire / 1 KB, several, TLS, two CPUs",
        TimesOf(LIMIT),
        1.0 / 0.90,
    ),
    (
        "wire / 1 KB, several, TLS, one CPU",
        TimesOf(LIMIT),
        1.0 / 0.85,
    ),
    (
        "wire / 1 KB, windows of 16, plain, two CPUs",
        TimesOf(LIMIT),
        1.0 / 0.95,
    ),
    (
        "wire / 1 KB, windows of 16, plain, one CPU",
        TimesOf(LIMIT),
        1.0 / 0.90,
    ),
    (
        "wire / 1 KB, windows of 16, TLS, two CPUs",
        TimesOf(LIMIT),
        1.0 / 0.90,
    ),
    (
        "wire / 1 KB, windows of 16, TLS, one CPU",
        TimesOf(LIMIT),
        1.0 / 0.85,
    ),
    (
        "wire / 1 KB, several, plain, two CPUs",
        TimesOf(LETTRE),
        1.0 / 3.5,
    ),
    (
        "wire / 1 KB, windows of 16, plain, two CPUs",
        TimesOf(LETTRE),
        1.0 / 20.0,
    ),
    (
        "wire / 1 MB, one by one, plain, two CPUs",
        TimesOf(LIMIT),
        1.0 / 0.85,
    ),
    (
        "wire / 1 MB, several, plain, two CPUs",
        TimesOf(LIMIT),
        1.0 / 0.85,
    ),
    // A tenth of one is what the clock and the scheduler add, and the envelope of the first of several.
    ("round trips / one by one", Itself, 2.1),
    ("round trips / several", Itself, 1.1),
    ("round trips / windows of 16", Itself, 0.08),
    // Four for the message, as the limit has, and the read of what has arrived before it.
    ("syscalls / one by one", Itself, 5.0),
    // The envelope of the first of several is two calls more.
    ("syscalls / several", Itself, 2.05),
    ("syscalls / windows of 16", Itself, 0.25),
    ("instructions / a reply of 10,000 in a row", Itself, 240.0),
    (
        "instructions / a transaction of 1 KB by DATA",
        Itself,
        4000.0,
    ),
    (
        "instructions / a transaction of 1 KB by BDAT",
        Itself,
        2000.0,
    ),
    ("memory / idle, core", Itself, 1024.0),
    ("memory / idle, TLS", AboveThatOf(LIMIT), 2048.0),
    ("memory / allocations, core", Itself, 0.0),
    ("build / packages, core", Itself, 5.0),
    ("build / packages, blocking client with ring", Itself, 24.0),
    (
        "build / packages, blocking client with AWS-LC",
        Itself,
        24.0,
    ),
    ("build / seconds, core from nothing", Itself, 5.0),
    ("build / bytes, the command", Itself, 9_000_000.0),
    ("cold start / STARTTLS and a login", TimesOf(CURL), 0.6),
    ("cold start / in the clear", TimesOf(CURL), 0.5),
];

/// What became of a goal.
#[derive(Debug)]
pub(super) struct Verdict {
    goal: Goal,
    /// Nothing where it was not measured.
    found: Option<f64>,
}

/// Each goal beside what was measured.
pub(super) fn judge(benches: &[Value]) -> Vec<Verdict> {
    GOALS
        .iter()
        .map(|goal| Verdict {
            goal: *goal,
            found: find(benches, goal),
        })
        .collect()
}

fn find(benches: &[Value], (bench, beside, _): &Goal) -> Option<f64> {
    let ours = benches.iter().find(|found| name(found) == *bench)?;
    match beside {
        Itself => figure(ours, OURS, "value"),
        AboveThatOf(whom) => Some(figure(ours, OURS, "value")? - figure(ours, whom, "value")?),
        // The median of the ratios of each round, which is not the ratio of the medians.
        TimesOf(LIMIT) => figure(ours, OURS, "ratio"),
        TimesOf(whom) => {
            // A peer that has no BDAT sends the same message by DATA.
            let theirs = benches
                .iter()
                .find(|found| name(found) == bench.replace("BDAT", "DATA"))?;
            Some(figure(ours, OURS, "nanoseconds")? / figure(theirs, whom, "nanoseconds")?)
        }
    }
}

impl Verdict {
    pub(super) fn is_met(&self) -> bool {
        self.found.is_some_and(|found| found <= self.goal.2)
    }

    pub(super) fn to_json(&self) -> Value {
        let (bench, beside, most) = self.goal;
        json!({ "bench": bench, "beside": told(beside), "goal": most, "found": self.found, "met": self.is_met() })
    }

    /// A row of the table.
    pub(super) fn row(&self) -> String {
        let (bench, beside, most) = self.goal;
        let amount = |value: f64| match beside {
            TimesOf(_) => format!("{value:.3} ×"),
            Itself | AboveThatOf(_) => table::amount(value),
        };
        let found = self.found.map_or_else(|| "not measured".to_owned(), amount);
        let verdict = match self.found {
            Some(found) if found > most => {
                format!("MISSED by {:.0} %", (found / most - 1.0) * 100.0)
            }
            Some(_) => "met".to_owned(),
            None => "MISSED".to_owned(),
        };
        format!(
            "| {bench} | {} | ≤ {} | {found} | {verdict} |",
            told(beside),
            amount(most)
        )
    }
}

fn told(beside: Beside) -> String {
    match beside {
        TimesOf(whom) => whom.to_owned(),
        AboveThatOf(whom) => format!("above {whom}"),
        Itself => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench(group: &str, input: &str, candidates: &[(&str, f64, f64)]) -> Value {
        let candidates: Vec<Value> = candidates
            .iter()
            .map(|(name, nanoseconds, ratio)| json!({ "name": name, "nanoseconds": nanoseconds, "ratio": ratio }))
            .collect();
        json!({ "group": group, "name": input, "candidates": candidates })
    }

    #[test]
    fn a_goal_that_is_missed_says_which_and_by_how_much() {
        let benches = [bench(
            "body",
            "text",
            &[(OURS, 13.8, 1.38), (LIMIT, 10.0, 1.0)],
        )];
        let verdicts = judge(&benches);
        let text = verdicts
            .iter()
            .find(|verdict| verdict.goal.0 == "body / text")
            .expect("a goal");
        assert!(!text.is_met());
        assert_eq!(
            text.row(),
            "| body / text | limit | ≤ 1.150 × | 1.380 × | MISSED by 20 % |"
        );
    }

    #[test]
    fn a_value_is_put_beside_its_goal_or_beside_somebody_elses() {
        let value = |who: &str, value: f64| json!({ "name": who, "value": value });
        let benches = [
            json!({ "group": "syscalls", "name": "several", "candidates": [value(OURS, 2.01)] }),
            json!({ "group": "memory", "name": "idle, TLS", "candidates": [value(OURS, 9096.0), value(LIMIT, 5000.0)] }),
        ];
        let rows: Vec<String> = judge(&benches).iter().map(Verdict::row).collect();
        assert!(
            rows.iter()
                .any(|row| row == "| syscalls / several |  | ≤ 2.05 | 2.01 | met |"),
            "{rows:?}"
        );
        let tls = "| memory / idle, TLS | above limit | ≤ 2,048 | 4,096 | MISSED by 100 % |";
        assert!(rows.iter().any(|row| row == tls), "{rows:?}");
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        assert!(
            judge(&[])
                .iter()
                .all(|verdict| !verdict.is_met() && verdict.row().contains("not measured"))
        );
    }

    #[test]
    fn bdat_is_put_beside_a_peer_that_has_data_alone() {
        let benches = [
            bench("session", "BDAT 1 KB", &[(OURS, 10.0, 3.0)]),
            bench("session", "DATA 1 KB", &[("mail-send", 130.0, 30.0)]),
        ];
        let verdicts = judge(&benches);
        assert!(
            verdicts
                .iter()
                .any(|verdict| verdict.goal.0 == "session / BDAT 1 KB" && verdict.is_met())
        );
    }
}
