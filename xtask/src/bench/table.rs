//! The tables: each bench with all its candidates, what has a unit of its own, and the goals.

use serde_json::Value;

use super::goals::Verdict;
use super::{LIMIT, OURS, figure, name};

/// As Markdown, fit for PERFORMANCE.md: a row a bench, a row a value, and a row a goal.
pub(super) fn render(benches: &[Value], goals: &[Verdict]) -> String {
    let (values, times): (Vec<&Value>, Vec<&Value>) =
        benches.iter().partition(|bench| has_values(bench));
    let mut text = String::from(
        "| bench | this project | limit | to the limit | to the best peer | others, to the limit |\n\
         |---|--:|--:|--:|--:|---|\n",
    );
    times
        .iter()
        .for_each(|bench| text.push_str(&row_of_times(bench)));
    let refusals = times
        .iter()
        .flat_map(|bench| bench["refusals"].as_array().into_iter().flatten());
    let refusals: Vec<&str> = refusals.filter_map(Value::as_str).collect();
    if !refusals.is_empty() {
        text.push_str("\nLeft out, as they give another answer:\n\n");
        refusals
            .iter()
            .for_each(|refusal| text.push_str(&format!("- {refusal}\n")));
    }
    text.push_str("\n| measure | this project | others |\n|---|--:|---|\n");
    values
        .iter()
        .for_each(|bench| text.push_str(&row_of_values(bench)));
    text.push_str("\n| goal | beside | at most | found | |\n|---|---|--:|--:|---|\n");
    goals
        .iter()
        .for_each(|goal| text.push_str(&format!("{}\n", goal.row())));
    text
}

fn row_of_times(bench: &Value) -> String {
    let time = |who: &str| figure(bench, who, "nanoseconds");
    let shown = |who: &str| time(who).map(readable).unwrap_or_default();
    let ratio = figure(bench, OURS, "ratio")
        .map(|ratio| format!("**{ratio:.2} ×**"))
        .unwrap_or_default();
    let best = time(OURS)
        .zip(best_peer(bench))
        .map(|(ours, best)| format!("{:.3} ×", ours / best))
        .unwrap_or_default();
    let others = others(bench, |other| {
        Some(format!(
            "{} ×",
            amount((other["ratio"].as_f64()? * 10.0).round() / 10.0)
        ))
    });
    format!(
        "| {} | {} | {} | {ratio} | {best} | {others} |\n",
        name(bench),
        shown(OURS),
        shown(LIMIT)
    )
}

/// All but this project and, among times, the limit, each with what is to be said of it.
fn others(bench: &Value, say: impl Fn(&Value) -> Option<String>) -> String {
    let is_other = |candidate: &&Value| {
        candidate["name"] != OURS && (has_values(bench) || candidate["name"] != LIMIT)
    };
    let told = |other: &Value| Some(format!("{} {}", other["name"].as_str()?, say(other)?));
    candidates(bench)
        .filter(is_other)
        .filter_map(told)
        .collect::<Vec<_>>()
        .join(" · ")
}

fn has_values(bench: &Value) -> bool {
    candidates(bench).all(|candidate| candidate["value"].is_number())
}

fn row_of_values(bench: &Value) -> String {
    let ours = figure(bench, OURS, "value").map(amount).unwrap_or_default();
    let others = others(bench, |other| other["value"].as_f64().map(amount));
    format!("| {} | {ours} | {others} |\n", name(bench))
}

/// A number with as many digits as say something, and commas between thousands.
pub(super) fn amount(value: f64) -> String {
    if value < 100.0 && value.fract() != 0.0 {
        return format!("{value:.3}").trim_end_matches('0').to_owned();
    }
    let mut text = format!("{value:.0}");
    let mut at = text.len();
    while at > 3 {
        at -= 3;
        text.insert(at, ',');
    }
    text
}

fn candidates(bench: &Value) -> impl Iterator<Item = &Value> {
    bench["candidates"].as_array().into_iter().flatten()
}

fn best_peer(bench: &Value) -> Option<f64> {
    let peers = candidates(bench)
        .filter_map(|candidate| candidate["name"].as_str())
        .filter(|name| !name.starts_with(OURS) && *name != LIMIT);
    peers
        .filter_map(|peer| figure(bench, peer, "nanoseconds"))
        .min_by(f64::total_cmp)
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
    fn values_stand_in_a_table_of_their_own() {
        let value = |who: &str, value: f64| json!({ "name": who, "value": value });
        let candidates = [
            value(OURS, 2.0 + 1.0 / 3.0),
            value("lettre", 10.0),
            value("curl", 53_961.0),
        ];
        let bench = json!({ "group": "syscalls", "name": "one by one", "candidates": candidates });
        let text = render(&[bench], &[]);
        assert!(
            text.contains("| syscalls / one by one | 2.333 | lettre 10 · curl 53,961 |"),
            "{text}"
        );
    }

    #[test]
    fn a_bench_is_a_row_with_ours_beside_the_limit_the_best_peer_and_all_others() {
        let candidate =
            |name, time: f64| json!({ "name": name, "nanoseconds": time, "ratio": time / 10.0 });
        let bench = json!({
            "group": "reply", "name": "one", "refusals": ["reply/one: somebody cannot"],
            "candidates": [candidate(OURS, 20.0), candidate(LIMIT, 10.0), candidate("a", 80.0), candidate("b", 40.0)],
        });
        let text = render(&[bench], &[]);
        let row = "| reply / one | 20.0 ns | 10.0 ns | **2.00 ×** | 0.500 × | a 8 × · b 4 × |";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("- reply/one: somebody cannot"), "{text}");
    }
}
