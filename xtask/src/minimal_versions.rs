//! `cargo xtask minimal-versions`: the manifests promise no older dependency than the code can do with.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::package::PUBLISHED;
use crate::step::{self, Step};

/// Not needed for a build, or large.
const LEFT_OUT: [&str; 4] = ["target", ".git", "corpus", "artifacts"];

/// Resolves direct dependencies to their oldest allowed versions, in a copy, and builds the crates with them.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    let copy = tempfile::tempdir().map_err(Failure::io("cannot make a temporary folder"))?;
    copy_tree(root, copy.path()).map_err(Failure::io("cannot copy the sources"))?;
    let target = step::target(root)
        .join("minimal-versions")
        .to_string_lossy()
        .into_owned();
    let resolve = Step {
        title: "oldest direct dependencies",
        arguments: &["update", "-Z", "direct-minimal-versions"],
        // The option is cargo's own and unstable; what is built below is built by the stable compiler.
        environment: &[("RUSTC_BOOTSTRAP", "1")],
    };
    let selected = PUBLISHED.iter().flat_map(|package| ["-p", package]);
    let arguments: Vec<&str> = ["check", "--locked", "--all-features"]
        .into_iter()
        .chain(selected)
        .collect();
    let build = Step {
        title: "a build with them",
        arguments: &arguments,
        environment: &[("CARGO_TARGET_DIR", &target)],
    };
    // Without the oldest versions, a build would prove nothing.
    let resolved = step::run_all(copy.path(), &[resolve])?;
    if resolved == ExitCode::SUCCESS {
        step::run_all(copy.path(), &[build])
    } else {
        Ok(resolved)
    }
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if source.is_dir() {
            copy_tree(&source, &copy)?;
        } else {
            fs::copy(&source, &copy)?;
        }
    }
    Ok(())
}
