//! `smtp explain`: what a server's reply means, and what to do about it. Nothing is connected to.

use std::io::{self, Read};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use mailwright::knowledge::{self, Context, Explanation, PasteError};
use mailwright::{Cause, Reply, Stage};
use serde_json::{Value, json};

use crate::console::Console;
use crate::exit;
use crate::failure::Failure;
use crate::paint::Paint;
use crate::report::{failure_json, one_line, reply_text, tell_failure};

mod ehlo;
mod paragraph;

use paragraph::Paragraphs;

/// Says what a server's reply means and what to do about it.
///
/// The reply is identified by its words, or by its codes if the words are unknown. It may be part
/// of another program's log, as in `(535, b'5.7.8 …')`, `host mx.example.com said: 550 …` or
/// `Diagnostic-Code: smtp; 550 …`.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// The reply, with `\r\n` between its lines; standard input if it is left out or `-`
    reply: Vec<String>,

    /// What it answered: greeting, ehlo, starttls, auth, mail, rcpt, data, body or quit
    #[arg(long, value_parser = phase)]
    phase: Option<Stage>,

    /// Reads an answer to EHLO
    #[arg(long, conflicts_with = "phase")]
    ehlo: bool,

    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

/// Explains what it is given.
pub(crate) fn run(args: &ExplainArgs) -> ExitCode {
    let console = Console::new(args.json);
    match explain(args, &console) {
        Ok(()) => console.exit(exit::OK),
        Err(failure) => {
            tell_failure(&failure, &console);
            console.object(&json!({"failure": failure_json(&failure)}));
            console.exit(failure.status)
        }
    }
}

fn explain(args: &ExplainArgs, console: &Console) -> Result<(), Failure> {
    let text = match args.reply.as_slice() {
        [] => standard_input()?,
        [dash] if dash == "-" => standard_input()?,
        words => unescaped(&words.join(" ")).into_bytes(),
    };
    if args.ehlo {
        let offered = knowledge::read_ehlo(&text).map_err(malformed)?;
        ehlo::tell(&offered, console);
        return Ok(());
    }
    let reply = knowledge::read(&text).map_err(malformed)?;
    let phase = args.phase.or_else(|| knowledge::logged_stage(&text));
    let context = Context {
        phase,
        ..Context::default()
    };
    let explanation = knowledge::explain(&reply, context);
    tell(&reply, &explanation, console);
    console.object(&to_json(&reply, &explanation));
    Ok(())
}

/// More than any reply within the limits, so that what is too long is told as that.
const MOST_INPUT: u64 = 1 << 20;

/// What was given is no reply, and this is where it stops being one.
fn malformed(error: PasteError) -> Failure {
    Failure {
        summary: "This is not what a mail server replies.".to_owned(),
        fix: vec![
            "Give one reply alone, from its code on, with a line end before each further code."
                .to_owned(),
        ],
        ..Failure::malformed(error)
    }
}

fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let read = io::stdin().lock().take(MOST_INPUT).read_to_end(&mut text);
    read.map_err(|error| {
        Failure::no_input(format_args!("standard input cannot be read: {error}"))
    })?;
    Ok(text)
}

/// An argument as a shell hands it over: line ends may be spelled out.
fn unescaped(argument: &str) -> String {
    argument.replace("\\r\\n", "\r\n").replace("\\n", "\n")
}

fn phase(name: &str) -> Result<Stage, String> {
    let of_replies = [
        Stage::Greeting,
        Stage::Ehlo,
        Stage::StartTls,
        Stage::Auth,
        Stage::Mail,
        Stage::Rcpt,
        Stage::Data,
        Stage::Body,
        Stage::Quit,
    ];
    let names: Vec<_> = of_replies.iter().map(|stage| stage.name()).collect();
    let found = of_replies
        .into_iter()
        .find(|stage| stage.name().eq_ignore_ascii_case(name));
    found.ok_or_else(|| format!("replies come from {}", names.join(", ")))
}

fn to_json(reply: &Reply, explanation: &Explanation) -> Value {
    json!({
        "code": reply.code().get(),
        "enhanced": reply.enhanced().map(|code| code.to_string()),
        "text": reply_text(reply),
        "class": class(reply),
        "cause": explanation.cause.name(),
        "provider": explanation.provider,
        "summary": explanation.summary,
        "fix": explanation.fix,
        "source": explanation.source,
    })
}

fn class(reply: &Reply) -> &'static str {
    match reply.code() {
        code if code.is_positive_completion() => "success",
        code if code.is_positive_intermediate() => "intermediate",
        code if code.is_transient() => "transient",
        _ => "permanent",
    }
}

fn tell(reply: &Reply, explanation: &Explanation, console: &Console) {
    let page = Paragraphs::new(console);
    page.quote(&one_line(reply));
    if let Some(said) = challenge(reply) {
        page.quote(&format!("in base64, which says: {said}"));
    }
    let paint = if explanation.cause == Cause::Ok {
        Paint::Good
    } else {
        Paint::Bad
    };
    page.heading(
        paint,
        &format!(
            "{} ({}, {})",
            explanation.summary,
            explanation.cause,
            class(reply)
        ),
    );
    if explanation.cause == Cause::Ok {
        return;
    }
    for fix in explanation.fix {
        page.item(fix);
    }
    page.field("Who can do it", &explanation.who.to_string());
    page.field("Another try", &explanation.retry.to_string());
    if let Some(provider) = explanation.provider {
        page.field("Said by", provider);
    }
    if let Some(example) = explanation.example {
        page.field("Known by", example);
    }
    if let Some(source) = explanation.source {
        page.field("See", source);
    }
}

/// What a 334 says within a login, where it is text.
fn challenge(reply: &Reply) -> Option<String> {
    let base64 = reply
        .lines()
        .next()
        .filter(|line| reply.code() == 334 && !line.is_empty())?;
    let text = String::from_utf8(STANDARD.decode(base64).ok()?).ok()?;
    (!text.contains(|c: char| c.is_control() && !c.is_whitespace())).then_some(text)
}
