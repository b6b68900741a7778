//! What is allocated: counted, and so the same on any machine.

use allocation_counter::{AllocationInfo, measure};
use mailwright_proto::{
    Transfer,
    ehlo::Capabilities,
    reply::{BareLf, ReplyLimits, ReplyReader},
};
use smtp_benches::{OURS, inputs, session};

/// A benched round that has been gone through before.
fn warm_round(group: &str, name: &str) -> AllocationInfo {
    let mut entries = smtp_benches::all(100_000).into_iter();
    let bench = entries
        .find(|entry| entry.group == group && entry.name == name)
        .expect("a bench of this name")
        .make();
    let mut candidate = bench
        .candidates
        .into_iter()
        .find(|candidate| candidate.name == OURS)
        .expect("our candidate");
    candidate.run(2);
    measure(|| candidate.run(1))
}

#[test]
fn nothing_is_allocated_once_warm() {
    for (group, name) in [
        ("reply", "single line"),
        ("reply", "Exchange Online"),
        ("reply", "Gmail 550"),
        ("reply", "10,000 in a row"),
        ("ehlo", "Exchange Online"),
        ("ehlo", "Gmail"),
        ("body", "text"),
        ("body", "dots"),
        ("body", "bare LFs"),
        ("session", "DATA 1 KB"),
        ("session", "BDAT 1 KB"),
        ("session", "DATA 1 MB"),
    ] {
        let allocated = warm_round(group, name);
        assert_eq!(allocated.count_total, 0, "{group}/{name}: {allocated:?}");
    }
}

#[test]
fn ten_thousand_replies_take_one_buffer() {
    let replies = inputs::ten_thousand_replies();
    let allocated = measure(|| {
        let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
        reader.receive(&replies);
        while let Ok(Some(reply)) = reader.next() {
            assert_eq!(reply.code(), 250);
        }
    });
    assert_eq!(allocated.count_total, 1, "{allocated:?}");
}

#[test]
fn capabilities_take_no_memory_beside_their_reply() {
    let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
    reader.receive(inputs::EXCHANGE_EHLO);
    let reply = reader.next().expect("a reply").expect("a whole one");
    let allocated = measure(|| assert!(Capabilities::from_reply(reply).size().is_some()));
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}

/// Of a connection after one message: with its heap, and without the configuration that it shares with others.
#[test]
fn an_idle_connection_is_small() {
    for transfer in [Transfer::Data, Transfer::Chunks] {
        let (config, envelope, message) = (
            session::config(transfer),
            session::envelope(),
            inputs::text(1_000),
        );
        let mut idle = None;
        let allocated = measure(|| {
            let mut connection = Box::new(session::open(config));
            assert!(session::transact(
                &mut connection,
                &envelope,
                &message,
                |_| ()
            ));
            idle = Some(connection);
        });
        assert!(
            idle.is_some_and(|connection| connection.available_transactions() == 1),
            "it is not idle"
        );
        println!(
            "{transfer:?}: {} bytes in {} pieces",
            allocated.bytes_current, allocated.count_current
        );
        assert!(allocated.bytes_current <= IDLE, "{allocated:?}");
    }
}

/// Bytes. PERFORMANCE.md says what they are.
const IDLE: i64 = 1024;
