//! `smtp log`: what `smtp send --log` has written down.

mod since;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::console::Console;
use crate::exit;
use crate::failure::Failure;
use crate::report::{failure_json, tell_failure};
use since::{Moment, moment};

/// Shows what was sent and what was not, one message a line, from a file that `smtp send --log` has written.
///
/// A line that is no record, such as one that a crash cut off, is told and passed over.
#[derive(Args, Debug)]
pub(crate) struct LogArgs {
    /// The log; standard input if it is left out or `-`
    file: Option<PathBuf>,

    /// Those alone that were not accepted for each of their recipients
    #[arg(long)]
    failed: bool,

    /// Those alone from this time on: RFC 3339, or so long ago, such as 90s, 30m, 2h, 3d or 1w
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,

    /// Prints them as one JSON object
    #[arg(long)]
    json: bool,
}

/// The longest line that is read: one with a dialogue to thousands of recipients is shorter.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// Shows the log.
pub(crate) fn run(args: &LogArgs) -> ExitCode {
    let console = Console::new(args.json);
    let selected = match open(args.file.as_deref()) {
        Ok(log) => select(log, args, &console),
        Err(failure) => Err(failure),
    };
    match selected {
        Ok((messages, skipped)) => {
            console.object(&json!({"messages": messages, "skipped": skipped, "failure": null}));
            console.exit(exit::OK)
        }
        Err(failure) => {
            tell_failure(&failure, &console);
            console
                .object(&json!({"messages": [], "skipped": [], "failure": failure_json(&failure)}));
            console.exit(failure.status)
        }
    }
}

fn open(path: Option<&Path>) -> Result<Box<dyn BufRead>, Failure> {
    match path.filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let file =
                File::open(path).map_err(|error| Failure::unreadable("FILE", path, &error))?;
            Ok(Box::new(BufReader::new(file)))
        }
        None if io::stdin().is_terminal() => Err(Failure::usage(
            "Name the log: the file that `smtp send --log` was given.",
        )),
        None => Ok(Box::new(io::stdin().lock())),
    }
}

/// Shows those that were asked for; gives them where they are wanted as an object, and the lines that are no records.
fn select(
    mut log: impl BufRead,
    args: &LogArgs,
    console: &Console,
) -> Result<(Vec<Value>, Vec<u64>), Failure> {
    let (mut messages, mut skipped) = (Vec::new(), Vec::new());
    let (mut number, mut records) = (0_u64, 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        let unreadable = |error| Failure::no_input(format_args!("the log cannot be read: {error}"));
        let octets = log
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .map_err(unreadable)?;
        if octets == 0 {
            break;
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match record(&line) {
            Ok((record, time)) => {
                records += 1;
                let is_wanted = args.since.is_none_or(|since| since.is_before(time))
                    && (!args.failed || failed(&record));
                if is_wanted && args.json {
                    messages.push(record);
                } else if is_wanted {
                    show(&record, console);
                }
            }
            Err(why) => {
                console.remark(
                    &format!("smtp: line {number} is no record and is passed over: "),
                    &why,
                );
                skipped.push(number);
            }
        }
    }
    match records {
        0 if !skipped.is_empty() => Err(Failure::malformed(
            "no line of it is one that `smtp send --log` writes",
        )),
        _ => Ok((messages, skipped)),
    }
}

/// A line's object and its time.
fn record(line: &[u8]) -> Result<(Value, Moment), String> {
    let record: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let time = record["time"].as_str().and_then(|time| time.parse().ok());
    match time {
        Some(time) if record["outcome"].is_string() && record["recipients"].is_array() => {
            Ok((record, time))
        }
        _ => Err("time, outcome or recipients are missing".to_owned()),
    }
}

fn failed(record: &Value) -> bool {
    let has_refused = || recipients(record).any(|recipient| recipient["accepted"] != true);
    record["outcome"] != "accepted" || has_refused()
}

fn recipients(record: &Value) -> impl Iterator<Item = &Value> {
    record["recipients"].as_array().into_iter().flatten()
}

/// One line for the message, and one for each recipient whom it did not reach.
fn show(record: &Value, console: &Console) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let to: Vec<String> = recipients(record)
        .map(|recipient| text(&recipient["address"]))
        .collect();
    let from = Some(text(&record["from"]))
        .filter(|from| !from.is_empty())
        .unwrap_or_else(|| "<>".to_owned());
    let mut line = format!(
        "{} {:<8} {from} -> {}",
        text(&record["time"]),
        text(&record["outcome"]),
        to.join(", ")
    );
    for (word, value) in [
        ("via", &record["server"]["host"]),
        ("queue id", &record["queue_id"]),
        ("message", &record["message_id"]),
    ] {
        if let Some(value) = value.as_str() {
            line.push_str(&format!("  {word} {value}"));
        }
    }
    console.line("", &line);
    if let Some(cause) = record["cause"].as_str() {
        let why = record["detail"]
            .as_str()
            .or(record["reply"].as_str())
            .unwrap_or_default();
        console.line(
            "    ",
            &format!("{cause} in phase {}: {why}", text(&record["phase"])),
        );
    }
    for recipient in recipients(record) {
        // The message may be lost for an accepted recipient: that is the message's failure, shown
        // above.
        if let Some(reply) = recipient["reply"]
            .as_str()
            .filter(|reply| reply.starts_with(['4', '5']))
        {
            console.line("    ", &format!("{}: {reply}", text(&recipient["address"])));
        }
    }
}
