//! What a pool does with its connections, on both drivers: `pool_under_fire` has the many messages.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::cell::Cell;
use std::future::pending;
use std::io;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use mailwright::{
    Cause, Client, ClientBuilder, Credentials, Delivery, Envelope, Error, Outcome, PoolLimits,
    Secret, Security, Stage,
};
use smtp_tests::driver::{Driver, Pool};
use smtp_tests::tables::{Table, Tables};
use tokio::time::timeout;

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

fn envelope() -> Envelope {
    Envelope::new(
        "a@example.test".parse().unwrap(),
        ["b@example.test".parse().unwrap()],
    )
    .unwrap()
}

fn builder(port: u16) -> ClientBuilder {
    Client::builder("127.0.0.1", port)
        .security(Security::None)
        .timeout(Duration::from_secs(20))
}

/// A pool of each driver to a server with these tables, used in this way; gives what was heard over each connection.
fn each(
    tables: &'static [Table],
    limits: PoolLimits,
    used: impl Fn(&Pool),
) -> [Vec<Vec<String>>; 2] {
    Driver::ALL.map(|driver| {
        let server = Tables::start(tables.iter().copied());
        let pool = driver
            .build_pool(builder(server.address().port()), limits)
            .unwrap();
        used(&pool);
        pool.close();
        server.log()
    })
}

fn send(pool: &Pool) -> Result<Delivery, Error> {
    pool.send(&envelope(), MESSAGE)
}

fn count(log: &[String], word: &str) -> usize {
    log.iter().filter(|line| line.starts_with(word)).count()
}

#[test]
fn messages_share_a_connection_and_nothing_is_said_between_them() {
    for log in each(&[&[]], PoolLimits::default(), |pool| {
        (0..3).for_each(|_| assert!(send(pool).unwrap().accepted()));
    }) {
        assert_eq!(log.len(), 1);
        let one = ["MAIL", "RCPT", "DATA", "Subject", "", "Hello.", "."];
        let expected: Vec<_> = ["EHLO"]
            .into_iter()
            .chain([one; 3].concat())
            .chain(["QUIT"])
            .collect();
        let said: Vec<_> = log[0]
            .iter()
            .map(|line| line.split([' ', ':']).next().unwrap_or_default())
            .collect();
        assert_eq!(said, expected);
    }
}

#[test]
fn a_connection_that_the_server_has_closed_meanwhile_is_not_used_whatever_was_said() {
    let ends: [Table; 4] = [
        &[(".", "250 ok\r\n421 4.4.2 idle for too long\u{4}")],
        &[(".", "250 ok\r\n221 2.0.0 goodbye\u{4}")],
        &[(".", "250 ok\u{4}")],
        &[(".", "250 ok\u{5}")],
    ];
    for end in ends {
        for driver in Driver::ALL {
            let server = Tables::start([end, &[]]);
            let pool = driver
                .build_pool(
                    builder(server.address().port()),
                    PoolLimits::default().tries(1),
                )
                .unwrap();
            assert!(send(&pool).unwrap().accepted());
            // The end arrives: there is no message that says so, and it must not be met in the middle of the next one.
            server.wait_for_an_end();
            thread::sleep(Duration::from_millis(50));
            assert!(send(&pool).unwrap().accepted(), "{driver:?}, {end:?}");
            pool.close();
            assert_eq!(
                server
                    .log()
                    .iter()
                    .map(|log| count(log, "MAIL"))
                    .collect::<Vec<_>>(),
                [1, 1],
                "{end:?}"
            );
        }
    }
}

#[test]
fn a_message_of_which_nothing_can_have_been_accepted_is_begun_again_on_another_connection() {
    let losses: [Table; 7] = [
        &[("DATA", "221 2.0.0 goodbye\u{4}")],
        &[("RCPT", "250 ok\r\n221 2.0.0 goodbye\u{4}")],
        &[("MAIL", "\u{4}")],
        &[("RCPT", "\u{4}")],
        &[("DATA", "\u{4}")],
        &[("DATA", "354 go on\u{4}")],
        &[("EHLO", "\u{4}")],
    ];
    for loss in losses {
        for driver in Driver::ALL {
            let server = Tables::start([loss, &[]]);
            let pool = driver
                .build_pool(builder(server.address().port()), PoolLimits::default())
                .unwrap();
            let delivery = send(&pool).unwrap();
            pool.close();
            // An end that the message ran into may have come behind it, for all that its sender knows.
            let is_told = delivery.accepted() || matches!(delivery.outcome, Outcome::Unknown(_));
            assert!(is_told, "{driver:?}, {loss:?}: {delivery:?}");
            if delivery.accepted() {
                let log = server.log();
                assert_eq!(count(&log[1], "."), 1, "{driver:?}, {loss:?}");
            }
        }
    }
}

#[test]
fn a_message_whose_end_has_left_is_never_sent_again() {
    for log in each(&[&[(".", "\u{4}")]], PoolLimits::default(), |pool| {
        assert!(matches!(send(pool).unwrap().outcome, Outcome::Unknown(_)));
    }) {
        assert_eq!(
            log.iter().map(|log| count(log, "MAIL")).collect::<Vec<_>>(),
            [1]
        );
    }
}

#[test]
fn the_farewell_of_a_connection_that_was_used_is_not_the_messages_fault() {
    let farewell: Table = &[
        ("MAIL FROM:<a@example.test>", "250 ok"),
        ("MAIL", "421 4.4.2 bye\u{4}"),
    ];
    for driver in Driver::ALL {
        let server = Tables::start([farewell, &[] as Table]);
        let pool = driver
            .build_pool(builder(server.address().port()), PoolLimits::default())
            .unwrap();
        assert!(send(&pool).unwrap().accepted());
        let other = Envelope::new(
            "c@example.test".parse().unwrap(),
            ["b@example.test".parse().unwrap()],
        )
        .unwrap();
        assert!(pool.send(&other, MESSAGE).unwrap().accepted(), "{driver:?}");
        pool.close();
        assert_eq!(server.log().len(), 2);
    }
}

#[test]
fn on_a_new_connection_a_421_is_an_answer() {
    for log in each(
        &[&[("MAIL", "421 4.7.0 too many messages\u{4}")]],
        PoolLimits::default(),
        |pool| {
            let delivery = send(pool).unwrap();
            let Outcome::Refused {
                stage: Stage::Mail,
                reply,
            } = &delivery.outcome
            else {
                panic!("{delivery:?}")
            };
            assert_eq!(reply.code(), 421);
        },
    ) {
        assert_eq!(log.len(), 1);
    }
}

#[test]
fn a_refusal_is_an_answer_and_its_connection_is_used_again() {
    for log in each(
        &[&[("RCPT", "550 5.1.1 nobody")]],
        PoolLimits::default(),
        |pool| {
            for _ in 0..2 {
                assert!(matches!(
                    send(pool).unwrap().outcome,
                    Outcome::Refused {
                        stage: Stage::Rcpt,
                        ..
                    }
                ));
            }
        },
    ) {
        assert_eq!((log.len(), count(&log[0], "MAIL")), (1, 2));
    }
}

#[test]
fn a_server_that_always_hangs_up_is_left_after_the_tries() {
    let cut: Table = &[("MAIL", "\u{4}")];
    for driver in Driver::ALL {
        let server = Tables::start([cut, cut]);
        let pool = driver
            .build_pool(
                builder(server.address().port()),
                PoolLimits::default().tries(2),
            )
            .unwrap();
        let delivery = send(&pool).unwrap();
        let Outcome::NotSent(Some(error)) = &delivery.outcome else {
            panic!("{delivery:?}")
        };
        assert_eq!(error.cause(), Cause::ConnectionClosed);
        assert_eq!(
            server
                .log()
                .iter()
                .map(|log| count(log, "MAIL"))
                .collect::<Vec<_>>(),
            [1, 1]
        );
    }
}

#[test]
fn a_login_is_never_made_again_for_the_same_message() {
    let tables: [Table; 2] = [
        &[
            ("EHLO", "250-mx\r\n250 AUTH PLAIN"),
            ("AUTH", "535 5.7.8 no\r\n"),
        ],
        &[("EHLO", "250-mx\r\n250 AUTH PLAIN"), ("AUTH", "\u{4}")],
    ];
    for table in tables {
        for driver in Driver::ALL {
            let server = Tables::start([table]);
            let credentials =
                Credentials::password("a", Secret::from(smtp_canary::canary())).unwrap();
            let builder = builder(server.address().port())
                .credentials(credentials)
                .dangerous_plaintext_auth();
            let pool = driver.build_pool(builder, PoolLimits::default()).unwrap();
            assert_eq!(
                send(&pool).unwrap_err().stage(),
                Stage::Auth,
                "{driver:?}, {table:?}"
            );
            assert_eq!(
                server
                    .log()
                    .iter()
                    .map(|log| count(log, "AUTH"))
                    .sum::<usize>(),
                1
            );
        }
    }
}

#[test]
fn every_connection_of_a_pool_is_made_with_its_own_login() {
    let login: Table = &[
        ("EHLO", "250-mx\r\n250 AUTH PLAIN"),
        ("AUTH", "235 2.7.0 welcome"),
    ];
    for driver in Driver::ALL {
        let pools = ["one", "two"].map(|user| {
            let server = Tables::start([login; 2]);
            let credentials =
                Credentials::password(user, Secret::from(smtp_canary::canary())).unwrap();
            let builder = builder(server.address().port())
                .credentials(credentials)
                .dangerous_plaintext_auth();
            (
                driver
                    .build_pool(builder, PoolLimits::default().messages_per_connection(1))
                    .unwrap(),
                server,
            )
        });
        for _ in 0..2 {
            assert!(pools.iter().all(|(pool, _)| send(pool).unwrap().accepted()));
        }
        let logins = pools.map(|(pool, server)| {
            pool.close();
            let logins = server.log().into_iter().map(|log| log[1].clone());
            logins.collect::<Vec<_>>()
        });
        assert!(
            logins
                .iter()
                .all(|own| own[0].starts_with("AUTH PLAIN ") && own[0] == own[1]),
            "{driver:?}"
        );
        assert_ne!(logins[0][0], logins[1][0]);
    }
}

#[test]
fn a_connection_ends_with_a_goodbye_when_it_has_had_its_messages() {
    let two: &[Table] = &[&[], &[]];
    let by_server: &[Table] = &[&[("EHLO", "250-mx\r\n250 LIMITS MAILMAX=2")], &[]];
    for (tables, limits) in [
        (two, PoolLimits::default().messages_per_connection(2)),
        (by_server, PoolLimits::default()),
    ] {
        for log in each(tables, limits, |pool| {
            (0..3).for_each(|_| assert!(send(pool).unwrap().accepted()))
        }) {
            assert_eq!(
                log.iter().map(|log| count(log, "MAIL")).collect::<Vec<_>>(),
                [2, 1]
            );
            assert!(
                log.iter()
                    .all(|log| log.last().is_some_and(|line| line == "QUIT")),
                "{log:?}"
            );
        }
    }
}

#[test]
fn connections_whose_time_is_over_are_told_goodbye_when_it_is_asked_for() {
    for log in each(
        &[&[], &[]],
        PoolLimits::default().idle(Duration::ZERO),
        |pool| {
            assert!(send(pool).unwrap().accepted());
            pool.tidy();
            assert!(format!("{pool:?}").contains("idle: 0"), "{pool:?}");
            assert!(send(pool).unwrap().accepted());
        },
    ) {
        assert!(log.iter().all(|log| count(log, "QUIT") == 1), "{log:?}");
    }
}

#[test]
fn what_is_wrong_is_known_before_there_is_a_message() {
    for log in each(&[&[]], PoolLimits::default(), |pool| {
        assert!(pool.connect().unwrap().greeting.is_some());
        assert!(send(pool).unwrap().accepted());
    }) {
        assert_eq!(log.len(), 1);
    }
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for driver in Driver::ALL {
        let pool = driver
            .build_pool(builder(closed.port()), PoolLimits::default())
            .unwrap();
        assert_eq!(
            pool.connect().unwrap_err().cause(),
            Cause::ConnectionRefused
        );
    }
}

#[test]
fn a_message_is_opened_each_time_that_it_is_begun_and_one_that_cannot_be_is_not_sent() {
    let server = Tables::start([&[("MAIL", "\u{4}")] as Table, &[]]);
    let pool = builder(server.address().port()).build_pool(PoolLimits::default());
    let opened = Cell::new(0);
    let open = || {
        opened.set(opened.get() + 1);
        Ok(MESSAGE)
    };
    assert!(
        pool.send(&envelope(), mailwright::Message::reopen(open))
            .unwrap()
            .accepted()
    );
    assert_eq!(opened.get(), 2);
    let error = pool
        .send(
            &envelope(),
            mailwright::Message::reopen(|| Err::<&[u8], _>(io::Error::other("gone"))),
        )
        .unwrap_err();
    assert_eq!(
        (error.stage(), error.to_string()),
        (Stage::Body, "the message cannot be read: gone".to_owned())
    );
    pool.close();
    server.log();
}

#[test]
fn who_waits_for_the_minute_to_go_by_is_refused_when_the_pool_closes() {
    let server = Tables::start([&[] as Table]);
    let pool =
        builder(server.address().port()).build_pool(PoolLimits::default().messages_per_minute(1));
    let began = Instant::now();
    let (envelope, (told, heard)) = (envelope(), mpsc::channel());
    thread::scope(|scope| {
        assert!(pool.send(&envelope, MESSAGE).unwrap().accepted());
        for _ in 0..3 {
            let (pool, envelope, told) = (&pool, &envelope, told.clone());
            scope.spawn(move || {
                told.send(pool.send(envelope, MESSAGE).unwrap_err().to_string())
                    .unwrap()
            });
        }
        pool.close();
        for _ in 0..3 {
            assert!(heard.recv().unwrap().contains("the pool was closed"));
        }
    });
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "somebody waited for the minute"
    );
    assert_eq!(
        server
            .log()
            .iter()
            .map(|log| count(log, "QUIT"))
            .collect::<Vec<_>>(),
        [1]
    );
}

#[test]
fn closing_waits_for_the_message_that_is_on_its_way() {
    let server = Tables::start([&[] as Table]);
    let pool = builder(server.address().port()).build_pool(PoolLimits::default());
    let envelope = envelope();
    let (begun, is_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let sent = scope.spawn(|| {
            let (begun, may_go_on) = (begun, may_go_on);
            let open = || {
                begun.send(()).unwrap();
                may_go_on.recv().unwrap();
                Ok(MESSAGE)
            };
            pool.send(&envelope, mailwright::Message::reopen(open))
        });
        is_begun.recv().unwrap();
        let closed = scope.spawn(|| pool.close());
        while pool
            .send(
                &envelope,
                mailwright::Message::reopen(|| Err::<&[u8], _>(io::Error::other("late"))),
            )
            .unwrap_err()
            .stage()
            != Stage::Config
        {}
        assert!(!closed.is_finished(), "it did not wait");
        go_on.send(()).unwrap();
        assert!(sent.join().unwrap().unwrap().accepted());
        closed.join().unwrap();
    });
    assert_eq!(
        server
            .log()
            .iter()
            .map(|log| count(log, "QUIT"))
            .collect::<Vec<_>>(),
        [1]
    );
}

#[tokio::test]
async fn a_dropped_future_gives_up_its_connection_and_its_place() {
    let silent: Table = &[("DATA", "250-")];
    let server = Tables::start([silent, &[]]);
    let pool =
        builder(server.address().port()).build_tokio_pool(PoolLimits::default().connections(1));
    let (envelope, open) = (envelope(), MESSAGE);
    assert!(
        timeout(Duration::from_millis(200), pool.send(&envelope, open))
            .await
            .is_err()
    );
    assert!(pool.send(&envelope, open).await.unwrap().accepted());
    // Those who wait in line may leave it, too: the next one is let in all the same.
    let never = || pending::<io::Result<&[u8]>>();
    {
        let at_work = pool.send(&envelope, mailwright::tokio::Message::reopen(never));
        let mut at_work = std::pin::pin!(at_work);
        assert!(
            timeout(Duration::from_millis(20), &mut at_work)
                .await
                .is_err()
        );
        assert!(
            timeout(Duration::from_millis(20), pool.send(&envelope, open))
                .await
                .is_err()
        );
    }
    assert!(pool.send(&envelope, open).await.unwrap().accepted());
    pool.close().await;
    assert_eq!(
        tokio::task::spawn_blocking(|| server.log())
            .await
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn the_futures_of_a_pool_can_move_between_threads() {
    fn assert_send<F: Future + Send>(_: F) {}
    let pool = builder(1).build_tokio_pool(PoolLimits::default());
    let envelope = envelope();
    assert_send(pool.connect());
    assert_send(pool.send(&envelope, MESSAGE));
    assert_send(pool.tidy());
    assert_send(pool.close());
}
