//! Runs every dialogue over the core, cut in every way.

use std::io::Write;

use smtp_script::machine::{self, Cut};

/// With fewer than this, files have gone missing.
const FEWEST: usize = 120;

/// One run of each: what a defect by design has to get past first.
#[test]
fn every_dialogue_goes_as_written_line_by_line() {
    for (name, dialogue) in smtp_script::all().unwrap() {
        let words = machine::converse(&dialogue, Cut::Lines)
            .unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(words, dialogue.events, "{name}");
    }
}

#[test]
fn every_dialogue_goes_as_written_over_the_core() {
    let dialogues = smtp_script::all().unwrap();
    let mut runs = 0;
    let mut failures = Vec::new();
    for (name, dialogue) in &dialogues {
        match machine::run(dialogue) {
            Ok(n) => runs += n,
            Err(failure) => failures.push(format!("{name}: {failure}")),
        }
    }
    // Straight to the terminal: the test harness would keep it to itself.
    let passed = dialogues.len() - failures.len();
    let _ = writeln!(
        std::io::stderr(),
        "{passed} of {} dialogues over the core, in {runs} runs",
        dialogues.len()
    );
    assert!(
        dialogues.len() >= FEWEST,
        "{} dialogues are too few",
        dialogues.len()
    );
    assert!(
        failures.is_empty(),
        "{} dialogues failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
