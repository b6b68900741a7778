//! What a build brings along, and how long it takes from nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::{OURS, output_of};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step;

/// What is built, by the arguments that choose it.
type Tree = (&'static str, &'static [&'static str]);

const TREES: [Tree; 4] = [
    ("packages, core", &["--package", "mailwright-proto"]),
    (
        "packages, blocking client with ring",
        &[
            "--package",
            "mailwright",
            "--no-default-features",
            "--features",
            "ring",
        ],
    ),
    (
        "packages, blocking client with AWS-LC",
        &[
            "--package",
            "mailwright",
            "--no-default-features",
            "--features",
            "aws-lc-rs",
        ],
    ),
    (
        "packages, blocking client by default, with the system's roots and tracing",
        &["--package", "mailwright"],
    ),
];

/// Every package that is compiled counts, those of build scripts too.
const CARGO_TREE: [&str; 7] = [
    "tree",
    "--locked",
    "--edges",
    "normal,build",
    "--prefix",
    "none",
    "--format={p}",
];

pub(super) fn measure(root: &Path, interrupt: &Interrupt) -> Result<Vec<Value>, Failure> {
    let mut measured = Vec::new();
    for (name, arguments) in TREES {
        let mut command = step::cargo();
        command.args(CARGO_TREE).args(arguments).current_dir(root);
        measured.push(figure(name, external(&output_of(&mut command, interrupt)?)));
    }
    let target = tempfile::tempdir().map_err(Failure::io("cannot make a folder to build in"))?;
    let mut command = step::cargo();
    // As it is built for those who depend on it: this workspace optimises it for its own tests.
    command.args([
        "build",
        "--quiet",
        "--locked",
        "--config",
        "profile.dev.package.mailwright-proto.opt-level=0",
    ]);
    command
        .args(["--package", "mailwright-proto", "--target-dir"])
        .arg(target.path());
    let start = Instant::now();
    output_of(command.current_dir(root), interrupt)?;
    measured.push(figure(
        "seconds, core from nothing",
        start.elapsed().as_secs_f64(),
    ));
    Ok(measured)
}

/// Packages, each once, but for those of this workspace, which have a path behind them.
fn external(tree: &str) -> f64 {
    let packages = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty());
    packages
        .filter(|package| !package.contains(" (/"))
        .collect::<BTreeSet<_>>()
        .len() as f64
}

fn figure(name: &str, value: f64) -> Value {
    json!({ "group": "build", "name": name, "candidates": [{ "name": OURS, "value": value }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_counted_once_and_ours_are_not() {
        let tree = "mailwright v0.1.0 (/work/smtp-client)\nrustls v0.23.46\nzeroize v1.9.1\nzeroize v1.9.1 (*)\n\n";
        assert!((external(tree) - 2.0).abs() < 0.1);
    }
}
