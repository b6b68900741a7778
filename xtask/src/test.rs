//! `cargo xtask test`: everything that must hold before a change is taken.

use std::path::Path;
use std::process::ExitCode;

use crate::api;
use crate::deny;
use crate::failure::Failure;
use crate::fuzz;
use crate::instructions;
use crate::interrupt::Interrupt;
use crate::servers::{Servers, ensure_browser};
use crate::step::Step;
use crate::tally::Tally;
use crate::tidy;
use crate::transcript::{self, Transcript};

const STEPS: [Step<'static>; 10] = [
    Step {
        title: "format",
        arguments: &["fmt", "--all", "--check"],
        environment: &[],
    },
    Step {
        title: "format of the fuzz targets",
        arguments: &["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"],
        environment: &[],
    },
    Step {
        title: "format of the peers",
        arguments: &[
            "fmt",
            "--manifest-path",
            "benches/peers/Cargo.toml",
            "--check",
        ],
        environment: &[],
    },
    Step {
        title: "format without std",
        arguments: &[
            "fmt",
            "--manifest-path",
            "tests/no-std/Cargo.toml",
            "--check",
        ],
        environment: &[],
    },
    Step {
        title: "format of the embedder",
        arguments: &[
            "fmt",
            "--manifest-path",
            "tests/embedder/Cargo.toml",
            "--check",
        ],
        environment: &[],
    },
    Step {
        title: "lints without std",
        arguments: &[
            "clippy",
            "--manifest-path",
            "tests/no-std/Cargo.toml",
            "--",
            "-D",
            "warnings",
        ],
        environment: &[],
    },
    Step {
        title: "lints",
        arguments: &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--features",
            "smtp-tests/servers,smtp-benches/instructions",
            "--",
            "-D",
            "warnings",
        ],
        environment: &[],
    },
    Step {
        title: "documentation",
        arguments: &["doc", "--no-deps", "--workspace"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    Step {
        title: "the command",
        arguments: &["build", "-p", "mailwright-cli", "--bin", "smtp"],
        environment: &[],
    },
    Step {
        title: "tests",
        // What tests print that pass is searched for secrets, too.
        arguments: &[
            "test",
            "--workspace",
            "--no-fail-fast",
            "--",
            "--show-output",
        ],
        environment: &[],
    },
];

const WITHOUT_SERVERS: &str = "--without-servers";
const WITH_SERVERS: &str = "real servers";
const BROWSER: &str = "pages in a browser";
const RULES: &str = "rules";
const FUZZ: &str = "fuzz targets";
const INSTRUCTIONS: &str = "instructions";
const API: &str = "public API";
const ADVISORIES: &str = "advisories";
const CONTROL: &str = "the scanner's control";
const SECRETS: &str = "secrets in the output";

/// For each target: enough to see that it runs, and to find what is found at once.
const FUZZ_SECONDS: u64 = 15;

/// Runs every step, also after one has failed, and prints the counts as its last line.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<ExitCode, Failure> {
    if let Some(other) = options.iter().find(|option| **option != WITHOUT_SERVERS) {
        return Err(Failure::Usage(format!(
            "`test` knows `{WITHOUT_SERVERS}` alone, and got `{other}`"
        )));
    }
    let with_servers = !options.contains(&WITHOUT_SERVERS);
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    let mut tally = Tally::default();
    let mut transcript = Transcript::with_registry(root)?;
    let mut failed = Vec::new();
    let mut left_out = Vec::new();

    println!("\n== {RULES} of the house: cargo xtask tidy");
    if !tidy::check(root, &mut tally)? {
        failed.push(RULES);
    }
    for step in STEPS {
        if !interrupt.requested() && !step.run(root, &interrupt, &mut tally, &mut transcript) {
            failed.push(step.title);
        }
    }
    if !interrupt.requested() && !smoke_fuzz(root, &interrupt, &mut tally, &mut transcript) {
        failed.push(FUZZ);
    }
    if !interrupt.requested() && !count_instructions(root, &interrupt, &mut tally) {
        failed.push(INSTRUCTIONS);
    }
    if !interrupt.requested() {
        println!("\n== {API} of the libraries: cargo xtask api");
        let failed_before = tally.failed;
        match api::check(root, &mut tally) {
            Ok(why) => left_out.extend(why.map(|why| format!("{API} not compared: {why}"))),
            Err(failure) => _ = count_failure(API, &failure, &mut tally),
        }
        if tally.failed > failed_before {
            failed.push(API);
        }
    }
    if !interrupt.requested() {
        println!("\n== {ADVISORIES} against dependencies: cargo xtask deny");
        match deny::check_advisories(root, &interrupt, &mut tally, &mut transcript) {
            Ok(true) => {}
            Ok(false) => failed.push(ADVISORIES),
            Err(why) => left_out.push(format!("{ADVISORIES} not checked: {why}")),
        }
    }
    if with_servers
        && !interrupt.requested()
        && !run_with_servers(root, &interrupt, &mut tally, &mut transcript)
    {
        failed.push(WITH_SERVERS);
    }
    if with_servers
        && !interrupt.requested()
        && !run_with_browser(root, &interrupt, &mut tally, &mut transcript)
    {
        failed.push(BROWSER);
    }
    println!("\n== {SECRETS}");
    if !transcript.holds_no_secret(&mut tally)? {
        failed.push(SECRETS);
    }
    if !interrupt.requested() && !transcript::finds_what_is_shown(root, &interrupt, &mut tally)? {
        failed.push(CONTROL);
    }

    println!();
    if interrupt.requested() {
        println!("interrupted: the steps after it did not run");
    }
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    if !with_servers {
        left_out.push("real servers and the browser left out".to_owned());
    }
    println!("{}", summary(&tally, &left_out));
    let good = tally.failed == 0 && !interrupt.requested();
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Returns the last line, which scripts read: the counts, and the parts that were left out.
fn summary(tally: &Tally, left_out: &[String]) -> String {
    match left_out {
        [] => tally.to_string(),
        left_out => format!("{tally} ({})", left_out.join("; ")),
    }
}

fn smoke_fuzz(
    root: &Path,
    interrupt: &Interrupt,
    tally: &mut Tally,
    transcript: &mut Transcript,
) -> bool {
    println!("\n== {FUZZ}: cargo xtask fuzz --seconds {FUZZ_SECONDS}");
    match fuzz::smoke(root, FUZZ_SECONDS, interrupt, tally, transcript) {
        Ok(passed) => passed,
        Err(failure) => count_failure(FUZZ, &failure, tally),
    }
}

fn count_instructions(root: &Path, interrupt: &Interrupt, tally: &mut Tally) -> bool {
    println!("\n== {INSTRUCTIONS} of the hot paths: cargo xtask instructions");
    match instructions::check(root, interrupt, tally) {
        Ok(passed) => passed,
        Err(failure) => count_failure(INSTRUCTIONS, &failure, tally),
    }
}

fn run_with_servers(
    root: &Path,
    interrupt: &Interrupt,
    tally: &mut Tally,
    transcript: &mut Transcript,
) -> bool {
    let servers = match start_servers(root, interrupt, transcript) {
        Ok(servers) => servers,
        Err(failure) => return count_failure(WITH_SERVERS, &failure, tally),
    };
    let facts = servers.facts_file().to_string_lossy().into_owned();
    let step = Step {
        title: WITH_SERVERS,
        arguments: &[
            "test",
            "-p",
            "smtp-tests",
            "--features",
            "servers",
            "--test",
            "servers",
            "--",
            "--skip",
            "page::",
            "--show-output",
        ],
        environment: &[("SMTP_TEST_SERVERS", &facts)],
    };
    let succeeded = step.run(root, interrupt, tally, transcript);
    if !succeeded {
        servers.show_logs();
    }
    match servers.stop() {
        Ok(()) => succeeded,
        Err(failure) => count_failure(WITH_SERVERS, &failure, tally),
    }
}

fn run_with_browser(
    root: &Path,
    interrupt: &Interrupt,
    tally: &mut Tally,
    transcript: &mut Transcript,
) -> bool {
    if let Err(failure) = ensure_browser(interrupt) {
        return count_failure(BROWSER, &failure, tally);
    }
    let step = Step {
        title: BROWSER,
        arguments: &[
            "test",
            "-p",
            "smtp-tests",
            "--features",
            "servers",
            "--test",
            "servers",
            "page::",
        ],
        environment: &[],
    };
    step.run(root, interrupt, tally, transcript)
}

/// Their secrets are searched for in all that is printed from then on.
fn start_servers(
    root: &Path,
    interrupt: &Interrupt,
    transcript: &Transcript,
) -> Result<Servers, Failure> {
    let servers = Servers::start(root, interrupt)?;
    servers
        .secrets()
        .try_for_each(|secret| transcript.enter(secret.as_bytes()))?;
    Ok(servers)
}

fn count_failure(title: &str, failure: &Failure, tally: &mut Tally) -> bool {
    println!("{title}: {failure}");
    tally.failed += 1;
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_what_was_left_out() {
        let tally = Tally {
            passed: 7,
            failed: 0,
        };
        assert_eq!(summary(&tally, &[]), "7 passed, 0 failed");
        let left_out = [
            "advisories not checked: no cargo-deny".to_owned(),
            "no browser".to_owned(),
        ];
        assert_eq!(
            summary(&tally, &left_out),
            "7 passed, 0 failed (advisories not checked: no cargo-deny; no browser)"
        );
    }
}
