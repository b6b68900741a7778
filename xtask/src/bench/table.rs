//! The table: each bench with all its candidates, then the goals.

use std::fmt::Write;

use serde_json::Value;

use super::goals::Verdict;
use super::{LIMIT, OURS, figure, name};

/// As Markdown.
pub(super) fn render(benches: &[Value], goals: &[Verdict]) -> String {
    let mut text =
        String::from("| bench | candidate | time | to the limit | to the best peer |\n|---|---|--:|--:|--:|\n");
    let mut refusals = Vec::new();
    for bench in benches {
        let best = best_peer(bench);
        for candidate in bench["candidates"].as_array().into_iter().flatten() {
            let who = candidate["name"].as_str().unwrap_or_default();
            let time = candidate["nanoseconds"].as_f64().unwrap_or_default();
            let ratio = candidate["ratio"].as_f64().unwrap_or_default();
            let to_peer = best.filter(|_| who == OURS).map(|best| format!("{:.3} ×", time / best)).unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "| {} | {who} | {} | {ratio:.2} × | {to_peer} |", name(bench), readable(time));
        }
        refusals.extend(bench["refusals"].as_array().into_iter().flatten().filter_map(Value::as_str));
    }
    if !refusals.is_empty() {
        text.push_str("\nLeft out, as they give another answer:\n\n");
        refusals.iter().for_each(|refusal| text.push_str(&format!("- {refusal}\n")));
    }
    text.push_str("\n| goal | beside | at most | found | |\n|---|---|--:|--:|---|\n");
    goals.iter().for_each(|goal| text.push_str(&format!("{}\n", goal.row())));
    text
}

fn best_peer(bench: &Value) -> Option<f64> {
    let candidates = bench["candidates"].as_array()?;
    let peers = candidates
        .iter()
        .filter_map(|candidate| candidate["name"].as_str())
        .filter(|name| *name != OURS && *name != LIMIT);
    peers.filter_map(|peer| figure(bench, peer, "nanoseconds")).min_by(f64::total_cmp)
}

fn readable(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.1} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_candidate_has_a_row_and_ours_is_put_beside_the_best_peer() {
        let candidate = |name, time: f64| json!({ "name": name, "nanoseconds": time, "ratio": time / 10.0 });
        let bench = json!({
            "group": "reply", "name": "one", "refusals": ["reply/one: somebody cannot"],
            "candidates": [candidate(OURS, 20.0), candidate(LIMIT, 10.0), candidate("a", 80.0), candidate("b", 40.0)],
        });
        let text = render(&[bench], &[]);
        assert!(text.contains("| reply / one | smtp-proto | 20.0 ns | 2.00 × | 0.500 × |"), "{text}");
        assert!(text.contains("- reply/one: somebody cannot"), "{text}");
    }
}
