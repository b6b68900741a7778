//! A delivery log whose lock another process holds: on both hosts it delays no message for long, and no other task.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use mailwright::{Client, ClientBuilder, Envelope, Log, Outcome, PoolLimits, Security};
use smtp_tests::driver::Driver;
use smtp_tests::tables::Tables;
use tokio::time::{sleep, timeout};

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

/// Five times what one line waits, and less than seven lines would.
const LONG: Duration = Duration::from_secs(25);

fn envelope() -> Envelope {
    Envelope::new("a@x.test".parse().unwrap(), ["b@x.test".parse().unwrap()]).unwrap()
}

/// Locks the file as another process would, until the result is dropped. A client that waits
/// without a bound gets the lock in the end, so that the test fails and does not hang.
fn hold(path: &Path) -> Sender<()> {
    let holder = File::options().append(true).open(path).unwrap();
    holder.lock().unwrap();
    let (release, released) = mpsc::channel();
    thread::spawn(move || {
        let _ = released.recv_timeout(LONG);
        drop(holder);
    });
    release
}

fn builder(server: &Tables, log: &Log) -> ClientBuilder {
    Client::builder("127.0.0.1", server.address().port())
        .security(Security::None)
        .log(log.clone())
}

#[test]
fn held_log_leaves_messages_accepted_and_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    for driver in Driver::ALL {
        let log = Log::open(&path).unwrap();
        let holder = hold(&path);
        let server = Tables::start([&[][..], &[]]);
        let began = Instant::now();
        let mut client = driver.build(builder(&server, &log)).unwrap();
        let one = envelope();
        assert!(client.send(&one, MESSAGE).unwrap().accepted());
        assert!(
            log.failure()
                .is_some_and(|failure| failure.contains("another process holds the lock")),
            "{driver:?}"
        );
        assert!(client.send(&one, MESSAGE).unwrap().accepted());
        assert!(client.send(&one, MESSAGE).unwrap().accepted());
        assert!(
            client
                .send_all(&[(&one, MESSAGE); 3])
                .iter()
                .all(|(_, sent)| sent.as_ref().unwrap().accepted())
        );
        client.quit().unwrap();
        let pool = driver
            .build_pool(builder(&server, &log), PoolLimits::default())
            .unwrap();
        assert!(pool.send(&one, MESSAGE).unwrap().accepted());
        pool.close();
        assert!(log.failure().is_some(), "{driver:?}");
        assert!(
            began.elapsed() < LONG,
            "{driver:?}: it waited for the lock with each message"
        );
        drop(holder);
        server.log();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
}

#[tokio::test]
async fn held_log_leaves_other_tasks_of_the_runtime_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = Log::open(&path).unwrap();
    let _holder = hold(&path);
    let server = Tables::start([&[][..]]);
    let mut client = builder(&server, &log).build_tokio();
    let mut ticks = 0;
    let ticker = async {
        loop {
            sleep(Duration::from_millis(10)).await;
            ticks += 1;
        }
    };
    let envelope = envelope();
    tokio::select! {
        () = ticker => {}
        sent = client.send(&envelope, MESSAGE) => assert!(sent.unwrap().accepted()),
    }
    // The line waits for 5 seconds; blocked, the runtime has a tick or two at its start.
    assert!(ticks > 20, "{ticks} ticks");
    client.quit().await.unwrap();
}

#[tokio::test]
async fn message_accepted_before_its_line_is_known_if_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = Log::open(&path).unwrap();
    let _holder = hold(&path);
    let server = Tables::start([&[(".", "250 2.0.0 queued\u{4}")][..]]);
    let mut client = builder(&server, &log).build_tokio();
    let envelope = envelope();
    // The server ends the connection once it has accepted the message: the call then waits for its line only.
    {
        let mut sent = std::pin::pin!(client.send(&envelope, MESSAGE));
        while !server.has_ended() {
            assert!(
                timeout(Duration::from_millis(20), &mut sent).await.is_err(),
                "the line was not waited for"
            );
        }
        assert!(
            timeout(Duration::from_millis(100), &mut sent)
                .await
                .is_err(),
            "the line was not waited for"
        );
    }
    let outcomes = client.interrupted().unwrap();
    assert!(
        matches!(
            outcomes,
            [mailwright::mailwright_proto::Outcome::Accepted(_)]
        ),
        "{outcomes:?}"
    );
    assert!(
        client
            .send(&envelope, MESSAGE)
            .await
            .unwrap_err()
            .detail()
            .contains("its message was accepted")
    );
}

#[test]
fn outcome_of_a_held_log_is_the_servers_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = Log::open(&path).unwrap();
    let _holder = hold(&path);
    for driver in Driver::ALL {
        let server = Tables::start([&[(".", "550 5.7.1 no")][..]]);
        let mut client = driver.build(builder(&server, &log)).unwrap();
        let delivery = client.send(&envelope(), MESSAGE).unwrap();
        assert!(
            matches!(delivery.outcome, Outcome::Refused { .. }),
            "{driver:?}: {delivery:?}"
        );
        client.quit().unwrap();
        server.log();
    }
}
