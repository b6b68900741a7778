//! Everything by the clock, with criterion's reports: `cargo bench`. For ratios, `cargo xtask bench` takes all candidates by
//! turns within each round.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .configure_from_args();
    for entry in smtp_benches::all(smtp_benches::LARGE) {
        let mut bench = entry.make();
        smtp_peers::add_to(&mut bench);
        bench
            .check()
            .iter()
            .for_each(|refusal| println!("{refusal}"));
        let mut group = criterion.benchmark_group(format!("{}/{}", bench.group, bench.name));
        group.throughput(Throughput::Bytes(bench.input.len() as u64));
        for candidate in &mut bench.candidates {
            group.bench_function(BenchmarkId::from_parameter(candidate.name), |bencher| {
                bencher.iter_custom(|rounds| {
                    let start = Instant::now();
                    candidate.run(rounds);
                    start.elapsed()
                });
            });
        }
        group.finish();
    }
    criterion.final_summary();
}
