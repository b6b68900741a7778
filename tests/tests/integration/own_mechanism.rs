//! A SASL mechanism of the embedder's, against a server that speaks it, on both hosts.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use mailwright::mailwright_proto::auth::ChallengeFault;
use mailwright::{
    Client, ClientBuilder, Credentials, Envelope, Exchange, LoginContext, MechanismName,
    MechanismUnusable, PoolLimits, SaslMechanism, Secret, Security, Stage,
};
use smtp_tests::driver::Driver;

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

/// Answers a challenge with its octets in reverse order. The server speaks first.
struct Reverse;

impl SaslMechanism for Reverse {
    fn name(&self) -> MechanismName {
        MechanismName::new("X-REVERSE").unwrap()
    }

    fn begin(&self, _: &LoginContext<'_>) -> Result<Box<dyn Exchange>, MechanismUnusable> {
        Ok(Box::new(ReverseExchange { is_done: false }))
    }
}

struct ReverseExchange {
    is_done: bool,
}

impl Exchange for ReverseExchange {
    fn initial_response(&mut self) -> Option<Secret> {
        None
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault> {
        if self.is_done || !challenge.starts_with(b"challenge") {
            return Err(ChallengeFault::Custom("not a challenge of X-REVERSE"));
        }
        self.is_done = true;
        let response: Vec<u8> = challenge.iter().rev().copied().collect();
        Ok(Secret::from(response))
    }

    fn is_complete(&self) -> bool {
        self.is_done
    }
}

/// A server that closes each connection after one message, and records AUTH and what follows it.
struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(challenge: &'static str, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, is_over) = <(Arc<Mutex<Vec<String>>>, Arc<AtomicBool>)>::default();
        let (record, over) = (Arc::clone(&heard), Arc::clone(&is_over));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                converse(&stream, challenge, answer, &record);
            }
        });
        Self {
            port,
            heard,
            is_over,
            thread: Some(thread),
        }
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder("127.0.0.1", self.port)
            .security(Security::None)
            .dangerous_plaintext_auth()
            .timeout(Duration::from_secs(20))
            .credentials(Credentials::custom("user", Arc::new(Reverse)).unwrap())
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.thread
            .take()
            .into_iter()
            .for_each(|thread| drop(thread.join()));
    }
}

fn converse(mut out: &TcpStream, challenge: &str, answer: &str, heard: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).is_ok();
    let mut goes_on = say("220 mx");
    while goes_on {
        let Some(line) = lines.next() else { return };
        goes_on = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => say("250-mx\r\n250 AUTH PLAIN X-REVERSE"),
            "AUTH" => {
                say(&format!("334 {}", STANDARD.encode(challenge)));
                let response = lines.next().unwrap_or_default();
                let reply = if response == "*" {
                    "501 cancelled"
                } else {
                    answer
                };
                heard.lock().unwrap().extend([line, response]);
                say(reply)
            }
            "DATA" => say("354 go on"),
            "." => {
                say("250 taken");
                false
            }
            "Subject:" | "Hello." | "" => true,
            "QUIT" => {
                say("221 bye");
                false
            }
            _ => say("250 ok"),
        };
    }
}

/// Sends two messages in turn through a pool, and returns the stages at which they failed.
fn send_two(driver: Driver, server: &Server) -> Vec<Result<bool, Stage>> {
    let envelope = Envelope::new("a@x.test".parse().unwrap(), ["b@x.test".parse().unwrap()]);
    let pool = driver
        .build_pool(server.builder(), PoolLimits::default())
        .unwrap();
    let send = |_| {
        let delivery = pool.send(envelope.as_ref().unwrap(), MESSAGE);
        delivery
            .map(|delivery| delivery.accepted())
            .map_err(|error| error.stage())
    };
    (0..2).map(send).collect()
}

#[test]
fn custom_mechanism_logs_each_connection_of_a_pool_in() {
    for driver in Driver::ALL {
        let server = Server::start("challenge", "235 2.7.0 welcome");
        assert_eq!(
            send_two(driver, &server),
            [Ok(true), Ok(true)],
            "{driver:?}"
        );
        let response = STANDARD.encode("egnellahc");
        let login = ["AUTH X-REVERSE", &response];
        assert_eq!(server.heard(), [login, login].concat(), "{driver:?}");
    }
}

#[test]
fn refused_custom_login_is_not_repeated_by_a_pool() {
    for driver in Driver::ALL {
        let server = Server::start("challenge", "535 5.7.8 no");
        let failed = [Err(Stage::Auth), Err(Stage::Auth)];
        assert_eq!(send_two(driver, &server), failed, "{driver:?}");
        assert_eq!(
            server.heard().len(),
            2,
            "{driver:?}: one AUTH, one response"
        );
    }
}

#[test]
fn custom_mechanism_cancels_at_a_wrong_challenge() {
    for driver in Driver::ALL {
        let server = Server::start("something else", "235 2.7.0 welcome");
        let failed = [Err(Stage::Auth), Err(Stage::Auth)];
        assert_eq!(send_two(driver, &server), failed, "{driver:?}");
        let heard = server.heard();
        assert_eq!(
            heard.get(..2),
            Some(["AUTH X-REVERSE", "*"].map(String::from).as_slice())
        );
    }
}
