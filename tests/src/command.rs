//! The `smtp` command, for tests that run it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The command, as it stands: the tests of this package alone do not build it.
///
/// # Panics
///
/// Where it cannot be built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(path) = std::env::var_os("SMTP_COMMAND") {
            return path.into();
        }
        let own = std::env::current_exe().expect("a program knows its path");
        let folder = own.ancestors().nth(2).expect("the folder of the build");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "-p", "mailwright-cli", "--bin", "smtp"]);
        if folder.ends_with("release") {
            build.arg("--release");
        }
        assert!(
            build.status().expect("cargo starts").success(),
            "the command cannot be built"
        );
        folder.join("smtp")
    })
}
