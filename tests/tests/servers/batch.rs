//! A batch to Postfix, killed twice: what the command tells of each message is what is in the mailbox.

use std::env;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use smtp_tests::servers::{Door, Servers, USER, program};

#[path = "../../../smtp-cli/tests/command/batches.rs"]
mod batches;
use batches::{Batch, subject_of};

/// Unless `SMTP_TEST_BATCH` says otherwise.
const MESSAGES: usize = 300;

/// For Postfix to deliver what is in its queue.
const PATIENCE: Duration = Duration::from_secs(300);

#[test]
fn after_two_kills_each_message_is_in_the_mailbox_once_or_is_unknown() {
    let servers = Servers::running();
    let (host, port) = servers.address(Door::Smtp);
    let server = format!("{host}:{port}");
    let options = [
        "--server",
        &server,
        "--security",
        "none",
        "--connections",
        "8",
    ];
    // Other tests deliver there, too.
    let mark = format!("batch-{}", process::id());
    let messages = env::var("SMTP_TEST_BATCH").map_or(MESSAGES, |number| {
        number.parse().expect("a number of messages")
    });
    let batch = Batch::of(messages, &mark, USER);
    let program = program();
    // Two lines a message: a third of them each time.
    let third = messages * 2 / 3;
    assert!(
        batch.run_and_kill(&program, &options, third),
        "it was done before it was killed"
    );
    assert!(
        batch.run_and_kill(&program, &options, third),
        "it was done before it was killed"
    );
    let (status, object) = batch.run(&program, &options);
    let arrived = || {
        let all = servers.all(USER);
        let subjects = all.iter().filter_map(|message| subject_of(message));
        subjects
            .filter(|subject| subject.starts_with(&mark))
            .collect::<Vec<_>>()
    };
    // Postfix has a queue: what it accepted is there some time later.
    let (accepted, began) = (
        object["accepted"].as_u64().expect("a number"),
        Instant::now(),
    );
    while (arrived().len() as u64) < accepted && began.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(500));
    }
    let unknown = batch.check(&object, arrived());
    println!(
        "{messages} messages, killed twice: {accepted} accepted, {unknown} unknown, {} a second",
        object["rate"]
    );
    assert_eq!(status, if unknown == 0 { 0 } else { 75 });
}
