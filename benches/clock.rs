//! `cargo bench`: starts criterion among the peers, which are built apart from all that is ours. Reports with plots are in
//! `criterion`, where cargo builds.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| benches.join("../target"), PathBuf::from);
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "bench",
            "--quiet",
            "--locked",
            "--bench",
            "all",
            "--manifest-path",
        ])
        .arg(benches.join("peers/Cargo.toml"))
        .arg("--target-dir")
        .arg(target.join("peers"))
        .arg("--")
        // What cargo itself puts there is put there again.
        .args(
            std::env::args_os()
                .skip(1)
                .filter(|argument| argument != "--bench"),
        )
        .env("CRITERION_HOME", target.join("criterion"))
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("cargo bench among the peers failed ({status})");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}
