//! The `smtp` command: send mail, and learn why it did not go out.
//!
//! A command takes its arguments apart, checks everything before it connects, hands the work to
//! `smtp-client`, and turns the outcome into words, one JSON object and an exit status.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

use std::env;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::console::Console;
use crate::failure::Failure;
use crate::report::Report;

mod address_list;
mod args;
mod certificate;
mod compose;
mod console;
mod demo;
mod dialogue;
mod envelope;
mod exit;
mod failure;
mod header;
mod progress;
mod report;
mod secrets;
mod send;
mod server;
pub mod sink;
mod source;
mod text;

/// Runs the command on this process's arguments; gives its exit status.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => match cli.command {
            Command::Demo => demo::run(),
            Command::Send(args) => send::run(&args),
            Command::Sink(args) => sink::run(&args),
        },
        Err(error) => refuse(&error),
    }
}

/// clap's own status for a usage error is 2; sysexits says 64.
fn refuse(error: &clap::Error) -> ExitCode {
    // Nothing is left to tell when standard error or standard output is closed.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let asked = |word: &str| env::args_os().any(|argument| argument == word);
    if asked("send") && asked("--json") {
        let rendered = error.to_string();
        let detail = rendered.split("\n\n").next().unwrap_or_default();
        let failure = Failure::usage(detail.trim_start_matches("error: ").trim());
        Console::new(true).object(&Report::of_failure(failure).to_json());
    }
    ExitCode::from(exit::USAGE)
}
