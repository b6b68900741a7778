//! A connection that does not come about: whichever way that fails, nothing was sent, it is told why, and it takes no longer
//! than it may.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mailwright::{
    Cause, Client, ClientBuilder, EhloName, Envelope, PoolLimits, Security, Stage, Trust,
};
use smtp_tests::driver::Driver;
use tokio::net::{TcpSocket, UnixListener, UnixSocket, UnixStream};
use tokio::runtime::{self, Runtime};
use tokio::time::timeout;

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

/// How long a client of these tests waits, and how much longer a busy machine may take.
const PATIENCE: Duration = Duration::from_millis(300);
const SLACK: Duration = Duration::from_secs(10);

fn envelope() -> Envelope {
    Envelope::new(
        "a@example.test".parse().unwrap(),
        ["b@example.test".parse().unwrap()],
    )
    .unwrap()
}

fn to_port(port: u16) -> ClientBuilder {
    Client::builder("127.0.0.1", port)
        .security(Security::None)
        .connect_timeout(PATIENCE)
}

fn to_socket(path: &Path) -> ClientBuilder {
    Client::builder("localhost", 24)
        .unix_socket(path)
        .lmtp()
        .security(Security::None)
        .connect_timeout(PATIENCE)
}

/// A runtime of tokio's, whose sockets have a queue as long as one says.
fn runtime() -> Runtime {
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// As many as come before the queue of a listener is full, which says so by an error of this kind. Nobody is let in.
fn fill<S>(mut connect: impl FnMut() -> io::Result<S>, full: ErrorKind) -> Vec<S> {
    let mut queue = Vec::new();
    loop {
        match connect() {
            Ok(stream) => queue.push(stream),
            Err(error) if error.kind() == full => return queue,
            Err(error) => panic!("behind {} connections: {error}", queue.len()),
        }
    }
}

/// A port that answers nobody.
struct Silent {
    listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Silent {
    fn new() -> Self {
        let listen = async {
            let socket = TcpSocket::new_v4()?;
            socket.bind("127.0.0.1:0".parse().unwrap())?;
            socket.listen(1)?.into_std()
        };
        let listener = runtime().block_on(listen).unwrap();
        let address = listener.local_addr().unwrap();
        let queue = fill(
            || TcpStream::connect_timeout(&address, PATIENCE),
            ErrorKind::TimedOut,
        );
        Self {
            listener,
            _queue: queue,
        }
    }

    fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }
}

/// The same for a UNIX socket. A stream of tokio's does not wait: it is told that the queue is full.
fn silent_socket(path: &Path) -> (UnixListener, Vec<UnixStream>) {
    let runtime = runtime();
    let listen = async {
        let socket = UnixSocket::new_stream()?;
        socket.bind(path)?;
        socket.listen(1)
    };
    let listener = runtime.block_on(listen).unwrap();
    let queue = fill(
        || runtime.block_on(UnixStream::connect(path)),
        ErrorKind::WouldBlock,
    );
    (listener, queue)
}

/// Nothing is sent by either driver, by a client or a pool, and each says this of it.
fn is_told(builder: impl Fn() -> ClientBuilder, cause: Cause) {
    for driver in Driver::ALL {
        let began = Instant::now();
        let error = driver
            .build(builder())
            .unwrap()
            .send(&envelope(), MESSAGE)
            .unwrap_err();
        assert_eq!(error.cause(), cause, "{driver:?}: {error}");
        let pool = driver.build_pool(builder(), PoolLimits::default()).unwrap();
        let error = pool.send(&envelope(), MESSAGE).unwrap_err();
        assert_eq!(error.cause(), cause, "{driver:?}, a pool: {error}");
        assert!(
            began.elapsed() < SLACK,
            "{driver:?} takes {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn ehlo_gives_the_connections_own_address() {
    let listeners = ["127.0.0.1:0", "[::1]:0"]
        .map(TcpListener::bind)
        .into_iter()
        .flatten();
    let mut literals = Vec::new();
    for listener in listeners {
        for driver in Driver::ALL {
            let address = listener.local_addr().unwrap();
            let builder =
                Client::builder(address.ip().to_string(), address.port()).security(Security::None);
            let serve = || {
                let (mut stream, client) = listener.accept().unwrap();
                stream.write_all(b"220 mx.example.test\r\n").unwrap();
                let mut said = String::new();
                BufReader::new(&stream).read_line(&mut said).unwrap();
                (said, EhloName::from(client.ip()))
            };
            let (said, literal) = thread::scope(|scope| {
                let server = scope.spawn(serve);
                // The server hangs up after EHLO.
                assert!(driver.build(builder).unwrap().connect().is_err());
                server.join().unwrap()
            });
            assert_eq!(said, format!("EHLO {literal}\r\n"), "{driver:?}");
            literals.push(literal.to_string());
        }
    }
    assert!(literals.contains(&"[127.0.0.1]".to_owned()), "{literals:?}");
}

/// Runs `clients` with the port of a server that calls `serve` for each of them.
fn with_server<T>(serve: impl Fn(TcpStream) + Sync, clients: impl FnOnce(u16) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let is_over = AtomicBool::new(false);
    let (serve, is_over) = (&serve, &is_over);
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                scope.spawn(move || serve(stream));
            }
        });
        let result = clients(address.port());
        is_over.store(true, Ordering::SeqCst);
        TcpStream::connect(address).unwrap();
        result
    })
}

/// Stays silent until a TLS handshake, and answers it with an alert; RFC 8446 section 6.2.
fn refuse_handshake(mut stream: TcpStream) {
    let mut first = [0];
    if stream.read_exact(&mut first).is_ok() && first == [22] {
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]);
    }
}

#[test]
fn starttls_at_a_tls_port_is_recognised_early() {
    let errors = with_server(refuse_handshake, |port| {
        Driver::ALL.map(|driver| {
            let builder =
                Client::builder("127.0.0.1", port).trust(Trust::DangerousAcceptAnyCertificate);
            driver
                .build(builder.timeout(Duration::from_secs(4)))
                .unwrap()
                .connect()
                .unwrap_err()
        })
    });
    for error in errors {
        assert_eq!(
            (error.cause(), error.stage()),
            (Cause::NotSmtp, Stage::Greeting),
            "{error}"
        );
        assert!(
            error.explanation().fix[0].contains("TLS from the start"),
            "{error}"
        );
    }
}

#[test]
fn a_greeting_that_does_not_come_hints_at_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for driver in Driver::ALL {
        let builder = to_port(port).timeout(PATIENCE);
        let error = driver.build(builder).unwrap().connect().unwrap_err();
        assert_eq!(
            (error.cause(), error.stage()),
            (Cause::Timeout, Stage::Greeting),
            "{driver:?}: {error}"
        );
        assert!(
            error
                .explanation()
                .fix
                .iter()
                .any(|fix| fix.contains("TLS from the start")),
            "{driver:?}"
        );
    }
}

#[test]
fn a_close_before_the_greeting_hints_at_tls() {
    let connect = |port| {
        Driver::ALL.map(|driver| driver.build(to_port(port)).unwrap().connect().unwrap_err())
    };
    for error in with_server(drop, connect) {
        assert_eq!(
            (error.cause(), error.stage()),
            (Cause::ConnectionClosed, Stage::Greeting),
            "{error}"
        );
        assert!(
            error
                .explanation()
                .fix
                .iter()
                .any(|fix| fix.contains("TLS from the start")),
            "{error}"
        );
    }
}

#[test]
fn nobody_listens() {
    // A port below 1024 that no service has.
    is_told(|| to_port(1), Cause::ConnectionRefused);
}

#[test]
fn nobody_answers() {
    let silent = Silent::new();
    is_told(|| to_port(silent.port()), Cause::ConnectionTimeout);
}

#[test]
fn a_unix_socket_is_not_there_has_nobody_behind_it_or_lets_nobody_in() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { directory.path().join(name) };
    is_told(|| to_socket(&at("none")), Cause::NetworkUnreachable);
    drop(std::os::unix::net::UnixListener::bind(at("left")).unwrap());
    is_told(|| to_socket(&at("left")), Cause::ConnectionRefused);
    let _silent = silent_socket(&at("silent"));
    is_told(|| to_socket(&at("silent")), Cause::ConnectionTimeout);
}

#[test]
fn a_client_that_was_given_up_while_it_connected_has_sent_nothing_and_refuses_to_go_on() {
    let silent = Silent::new();
    runtime().block_on(async {
        let mut client = to_port(silent.port()).connect_timeout(SLACK).build_tokio();
        let given_up = timeout(PATIENCE, client.send(&envelope(), MESSAGE)).await;
        assert!(given_up.is_err(), "{given_up:?}");
        assert!(matches!(client.interrupted(), Some([])));
        let again = client.send(&envelope(), MESSAGE).await.unwrap_err();
        assert!(again.to_string().contains("given up"), "{again}");
        assert!(client.connect().await.is_err());
    });
}

#[test]
fn a_place_of_a_pool_is_free_again_where_whoever_connected_gave_up() {
    let silent = Silent::new();
    runtime().block_on(async {
        let pool = to_port(silent.port())
            .connect_timeout(2 * PATIENCE)
            .build_tokio_pool(PoolLimits::default().connections(1));
        let envelope = envelope();
        let send = || pool.send(&envelope, MESSAGE);
        assert!(timeout(PATIENCE, send()).await.is_err());
        let error = timeout(SLACK, send())
            .await
            .expect("it waits for a place")
            .unwrap_err();
        assert_eq!(error.cause(), Cause::ConnectionTimeout, "{error}");
    });
}
