//! The hook before a message's end: if it fails, no server can have accepted the message.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use mailwright::{Client, Delivery, Envelope, Error, PoolLimits, Security, blocking};
use smtp_tests::tables::{HANG_UP, Table, Tables};

const CHUNKING: Table = &[("EHLO", "250-localhost\r\n250 CHUNKING")];

fn envelope() -> Envelope {
    let recipient = "b@example.test".parse().expect("a path");
    Envelope::new("a@example.test".parse().expect("a path"), [recipient]).expect("an envelope")
}

fn contents() -> [Vec<u8>; 2] {
    let line = b"All work and no play.\r\n";
    [line.to_vec(), line.repeat(20_000)]
}

fn client(server: &Tables) -> mailwright::ClientBuilder {
    Client::builder("127.0.0.1", server.address().port()).security(Security::None)
}

fn refuse() -> io::Result<()> {
    Err(io::Error::other("the disk is full"))
}

/// Sends a message whose hook fails, in each way that a message can be given.
fn refused(server: &Tables, content: &[u8], way: usize) -> Result<Delivery, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let blocking = |message: blocking::Message<'_>| {
        let message = message.before_end(refuse);
        client(server).build().send(&envelope(), message)
    };
    let tokio = |message: mailwright::tokio::Message<'_>| {
        let message = message.before_end(|| async { refuse() });
        runtime.block_on(client(server).build_tokio().send(&envelope(), message))
    };
    match way {
        0 => blocking(content.into()),
        1 => blocking(blocking::Message::reader(content)),
        2 => blocking(blocking::Message::reopen(|| Ok(content))),
        3 => tokio(content.into()),
        4 => tokio(mailwright::tokio::Message::reader(content)),
        _ => tokio(mailwright::tokio::Message::reopen(|| async { Ok(content) })),
    }
}

#[test]
fn failed_hook_withholds_the_end_of_a_message() {
    for table in [&[] as Table, CHUNKING] {
        for content in contents() {
            for way in 0..6 {
                let server = Tables::start([table]);
                let error = refused(&server, &content, way).expect_err("a failed hook");
                assert_eq!(
                    error.detail(),
                    "the message's end was withheld: the disk is full"
                );
                let heard = server.log().remove(0);
                let is_end = |line: &String| line == "." || line.ends_with("LAST");
                assert!(!heard.iter().any(is_end), "way {way}: {heard:?}");
            }
        }
    }
}

#[test]
fn hook_runs_once_before_each_end() {
    for content in contents() {
        // The first connection is lost before the message's end, so that the hook has not run.
        let tables: [Table; 2] = [&[("DATA", HANG_UP)], &[]];
        let server = Tables::start(tables);
        let pool = client(&server).build_pool(PoolLimits::default());
        let calls = Cell::new(0);
        let message = blocking::Message::from(&content).before_end(|| {
            calls.set(calls.get() + 1);
            Ok(())
        });
        assert!(pool.send(&envelope(), message).unwrap().accepted());
        assert_eq!(calls.get(), 1);
        pool.close();
        server.log();
    }
}

#[tokio::test]
async fn hook_is_awaited_before_the_end() {
    for content in contents() {
        let server = Tables::start([&[] as Table]);
        let pool = client(&server).build_tokio_pool(PoolLimits::default());
        let calls = AtomicUsize::new(0);
        let message = mailwright::tokio::Message::from(&content).before_end(|| async {
            tokio::task::yield_now().await;
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        assert!(pool.send(&envelope(), message).await.unwrap().accepted());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        pool.close().await;
    }
}
