//! The loopback redirect of a browser login (RFC 8252 section 7.3), with limits against other
//! programs on this machine.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use oauth2::url::Url;

use crate::error::{Error, Fault};

/// Microsoft's codes make addresses of about 2 KiB; a browser's head is not much longer.
const MAX_REQUEST: usize = 32 * 1024;

/// For one request as a whole: the browser is on this machine.
const REQUEST_TIME: Duration = Duration::from_secs(5);

/// The limit of open connections. Browsers open a few in advance. A new connection replaces the
/// oldest, so that idle connections of other programs do not block the browser.
const MAX_CONNECTIONS: usize = 256;

/// The number of connections to accept before the open ones are read again: a browser sends its
/// request at once.
const MAX_ACCEPTED: usize = MAX_CONNECTIONS / 4;

/// The number of ports to try until one is free on both loopback addresses.
const MAX_PORTS: usize = 32;

const PAUSE: Duration = Duration::from_millis(10);

/// What the browser brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Code(String),
    /// RFC 6749 section 4.1.2.1.
    Refused {
        error: String,
        description: Option<String>,
    },
}

/// Listens for the browser.
pub(crate) struct Redirect {
    listeners: Vec<TcpListener>,
    host: &'static str,
    port: u16,
}

/// A connection whose request is not complete yet.
struct Visitor {
    stream: TcpStream,
    head: Vec<u8>,
    ends: Instant,
}

impl Redirect {
    /// On a free port of this machine's loopback addresses. `host` is what the browser is told.
    pub(crate) fn listen(host: &'static str) -> Result<Self, Error> {
        let failed = |error: io::Error| {
            Error::from(Fault::Input(format!(
                "no loopback address to listen on: {error}"
            )))
        };
        let listeners =
            listen_on_both(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).map_err(failed)?;
        let mut port = 0;
        for listener in &listeners {
            listener.set_nonblocking(true).map_err(failed)?;
            port = listener.local_addr().map_err(failed)?.port();
        }
        Ok(Self {
            listeners,
            host,
            port,
        })
    }

    /// What the issuer sends the browser to.
    pub(crate) fn address(&self) -> String {
        format!("http://{}:{}", self.host, self.port)
    }

    /// Returns the first answer that has `state`, or `None` if there is none in time. Any other
    /// request is rejected, and ends nothing.
    pub(crate) fn wait(self, state: &str, ends: Instant) -> Option<Answer> {
        let mut visitors: VecDeque<Visitor> = VecDeque::new();
        let mut waiting = VecDeque::new();
        while Instant::now() < ends {
            let arrived = self.accept(&mut visitors);
            let mut has_served = false;
            while let Some(mut visitor) = visitors.pop_front() {
                match visitor.read() {
                    Progress::Waiting => waiting.push_back(visitor),
                    Progress::Gone => {}
                    Progress::Complete => {
                        has_served = true;
                        if let Some(answer) = visitor.answer(state) {
                            return Some(answer);
                        }
                    }
                }
            }
            std::mem::swap(&mut visitors, &mut waiting);
            if !arrived && !has_served {
                thread::sleep(PAUSE);
            }
        }
        None
    }

    /// Accepts new connections, and returns whether there was one.
    fn accept(&self, visitors: &mut VecDeque<Visitor>) -> bool {
        let ends = Instant::now() + REQUEST_TIME;
        let mut has_accepted = false;
        for listener in &self.listeners {
            // Each address has its share, however many come to the other.
            for _ in 0..MAX_ACCEPTED {
                let stream = match listener.accept() {
                    Ok((stream, _)) => stream,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    // For example, no descriptor is left: the oldest connection is closed.
                    Err(_) => {
                        visitors.pop_front();
                        break;
                    }
                };
                has_accepted = true;
                if visitors.len() >= MAX_CONNECTIONS {
                    visitors.pop_front();
                }
                if stream.set_nonblocking(true).is_ok() {
                    visitors.push_back(Visitor {
                        stream,
                        head: Vec::new(),
                        ends,
                    });
                }
            }
        }
        has_accepted
    }
}

/// Listens on both loopback addresses, since a browser may resolve a name to either, on one port
/// that is free on both. Without IPv6 there is one address.
fn listen_on_both(
    mut bind: impl FnMut() -> io::Result<TcpListener>,
) -> io::Result<Vec<TcpListener>> {
    let mut taken = io::Error::from(ErrorKind::AddrInUse);
    for _ in 0..MAX_PORTS {
        let first = bind()?;
        match TcpListener::bind((Ipv6Addr::LOCALHOST, first.local_addr()?.port())) {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if error.kind() == ErrorKind::AddrInUse => taken = error,
            Err(_) => return Ok(vec![first]),
        }
    }
    Err(taken)
}

/// The state of a request.
enum Progress {
    Waiting,
    Complete,
    /// Hung up, too slow, or too long.
    Gone,
}

impl Visitor {
    /// Reads what has arrived, within the request's size and time.
    fn read(&mut self) -> Progress {
        let mut buffer = [0; 4096];
        loop {
            let read = match self.stream.read(&mut buffer) {
                Ok(0) => return Progress::Gone,
                Ok(read) => read,
                Err(error)
                    if error.kind() == ErrorKind::WouldBlock && Instant::now() < self.ends =>
                {
                    return Progress::Waiting;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Progress::Gone,
            };
            // The octets already searched, except those that may begin the end.
            let seen = self.head.len().saturating_sub(3);
            self.head.extend(buffer.iter().take(read));
            if self
                .head
                .get(seen..)
                .unwrap_or_default()
                .windows(4)
                .any(|window| window == b"\r\n\r\n")
            {
                return Progress::Complete;
            }
            if self.head.len() > MAX_REQUEST {
                return Progress::Gone;
            }
        }
    }

    /// Answers the request, and returns what it brought.
    fn answer(mut self, state: &str) -> Option<Answer> {
        let answer = target(&self.head).and_then(|target| answer(target, state));
        let (status, text) = match &answer {
            Some(Answer::Code(_)) => (
                "200 OK",
                "The login is complete, and this window can be closed. The program that began it shows the result.",
            ),
            Some(Answer::Refused { .. }) => (
                "200 OK",
                "The login was refused. The program that began it shows the reason.",
            ),
            None => ("400 Bad Request", "This is not the expected answer."),
        };
        let page = format!("<!doctype html><meta charset=utf-8><title>smtp</title><p>{text}</p>\n");
        // The response fits into the socket's buffer, and a browser that hung up does not need it.
        let _ = write!(
            self.stream,
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{page}",
            page.len(),
        );
        answer
    }
}

/// Of `GET /?… HTTP/1.1`, what stands in the middle.
fn target(head: &[u8]) -> Option<&str> {
    let line = head.split(|&byte| byte == b'\r').next()?;
    let mut words = str::from_utf8(line).ok()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    (method == "GET" && version.starts_with("HTTP/1.") && words.next().is_none()).then_some(target)
}

/// What an address says, if it knows the state. A parameter that comes twice (RFC 6749 section 3.1) is no answer.
fn answer(target: &str, state: &str) -> Option<Answer> {
    let query = target.strip_prefix("/?")?;
    let url = Url::parse(&format!("http://127.0.0.1/?{query}")).ok()?;
    let once = |name: &str| {
        let mut values = url
            .query_pairs()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned());
        values
            .next()
            .filter(|value| values.next().is_none() && !value.is_empty())
    };
    if once("state")? != state {
        return None;
    }
    match (once("code"), once("error")) {
        (Some(code), None) => Some(Answer::Code(code)),
        (None, Some(error)) => Some(Answer::Refused {
            error,
            description: once("error_description"),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
