//! The server's side of AUTH, as a model: by other cryptography than the client's, and with every way to misbehave.

mod scram;
mod simple;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailwright_proto::auth::Mechanism;

pub use scram::Deceit;

/// Whom a server knows, and by what.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The user.
    pub user: String,
    /// As whom the user may act; nothing: nobody else.
    pub authzid: Option<String>,
    /// The password.
    pub password: Vec<u8>,
    /// The access token.
    pub token: String,
}

/// A server in the middle of a session's AUTH.
#[derive(Debug)]
pub struct Server {
    account: Account,
    /// What its end of the TLS connection exports.
    exporter: Option<[u8; 32]>,
    deceit: Option<Deceit>,
    exchange: Option<Exchange>,
}

#[derive(Debug)]
enum Exchange {
    Simple(simple::Simple),
    Scram(scram::Scram),
}

/// What a mechanism answers with.
#[derive(Debug)]
enum Said {
    Challenge(Vec<u8>),
    Accepted,
    Refused,
}

impl Server {
    /// One that knows an account.
    pub fn new(account: Account) -> Self {
        Self {
            account,
            exporter: None,
            deceit: None,
            exchange: None,
        }
    }

    /// The same, at the end of a TLS connection that exports this.
    #[must_use]
    pub fn with_exporter(self, exported: [u8; 32]) -> Self {
        Self {
            exporter: Some(exported),
            ..self
        }
    }

    /// The same, but dishonest where it speaks SCRAM.
    #[must_use]
    pub fn with_deceit(self, deceit: Deceit) -> Self {
        Self {
            deceit: Some(deceit),
            ..self
        }
    }

    /// Hears AUTH or a response, without its line end; gives the reply with its line end.
    pub fn hear(&mut self, line: &str) -> String {
        let said = match line.strip_prefix("AUTH ") {
            Some(command) => self.begin(command),
            None => self.go_on(line),
        };
        match said {
            Ok(Said::Challenge(octets)) => format!("334 {}\r\n", STANDARD.encode(octets)),
            Ok(Said::Accepted) => self.end("235 2.7.0 Accepted\r\n"),
            Ok(Said::Refused) => self.end("535 5.7.8 Authentication failed\r\n"),
            Err(reply) => self.end(reply),
        }
    }

    fn begin(&mut self, command: &str) -> Result<Said, &'static str> {
        let (name, initial) = match command.split_once(' ') {
            Some((name, initial)) => (name, Some(decoded(initial)?)),
            None => (command, None),
        };
        let mechanism: Mechanism = name
            .parse()
            .map_err(|_| "504 5.5.4 No such mechanism\r\n")?;
        let exchange = match mechanism {
            Mechanism::ScramSha256Plus
            | Mechanism::ScramSha256
            | Mechanism::ScramSha1Plus
            | Mechanism::ScramSha1 => Exchange::Scram(scram::Scram::new(
                mechanism,
                self.account.clone(),
                self.exporter,
                self.deceit,
            )),
            _ => Exchange::Simple(simple::Simple::new(mechanism, self.account.clone())),
        };
        self.exchange = Some(exchange);
        self.step(initial.as_deref())
    }

    fn go_on(&mut self, line: &str) -> Result<Said, &'static str> {
        match line {
            "*" => Err("501 5.7.0 Cancelled\r\n"),
            _ => self.step(Some(&decoded(line)?)),
        }
    }

    fn step(&mut self, response: Option<&[u8]>) -> Result<Said, &'static str> {
        match &mut self.exchange {
            Some(Exchange::Simple(simple)) => Ok(simple.step(response)),
            Some(Exchange::Scram(scram)) => Ok(scram.step(response)),
            None => Err("503 5.5.1 AUTH first\r\n"),
        }
    }

    fn end(&mut self, reply: &str) -> String {
        self.exchange = None;
        reply.to_owned()
    }
}

fn decoded(base64: &str) -> Result<Vec<u8>, &'static str> {
    match base64 {
        "=" => Ok(Vec::new()),
        base64 => STANDARD
            .decode(base64)
            .map_err(|_| "501 5.5.2 No base64\r\n"),
    }
}
