//! The program without std builds, and sends its message.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

#[test]
fn a_program_without_std_holds_a_session() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("no-std/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-std");
    // The flags of the tests themselves may bring std along.
    let build = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--quiet", "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&build.stderr);
    assert!(
        build.status.success(),
        "the core needs std, or a feature of its dependencies does:\n{told}"
    );
    let status = Command::new(target.join("debug/smtp-no-std"))
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}
