//! `cargo xtask fuzz`: every fuzz target for a while, with whatever toolchain there is.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::{fs, io};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step;
use crate::tally::Tally;
use crate::transcript::Transcript;

/// How long each target runs unless told otherwise; and how long a planted defect may stay hidden.
const SECONDS: u64 = 60;

/// What the targets log in with: always the same, as a run has to be repeatable.
const SECRETS: [&str; 2] = ["c4n4ry-p4ssw0rd", "c4n4ry-t0k3n"];

/// What is to be run.
struct Plan {
    seconds: u64,
    /// With a defect in each target, each of which has to be found.
    planted: bool,
    targets: Vec<String>,
}

/// What came of one target.
#[derive(Debug, Default, PartialEq, Eq)]
struct Report {
    executions: u64,
    coverage: u64,
    /// What a check said, where one failed; or what else went wrong.
    finding: Option<String>,
    /// The input that it failed by.
    input: Option<String>,
}

/// Runs the targets that are named, or all; fails where something is found, or with `--planted` where something is not.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<ExitCode, Failure> {
    let plan = Plan::parse(options, &targets(root)?)?;
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    let mut tally = Tally::default();
    run_plan(
        root,
        &plan,
        &interrupt,
        &mut tally,
        &mut Transcript::default(),
    )?;
    println!("\n{tally}");
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs all targets for a short while each, as a part of the tests.
pub(crate) fn smoke(
    root: &Path,
    seconds: u64,
    interrupt: &Interrupt,
    tally: &mut Tally,
    transcript: &mut Transcript,
) -> Result<bool, Failure> {
    SECRETS
        .iter()
        .try_for_each(|secret| transcript.enter(secret.as_bytes()))?;
    let plan = Plan {
        seconds,
        planted: false,
        targets: targets(root)?,
    };
    let failed_before = tally.failed;
    run_plan(root, &plan, interrupt, tally, transcript)?;
    Ok(tally.failed == failed_before)
}

fn run_plan(
    root: &Path,
    plan: &Plan,
    interrupt: &Interrupt,
    tally: &mut Tally,
    transcript: &mut Transcript,
) -> Result<(), Failure> {
    install(root, interrupt)?;
    let toolchain = Toolchain::find();
    println!("{}", toolchain.describe());
    println!(
        "{:<20} {:>12} {:>10} {:>9}  finding",
        "target", "executions", "a second", "coverage"
    );
    for target in &plan.targets {
        if interrupt.requested() {
            tally.failed += 1;
            println!("{target:<20} interrupted");
            continue;
        }
        let report = run_target(root, target, plan, &toolchain, interrupt, transcript)?;
        let good = report.finding.is_some() == plan.planted;
        tally.passed += u64::from(good);
        tally.failed += u64::from(!good);
        let found = report.finding.as_deref().unwrap_or("none");
        let rate = report.executions / plan.seconds.max(1);
        println!(
            "{target:<20} {:>12} {rate:>10} {:>9}  {found}",
            report.executions, report.coverage
        );
        if let Some(input) = report.input.filter(|_| !plan.planted) {
            println!("{:<20} keep it as fuzz/seeds/{target}/found-…: {input}", "");
        }
    }
    Ok(())
}

fn run_target(
    root: &Path,
    target: &str,
    plan: &Plan,
    toolchain: &Toolchain,
    interrupt: &Interrupt,
    transcript: &mut Transcript,
) -> Result<Report, Failure> {
    let folder = step::target(root)
        .join(if plan.planted { "fuzz-planted" } else { "fuzz" })
        .join(target);
    let (corpus, artifacts) = (folder.join("corpus"), folder.join("found"));
    if plan.planted && folder.exists() {
        // What a defect left behind would be found again at once, and say nothing.
        fs::remove_dir_all(&folder).map_err(Failure::io(folder.display()))?;
    }
    for made in [&corpus, &artifacts] {
        fs::create_dir_all(made).map_err(Failure::io(made.display()))?;
    }
    let mut command = toolchain.cargo_fuzz("run");
    if plan.planted {
        command.args(["--features", "planted"]);
    }
    command
        .arg(target)
        .args([corpus.as_path(), &root.join("fuzz/seeds").join(target)])
        .args(["--", "-print_final_stats=1"])
        .arg(format!("-max_total_time={}", plan.seconds))
        .arg(format!("-dict={}", root.join("fuzz/smtp.dict").display()))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut report = Report::default();
    let status = interrupt
        .run(&mut command, |child| read(child, &mut report, transcript))
        .map_err(Failure::io("cannot run cargo fuzz"))?;
    if !status.success() && report.finding.is_none() {
        report.finding = Some("cargo fuzz failed".into());
    }
    Ok(report)
}

fn read(child: &mut Child, report: &mut Report, transcript: &mut Transcript) -> io::Result<()> {
    let Some(errors) = child.stderr.take() else {
        return Ok(());
    };
    let mut said_by_panic = false;
    for line in BufReader::new(errors).split(b'\n') {
        let line = line?;
        // What the fuzzer says of its own tries and words is no output of what it tries.
        if !line.starts_with(b"#") && !line.starts_with(b"\"") {
            transcript.add(&line);
            transcript.add(b"\n");
        }
        report.note(&String::from_utf8_lossy(&line), &mut said_by_panic);
    }
    Ok(())
}

impl Report {
    /// Takes what one line of the fuzzer's output says. The line behind a panic's place is its message.
    fn note(&mut self, line: &str, said_by_panic: &mut bool) {
        if std::mem::take(said_by_panic) {
            self.finding.get_or_insert_with(|| line.to_owned());
        }
        *said_by_panic = line.contains("panicked at");
        if let Some(number) = line.strip_prefix("stat::number_of_executed_units:") {
            self.executions = number.trim().parse().unwrap_or(0);
        }
        if let Some((_, rest)) = line.split_once("cov: ") {
            let number = rest
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok());
            self.coverage = number.unwrap_or(self.coverage);
        }
        if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.input = Some(path.to_owned());
            self.finding
                .get_or_insert_with(|| "the fuzzer stopped".to_owned());
        }
        if line.starts_with("error") {
            self.finding.get_or_insert_with(|| line.to_owned());
        }
    }
}

impl Plan {
    fn parse(options: &[&str], known: &[String]) -> Result<Self, Failure> {
        let mut plan = Self {
            seconds: SECONDS,
            planted: false,
            targets: Vec::new(),
        };
        let mut options = options.iter();
        while let Some(option) = options.next() {
            match *option {
                "--planted" => plan.planted = true,
                "--seconds" => {
                    let seconds = options
                        .next()
                        .and_then(|number| number.parse().ok())
                        .filter(|&seconds| seconds > 0);
                    plan.seconds = seconds.ok_or_else(|| {
                        Failure::Usage("`--seconds` takes a number above 0".into())
                    })?;
                }
                target if known.iter().any(|name| name == target) => {
                    plan.targets.push(target.into())
                }
                other => {
                    let known = known.join(", ");
                    return Err(Failure::Usage(format!(
                        "there is no fuzz target `{other}`; there are {known}"
                    )));
                }
            }
        }
        if plan.targets.is_empty() {
            plan.targets = known.to_vec();
        }
        Ok(plan)
    }
}

/// With a nightly toolchain the sanitizers can be had; without one the fuzzer alone.
enum Toolchain {
    Nightly,
    Stable,
}

impl Toolchain {
    fn find() -> Self {
        let installed = Command::new("rustup").args(["toolchain", "list"]).output();
        let has_nightly = installed.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .any(|line| line.starts_with("nightly"))
        });
        if has_nightly {
            Self::Nightly
        } else {
            Self::Stable
        }
    }

    fn describe(&self) -> &'static str {
        match self {
            Self::Nightly => "with a nightly toolchain: cargo +nightly fuzz run",
            Self::Stable => "without a nightly toolchain: cargo fuzz run -s none",
        }
    }

    fn cargo_fuzz(&self, what: &str) -> Command {
        // By its name: it is rustup's proxy that understands `+nightly`.
        let mut command = Command::new("cargo");
        match self {
            Self::Nightly => command.args(["+nightly", "fuzz", what]),
            Self::Stable => command.args(["fuzz", what, "-s", "none"]),
        };
        command
    }
}

/// Installs cargo-fuzz where it is missing.
fn install(root: &Path, interrupt: &Interrupt) -> Result<(), Failure> {
    let version = step::cargo()
        .args(["fuzz", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if version.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    println!("cargo-fuzz is not there: cargo install cargo-fuzz --locked");
    let mut command = step::cargo();
    command
        .args(["install", "--quiet", "cargo-fuzz", "--locked"])
        .current_dir(root);
    let status = interrupt
        .run(&mut command, |_| Ok(()))
        .map_err(Failure::io("cannot run cargo install"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::Work(
            "cargo-fuzz cannot be installed: try `cargo install cargo-fuzz --locked`".into(),
        )),
    }
}

/// The targets there are, in the order of their names.
fn targets(root: &Path) -> Result<Vec<String>, Failure> {
    let folder = root.join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(Failure::io(folder.display()))? {
        let path = entry.map_err(Failure::io(folder.display()))?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_that_are_looked_for_are_those_of_the_targets() {
        let host = include_str!("../../smtp-proto/src/fuzzing/setup.rs");
        assert!(
            SECRETS
                .iter()
                .all(|secret| host.contains(&format!("\"{secret}\"")))
        );
    }

    #[test]
    fn a_run_without_a_finding_is_told_by_its_figures() {
        let mut report = Report::default();
        let mut panic = false;
        for line in [
            "#2 INITED cov: 12 ft: 13",
            "#9 DONE   cov: 203 ft: 757",
            "stat::number_of_executed_units: 357705",
        ] {
            report.note(line, &mut panic);
        }
        assert_eq!(
            report,
            Report {
                executions: 357_705,
                coverage: 203,
                ..Report::default()
            }
        );
    }

    #[test]
    fn a_finding_is_told_by_what_the_check_said_and_by_its_input() {
        let mut report = Report::default();
        let mut panic = false;
        let lines = [
            "thread '<unnamed>' panicked at smtp-proto/src/fuzzing/auth.rs:41:9:",
            "the exchange does not end",
            "artifact_prefix='x/'; Test unit written to x/crash-1",
        ];
        lines.iter().for_each(|line| report.note(line, &mut panic));
        assert_eq!(report.finding.as_deref(), Some("the exchange does not end"));
        assert_eq!(report.input.as_deref(), Some("x/crash-1"));
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        let known = ["session".to_owned()];
        for options in [
            &["--seconds"][..],
            &["--seconds", "0"],
            &["--second", "1"],
            &["nothing"],
        ] {
            assert!(Plan::parse(options, &known).is_err(), "{options:?}");
        }
        let plan = Plan::parse(&["--planted", "--seconds", "5"], &known).expect("a plan");
        assert_eq!(
            (plan.planted, plan.seconds, plan.targets.len()),
            (true, 5, 1)
        );
    }
}
