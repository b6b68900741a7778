//! `cargo xtask mutants`: defects by the hundred, one at a time, each of which some test has to notice.

use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::{fs, io};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step;

/// What decides what a server means, and what becomes of a message.
const FILES: [&str; 12] = [
    "smtp-proto/src/reply.rs",
    "smtp-proto/src/reply/*.rs",
    "smtp-proto/src/capability.rs",
    "smtp-proto/src/capability/*.rs",
    "smtp-proto/src/session.rs",
    "smtp-proto/src/transaction.rs",
    "smtp-proto/src/transaction/*.rs",
    "smtp-proto/src/body.rs",
    "smtp-proto/src/body/*.rs",
    "smtp-proto/src/pipeline.rs",
    "smtp-proto/src/connection.rs",
    "smtp-proto/src/connection/*.rs",
];

/// The tests that are quick to build come first.
const OWN_TESTS: [&str; 6] = ["--timeout", "10", "--test-package", "smtp-proto", "--", "--lib"];

/// What they miss is left to the dialogues: `DIALOGUES` goes behind it.
const ITERATE: [&str; 8] =
    ["--timeout", "30", "--iterate", "--baseline", "skip", "--test-package", "smtp-script", "--"];

/// Arguments of cargo test: what smtp-script has for the core.
const DIALOGUES: [&str; 8] =
    ["--test", "dialogues", "--test", "corpus", "--", "line_by_line", "every_ehlo", "every_refusal"];

/// Hundreds of builds of the core, each for tests that take no time.
const UNOPTIMISED: &str = "--cargo-arg=--config=profile.dev.package.smtp-proto.opt-level=0";

/// Of the mutants that can be built, how many in a hundred must be noticed.
const LEAST: usize = 90;

/// What cargo-mutants ends with where mutants were missed, and where some had no end: neither is its own failure.
const MISSED: i32 = 2;
const TIMED_OUT: i32 = 3;

/// What became of the mutants of one pass, by name.
#[derive(Debug)]
struct Outcomes {
    caught: Vec<String>,
    timed_out: Vec<String>,
    missed: Vec<String>,
}

/// Runs both passes, and fails where too many mutants live.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    install(root, &interrupt)?;
    let folder = step::target(root).join("mutants");
    fs::create_dir_all(&folder).map_err(Failure::io(folder.display()))?;
    let interrupt = &*interrupt;
    let after_pass = |title: &str, arguments: &[&str]| {
        println!("\n== {title}");
        run_pass(root, &folder, arguments, interrupt)?;
        Outcomes::read(&folder.join("mutants.out")).map_err(Failure::io("the outcomes cannot be read"))
    };
    check_dialogues(root, interrupt)?;
    let first = after_pass("the core's own tests", &OWN_TESTS)?;
    let last = after_pass("dialogues and corpora over the core", &[&ITERATE[..], &DIALOGUES].concat())?;
    println!();
    last.timed_out.iter().for_each(|mutant| println!("no end: {mutant}"));
    last.missed.iter().for_each(|mutant| println!("missed: {mutant}"));
    // A test that never ends has noticed, too. What could be built once counts, whatever happened later.
    let noticed = first.caught.len() + last.caught.len() + last.timed_out.len();
    let all = first.caught.len() + first.timed_out.len() + first.missed.len();
    let score = noticed * 100 / all.max(1);
    println!("{noticed} of {all} mutants noticed, {} of them by tests without end: {score} %", last.timed_out.len());
    Ok(if score >= LEAST { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_pass(root: &Path, folder: &Path, arguments: &[&str], interrupt: &Interrupt) -> Result<(), Failure> {
    let mut command = step::cargo();
    command
        .args(["mutants", "--package", "smtp-proto", "--jobs", "1", "--colors", "never", UNOPTIMISED, "--output"])
        .arg(folder);
    command.args(FILES.iter().flat_map(|file| ["--file", file])).args(arguments);
    // Each mutant is built in a copy, and there it must stay.
    command.current_dir(root).env_remove("CARGO_TARGET_DIR").stdin(Stdio::null());
    let status = interrupt.run(&mut command, |_| Ok(())).map_err(Failure::io("cannot run cargo mutants"))?;
    match status.code() {
        Some(0 | MISSED | TIMED_OUT) if !interrupt.requested() => Ok(()),
        _ => Err(Failure::Work(format!("cargo mutants did not come to its end ({status}): what it says stands above"))),
    }
}

/// cargo-mutants knows no other baseline than the mutated package's own tests. Without a defect these have to pass too.
fn check_dialogues(root: &Path, interrupt: &Interrupt) -> Result<(), Failure> {
    let mut command = step::cargo();
    command.args(["test", "--quiet", "--package", "smtp-script"]).args(DIALOGUES).current_dir(root);
    let status = interrupt.run(&mut command, |_| Ok(())).map_err(Failure::io("cannot run cargo test"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::Work("the dialogues fail without any defect: mend that first".into())),
    }
}

impl Outcomes {
    fn read(folder: &Path) -> io::Result<Self> {
        let lines = |name: &str| -> io::Result<Vec<String>> {
            Ok(fs::read_to_string(folder.join(name))?.lines().map(str::to_owned).collect())
        };
        Ok(Self { caught: lines("caught.txt")?, timed_out: lines("timeout.txt")?, missed: lines("missed.txt")? })
    }
}

fn install(root: &Path, interrupt: &Interrupt) -> Result<(), Failure> {
    let version = step::cargo().args(["mutants", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if version.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    println!("cargo-mutants is not there: cargo install cargo-mutants --locked");
    let mut command = step::cargo();
    command.args(["install", "--quiet", "cargo-mutants", "--locked"]).current_dir(root);
    let status = interrupt.run(&mut command, |_| Ok(())).map_err(Failure::io("cannot run cargo install"))?;
    match status.success() {
        true => Ok(()),
        false => {
            let how = "cargo-mutants cannot be installed: try `cargo install cargo-mutants --locked`";
            Err(Failure::Work(how.into()))
        }
    }
}
