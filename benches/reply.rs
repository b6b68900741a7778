//! What it costs to frame and parse replies, beside the least that it could cost: finding the line ends.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use smtp_proto::{BareLf, Limits, ReplyReader};

/// More than any of these inputs has, so that no limit stands in the way.
const LIMITS: Limits = Limits { line: 4096, lines: 4096, reply: 1 << 20 };

fn inputs() -> Vec<(&'static str, Vec<u8>, usize)> {
    let exchange = "250-SY5P282CA0097.outlook.office365.com Hello [192.0.2.1]\r\n250-SIZE 157286400\r\n250-PIPELINING\r\n\
                    250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n250-AUTH LOGIN XOAUTH2\r\n250-8BITMIME\r\n250-BINARYMIME\r\n\
                    250-CHUNKING\r\n250 SMTPUTF8\r\n";
    vec![
        ("single line", b"250 2.1.0 Sender OK\r\n".to_vec(), 1),
        ("Exchange Online EHLO", exchange.into(), 1),
        ("1,000 lines", format!("{}250 end\r\n", "250-2.0.0 one of many\r\n".repeat(999)).into(), 1),
        ("10,000 replies", b"250 2.1.5 Recipient OK\r\n".repeat(10_000), 10_000),
    ]
}

fn read(bytes: &[u8]) -> usize {
    let mut reader = ReplyReader::new(LIMITS, BareLf::Refuse);
    reader.receive(bytes);
    let mut replies = 0;
    while let Ok(Some(reply)) = reader.next() {
        black_box(reply.code());
        replies += 1;
    }
    replies
}

fn reply(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reply");
    for (name, bytes, replies) in inputs() {
        assert_eq!(read(&bytes), replies, "{name} is not read as it should be");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::new("smtp-proto", name), &bytes, |bencher, bytes| {
            bencher.iter(|| read(black_box(bytes)));
        });
        group.bench_with_input(BenchmarkId::new("limit: memchr", name), &bytes, |bencher, bytes| {
            // One by one: counting alone would not find where the lines are.
            bencher.iter(|| memchr::memchr_iter(b'\n', black_box(bytes)).for_each(|at| _ = black_box(at)));
        });
    }
    group.finish();
}

criterion_group!(benches, reply);
criterion_main!(benches);
