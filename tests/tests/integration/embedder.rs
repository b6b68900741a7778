//! A program outside the workspace builds on the libraries, and every message of it arrives.

use std::path::Path;
use std::process::Command;

use mailwright_cli::sink::{Sink, SinkOptions};

#[test]
fn program_outside_the_workspace_sends_in_each_way() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("embedder/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedder");
    let mut sink = Sink::start(SinkOptions::default()).expect("a server");
    let run = Command::new(env!("CARGO"))
        .args(["run", "--locked", "--quiet", "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target)
        .arg("--")
        .arg(sink.local_addr().to_string())
        .output()
        .expect("cargo");
    let printed = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{printed}");
    sink.stop();
    assert_eq!(sink.messages().try_iter().count(), 103);
}
