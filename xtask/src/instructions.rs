//! `cargo xtask instructions`: what the hot paths cost in instructions, beside what they may. No clock is asked, so that a
//! busy machine changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::servers;
use crate::{step, tally::Tally};

/// Where the ratios are that were agreed to. One is only ever raised in a commit that says why.
const AGREED: &str = "benches/instructions.json";
const RECORD: &str = "--record";

/// More than this above what was agreed to is a slow-down, and no accident of where a compiler puts things.
const TOLERANCE: f64 = 1.03;

const CARGO_BENCH: [&str; 10] = [
    "bench",
    "--quiet",
    "--package",
    "smtp-benches",
    "--features",
    "instructions",
    "--bench",
    "instructions",
    "--",
    "--output-format=json",
];

/// The largest growth at twice the input. Linear work doubles, and a balanced tree adds a tenth.
/// Work of which a fifth is quadratic exceeds it.
const GROWTH: f64 = 2.4;

/// How often each bench does its work: what `ROUNDS` says in `benches/instructions.rs`.
const ROUNDS: f64 = 20.0;

/// What has a goal in instructions: the bench, what it is of, and how many of these it has in one round.
const WORKS: [(&str, &str, f64); 3] = [
    (
        "reply_10000_in_a_row",
        "a reply of 10,000 in a row",
        10_000.0,
    ),
    ("session_data_1_kb", "a transaction of 1 KB by DATA", 1.0),
    ("session_bdat_1_kb", "a transaction of 1 KB by BDAT", 1.0),
];

/// Instructions of a bench, by who did its work and its id.
type Counts = BTreeMap<(String, String), f64>;

/// For each bench, our instructions divided by those of the bench that it is compared with.
type Ratios = BTreeMap<String, f64>;

/// Compares with what was agreed to, or writes down what is.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    match options {
        [] => {
            let good = check(root, &interrupt, &mut Tally::default())?;
            Ok(if good {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        [RECORD] => {
            let found = json!({ "compiler": compiler()?, "ratios": ratios(&measure(root, &interrupt)?, "ours", "limit") });
            let path = root.join(AGREED);
            fs::write(&path, format!("{found:#}\n")).map_err(Failure::io(path.display()))?;
            println!(
                "{AGREED} is written: a ratio that was raised wants a reason in the commit's message"
            );
            Ok(ExitCode::SUCCESS)
        }
        [other, ..] => Err(Failure::Usage(format!(
            "`instructions` knows `{RECORD}` alone, and got `{other}`"
        ))),
    }
}

/// Each bench counts as a test.
pub(crate) fn check(
    root: &Path,
    interrupt: &Interrupt,
    tally: &mut Tally,
) -> Result<bool, Failure> {
    let path = root.join(AGREED);
    let text = fs::read_to_string(&path).map_err(Failure::io(path.display()))?;
    let agreed: Value =
        serde_json::from_str(&text).map_err(|error| Failure::Work(format!("{AGREED}: {error}")))?;
    let counts = measure(root, interrupt)?;
    let found = ratios(&counts, "ours", "limit");
    let (compiler, then) = (
        compiler()?,
        agreed["compiler"].as_str().unwrap_or_default().to_owned(),
    );
    if compiler != then {
        println!("the ratios were agreed to with {then}; this is {compiler}");
    }
    let (passed_before, failed_before) = (tally.passed, tally.failed);
    for (name, ratio) in &found {
        let verdict = judge(*ratio, agreed["ratios"][name].as_f64());
        println!(
            "{name}: {ratio:.2} × memchr, {}",
            verdict.as_ref().unwrap_or_else(|why| why)
        );
        tally.passed += u64::from(verdict.is_ok());
        tally.failed += u64::from(verdict.is_err());
    }
    for (name, ratio) in ratios(&counts, "twice", "once") {
        let is_linear = ratio <= GROWTH;
        println!(
            "{name}: {ratio:.2} × at twice the size{}",
            if is_linear {
                ""
            } else {
                ", FAILED: not linear"
            }
        );
        tally.passed += u64::from(is_linear);
        tally.failed += u64::from(!is_linear);
    }
    Ok(tally.failed == failed_before && tally.passed > passed_before)
}

/// What to say of a ratio, good or bad.
fn judge(ratio: f64, agreed: Option<f64>) -> Result<String, String> {
    let Some(agreed) = agreed else {
        return Err(format!(
            "FAILED: nothing was agreed to; `cargo xtask instructions {RECORD}` writes it down"
        ));
    };
    let change = (ratio / agreed - 1.0) * 100.0;
    if ratio > agreed * TOLERANCE {
        return Err(format!(
            "FAILED: {change:.1} % more instructions than the {agreed:.2} that were agreed to"
        ));
    }
    Ok(format!("agreed {agreed:.2} ({change:+.1} %)"))
}

/// What has a goal, with the instructions that it takes.
pub(crate) fn of_works(
    root: &Path,
    interrupt: &Interrupt,
) -> Result<Vec<(&'static str, f64)>, Failure> {
    let counts = measure(root, interrupt)?;
    let count = |id: &str| counts.get(&("ours".to_owned(), id.to_owned())).copied();
    let works = WORKS
        .iter()
        .map(|(id, name, works)| Some((*name, (count(id)? / ROUNDS / works).round())));
    works
        .collect::<Option<_>>()
        .ok_or_else(|| Failure::Work("a bench with a goal was not counted".into()))
}

fn measure(root: &Path, interrupt: &Interrupt) -> Result<Counts, Failure> {
    servers::ensure_valgrind(interrupt)?;
    install_runner(root, interrupt)?;
    let mut command = step::cargo();
    command
        .args(CARGO_BENCH)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut output = String::new();
    let status = interrupt
        .run(&mut command, |child| match &mut child.stdout {
            Some(stdout) => stdout.read_to_string(&mut output).map(|_| ()),
            None => Ok(()),
        })
        .map_err(Failure::io("cannot run cargo bench"))?;
    if !status.success() {
        return Err(Failure::Work(format!(
            "the instructions were not counted ({status}): the reason stands above"
        )));
    }
    counts(&output).ok_or_else(|| {
        Failure::Work("gungraun reported no usable counts: has the bench its symbols?".into())
    })
}

/// The compared groups: each bench of the first has one of the second, with the same id.
const COMPARED: [(&str, &str); 2] = [("ours", "limit"), ("twice", "once")];

/// Reads the counts, one line of JSON each. `None` if a count is zero, as without symbols, or if a
/// count that another is compared with is missing.
fn counts(output: &str) -> Option<Counts> {
    let mut counts = Counts::new();
    for line in output.lines().filter(|line| line.starts_with('{')) {
        let summary: Value = serde_json::from_str(line).ok()?;
        let who = summary["function_name"].as_str()?.to_owned();
        let count = summary
            .pointer("/profiles/0/data/total/metrics/Ir/values/new")?
            .as_f64()?;
        if count <= 0.0 {
            return None;
        }
        counts.insert((who, summary["id"].as_str()?.to_owned()), count);
    }
    let is_whole = COMPARED.iter().all(|(who, with)| {
        let mut ids = counts.keys().filter(|(name, _)| name == who);
        ids.all(|(_, id)| counts.contains_key(&((*with).to_owned(), id.clone())))
    });
    is_whole.then_some(counts)
}

/// Returns the counts of `who` divided by those of `with`, by id.
fn ratios(counts: &Counts, who: &str, with: &str) -> Ratios {
    let ours = counts.iter().filter(|((name, _), _)| name == who);
    ours.filter_map(|((_, id), count)| {
        let other = counts.get(&(with.to_owned(), id.clone()))?;
        // Three digits behind the point say all that there is to say.
        Some((id.clone(), (count / other * 1000.0).round() / 1000.0))
    })
    .collect()
}

fn compiler() -> Result<String, Failure> {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("--version")
        .output()
        .map_err(Failure::io("cannot run rustc"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What starts valgrind for the benches; its version has to be that of the library.
fn install_runner(root: &Path, interrupt: &Interrupt) -> Result<(), Failure> {
    let version = version_of_gungraun(root)?;
    let found = Command::new("gungraun-runner").arg("--version").output();
    if found.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&version)) {
        return Ok(());
    }
    let arguments = [
        "install",
        "--quiet",
        "--locked",
        "--debug",
        "gungraun-runner",
        "--version",
        &version,
    ];
    println!(
        "gungraun-runner {version} is not there: cargo {}",
        arguments.join(" ")
    );
    let mut command = step::cargo();
    command.args(arguments).current_dir(root);
    let status = interrupt
        .run(&mut command, |_| Ok(()))
        .map_err(Failure::io("cannot run cargo install"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::Work(format!(
            "gungraun-runner cannot be installed: try `cargo {}`",
            arguments.join(" ")
        ))),
    }
}

fn version_of_gungraun(root: &Path) -> Result<String, Failure> {
    let path = root.join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(Failure::io(path.display()))?;
    let version = lock.split("[[package]]").find_map(|package| {
        let mut lines = package.lines().map(str::trim);
        lines.find(|line| *line == "name = \"gungraun\"")?;
        lines.find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
    });
    version
        .map(str::to_owned)
        .ok_or_else(|| Failure::Work("Cargo.lock has no gungraun".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_told_as_a_ratio_to_the_limit_of_the_same_run() {
        let line = |who: &str, id: &str, count: u64| {
            let metrics = json!({ "Ir": { "values": { "new": count } } });
            let data = json!({ "total": { "metrics": metrics } });
            json!({ "function_name": who, "id": id, "profiles": [{ "data": data }] }).to_string()
        };
        let lines = [
            line("ours", "reply", 300),
            "something else".into(),
            line("limit", "reply", 100),
        ];
        let both = counts(&lines.join("\n")).unwrap();
        assert_eq!(
            ratios(&both, "ours", "limit"),
            Ratios::from([("reply".into(), 3.0)])
        );
        assert_eq!(counts(&lines[0]), None, "there is no limit to compare with");
        let grown =
            counts(&[line("twice", "reply", 400), line("once", "reply", 100)].join("\n")).unwrap();
        assert_eq!(
            ratios(&grown, "twice", "once"),
            Ratios::from([("reply".into(), 4.0)])
        );
        assert_eq!(counts(&line("twice", "reply", 400)), None);
        let zero = [line("ours", "reply", 300), line("limit", "reply", 0)].join("\n");
        assert_eq!(counts(&zero), None, "a program without symbols");
    }

    #[test]
    fn a_slow_down_of_more_than_three_in_a_hundred_fails() {
        assert!(judge(2.06, Some(2.0)).is_ok());
        assert!(judge(1.0, Some(2.0)).is_ok());
        let slower = judge(2.2, Some(2.0)).unwrap_err();
        assert!(slower.contains("10.0 % more"), "{slower}");
        assert!(judge(2.0, None).is_err());
    }
}
