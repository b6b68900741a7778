//! `cargo xtask mutants`: defects by the hundred, one at a time, each of which some test has to notice.

use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::{fs, io};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step;

/// Files that are mutated together, and the tests that must detect the mutants.
#[derive(Debug)]
struct Target {
    name: &'static str,
    package: &'static str,
    files: &'static [&'static str],
    /// Arguments of cargo-mutants for the package's own tests, which are quick to build and come first.
    own: &'static [&'static str],
    /// The package whose tests run for the mutants that the first ones miss, and their arguments
    /// for cargo test.
    further: (&'static str, &'static [&'static str]),
}

/// What decides what a server means, and what becomes of a message.
const CORE: Target = Target {
    name: "core",
    package: "mailwright-proto",
    files: &[
        "smtp-proto/src/reply.rs",
        "smtp-proto/src/reply/*.rs",
        "smtp-proto/src/ehlo.rs",
        "smtp-proto/src/ehlo/*.rs",
        "smtp-proto/src/redact.rs",
        "smtp-proto/src/security_layer.rs",
        "smtp-proto/src/transaction.rs",
        "smtp-proto/src/transaction/*.rs",
        "smtp-proto/src/body.rs",
        "smtp-proto/src/body/*.rs",
        "smtp-proto/src/pipeline.rs",
        "smtp-proto/src/connection.rs",
        "smtp-proto/src/connection/*.rs",
    ],
    own: &[
        "--timeout",
        "10",
        "--test-package",
        "mailwright-proto",
        "--",
        "--lib",
    ],
    further: (
        "smtp-script",
        &[
            "--test",
            "integration",
            "--",
            "line_by_line",
            "every_ehlo",
            "every_refusal",
        ],
    ),
};

/// The parts of the client that keep secrets, name causes and query others. Default features lack
/// most of them.
const CLIENT: Target = Target {
    name: "",
    package: "mailwright",
    files: &[],
    own: &[
        "--timeout",
        "60",
        "--test-package",
        "mailwright",
        "--features",
        "check,mx,sender-dns",
        "--",
        "--lib",
    ],
    further: ("smtp-tests", &[]),
};

const TARGETS: [Target; 6] = [
    CORE,
    Target {
        name: "error",
        files: &["smtp-client/src/error.rs"],
        further: (
            "smtp-tests",
            &[
                "--test",
                "integration",
                "--",
                "connecting::",
                "dialogues::",
                "logins::",
            ],
        ),
        ..CLIENT
    },
    Target {
        name: "sender",
        files: &[
            "smtp-client/src/sender.rs",
            "smtp-client/src/sender/**/*.rs",
        ],
        further: ("smtp-tests", &["--test", "integration", "sender::"]),
        ..CLIENT
    },
    Target {
        name: "mx",
        files: &[
            "smtp-client/src/mx.rs",
            "smtp-client/src/mx/*.rs",
            "smtp-client/src/engine/mx.rs",
        ],
        further: ("smtp-tests", &["--test", "integration", "mx::"]),
        ..CLIENT
    },
    Target {
        name: "check",
        files: &["smtp-client/src/check.rs", "smtp-client/src/check/*.rs"],
        further: ("smtp-tests", &["--test", "integration", "check::"]),
        ..CLIENT
    },
    Target {
        name: "oauth",
        package: "mailwright-oauth",
        files: &["smtp-oauth/src/**/*.rs"],
        own: &[
            "--timeout",
            "60",
            "--test-package",
            "mailwright-oauth",
            "--",
            "--lib",
        ],
        further: ("smtp-tests", &["--test", "integration", "oauth::"]),
    },
];

/// The arguments of the second pass, over the mutants that the package's own tests miss.
const ITERATE: [&str; 6] = [
    "--timeout",
    "120",
    "--iterate",
    "--baseline",
    "skip",
    "--test-package",
];

/// Hundreds of builds of the core, each for tests that take no time.
const UNOPTIMISED: &str = "--cargo-arg=--config=profile.dev.package.mailwright-proto.opt-level=0";

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

/// Runs both passes over each target that is named, the core without a name, and fails where too many mutants live.
pub(crate) fn run(root: &Path, names: &[&str]) -> Result<ExitCode, Failure> {
    let targets = if names.is_empty() {
        vec![&CORE]
    } else {
        find(names)?
    };
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    install(root, &interrupt)?;
    let mut is_good = true;
    for target in targets {
        is_good &= target.run(root, &interrupt)?;
    }
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn find(names: &[&str]) -> Result<Vec<&'static Target>, Failure> {
    let known = || {
        TARGETS
            .iter()
            .map(|target| target.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let find = |name: &&str| {
        let found = TARGETS.iter().find(|target| target.name == *name);
        found
            .ok_or_else(|| Failure::Usage(format!("`mutants` knows {}, and got `{name}`", known())))
    };
    names.iter().map(find).collect()
}

impl Target {
    /// Returns whether enough mutants are noticed.
    fn run(&self, root: &Path, interrupt: &Interrupt) -> Result<bool, Failure> {
        let folder = step::target(root).join("mutants").join(self.name);
        fs::create_dir_all(&folder).map_err(Failure::io(folder.display()))?;
        let after_pass = |title: &str, arguments: &[&str]| {
            println!("\n== {}: {title}", self.name);
            self.run_pass(root, &folder, arguments, interrupt)?;
            Outcomes::read(&folder.join("mutants.out"))
                .map_err(Failure::io("the outcomes cannot be read"))
        };
        let (package, tests) = self.further;
        self.check_further(root, interrupt)?;
        let first = after_pass("the package's own tests", self.own)?;
        let last = after_pass(
            &format!("tests of {package}"),
            &[&ITERATE[..], &[package, "--"], tests].concat(),
        )?;
        println!();
        last.timed_out
            .iter()
            .for_each(|mutant| println!("no end: {mutant}"));
        last.missed
            .iter()
            .for_each(|mutant| println!("missed: {mutant}"));
        // A test that never ends has noticed, too. What could be built once counts, whatever happened later.
        let noticed = first.caught.len() + last.caught.len() + last.timed_out.len();
        let all = first.caught.len() + first.timed_out.len() + first.missed.len();
        let score = noticed * 100 / all.max(1);
        let endless = last.timed_out.len();
        println!(
            "{}: {noticed} of {all} mutants noticed, {endless} of them by tests without end: {score} %",
            self.name
        );
        Ok(score >= LEAST)
    }

    fn run_pass(
        &self,
        root: &Path,
        folder: &Path,
        arguments: &[&str],
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let mut command = step::cargo();
        command
            .args([
                "mutants",
                "--package",
                self.package,
                "--jobs",
                "1",
                "--colors",
                "never",
                UNOPTIMISED,
                "--output",
            ])
            .arg(folder);
        command
            .args(self.files.iter().flat_map(|file| ["--file", file]))
            .args(arguments);
        // Each mutant is built in a copy, and there it must stay.
        command
            .current_dir(root)
            .env_remove("CARGO_TARGET_DIR")
            .stdin(Stdio::null());
        let status = interrupt
            .run(&mut command, |_| Ok(()))
            .map_err(Failure::io("cannot run cargo mutants"))?;
        match status.code() {
            Some(0 | MISSED | TIMED_OUT) if !interrupt.requested() => Ok(()),
            _ => Err(Failure::Work(format!(
                "cargo mutants did not finish ({status}): its output is above"
            ))),
        }
    }

    /// Checks that the further tests pass without a mutant: the baseline of cargo-mutants covers
    /// only the package's own tests.
    fn check_further(&self, root: &Path, interrupt: &Interrupt) -> Result<(), Failure> {
        let (package, tests) = self.further;
        let mut command = step::cargo();
        command
            .args(["test", "--quiet", "--package", package])
            .args(tests)
            .current_dir(root);
        let status = interrupt
            .run(&mut command, |_| Ok(()))
            .map_err(Failure::io("cannot run cargo test"))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::Work(format!(
            "tests of {package} fail without a mutant: fix that first"
        )))
    }
}

impl Outcomes {
    fn read(folder: &Path) -> io::Result<Self> {
        let lines = |name: &str| -> io::Result<Vec<String>> {
            Ok(fs::read_to_string(folder.join(name))?
                .lines()
                .map(str::to_owned)
                .collect())
        };
        Ok(Self {
            caught: lines("caught.txt")?,
            timed_out: lines("timeout.txt")?,
            missed: lines("missed.txt")?,
        })
    }
}

fn install(root: &Path, interrupt: &Interrupt) -> Result<(), Failure> {
    let version = step::cargo()
        .args(["mutants", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if version.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    println!("cargo-mutants is not there: cargo install cargo-mutants --locked");
    let mut command = step::cargo();
    command
        .args(["install", "--quiet", "cargo-mutants", "--locked"])
        .current_dir(root);
    let status = interrupt
        .run(&mut command, |_| Ok(()))
        .map_err(Failure::io("cannot run cargo install"))?;
    match status.success() {
        true => Ok(()),
        false => {
            let how =
                "cargo-mutants cannot be installed: try `cargo install cargo-mutants --locked`";
            Err(Failure::Work(how.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_found_by_name_and_others_named() {
        assert_eq!(find(&["error", "core"]).unwrap().len(), 2);
        let Err(Failure::Usage(text)) = find(&["error", "attic"]) else {
            panic!("a target `attic`")
        };
        assert!(
            text.contains("core, error, sender, mx, check, oauth"),
            "{text}"
        );
    }

    #[test]
    fn every_pattern_of_a_target_matches_a_file() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for pattern in TARGETS.iter().flat_map(|target| target.files) {
            let place = pattern.split(['*']).next().unwrap_or(pattern);
            assert!(root.join(place).exists(), "{pattern}");
        }
    }
}
