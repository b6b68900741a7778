//! `cargo xtask bench`: this project beside its peers and the limit, as ratios of one run.

mod goals;
mod table;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step;

const CHECK: &str = "--check";

/// The peers are built here, apart from all that is ours.
const PEERS: &str = "benches/peers/Cargo.toml";

/// Measures, writes the table into `bench` where cargo builds, and prints it.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<ExitCode, Failure> {
    let check = match options {
        [] => false,
        [CHECK] => true,
        [other, ..] => return Err(Failure::Usage(format!("`bench` knows `{CHECK}` alone, and got `{other}`"))),
    };
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    let benches = measure(root, &interrupt)?;
    let goals = goals::judge(&benches);
    let markdown = table::render(&benches, &goals);
    let folder = step::target(root).join("bench");
    fs::create_dir_all(&folder).map_err(Failure::io(folder.display()))?;
    let goals_as_json: Vec<Value> = goals.iter().map(goals::Verdict::to_json).collect();
    let table = json!({ "benches": benches, "goals": goals_as_json });
    for (name, text) in [("table.md", markdown.clone()), ("table.json", format!("{table:#}\n"))] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(Failure::io(path.display()))?;
    }
    print!("{markdown}");
    println!("\nwritten to {0}/table.md and {0}/table.json", folder.display());
    let missed = goals.iter().filter(|goal| !goal.is_met()).count();
    println!("{} of {} goals met", goals.len() - missed, goals.len());
    Ok(if check && missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// One object a bench.
fn measure(root: &Path, interrupt: &Interrupt) -> Result<Vec<Value>, Failure> {
    let mut command = step::cargo();
    command
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path", PEERS, "--bin", "ratios"])
        .arg("--target-dir")
        .arg(step::target(root).join("peers"))
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut output = String::new();
    let status = interrupt
        .run(&mut command, |child| match &mut child.stdout {
            Some(stdout) => stdout.read_to_string(&mut output).map(|_| ()),
            None => Ok(()),
        })
        .map_err(Failure::io("cannot run cargo"))?;
    if !status.success() {
        return Err(Failure::Work(format!("the peers could not be measured ({status}): the reason stands above")));
    }
    let benches: Result<_, _> = output.lines().map(serde_json::from_str).collect();
    benches.map_err(|error| Failure::Work(format!("what was measured cannot be read: {error}")))
}

/// Who is measured, by the names that the candidates have.
const OURS: &str = "smtp-proto";
const LIMIT: &str = "limit";

/// What a candidate of a bench took: in nanoseconds, or as a ratio to the limit.
fn figure(bench: &Value, candidate: &str, what: &str) -> Option<f64> {
    let candidates = bench["candidates"].as_array()?;
    candidates.iter().find(|found| found["name"] == candidate)?[what].as_f64()
}

/// As goals name it.
fn name(bench: &Value) -> String {
    format!("{} / {}", bench["group"].as_str().unwrap_or_default(), bench["name"].as_str().unwrap_or_default())
}
