//! A batch to Postfix, killed twice: what the command tells of each message is what is in the mailbox.
#![cfg(feature = "servers")]

use std::process;
use std::thread;
use std::time::{Duration, Instant};

use smtp_tests::servers::{Door, Servers, USER, program};

#[path = "../../smtp-cli/tests/command/batches.rs"]
mod batches;
use batches::{Batch, subject_of};

const MESSAGES: usize = 300;

#[test]
fn after_two_kills_each_message_is_in_the_mailbox_once_or_is_unknown() {
    let servers = Servers::running();
    let (host, port) = servers.address(Door::Smtp);
    let server = format!("{host}:{port}");
    let options = ["--server", &server, "--security", "none", "--connections", "4"];
    // Other tests deliver there, too.
    let mark = format!("batch-{}", process::id());
    let batch = Batch::of(MESSAGES, &mark, USER);
    let program = program();
    assert!(batch.run_and_kill(&program, &options, 100), "it was done before it was killed");
    assert!(batch.run_and_kill(&program, &options, 200), "it was done before it was killed");
    let (status, object) = batch.run(&program, &options);
    let arrived = || {
        let all = servers.all(USER);
        let subjects = all.iter().filter_map(|message| subject_of(message));
        subjects.filter(|subject| subject.starts_with(&mark)).collect::<Vec<_>>()
    };
    // Postfix has a queue: what it accepted is there some time later.
    let (accepted, began) = (object["accepted"].as_u64().expect("a number"), Instant::now());
    while (arrived().len() as u64) < accepted && began.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(100));
    }
    let unknown = batch.check(&object, arrived());
    println!("{accepted} accepted, {unknown} unknown, {} a second", object["rate"]);
    assert_eq!(status, if unknown == 0 { 0 } else { 75 });
}
