//! The wire, in lines of JSON; `cargo xtask bench` makes tables of them.
//!
//! `wire syscalls` is to be run under strace: it marks what has to be counted by a file that is looked for, and not there.

use std::process::ExitCode;

use serde_json::Value;
use smtp_peers::wire;

fn main() -> ExitCode {
    let what = std::env::args().nth(1).unwrap_or_default();
    let print = |figures: Vec<Value>| figures.iter().for_each(|figure| println!("{figure}"));
    match what.as_str() {
        "times" => wire::times(|bench| println!("{bench}")),
        "round-trips" => print(wire::round_trips()),
        "syscalls" => wire::mark_messages(),
        "memory" => print(wire::memory()),
        _ => {
            eprintln!("usage: wire times|round-trips|syscalls|memory");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
