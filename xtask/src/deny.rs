//! `cargo xtask deny`: whose code is built in, and on what terms. `deny.toml` says what is allowed.

use std::path::Path;
use std::process::{ExitCode, Stdio};

use crate::failure::Failure;
use crate::step::{self, Step};

/// Advisories are left out: they come from the network, and change without a change here.
const CHECK: Step<'_> = Step {
    title: "licences, bans, sources",
    arguments: &["deny", "--workspace", "--all-features", "check", "licenses", "bans", "sources"],
    environment: &[],
};

/// Runs cargo-deny, or says how to get it.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    let version = step::cargo().args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        let how = "cargo-deny is not installed: `cargo install cargo-deny --locked` takes some minutes";
        return Err(Failure::Work(how.into()));
    }
    step::run_all(root, &[CHECK])
}
