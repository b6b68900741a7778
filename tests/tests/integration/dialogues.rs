//! Runs every dialogue over both drivers.

use std::io::Write;
use std::sync::Mutex;
use std::thread;

use smtp_tests::dialogue::server::Identity;
use smtp_tests::dialogue::{self, driven};
use smtp_tests::driver::Driver;

/// With fewer than this, files have gone missing.
const FEWEST: usize = 40;

#[test]
fn every_dialogue_goes_as_written_over_the_blocking_driver() {
    run_over(Driver::Blocking);
}

#[test]
fn every_dialogue_goes_as_written_over_tokio() {
    run_over(Driver::Tokio);
}

fn run_over(driver: Driver) {
    let dialogues = dialogue::all().expect("the dialogues");
    let identity = Identity::generate().expect("a certificate");
    let fit: Vec<_> = dialogues
        .iter()
        .filter(|(_, dialogue)| driven::unfit(dialogue).is_none())
        .collect();
    assert!(fit.len() >= FEWEST, "{} dialogues are too few", fit.len());
    let failures = Mutex::new(Vec::new());
    let (identity, lost) = (&identity, &failures);
    // Most of the time is spent in waiting for servers that fall silent.
    thread::scope(|scope| {
        for part in fit.chunks(fit.len().div_ceil(8)) {
            scope.spawn(move || {
                for (name, dialogue) in part {
                    if let Err(failure) = driven::run(dialogue, identity, driver) {
                        lost.lock()
                            .expect("no poison")
                            .push(format!("{name}: {failure}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no poison");
    let passed = fit.len() - failures.len();
    let _ = writeln!(
        std::io::stderr(),
        "{passed} of {} dialogues over the driver {driver:?}",
        fit.len()
    );
    assert!(
        failures.is_empty(),
        "{} dialogues failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
