//! Servers that never come to an end: each is left within its limit or deadline, and what the core keeps of it is small.

use std::future::Future;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use mailwright::{Cause, Client, blocking};
use mailwright_proto::{
    Config, Connection, Error, Event, Outcome, Output, PeerFault, Phase, Secret, Security,
    Transfer,
    address::{EhloName, ForwardPath},
    auth::{ChallengeFault, Credentials, Mechanism},
    envelope::Envelope,
    reply::ReplyFault,
};
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The most that a session may keep, whatever its server does.
const MOST: usize = 256 * 1024;

/// Memory is counted for the whole process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what must not take much memory, beyond what there is already.
fn within_bounds<T>(work: impl FnOnce() -> T) -> T {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let result = work();
    let taken = HEAP.peak_usage().saturating_sub(before);
    assert!(taken < MOST, "{taken} octets at the peak");
    result
}

fn client(mechanisms: &[Mechanism]) -> Connection {
    let config = Config::new(EhloName::try_from("client.example.test").expect("a name"))
        .security(Security::None);
    let config = config.login(mechanisms.iter().copied());
    Connection::new(Arc::new(if mechanisms.is_empty() {
        config
    } else {
        config.dangerous().expose_credentials()
    }))
}

/// Has the client do what it can until it waits for the server; gives the error that it came to, if it did.
fn settle(connection: &mut Connection) -> Option<Error> {
    loop {
        match connection.poll() {
            Err(error) => return Some(error),
            Ok(Output::Event(_)) => {}
            Ok(Output::Write) => connection.transmitted(connection.transmit().len()),
            Ok(Output::Authenticate) => {
                let credentials = Credentials::password("bob", Secret::from(smtp_canary::canary()));
                connection
                    .authenticate(credentials.expect("a user"))
                    .expect("it was asked for");
            }
            Ok(_) => return None,
        }
    }
}

/// What the core makes of a server that repeats the same octets so many times; the host goes on for as long as it has
/// something, whatever the core says.
fn flood(mechanisms: &[Mechanism], opening: &[&str], chunk: &[u8], times: usize) -> Error {
    within_bounds(|| {
        let mut connection = client(mechanisms);
        for words in opening {
            assert_eq!(settle(&mut connection), None);
            connection.receive(words.as_bytes());
        }
        let mut ended = None;
        for _ in 0..times {
            ended = settle(&mut connection);
            connection.receive(chunk);
        }
        ended.expect("it goes on for ever")
    })
}

fn reply_fault(error: &Error) -> &ReplyFault {
    match error {
        Error::Peer {
            fault: PeerFault::Malformed(error),
            ..
        } => error.fault(),
        other => panic!("{other:?}"),
    }
}

const EHLO: &str = "250-mail.example.test\r\n250 AUTH LOGIN\r\n";
const GREETING: &str = "220 mail.example.test\r\n";

#[test]
fn a_line_of_a_gigabyte_is_left_at_its_limit() {
    let _alone = alone();
    let error = flood(&[], &["220 "], &[b'a'; 64 * 1024], 16 * 1024);
    assert_eq!(
        reply_fault(&error),
        &ReplyFault::LineTooLong { limit: 2048 }
    );
    let error = flood(&[], &[GREETING, "250-"], &[b'a'; 1], 3000);
    assert_eq!(
        reply_fault(&error),
        &ReplyFault::LineTooLong { limit: 2048 }
    );
}

#[test]
fn a_million_continuation_lines_are_left_at_their_limit() {
    let _alone = alone();
    let error = flood(&[], &[], b"220-\r\n", 1_000_000);
    assert_eq!(
        reply_fault(&error),
        &ReplyFault::TooManyLines { limit: 1024 }
    );
    let line = [b"250-".as_slice(), &[b'X'; 1000], b"\r\n"].concat();
    let error = flood(&[], &[GREETING], &line, 1_000_000);
    assert_eq!(
        reply_fault(&error),
        &ReplyFault::ReplyTooLong { limit: 64 * 1024 }
    );
}

#[test]
fn endless_challenges_are_left_at_the_mechanisms_last() {
    let _alone = alone();
    let error = flood(
        &[Mechanism::Login],
        &[GREETING, EHLO],
        b"334 VXNlcm5hbWU6\r\n",
        1_000_000,
    );
    let fault = PeerFault::BadChallenge(ChallengeFault::Unanswerable);
    assert_eq!(
        error,
        Error::Peer {
            phase: Phase::Auth,
            fault
        }
    );
}

#[test]
fn replies_to_nothing_are_left_at_the_first() {
    let _alone = alone();
    let error = flood(
        &[],
        &[GREETING, "250 mail.example.test\r\n"],
        b"250 And again\r\n",
        1_000_000,
    );
    assert!(
        matches!(
            error,
            Error::Peer {
                fault: PeerFault::UnsolicitedReply(_),
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn chunks_that_are_never_answered_are_not_kept_count_of_without_end() {
    let _alone = alone();
    within_bounds(|| {
        let config = Config::new(EhloName::try_from("client.example.test").expect("a name"))
            .security(Security::None);
        let mut connection = Connection::new(config.transfer(Transfer::Chunks).into());
        let replies = [GREETING, "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n"];
        for words in replies {
            assert_eq!(settle(&mut connection), None);
            connection.receive(words.as_bytes());
        }
        assert_eq!(settle(&mut connection), None);
        let to = ["b@example.test".parse().expect("a path")];
        let envelope =
            Envelope::new("a@example.test".parse().expect("a path"), to).expect("a recipient");
        connection.send(&envelope).expect("an open session");
        assert_eq!(settle(&mut connection), None);
        connection.receive(b"250 ok\r\n250 ok\r\n");
        assert_eq!(settle(&mut connection), None);
        let mut chunks = 0_usize;
        while let Ok(framed) = connection.body(b"an octet or more", false) {
            let octets = framed.len();
            connection.transmitted(octets);
            chunks += 1;
            assert!(chunks < 1_000_000, "it goes on for ever");
        }
        assert_eq!(connection.poll(), Ok(Output::Read));
        // Each reply lets one more leave.
        connection.receive(b"250 ok\r\n");
        assert_eq!(settle(&mut connection), None);
        assert!(
            connection.body(b"an octet or more", false).is_ok() && chunks > 500,
            "{chunks}"
        );
    });
}

#[test]
fn a_byte_every_second_is_left_at_the_deadline_of_the_whole_reply() {
    let _alone = alone();
    within_bounds(|| {
        let mut connection = client(&[]);
        assert_eq!(settle(&mut connection), None);
        // The clock is the driver's: it starts the timer anew when what is waited for changes.
        let (waited_for, mut seconds) = (connection.timer(), 0);
        let limit = waited_for.phase().default_timeout().unwrap().as_secs();
        let error = loop {
            connection.receive(if seconds < 4 {
                &b"220-"[seconds as usize..][..1]
            } else {
                b"a"
            });
            assert_eq!(settle(&mut connection), None);
            assert_eq!(connection.timer(), waited_for);
            seconds += 1;
            if seconds == limit {
                connection.timed_out();
                break settle(&mut connection);
            }
        };
        assert_eq!(
            error,
            Some(Error::TimedOut {
                phase: Phase::Greeting
            })
        );
    });
}

/// A thousand recipients: as many as any server takes at once.
fn envelope() -> Envelope {
    let recipient = |i| {
        format!("recipient-{i}@example.test")
            .parse::<ForwardPath>()
            .expect("a path")
    };
    Envelope::new(
        "a@example.test".parse().expect("a path"),
        (0..1000).map(recipient),
    )
    .expect("recipients")
}

#[test]
fn a_server_that_never_reads_keeps_a_large_envelope_no_larger() {
    let _alone = alone();
    let envelope = envelope();
    within_bounds(|| {
        let mut connection = client(&[]);
        for words in [GREETING, "250-mail.example.test\r\n250 PIPELINING\r\n"] {
            assert_eq!(settle(&mut connection), None);
            connection.receive(words.as_bytes());
        }
        assert_eq!(settle(&mut connection), None);
        let message = connection.send(&envelope).unwrap();
        for _ in 0..1000 {
            assert_eq!(connection.poll(), Ok(Output::Write));
            assert!(connection.transmit().len() <= 16 * 1024);
        }
        connection.timed_out();
        let finished = connection.poll().unwrap();
        assert!(matches!(
            finished,
            Output::Event(Event::Finished { message: id, outcome: Outcome::NotSent }) if id == message
        ));
        assert_eq!(
            settle(&mut connection),
            Some(Error::TimedOut { phase: Phase::Mail })
        );
    });
}

/// How long a driver waits, and how soon after that it must be back.
const PATIENCE: Duration = Duration::from_millis(200);
const SOON: Duration = Duration::from_secs(5);

/// A server that says a word at a time, and goes on with one octet a millisecond for ever; perhaps it reads nothing.
struct Endless {
    words: Vec<&'static [u8]>,
    reads: bool,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// Until its next octet, on tokio.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Endless {
    fn new(mut words: Vec<&'static [u8]>, reads: bool) -> Self {
        words.reverse();
        Self {
            words,
            reads,
            read_timeout: None,
            write_timeout: None,
            pause: None,
        }
    }

    fn next(&mut self) -> &'static [u8] {
        self.words.pop().unwrap_or(b"a")
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.reads && self.words.is_empty() {
            std::thread::sleep(self.read_timeout.expect("a wait for ever"));
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let word = self.next();
        if word.len() == 1 {
            std::thread::sleep(Duration::from_millis(1));
        }
        buffer[..word.len()].copy_from_slice(word);
        Ok(word.len())
    }
}

impl Write for Endless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reads || !self.words.is_empty() {
            return Ok(bytes.len());
        }
        std::thread::sleep(self.write_timeout.expect("a wait for ever"));
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl blocking::Stream for Endless {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.read_timeout = timeout;
        Ok(())
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.write_timeout = timeout;
        Ok(())
    }
}

impl AsyncRead for Endless {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.reads && self.words.is_empty() {
            return Poll::Pending;
        }
        if self.words.is_empty() {
            let pause = self
                .pause
                .get_or_insert_with(|| Box::pin(sleep(Duration::from_millis(1))));
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        buffer.put_slice(self.next());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Endless {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.reads || !self.words.is_empty() {
            true => Poll::Ready(Ok(bytes.len())),
            false => Poll::Pending,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn both_drivers_leave_a_server_that_drips_or_never_reads_at_their_deadline() {
    let _alone = alone();
    let envelope = envelope();
    let dripping = || Endless::new(vec![b"220-"], true);
    let deaf = || {
        Endless::new(
            vec![GREETING.as_bytes(), b"250-x\r\n250 PIPELINING\r\n"],
            false,
        )
    };
    let builder = || {
        Client::builder("127.0.0.1", 1)
            .security(Security::None)
            .timeout(PATIENCE)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let began = Instant::now();

    assert_eq!(
        builder()
            .build()
            .connect_over(dripping())
            .unwrap_err()
            .cause(),
        Cause::Timeout
    );
    let opened = runtime.block_on(async { builder().build_tokio().connect_over(dripping()).await });
    assert_eq!(opened.unwrap_err().cause(), Cause::Timeout);

    let mut client = builder().build();
    client.connect_over(deaf()).unwrap();
    let delivery = client.send(&envelope, b"Hello.\r\n".as_slice()).unwrap();
    let is_timeout = |outcome: &mailwright::Outcome| matches!(outcome, mailwright::Outcome::NotSent(Some(error)) if error.cause() == Cause::Timeout);
    assert!(is_timeout(&delivery.outcome), "{:?}", delivery.outcome);
    let delivery = runtime.block_on(async {
        let mut client = builder().build_tokio();
        client.connect_over(deaf()).await.unwrap();
        client
            .send(&envelope, b"Hello.\r\n".as_slice())
            .await
            .unwrap()
    });
    assert!(is_timeout(&delivery.outcome), "{:?}", delivery.outcome);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}
