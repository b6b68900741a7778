//! Instructions, counted by callgrind: no clock is asked, so that a busy machine changes nothing.
//!
//! `cargo xtask instructions` runs this. It compares each count with the limit's for the same
//! input, and the count for twice the input with the count for the input.

#![expect(missing_docs, reason = "gungraun's macros make public items")]

use gungraun::{library_benchmark, library_benchmark_group, main};
use smtp_benches::growth::{SIZE, Work};
use smtp_benches::{Bench, Candidate, OURS};

/// Enough for bodies, whose cost grows with their length alone.
const BODY: usize = 200_000;
/// So many that what comes once is nothing beside them.
const ROUNDS: u64 = 20;

fn bench(group: &str, name: &str) -> Bench {
    let mut entries = smtp_benches::all(BODY).into_iter();
    entries
        .find(|entry| entry.group == group && entry.name == name)
        .expect("a bench of this name")
        .make()
}

fn warm(mut candidate: Candidate) -> Candidate {
    candidate.run(1);
    candidate
}

fn our_candidate(group: &str, name: &str) -> Candidate {
    let mut bench = bench(group, name);
    bench.check();
    warm(
        bench
            .candidates
            .into_iter()
            .find(|candidate| candidate.name == OURS)
            .expect("our candidate"),
    )
}

/// The same measure for all: finding the line ends of the input.
fn line_ends(group: &str, name: &str) -> Candidate {
    warm(smtp_benches::line_ends(bench(group, name).input))
}

fn work(mut candidate: Candidate) -> Candidate {
    candidate.run(ROUNDS);
    candidate
}

#[library_benchmark(setup = our_candidate)]
#[bench::reply_single_line("reply", "single line")]
#[bench::reply_354("reply", "354")]
#[bench::reply_exchange("reply", "Exchange Online")]
#[bench::reply_gmail_550("reply", "Gmail 550")]
#[bench::reply_1000_lines("reply", "1,000 lines")]
#[bench::reply_1000_lines_by_byte("reply", "1,000 lines by byte")]
#[bench::reply_10000_in_a_row("reply", "10,000 in a row")]
#[bench::ehlo_exchange("ehlo", "Exchange Online")]
#[bench::ehlo_gmail("ehlo", "Gmail")]
#[bench::body_text("body", "text")]
#[bench::body_base64("body", "base64")]
#[bench::body_dots("body", "dots")]
#[bench::body_bare_lf("body", "bare LFs")]
#[bench::session_data_1_kb("session", "DATA 1 KB")]
#[bench::session_bdat_1_kb("session", "BDAT 1 KB")]
fn ours(candidate: Candidate) -> Candidate {
    work(candidate)
}

#[library_benchmark(setup = line_ends)]
#[bench::reply_single_line("reply", "single line")]
#[bench::reply_354("reply", "354")]
#[bench::reply_exchange("reply", "Exchange Online")]
#[bench::reply_gmail_550("reply", "Gmail 550")]
#[bench::reply_1000_lines("reply", "1,000 lines")]
#[bench::reply_1000_lines_by_byte("reply", "1,000 lines by byte")]
#[bench::reply_10000_in_a_row("reply", "10,000 in a row")]
#[bench::ehlo_exchange("ehlo", "Exchange Online")]
#[bench::ehlo_gmail("ehlo", "Gmail")]
#[bench::body_text("body", "text")]
#[bench::body_base64("body", "base64")]
#[bench::body_dots("body", "dots")]
#[bench::body_bare_lf("body", "bare LFs")]
#[bench::session_data_1_kb("session", "DATA 1 KB")]
#[bench::session_bdat_1_kb("session", "BDAT 1 KB")]
fn limit(candidate: Candidate) -> Candidate {
    work(candidate)
}

macro_rules! growth {
    ($($case:ident)*) => {
        #[library_benchmark]
        $(#[bench::$case(smtp_benches::growth::work(stringify!($case), SIZE))])*
        fn once(work: Work) {
            work();
        }

        #[library_benchmark]
        $(#[bench::$case(smtp_benches::growth::work(stringify!($case), 2 * SIZE))])*
        fn twice(work: Work) {
            work();
        }
    };
}

smtp_benches::with_growth_cases!(growth);

library_benchmark_group!(name = all, benchmarks = [ours, limit, once, twice]);
main!(library_benchmark_groups = all);
