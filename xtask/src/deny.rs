//! `cargo xtask deny`: the sources, licences and advisories of all dependencies, checked against
//! `deny.toml`.

use std::path::Path;
use std::process::{ExitCode, Stdio};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step::{self, Step};
use crate::tally::Tally;
use crate::transcript::Transcript;

const CHECK: Step<'_> = Step {
    title: "licences, bans, sources",
    arguments: &[
        "deny",
        "--workspace",
        "--all-features",
        "check",
        "licenses",
        "bans",
        "sources",
    ],
    environment: &[],
};

/// Uses the database that was just fetched, so that a failure concerns a dependency and not the
/// network.
const ADVISORIES: Step<'_> = Step {
    title: "advisories",
    arguments: &[
        "deny",
        "--workspace",
        "--all-features",
        "check",
        "--disable-fetch",
        "advisories",
    ],
    environment: &[],
};

/// It is not installed automatically: compiling it takes longer than all that `cargo xtask test`
/// builds.
const NOT_INSTALLED: &str = "cargo-deny is not installed (`cargo install cargo-deny --locked`)";

const NOT_REACHED: &str = "the database of advisories cannot be fetched";

/// Runs cargo-deny, or explains how to install it. Fails as well if the advisories could not be
/// checked.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    if !is_installed() {
        return Err(Failure::Work(NOT_INSTALLED.into()));
    }
    let checked = step::run_all(root, &[CHECK])?;
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    match check_advisories(
        root,
        &interrupt,
        &mut Tally::default(),
        &mut Transcript::default(),
    ) {
        Ok(true) => Ok(checked),
        Ok(false) => Ok(ExitCode::FAILURE),
        Err(why) => Err(Failure::Work(format!("advisories were not checked: {why}"))),
    }
}

/// Returns whether no dependency has an advisory against it, or why that was not checked.
pub(crate) fn check_advisories(
    root: &Path,
    interrupt: &Interrupt,
    tally: &mut Tally,
    transcript: &mut Transcript,
) -> Result<bool, &'static str> {
    if !is_installed() {
        return Err(NOT_INSTALLED);
    }
    let mut fetch = step::cargo();
    fetch
        .args(["deny", "--workspace", "fetch", "db"])
        .current_dir(root)
        .stdin(Stdio::null());
    match interrupt.run(&mut fetch, |_| Ok(())) {
        Ok(status) if status.success() => Ok(ADVISORIES.run(root, interrupt, tally, transcript)),
        _ => Err(NOT_REACHED),
    }
}

fn is_installed() -> bool {
    let version = step::cargo()
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}
