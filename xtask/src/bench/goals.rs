//! What was set out to be reached. PERFORMANCE.md says of each that is not met how near it came, and why.

use serde_json::{Value, json};

use super::{LIMIT, OURS, figure, name};

/// A bench, beside whom, and at most how many times what that one takes.
type Goal = (&'static str, &'static str, f64);

const GOALS: [Goal; 13] = [
    ("reply / 10,000 in a row", LIMIT, 1.7),
    ("reply / single line", LIMIT, 1.8),
    ("reply / Exchange Online", LIMIT, 2.0),
    ("reply / 1,000 lines", LIMIT, 2.3),
    ("ehlo / Exchange Online", LIMIT, 3.0),
    ("ehlo / Gmail", LIMIT, 4.0),
    ("body / text", LIMIT, 1.15),
    ("body / base64", LIMIT, 0.65),
    ("body / dots", LIMIT, 4.5),
    ("body / bare LFs", LIMIT, 4.5),
    ("session / DATA 1 KB", "mail-send", 1.0 / 8.0),
    ("session / BDAT 1 KB", "mail-send", 1.0 / 12.0),
    // However it is fed: a reader that passes over a reply again for each line takes hundreds of times as long.
    ("reply / 1,000 lines by line", LIMIT, 10.0),
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
    GOALS.iter().map(|goal| Verdict { goal: *goal, found: find(benches, goal) }).collect()
}

fn find(benches: &[Value], (bench, whom, _): &Goal) -> Option<f64> {
    let ours = benches.iter().find(|found| name(found) == *bench)?;
    if *whom == LIMIT {
        return figure(ours, OURS, "ratio");
    }
    // A peer that has no BDAT sends the same message by DATA.
    let theirs = benches.iter().find(|found| name(found) == bench.replace("BDAT", "DATA"))?;
    Some(figure(ours, OURS, "nanoseconds")? / figure(theirs, whom, "nanoseconds")?)
}

impl Verdict {
    pub(super) fn is_met(&self) -> bool {
        self.found.is_some_and(|found| found <= self.goal.2)
    }

    pub(super) fn to_json(&self) -> Value {
        let (bench, whom, most) = self.goal;
        json!({ "bench": bench, "beside": whom, "goal": most, "found": self.found, "met": self.is_met() })
    }

    /// A row of the table.
    pub(super) fn row(&self) -> String {
        let (bench, whom, most) = self.goal;
        let found = self.found.map_or_else(|| "not measured".to_owned(), |found| format!("{found:.3} ×"));
        let verdict = match self.found {
            Some(found) if found > most => format!("MISSED by {:.0} %", (found / most - 1.0) * 100.0),
            Some(_) => "met".to_owned(),
            None => "MISSED".to_owned(),
        };
        format!("| {bench} | {whom} | ≤ {most:.3} × | {found} | {verdict} |")
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
        let benches = [bench("body", "text", &[(OURS, 13.8, 1.38), (LIMIT, 10.0, 1.0)])];
        let verdicts = judge(&benches);
        let text = verdicts.iter().find(|verdict| verdict.goal.0 == "body / text").expect("a goal");
        assert!(!text.is_met());
        assert_eq!(text.row(), "| body / text | limit | ≤ 1.150 × | 1.380 × | MISSED by 20 % |");
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        assert!(judge(&[]).iter().all(|verdict| !verdict.is_met() && verdict.row().contains("not measured")));
    }

    #[test]
    fn bdat_is_put_beside_a_peer_that_has_data_alone() {
        let benches = [
            bench("session", "BDAT 1 KB", &[(OURS, 10.0, 3.0)]),
            bench("session", "DATA 1 KB", &[("mail-send", 130.0, 30.0)]),
        ];
        let verdicts = judge(&benches);
        assert!(verdicts.iter().any(|verdict| verdict.goal.0 == "session / BDAT 1 KB" && verdict.is_met()));
    }
}
