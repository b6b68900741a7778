//! The logins of a pool, counted by the server: on both hosts, by calls in turn and at the same time.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use mailwright::{
    Client, ClientBuilder, Credentials, Envelope, Error, PoolLimits, Secret, Security, Stage,
};
use smtp_tests::driver::{Driver, Pool};
use smtp_tests::listening::Listening;
use smtp_tests::tables::{HANG_UP, converse};
use tokio::task::JoinSet;

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

/// Calls at the same time, and messages of each.
const CALLS: usize = 5;
const MESSAGES: usize = 4;

fn envelope() -> Envelope {
    Envelope::new("a@x.test".parse().unwrap(), ["b@x.test".parse().unwrap()]).unwrap()
}

/// A server that records the arguments of AUTH, and answers each by the number of earlier ones.
struct Server {
    logins: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    listening: Listening,
}

impl Server {
    fn start(answer: fn(usize) -> &'static str) -> Self {
        let logins = Arc::<Mutex<Vec<String>>>::default();
        let connections = Arc::<AtomicUsize>::default();
        let (heard, count) = (Arc::clone(&logins), Arc::clone(&connections));
        let listening = Listening::start(Listening::port(), move |stream| {
            count.fetch_add(1, Ordering::SeqCst);
            let heard = Arc::clone(&heard);
            move || serve(&stream, &heard, answer)
        });
        Self {
            logins,
            connections,
            listening,
        }
    }

    fn builder(&self) -> ClientBuilder {
        let builder = Client::builder("127.0.0.1", self.listening.address().port())
            .security(Security::None)
            .dangerous_plaintext_auth();
        builder.timeout(Duration::from_secs(20))
    }

    fn logins(&self) -> Vec<String> {
        self.logins.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, heard: &Mutex<Vec<String>>, answer: fn(usize) -> &'static str) {
    let reply = |line: &str| {
        let found = match line.split(' ').next()? {
            "EHLO" => "250-mx\r\n250 AUTH PLAIN XOAUTH2",
            "AUTH" => {
                let mut heard = heard.lock().unwrap();
                heard.push(line.to_owned());
                answer(heard.len() - 1)
            }
            _ => return None,
        };
        Some(Cow::Borrowed(found))
    };
    converse(stream, reply, |_| {});
}

fn password() -> Credentials {
    Credentials::password("user", Secret::from(smtp_canary::canary())).unwrap()
}

fn token(user: &str) -> Credentials {
    Credentials::token(user, Secret::from(smtp_canary::canary())).unwrap()
}

/// Sends messages in several calls at the same time, and returns the results.
fn send_at_once(driver: Driver, builder: ClientBuilder) -> Vec<Result<bool, Error>> {
    let (envelope, limits) = (
        Arc::new(envelope()),
        PoolLimits::default().connections(CALLS),
    );
    match driver.build_pool(builder, limits).unwrap() {
        Pool::Blocking(pool) => {
            let send = || {
                pool.send(&envelope, MESSAGE)
                    .map(|delivery| delivery.accepted())
            };
            let send_some = || (0..MESSAGES).map(|_| send()).collect::<Vec<_>>();
            thread::scope(|scope| {
                let calls: Vec<_> = (0..CALLS).map(|_| scope.spawn(send_some)).collect();
                calls
                    .into_iter()
                    .flat_map(|call| call.join().unwrap())
                    .collect()
            })
        }
        Pool::Tokio(runtime, pool) => runtime.block_on(async {
            let (pool, mut calls) = (Arc::new(pool), JoinSet::new());
            for _ in 0..CALLS {
                let (pool, envelope) = (Arc::clone(&pool), Arc::clone(&envelope));
                calls.spawn(async move {
                    let mut sent = Vec::new();
                    for _ in 0..MESSAGES {
                        let delivery = pool.send(&envelope, MESSAGE).await;
                        sent.push(delivery.map(|delivery| delivery.accepted()));
                    }
                    sent
                });
            }
            calls.join_all().await.concat()
        }),
    }
}

#[test]
fn failed_login_of_a_pool_is_made_once_however_it_ends() {
    let ends: [fn(usize) -> &'static str; 4] = [
        |_| "535 5.7.8 wrong password",
        |_| "454 4.7.0 Temporary authentication failure",
        |_| "421 4.7.0 Too many login failures",
        |_| HANG_UP,
    ];
    for driver in Driver::ALL {
        for end in ends {
            let server = Server::start(end);
            let sent = send_at_once(driver, server.builder().credentials(password()));
            let what = format!("{driver:?}, {:?}", end(0));
            assert_eq!(sent.len(), CALLS * MESSAGES, "{what}");
            assert!(
                sent.iter().all(|sent| sent
                    .as_ref()
                    .is_err_and(|error| error.stage() == Stage::Auth)),
                "{what}"
            );
            assert_eq!(server.logins().len(), 1, "{what}");
            assert!(
                server.connections.load(Ordering::SeqCst) <= CALLS,
                "{what}: a connection without a login"
            );
        }
    }
}

#[test]
fn good_login_of_a_pool_is_made_by_each_connection() {
    for driver in Driver::ALL {
        let server = Server::start(|_| "235 2.7.0 welcome");
        let sent = send_at_once(driver, server.builder().credentials(password()));
        assert!(
            sent.iter().all(|sent| matches!(sent, Ok(true))),
            "{driver:?}: {sent:?}"
        );
        assert_eq!(
            server.logins().len(),
            server.connections.load(Ordering::SeqCst),
            "{driver:?}"
        );
    }
}

#[test]
fn refused_fetched_credentials_are_not_presented_again() {
    for driver in Driver::ALL {
        // The same each time: one login.
        let server = Server::start(|_| "535 5.7.8 no");
        let one = token("user");
        let sent = send_at_once(
            driver,
            server
                .builder()
                .credentials_with(move || Ok(one.clone_without_nonce())),
        );
        assert!(sent.iter().all(Result::is_err), "{driver:?}");
        assert_eq!(server.logins().len(), 1, "{driver:?}");
        // Others each time: one more, as the first may have expired on the way.
        let server = Server::start(|_| "535 5.7.8 no");
        let sent = send_at_once(
            driver,
            server.builder().credentials_with(|| Ok(token("user"))),
        );
        assert!(sent.iter().all(Result::is_err), "{driver:?}");
        assert_eq!(server.logins().len(), 2, "{driver:?}");
        // The second one is good.
        let server = Server::start(|count| {
            if count == 0 {
                "535 5.7.8 expired"
            } else {
                "235 2.7.0 welcome"
            }
        });
        let sent = send_at_once(
            driver,
            server.builder().credentials_with(|| Ok(token("user"))),
        );
        assert_eq!(
            sent.iter().filter(|sent| sent.is_err()).count(),
            1,
            "{driver:?}: {sent:?}"
        );
    }
}

#[test]
fn session_lost_before_its_login_is_no_failed_login() {
    let cases = Driver::ALL
        .into_iter()
        .flat_map(|driver| ["421 4.4.2 idle\r\n", ""].map(|notice| (driver, notice)));
    for (driver, notice) in cases {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let builder = Client::builder("127.0.0.1", listener.local_addr().unwrap().port())
            .security(Security::None);
        let ((ask, asked), (lose, lost)) = (mpsc::channel(), mpsc::channel::<()>());
        let server = thread::spawn(move || {
            let (first, _) = listener.accept().unwrap();
            let say = |text: &str| (&first).write_all(text.as_bytes()).unwrap();
            say("220 mx\r\n");
            BufReader::new(&first).lines().next().unwrap().unwrap();
            say("250-mx\r\n250 AUTH XOAUTH2\r\n");
            asked.recv().unwrap();
            say(notice);
            first.shutdown(Shutdown::Both).unwrap();
            drop(lose);
            let (second, _) = listener.accept().unwrap();
            serve(&second, &Mutex::default(), |_| "235 2.7.0 welcome");
        });
        let one = token("user");
        let fetch = move || {
            // The first connection is lost meanwhile.
            let _ = ask.send(());
            let _ = lost.recv();
            Ok(one.clone_without_nonce())
        };
        let builder = builder
            .dangerous_plaintext_auth()
            .timeout(Duration::from_secs(20))
            .credentials_with(fetch);
        let pool = driver
            .build_pool(builder, PoolLimits::default().connections(1))
            .unwrap();
        let sent = pool
            .send(&envelope(), MESSAGE)
            .map(|delivery| delivery.accepted());
        assert!(matches!(sent, Ok(true)), "{driver:?}, {notice:?}: {sent:?}");
        drop(pool);
        server.join().unwrap();
    }
}

#[test]
fn cancelled_logins_of_a_pool_count_as_failed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, mut logins) = tokio::sync::mpsc::unbounded_channel();
    // Never replies to AUTH, and keeps the connections until the test ends.
    let server = thread::spawn(move || {
        [(); 2].map(|()| {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&stream).lines();
            (&stream).write_all(b"220 mx\r\n").unwrap();
            lines.next().unwrap().unwrap();
            (&stream)
                .write_all(b"250-mx\r\n250 AUTH PLAIN\r\n")
                .unwrap();
            lines.next().unwrap().unwrap();
            heard.send(()).unwrap();
            stream
        })
    });
    let builder = Client::builder("127.0.0.1", port)
        .security(Security::None)
        .dangerous_plaintext_auth()
        .credentials(password());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let error = runtime.block_on(async {
        let pool = Arc::new(builder.build_tokio_pool(PoolLimits::default()));
        for _ in 0..2 {
            let pool = Arc::clone(&pool);
            let sending = tokio::spawn(async move { pool.send(&envelope(), MESSAGE).await });
            logins.recv().await.unwrap();
            sending.abort();
            assert!(sending.await.unwrap_err().is_cancelled());
        }
        pool.send(&envelope(), MESSAGE).await.unwrap_err()
    });
    assert_eq!(error.stage(), Stage::Auth, "{error}");
    drop(server.join().unwrap());
}
