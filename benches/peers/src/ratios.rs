//! Times as ratios to the limit's of the same round.

use serde_json::{Value, json};
use smtp_benches::LIMIT;

/// One bench: for each candidate its name, and what it took in each round.
pub fn to_json(
    group: &str,
    name: &str,
    octets: usize,
    names: impl Iterator<Item = &'static str> + Clone,
    nanoseconds: Vec<Vec<f64>>,
    refusals: &[String],
) -> Value {
    let limit = names
        .clone()
        .position(|name| name == LIMIT)
        .expect("a limit");
    let limits = nanoseconds[limit].clone();
    let candidates = names.zip(nanoseconds).map(|(name, nanoseconds)| {
        let ratios = nanoseconds
            .iter()
            .zip(&limits)
            .map(|(time, limit)| time / limit)
            .collect();
        json!({ "name": name, "nanoseconds": median(nanoseconds), "ratio": median(ratios) })
    });
    let candidates: Vec<Value> = candidates.collect();
    json!({ "group": group, "name": name, "octets": octets, "candidates": candidates, "refusals": refusals })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
