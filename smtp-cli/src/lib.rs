//! The `smtp` command: send mail, and learn why it did not go out.
//!
//! A command takes its arguments apart, checks everything before it connects, hands the work to
//! `mailwright`, and turns the outcome into words, one JSON object and an exit status.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Cli, Command};
use crate::console::Console;
use crate::failure::Failure;
use crate::report::Report;

mod address_list;
mod args;
mod batch;
mod certificate;
mod check;
mod compose;
mod console;
mod delivery_log;
mod demo;
mod dialogue;
mod envelope;
mod exit;
mod explain;
mod extension;
mod failure;
mod files;
mod header;
mod log;
mod options;
pub mod page;
mod paint;
mod pem;
mod place;
mod progress;
mod providers;
mod report;
mod secrets;
mod send;
mod server;
pub mod sink;
mod source;
mod text;
mod token;
mod whole_file;

/// Runs the command on this process's arguments; gives its exit status.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => match cli.command {
            Command::Demo => demo::run(),
            Command::Send(args) => send::run(&args),
            Command::Check(args) => check::run(&args),
            Command::Explain(args) => explain::run(&args),
            Command::Sink(args) => sink::run(&args),
            Command::Providers(args) => providers::run(&args),
            Command::Log(args) => log::run(&args),
            Command::Token(args) => token::run(&args),
        },
        Err(error) => refuse(&error),
    }
}

/// The definition of the command line, for man pages and completions: `examples/pages.rs` makes both of it.
///
/// ```
/// let command = mailwright_cli::command();
/// assert_eq!(command.get_name(), "smtp");
/// assert!(command.find_subcommand("send").is_some());
/// ```
pub fn command() -> clap::Command {
    Cli::command()
}

/// clap's own status for a usage error is 2; sysexits says 64.
fn refuse(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| io::stdout().flush());
    if !error.use_stderr() {
        let console = Console::default();
        console.note(printed);
        return console.exit(exit::OK);
    }
    let asked = |word: &str| env::args_os().any(|argument| argument == word);
    let console = Console::new((asked("send") || asked("check")) && asked("--json"));
    let rendered = error.to_string();
    let detail = rendered.split("\n\n").next().unwrap_or_default();
    let failure = Failure::usage(detail.trim_start_matches("error: ").trim());
    let object = match env::args_os().nth(1) {
        Some(command) if command == "check" => check::refused(&failure),
        _ => Report::of_failure(failure).to_json(),
    };
    console.object(&object);
    console.exit(exit::USAGE)
}
