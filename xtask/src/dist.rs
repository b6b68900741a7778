//! `cargo xtask dist`: what a package of the command has besides the binary.

use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::step::{self, Step};

/// Writes man pages and completions. The example that does it is published with the command, for
/// whoever packs it from the registry.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    let folder = step::target(root)
        .join("dist")
        .to_string_lossy()
        .into_owned();
    let arguments = [
        "run",
        "--quiet",
        "-p",
        "mailwright-cli",
        "--example",
        "pages",
        "--",
        &folder,
    ];
    step::run_all(
        root,
        &[Step {
            title: "man pages and completions",
            arguments: &arguments,
            environment: &[],
        }],
    )
}
