//! `cargo xtask package`: the crates as they would be published.

use std::path::Path;
use std::process::{ExitCode, Output};

use crate::failure::Failure;
use crate::step;

/// The crates that are for others, the lowest first.
pub(crate) const PUBLISHED: [&str; 5] = [
    "mailwright-proto",
    "mailwright",
    "mailwright-oauth",
    "mailwright-lettre",
    "mailwright-cli",
];

/// What each has to bring along.
const NEEDED: [&str; 5] = [
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "src/lib.rs",
];

/// Checks the packages' contents, builds each from its package, and fails on any warning.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    for package in PUBLISHED {
        let output = cargo(
            root,
            &[
                "package",
                "--quiet",
                "--allow-dirty",
                "--list",
                "-p",
                package,
            ],
        )?;
        let list = String::from_utf8_lossy(&output.stdout).into_owned();
        let files: Vec<&str> = list.lines().collect();
        let missing: Vec<&str> = NEEDED
            .into_iter()
            .filter(|name| !files.contains(name))
            .collect();
        if !missing.is_empty() {
            return Err(Failure::Work(format!(
                "the package `{package}` lacks {}",
                missing.join(", ")
            )));
        }
        println!("{package}: {} files", files.len());
    }
    let selected = PUBLISHED.iter().flat_map(|package| ["-p", package]);
    let arguments: Vec<&str> = ["package", "--allow-dirty"]
        .into_iter()
        .chain(selected)
        .collect();
    cargo(root, &arguments)?;
    println!("{}: built from their packages", PUBLISHED.join(", "));
    Ok(ExitCode::SUCCESS)
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<Output, Failure> {
    let output = step::cargo()
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(Failure::io(format!(
            "cannot run cargo {}",
            arguments.join(" ")
        )))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let warnings = said
        .lines()
        .filter(|line| line.contains("warning:"))
        .count();
    if output.status.success() && warnings == 0 {
        return Ok(output);
    }
    Err(Failure::Work(format!(
        "cargo {} is not clean:\n{said}",
        arguments.join(" ")
    )))
}
