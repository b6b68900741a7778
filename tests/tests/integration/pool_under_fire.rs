//! Ten thousand messages over a pool whose connections are killed at any octet: each is accepted once, or reported.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mailwright::{Client, ClientBuilder, Delivery, Envelope, Error, Outcome, PoolLimits, Security};
use smtp_tests::mortal::{Mortal, Random};
use tokio::task::JoinSet;

const MESSAGES: usize = 10_000;
const CONNECTIONS: usize = 8;

/// What a connection lives through at most: some forty messages.
const LONGEST: u64 = 10_000;

/// Enough for a message to find a connection that lives long enough.
const TRIES: u32 = 20;

fn envelope() -> Envelope {
    Envelope::new(
        "a@example.test".parse().unwrap(),
        ["b@example.test".parse().unwrap()],
    )
    .unwrap()
}

fn message(number: usize) -> Vec<u8> {
    format!("Subject: {number}\r\n\r\nHello.\r\n").into_bytes()
}

fn builder(server: &Mortal) -> ClientBuilder {
    Client::builder("127.0.0.1", server.address().port())
        .security(Security::None)
        .timeout(Duration::from_secs(20))
}

fn limits() -> PoolLimits {
    PoolLimits::default()
        .connections(CONNECTIONS)
        .messages_per_connection(u64::MAX)
        .tries(TRIES)
}

/// What the pool said of each message, held to what the server knows.
fn check(host: &str, server: &Mortal, told: &[Result<Delivery, Error>], seed: u64, began: Instant) {
    let (mut accepted, mut refused, mut unknown, mut taken_of_unknown) = (0, 0, 0, 0);
    assert_eq!(told.len(), MESSAGES);
    for (number, told) in told.iter().enumerate() {
        let taken = server.taken(&number.to_string());
        let outcome = &told
            .as_ref()
            .unwrap_or_else(|error| panic!("seed {seed}: {number}: {error}"))
            .outcome;
        match outcome {
            Outcome::Accepted(_) => {
                accepted += 1;
                assert_eq!(taken, 1, "seed {seed}: {number} was accepted");
            }
            Outcome::Refused { .. } => {
                refused += 1;
                assert_eq!(taken, 0, "seed {seed}: {number} was refused");
            }
            Outcome::Unknown(_) => {
                unknown += 1;
                taken_of_unknown += taken;
                assert!(taken <= 1, "seed {seed}: {number} was taken {taken} times");
            }
            other => panic!("seed {seed}: {number}: {other:?}, and taken {taken} times"),
        }
    }
    let (connections, at_once) = server.connections();
    let rate = MESSAGES as f64 / began.elapsed().as_secs_f64();
    println!(
        "{host}, seed {seed}: {MESSAGES} messages over {connections} connections, {at_once} at a time: {accepted} \
         accepted once each, {refused} refused, {unknown} unknown (of which the server took {taken_of_unknown}); \
         {rate:.0} a second"
    );
    assert!(at_once <= CONNECTIONS, "{at_once} connections at a time");
    assert!(
        connections > 100,
        "only {connections} connections: hardly any was killed"
    );
    assert!(refused >= 90, "only {refused} messages were refused");
    assert!(
        accepted + refused + unknown == MESSAGES && unknown < MESSAGES / 10,
        "{unknown} are unknown"
    );
}

#[test]
fn each_of_ten_thousand_messages_from_threads_is_accepted_once_or_reported() {
    let (random, seed) = Random::seeded();
    let server = Mortal::start(random, LONGEST);
    let began = Instant::now();
    let pool = builder(&server).build_pool(limits());
    let (envelope, next) = (envelope(), AtomicUsize::new(0));
    let work = || {
        let mut told = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= MESSAGES {
                return told;
            }
            let message = message(number);
            told.push((number, pool.send(&envelope, message.as_slice())));
        }
    };
    let mut told: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS * 2).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    pool.close();
    told.sort_by_key(|(number, _)| *number);
    let told: Vec<_> = told.into_iter().map(|(_, told)| told).collect();
    check("threads", &server, &told, seed, began);
}

#[tokio::test]
async fn each_of_ten_thousand_messages_from_tasks_is_accepted_once_or_reported() {
    let (random, seed) = Random::seeded();
    let server = Mortal::start(random, LONGEST);
    let began = Instant::now();
    let pool = Arc::new(builder(&server).build_tokio_pool(limits()));
    let envelope = Arc::new(envelope());
    let mut tasks = JoinSet::new();
    // All at once: most of them wait in line.
    for number in 0..MESSAGES {
        let (pool, envelope) = (Arc::clone(&pool), Arc::clone(&envelope));
        tasks.spawn(async move {
            let message = message(number);
            (number, pool.send(&envelope, message.as_slice()).await)
        });
    }
    let mut told = tasks.join_all().await;
    pool.close().await;
    told.sort_by_key(|(number, _)| *number);
    let told: Vec<_> = told.into_iter().map(|(_, told)| told).collect();
    check("tasks", &server, &told, seed, began);
}
