//! A server without a socket: it takes octets, gives octets, and remembers what it was given.

use std::io::{Read, Write};

use mailwright_proto::{Security, reply::Escaped};
use rustls::ServerConnection;

use crate::dialogue::server::Identity;

/// What a server is like.
#[derive(Debug, Clone)]
pub struct Manner {
    /// How clients come by TLS.
    pub security: Security,
    /// Whether it offers PIPELINING.
    pub pipelining: bool,
    /// Whether it offers CHUNKING.
    pub chunking: bool,
    /// Whether it speaks LMTP, and answers a message once for each recipient.
    pub lmtp: bool,
}

/// A message that the server was given, to its very end.
#[derive(Debug)]
pub struct Given {
    /// From whom.
    pub sender: Vec<u8>,
    /// To whom, of those that it took.
    pub recipients: Vec<Vec<u8>>,
    /// Its octets, with the dots unstuffed.
    pub body: Vec<u8>,
    /// What the server said to it: one reply, or by LMTP one for each of the recipients.
    pub replies: Vec<Said>,
}

/// A reply.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    /// Its octets.
    pub reply: &'static [u8],
    /// How many octets a client must have read from the network to know of it.
    told_at: usize,
}

/// The server's side of one connection.
pub struct Server {
    manner: Manner,
    identity: Identity,
    tls: Option<Box<ServerConnection>>,
    lines: Vec<u8>,
    /// The message under way, once DATA was accepted.
    data: Option<Vec<u8>>,
    /// The chunk under way, and what came before it by BDAT.
    chunk: Option<Chunk>,
    content: Vec<u8>,
    sender: Vec<u8>,
    recipients: Vec<Vec<u8>>,
    given: Vec<Given>,
    /// Octets for the client, as they go over the network, and how many of them it has read.
    output: Vec<u8>,
    read: usize,
}

/// A chunk by BDAT.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    octets: usize,
    is_last: bool,
}

/// To every other recipient.
pub const TAKEN: &[u8] = b"250 2.1.5 OK\r\n";

/// To a recipient whose name begins with "no".
pub const NO_SUCH_USER: &[u8] = b"550 5.1.1 No such user\r\n";

/// To a message that nobody is to have.
pub const NO_RECIPIENTS: &[u8] = b"554 5.5.1 No recipients\r\n";

/// To a message that asks for it.
pub const REFUSED: &[u8] = b"554 5.6.0 Not this one\r\n";

/// To every other message.
pub const ACCEPTED: &[u8] = b"250 2.0.0 Queued\r\n";

/// By LMTP, to a recipient whose name begins with "full".
pub const MAILBOX_FULL: &[u8] = b"452 4.2.2 Full\r\n";

/// What a message has in it that is to be refused.
pub const REFUSE_ME: &[u8] = b"Subject: refuse me\r\n";

impl Server {
    /// A server that has just been connected to.
    pub fn new(manner: Manner, identity: &Identity) -> Self {
        let mut server = Self {
            manner,
            identity: identity.clone(),
            tls: None,
            lines: Vec::new(),
            data: None,
            chunk: None,
            content: Vec::new(),
            sender: Vec::new(),
            recipients: Vec::new(),
            given: Vec::new(),
            output: Vec::new(),
            read: 0,
        };
        if server.manner.security == Security::ImplicitTls {
            server.begin_tls();
        }
        server.say(b"220 mail.example.test ESMTP\r\n");
        server
    }

    /// Whether each recipient has a reply of his own.
    pub fn speaks_lmtp(&self) -> bool {
        self.manner.lmtp
    }

    /// What it was given by a sender, if that came to its end.
    pub fn given_by(&self, sender: &str) -> Option<&Given> {
        self.given
            .iter()
            .find(|given| given.sender == sender.as_bytes())
    }

    /// What the client has read of what the server said to a message.
    pub fn told_of(&self, given: &Given) -> Vec<&'static [u8]> {
        given
            .replies
            .iter()
            .take_while(|said| self.read >= said.told_at)
            .map(|said| said.reply)
            .collect()
    }

    /// Takes octets from the network.
    pub fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let Some(tls) = &mut self.tls else {
                // Behind STARTTLS the handshake begins: nothing else may stand in the same octets.
                self.lines.extend_from_slice(bytes);
                break;
            };
            tls.read_tls(&mut bytes).expect("a slice can be read");
            if tls.process_new_packets().is_ok() {
                // The end of what has arrived is no error.
                let _ = tls.reader().read_to_end(&mut self.lines);
            }
        }
        loop {
            if let Some(chunk) = self.chunk {
                if self.lines.len() < chunk.octets {
                    break;
                }
                self.take_chunk(chunk);
                continue;
            }
            let Some(end) = self.lines.windows(2).position(|pair| pair == b"\r\n") else {
                break;
            };
            let line: Vec<u8> = self.lines.drain(..end + 2).collect();
            match self.data.take() {
                Some(message) => self.message_line(message, &line),
                None => self.command(&line[..end]),
            }
        }
        self.flush();
    }

    /// Gives the client at most so many octets.
    pub fn give(&mut self, buffer: &mut [u8]) -> usize {
        let rest = &self.output[self.read..];
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.read += n;
        n
    }

    fn message_line(&mut self, mut message: Vec<u8>, line: &[u8]) {
        if line != b".\r\n" {
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            self.data = Some(message);
            return;
        }
        self.end_message(message);
    }

    fn take_chunk(&mut self, Chunk { octets, is_last }: Chunk) {
        self.chunk = None;
        self.content.extend(self.lines.drain(..octets));
        match is_last {
            true => {
                let message = std::mem::take(&mut self.content);
                self.end_message(message);
            }
            false => self.say(b"250 2.0.0 OK\r\n"),
        }
    }

    fn end_message(&mut self, message: Vec<u8>) {
        let asks_for_it = message
            .windows(REFUSE_ME.len())
            .any(|part| part == REFUSE_ME);
        let recipients = std::mem::take(&mut self.recipients);
        let verdict = |full: bool| match asks_for_it {
            true => REFUSED,
            false if full => MAILBOX_FULL,
            false => ACCEPTED,
        };
        let replies = match self.manner.lmtp {
            true => recipients
                .iter()
                .map(|recipient| verdict(recipient.starts_with(b"full")))
                .collect(),
            // By BDAT a message comes, whatever was said before.
            false if recipients.is_empty() => vec![NO_RECIPIENTS],
            false => vec![verdict(false)],
        };
        let said = replies.into_iter().map(|reply| {
            self.say(reply);
            self.flush();
            Said {
                reply,
                told_at: self.output.len(),
            }
        });
        let replies = said.collect();
        let sender = std::mem::take(&mut self.sender);
        self.given.push(Given {
            sender,
            recipients,
            body: message,
            replies,
        });
    }

    fn command(&mut self, line: &[u8]) {
        let mut words = line.split(|byte| matches!(byte, b' ' | b':'));
        match words.next().unwrap_or_default() {
            b"EHLO" | b"LHLO" => self.greet(),
            b"STARTTLS" => {
                self.say(b"220 Go ahead\r\n");
                self.begin_tls();
            }
            b"AUTH" => self.say(b"235 2.7.0 OK\r\n"),
            b"MAIL" => {
                self.sender = path(line);
                self.recipients.clear();
                self.content.clear();
                self.say(b"250 2.1.0 OK\r\n");
            }
            b"RCPT" if path(line).starts_with(b"no") => self.say(NO_SUCH_USER),
            b"RCPT" => {
                self.recipients.push(path(line));
                self.say(TAKEN);
            }
            b"DATA" if self.recipients.is_empty() => self.say(NO_RECIPIENTS),
            b"DATA" => {
                self.data = Some(Vec::new());
                self.say(b"354 Go on\r\n");
            }
            b"BDAT" => {
                let octets = words
                    .next()
                    .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
                let octets = octets.expect("BDAT has a number");
                self.chunk = Some(Chunk {
                    octets,
                    is_last: line.ends_with(b" LAST"),
                });
            }
            b"RSET" => {
                self.recipients.clear();
                self.content.clear();
                self.say(b"250 2.0.0 OK\r\n");
            }
            b"QUIT" => self.say(b"221 2.0.0 Bye\r\n"),
            _ => panic!("a client said \"{}\"", Escaped(line)),
        }
    }

    fn greet(&mut self) {
        self.say(b"250-mail.example.test\r\n");
        if self.manner.pipelining {
            self.say(b"250-PIPELINING\r\n");
        }
        if self.manner.chunking {
            self.say(b"250-CHUNKING\r\n");
        }
        match (self.manner.security, &self.tls) {
            (Security::StartTls, None) => self.say(b"250 STARTTLS\r\n"),
            (_, Some(_)) => self.say(b"250 AUTH PLAIN\r\n"),
            _ => self.say(b"250 HELP\r\n"),
        }
    }

    fn begin_tls(&mut self) {
        self.tls = Some(Box::new(
            self.identity.accept().expect("the certificate is good"),
        ));
    }

    fn say(&mut self, reply: &[u8]) {
        match &mut self.tls {
            // What is said behind STARTTLS is said by `command` before there is TLS.
            Some(tls) => tls.writer().write_all(reply).expect("TLS has room"),
            None => self.output.extend_from_slice(reply),
        }
    }

    fn flush(&mut self) {
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() {
                tls.write_tls(&mut self.output)
                    .expect("memory can be written");
            }
        }
    }
}

/// What stands between the angle brackets.
fn path(line: &[u8]) -> Vec<u8> {
    let inner = line.split(|&byte| byte == b'<').nth(1).unwrap_or_default();
    inner
        .split(|&byte| byte == b'>')
        .next()
        .unwrap_or_default()
        .to_vec()
}
