//! `cargo xtask features`: the crates build with their features alone, by twos, all but one and all, without a warning.
//!
//! The features are asked of cargo: a new one is combined with all others from its first day. More than two that clash,
//! and that with nothing else, would have to be looked for among thousands of combinations.

use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

use crate::failure::Failure;
use crate::package::PUBLISHED;
use crate::step::{self, Step};

/// Lints the library of each published crate with each combination; clippy reports what `cargo check` would, too.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    let mut runs = Vec::new();
    for package in PUBLISHED {
        for combination in combinations(&features(root, package)?) {
            runs.push((
                format!("{package} with [{combination}]"),
                package,
                combination,
            ));
        }
    }
    let arguments: Vec<_> = runs
        .iter()
        .map(|(_, package, features)| {
            let lints = ["--", "-D", "warnings"];
            let build = [
                "clippy",
                "--quiet",
                "-p",
                package,
                "--lib",
                "--no-default-features",
                "--features",
                features,
            ];
            [&build[..], &lints[..]].concat()
        })
        .collect();
    let steps: Vec<Step<'_>> = runs
        .iter()
        .zip(&arguments)
        .map(|((title, ..), arguments)| Step {
            title,
            arguments,
            environment: &[],
        })
        .collect();
    step::run_all(root, &steps)
}

/// The features that a crate declares for its own code; `default` is a combination of the others.
fn features(root: &Path, package: &str) -> Result<Vec<String>, Failure> {
    let output = step::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(Failure::io("cannot ask cargo for the features"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::Work(format!("cargo's metadata cannot be read: {error}")))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let features = packages
        .filter(|found| found["name"] == package)
        .find_map(|found| found["features"].as_object());
    let features =
        features.ok_or_else(|| Failure::Work(format!("cargo knows no package `{package}`")))?;
    let own = features
        .iter()
        .filter(|(name, enabled)| *name != "default" && !is_handed_on(enabled));
    Ok(own.map(|(name, _)| name.clone()).collect())
}

/// Whether a feature switches on nothing but those of our other crates, which are combined there.
fn is_handed_on(enabled: &Value) -> bool {
    let mut enabled = enabled
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .peekable();
    let of_ours = |name: &str| {
        PUBLISHED
            .iter()
            .any(|package| name.starts_with(&format!("{package}/")))
    };
    enabled.peek().is_some() && enabled.any(of_ours)
}

/// Sets of these names, each joined by commas: those of at most two, and those that lack at most one.
fn combinations(names: &[String]) -> Vec<String> {
    let all = 0..names.len();
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    sets.extend(all.clone().map(|one| vec![one]));
    sets.extend(
        all.clone()
            .flat_map(|one| all.clone().skip(one + 1).map(move |other| vec![one, other])),
    );
    sets.extend(
        all.clone()
            .map(|left_out| all.clone().filter(|&one| one != left_out).collect()),
    );
    sets.push(all.collect());
    let mut known = Vec::new();
    for set in sets {
        let joined = set
            .iter()
            .map(|&one| names[one].as_str())
            .collect::<Vec<_>>()
            .join(",");
        if !known.contains(&joined) {
            known.push(joined);
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_of_few_names_are_all_sets() {
        assert_eq!(combinations(&[]), [""]);
        assert_eq!(
            combinations(&["a".into(), "b".into()]),
            ["", "a", "b", "a,b"]
        );
        assert_eq!(
            combinations(&["a", "b", "c", "d"].map(String::from)).len(),
            16
        );
        let many: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        assert_eq!(combinations(&many).len(), 1 + 10 + 45 + 10 + 1);
    }
}
