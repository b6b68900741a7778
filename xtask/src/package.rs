//! `cargo xtask package`: the crates as they would be published.

use std::path::Path;
use std::process::{ExitCode, Output};

use crate::failure::Failure;
use crate::step;

/// The crates that are for others, the lowest first.
pub(crate) const PUBLISHED: [&str; 3] = ["smtp-proto", "smtp-client", "smtp-cli"];

/// The crates that can be built from their packages: they depend on none of the others, whose names
/// on the registry belong to other projects.
const SELF_CONTAINED: [&str; 1] = ["smtp-proto"];

/// What each has to bring along.
const NEEDED: [&str; 5] = [
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "src/lib.rs",
];

/// The manifests have no documentation address until the crates have names of their own: docs.rs
/// shows other projects under these names.
const NO_ADDRESS: &str = "warning: manifest has no documentation, homepage or repository";

/// Checks what is in the packages, builds those that can be built, and fails on any warning.
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
    for package in SELF_CONTAINED {
        cargo(root, &["package", "--allow-dirty", "-p", package])?;
        println!("{package}: built from its package");
    }
    for package in PUBLISHED
        .into_iter()
        .filter(|package| !SELF_CONTAINED.contains(package))
    {
        println!(
            "{package}: not built, as its dependencies have no names of their own on the registry (CONTRIBUTING.md)"
        );
    }
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
        .filter(|line| line.contains("warning:") && !line.starts_with(NO_ADDRESS))
        .count();
    if output.status.success() && warnings == 0 {
        return Ok(output);
    }
    Err(Failure::Work(format!(
        "cargo {} is not clean:\n{said}",
        arguments.join(" ")
    )))
}
