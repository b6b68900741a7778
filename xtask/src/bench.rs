//! `cargo xtask bench`: this project beside its peers and the limit, as ratios of one run.

mod build;
mod cold;
mod goals;
mod syscalls;
mod table;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::{instructions, step};

const CHECK: &str = "--check";

/// The peers are built here, apart from all that is ours.
const PEERS: &str = "benches/peers/Cargo.toml";

/// Measures, writes the table into `bench` where cargo builds, and prints it.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<ExitCode, Failure> {
    let check = match options {
        [] => false,
        [CHECK] => true,
        [other, ..] => {
            return Err(Failure::Usage(format!(
                "`bench` knows `{CHECK}` alone, and got `{other}`"
            )));
        }
    };
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    let peers = Peers::build(root, &interrupt)?;
    let mut benches = peers.lines(&interrupt, "ratios", &[])?;
    for what in ["times", "round-trips", "memory"] {
        benches.extend(peers.lines(&interrupt, "wire", &[what])?);
    }
    benches.extend(syscalls::count(&peers.program("wire"), &interrupt)?);
    for (name, instructions) in instructions::of_works(root, &interrupt)? {
        let ours = json!({ "name": OURS, "value": instructions });
        benches.push(json!({ "group": "instructions", "name": name, "candidates": [ours] }));
    }
    benches.extend(build::measure(root, &interrupt)?);
    benches.extend(cold::measure(root, &interrupt)?);
    let goals = goals::judge(&benches);
    let markdown = table::render(&benches, &goals);
    let folder = step::target(root).join("bench");
    fs::create_dir_all(&folder).map_err(Failure::io(folder.display()))?;
    let goals_as_json: Vec<Value> = goals.iter().map(goals::Verdict::to_json).collect();
    let table = json!({ "benches": benches, "goals": goals_as_json });
    for (name, text) in [
        ("table.md", markdown.clone()),
        ("table.json", format!("{table:#}\n")),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(Failure::io(path.display()))?;
    }
    print!("{markdown}");
    println!(
        "\nwritten to {0}/table.md and {0}/table.json",
        folder.display()
    );
    let missed = goals.iter().filter(|goal| !goal.is_met()).count();
    println!("{} of {} goals met", goals.len() - missed, goals.len());
    Ok(if check && missed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The programs that measure, which are built apart from all that is ours.
struct Peers {
    folder: PathBuf,
}

impl Peers {
    fn build(root: &Path, interrupt: &Interrupt) -> Result<Self, Failure> {
        let target = step::target(root).join("peers");
        let mut command = step::cargo();
        command
            .args([
                "build",
                "--quiet",
                "--release",
                "--locked",
                "--bins",
                "--manifest-path",
                PEERS,
                "--target-dir",
            ])
            .arg(&target)
            .current_dir(root)
            .stdin(Stdio::null());
        let status = interrupt
            .run(&mut command, |_| Ok(()))
            .map_err(Failure::io("cannot run cargo"))?;
        match status.success() {
            true => Ok(Self {
                folder: target.join("release"),
            }),
            false => Err(Failure::Work(format!(
                "the peers could not be built ({status}): the reason stands above"
            ))),
        }
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What a program prints: one object a bench.
    fn lines(
        &self,
        interrupt: &Interrupt,
        program: &str,
        arguments: &[&str],
    ) -> Result<Vec<Value>, Failure> {
        let mut command = Command::new(self.program(program));
        command.args(arguments);
        let output = output_of(&mut command, interrupt)?;
        let benches: Result<_, _> = output.lines().map(serde_json::from_str).collect();
        benches
            .map_err(|error| Failure::Work(format!("what {program} says cannot be read: {error}")))
    }
}

/// What a command that succeeds prints.
fn output_of(command: &mut Command, interrupt: &Interrupt) -> Result<String, Failure> {
    let mut output = String::new();
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let attend = |child: &mut Child| match &mut child.stdout {
        Some(stdout) => stdout.read_to_string(&mut output).map(|_| ()),
        None => Ok(()),
    };
    let name = command.get_program().to_string_lossy().into_owned();
    let status = interrupt
        .run(command, attend)
        .map_err(Failure::io(format_args!("cannot run {name}")))?;
    match status.success() {
        true => Ok(output),
        false => Err(Failure::Work(format!(
            "{name} failed ({status}): the reason stands above"
        ))),
    }
}

/// Who is measured, by the names that the candidates have.
const OURS: &str = "mailwright-proto";
const LIMIT: &str = "limit";

/// What a candidate of a bench took: in nanoseconds, as a ratio to the limit, or as a value in the bench's own unit.
fn figure(bench: &Value, candidate: &str, what: &str) -> Option<f64> {
    let candidates = bench["candidates"].as_array()?;
    candidates.iter().find(|found| found["name"] == candidate)?[what].as_f64()
}

/// As goals name it.
fn name(bench: &Value) -> String {
    format!(
        "{} / {}",
        bench["group"].as_str().unwrap_or_default(),
        bench["name"].as_str().unwrap_or_default()
    )
}
