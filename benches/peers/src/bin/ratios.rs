//! Ratios: within each round every candidate has its turn, so that a machine that slows down slows all of them. One line of
//! JSON a bench; `cargo xtask bench` makes the table of them.

use std::time::{Duration, Instant};

use smtp_benches::Candidate;
use smtp_peers::ratios;

/// Odd, so that one of them is the median.
const ROUNDS: usize = 41;
/// Long enough that reading the clock is nothing, short enough that all turns of a round see the same machine.
const TURN: Duration = Duration::from_micros(500);

fn main() {
    let only = std::env::args().nth(1);
    for entry in smtp_benches::all(smtp_benches::LARGE) {
        if only
            .as_ref()
            .is_some_and(|only| !format!("{}/{}", entry.group, entry.name).contains(only.as_str()))
        {
            continue;
        }
        let mut bench = entry.make();
        smtp_peers::add_to(&mut bench);
        let refusals = bench.check();
        let times: Vec<u64> = bench.candidates.iter_mut().map(rounds_of_a_turn).collect();
        let mut nanoseconds = vec![Vec::new(); times.len()];
        for _ in 0..ROUNDS {
            for ((candidate, &times), nanoseconds) in bench
                .candidates
                .iter_mut()
                .zip(&times)
                .zip(&mut nanoseconds)
            {
                nanoseconds.push(measure(candidate, times).as_nanos() as f64 / times as f64);
            }
        }
        let names = bench.candidates.iter().map(|candidate| candidate.name);
        let (group, octets) = (bench.group, bench.input.len());
        println!(
            "{}",
            ratios::to_json(group, bench.name, octets, names, nanoseconds, &refusals)
        );
    }
}

/// How often a candidate does its work in one turn.
fn rounds_of_a_turn(candidate: &mut Candidate) -> u64 {
    let mut times = 1;
    while measure(candidate, times) < TURN {
        times *= 2;
    }
    times
}

fn measure(candidate: &mut Candidate, times: u64) -> Duration {
    let start = Instant::now();
    candidate.run(times);
    start.elapsed()
}
