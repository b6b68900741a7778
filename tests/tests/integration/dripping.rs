//! A server that sends one octet after the other, in each phase of a session, in the clear and over TLS: both drivers leave
//! it when the time for the whole reply is over.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mailwright::{
    Cause, Client, Credentials, Delivery, Envelope, Error, Outcome, Secret, Security, Stage,
    Transfer, Trust,
};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use smtp_tests::driver::Driver;
use smtp_tests::lab::{Authorities, Shown};

/// How long a phase may take, and the pause between two octets.
const TIMEOUT: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(500);

/// The time after which the server stops: a client that is still connected restarts its timer with
/// each octet.
const LIMIT: Duration = Duration::from_secs(60);

/// Octets of a message that no socket buffer holds.
const LARGE: usize = 40_000_000;

/// The phases in which the server drips, named by the client's word before it, and the stages that
/// the client reports.
const PHASES: [(&str, Security, Stage); 18] = [
    ("greeting", Security::None, Stage::Greeting),
    ("EHLO", Security::None, Stage::Ehlo),
    ("AUTH", Security::None, Stage::Auth),
    ("MAIL", Security::None, Stage::Mail),
    ("RCPT", Security::None, Stage::Rcpt),
    ("DATA", Security::None, Stage::Data),
    ("body", Security::None, Stage::Body),
    (".", Security::None, Stage::Body),
    ("BDAT", Security::None, Stage::Body),
    ("STARTTLS", Security::StartTls, Stage::StartTls),
    ("handshake", Security::StartTls, Stage::Tls),
    ("handshake", Security::ImplicitTls, Stage::Tls),
    ("greeting", Security::ImplicitTls, Stage::Greeting),
    ("AUTH", Security::StartTls, Stage::Auth),
    ("MAIL", Security::StartTls, Stage::Mail),
    ("body", Security::StartTls, Stage::Body),
    (".", Security::StartTls, Stage::Body),
    ("BDAT", Security::StartTls, Stage::Body),
];

struct Server<S: Read + Write> {
    stream: BufReader<S>,
    drips_at: &'static str,
}

impl<S: Read + Write> Server<S> {
    /// Sends octets one by one; returns whether the client has left before the limit.
    fn drip(&mut self, octets: &[u8]) -> bool {
        let began = Instant::now();
        for octet in octets.iter().chain(b"x".iter().cycle()) {
            let stream = self.stream.get_mut();
            if stream
                .write_all(&[*octet])
                .and_then(|()| stream.flush())
                .is_err()
            {
                return true;
            }
            if began.elapsed() > LIMIT {
                return false;
            }
            thread::sleep(PAUSE);
        }
        false
    }

    /// Answers until it is time to drip. `Err` holds whether the client left in time, `Ok` that STARTTLS was accepted.
    fn converse(&mut self, greets: bool) -> Result<(), bool> {
        let mut word = if greets {
            "greeting".to_owned()
        } else {
            self.word()
        };
        loop {
            if word == self.drips_at {
                return Err(self.drip(b"250-"));
            }
            let reply = match word.as_str() {
                "greeting" => "220 mx",
                "EHLO" => "250-mx\r\n250-STARTTLS\r\n250-AUTH PLAIN\r\n250 CHUNKING",
                "STARTTLS" => "220 go on",
                "AUTH" => "235 welcome",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            let stream = self.stream.get_mut();
            stream
                .write_all(format!("{reply}\r\n").as_bytes())
                .and_then(|()| stream.flush())
                .map_err(|_| true)?;
            if word == "STARTTLS" {
                return Ok(());
            }
            if word == "DATA" {
                if self.drips_at == "body" {
                    return Err(self.drip(b"250-"));
                }
                while self.word() != "." {}
                word = ".".to_owned();
            } else {
                word = self.word();
            }
        }
    }

    /// Returns the first word of the client's next line. After BDAT it reads the chunk, too.
    fn word(&mut self) -> String {
        let mut line = String::new();
        if self.stream.read_line(&mut line).unwrap_or(0) == 0 {
            return ".".to_owned();
        }
        let mut words = line.split_whitespace();
        let word = words.next().unwrap_or_default().to_owned();
        if word == "BDAT" {
            let octets = words.next().unwrap().parse().unwrap();
            let _ = io::copy(&mut self.stream.by_ref().take(octets), &mut io::sink());
        }
        word
    }
}

/// Serves one connection; returns whether the client has left it in time.
fn serve(
    stream: TcpStream,
    drips_at: &'static str,
    security: Security,
    tls: Arc<ServerConfig>,
) -> bool {
    stream.set_nodelay(true).unwrap();
    let mut clear = Server {
        stream: BufReader::new(stream),
        drips_at,
    };
    if security != Security::ImplicitTls
        && let Err(left) = clear.converse(true)
    {
        return left;
    }
    if drips_at == "handshake" {
        // The client speaks first. Then the start of a record follows, of a message that never ends.
        clear.stream.read_exact(&mut [0]).unwrap();
        return clear.drip(&[0x16, 3, 3, 1, 0, 2, 0, 0x10, 0, 3, 3]);
    }
    let session = ServerConnection::new(tls).unwrap();
    let stream = StreamOwned::new(session, clear.stream.into_inner());
    let mut over_tls = Server {
        stream: BufReader::new(stream),
        drips_at,
    };
    over_tls
        .converse(security == Security::ImplicitTls)
        .unwrap_err()
}

/// Sends one message, and quits.
fn send(
    driver: Driver,
    port: u16,
    (drips_at, security, _): (&str, Security, Stage),
    roots: &Authorities,
) -> Result<Delivery, Error> {
    let credentials = Credentials::password("bob", Secret::from(smtp_canary::canary())).unwrap();
    let builder = Client::builder("127.0.0.1", port)
        .security(security)
        .trust(Trust::Roots(vec![roots.certificate()]))
        .credentials(credentials)
        .dangerous_plaintext_auth()
        .transfer(if drips_at == "BDAT" {
            Transfer::Chunks
        } else {
            Transfer::Data
        })
        .timeout(TIMEOUT);
    let mut client = driver.build(builder).unwrap();
    let envelope = Envelope::new(
        "a@example.test".parse().unwrap(),
        ["b@example.test".parse().unwrap()],
    )
    .unwrap();
    let content = vec![b'y'; if drips_at == "body" { LARGE } else { 10 }];
    let sent = client.send(&envelope, &content);
    let _ = client.quit();
    sent
}

#[test]
fn dripping_server_is_left_at_the_deadline_in_every_phase() {
    let roots = &Authorities::generate();
    let tls = &roots.server(Shown::Good);
    thread::scope(|scope| {
        for driver in Driver::ALL {
            for phase in PHASES {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let port = listener.local_addr().unwrap().port();
                let server = scope.spawn(move || {
                    serve(
                        listener.accept().unwrap().0,
                        phase.0,
                        phase.1,
                        Arc::clone(tls),
                    )
                });
                scope.spawn(move || {
                    let sent = send(driver, port, phase, roots);
                    let case = format!("{driver:?}, {phase:?}: {sent:?}");
                    assert!(server.join().unwrap(), "the client stays: {case}");
                    let error = match sent {
                        Err(error) => error,
                        Ok(Delivery {
                            outcome: Outcome::NotSent(Some(error)) | Outcome::Unknown(error),
                            ..
                        }) => error,
                        Ok(_) => panic!("{case}"),
                    };
                    assert_eq!(
                        (error.stage(), error.cause()),
                        (phase.2, Cause::Timeout),
                        "{case}"
                    );
                });
            }
        }
    });
}

#[test]
fn dripping_reply_to_quit_is_left_and_undoes_nothing() {
    let roots = &Authorities::generate();
    let tls = roots.server(Shown::Good);
    for driver in Driver::ALL {
        for security in [Security::None, Security::StartTls] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let tls = Arc::clone(&tls);
            let server =
                thread::spawn(move || serve(listener.accept().unwrap().0, "QUIT", security, tls));
            let sent = send(driver, port, ("QUIT", security, Stage::Quit), roots);
            assert!(sent.unwrap().accepted(), "{driver:?}, {security:?}");
            assert!(
                server.join().unwrap(),
                "the client stays: {driver:?}, {security:?}"
            );
        }
    }
}
