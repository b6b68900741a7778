//! The loopback address that a browser comes back to (RFC 8252 section 7.3), bounded against whoever else is on this machine.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use oauth2::url::Url;

use super::error::{Error, Kind};

/// Microsoft's codes make addresses of about 2 KiB; a browser's head is not much longer.
const MAX_REQUEST: usize = 32 * 1024;

/// For one request as a whole: the browser is on this machine.
const REQUEST_TIME: Duration = Duration::from_secs(5);

/// Connections at the same time: browsers open some ahead. Whoever holds all of them loses them within `REQUEST_TIME`.
const MAX_CONNECTIONS: usize = 64;

const PAUSE: Duration = Duration::from_millis(10);

/// What the browser brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Code(String),
    /// RFC 6749 section 4.1.2.1.
    Refused {
        error: String,
        description: Option<String>,
    },
}

/// Listens for the browser.
pub(super) struct Redirect {
    listeners: Vec<TcpListener>,
    host: &'static str,
    port: u16,
}

impl Redirect {
    /// On a free port of this machine's loopback addresses. `host` is what the browser is told.
    pub(super) fn listen(host: &'static str) -> Result<Self, Error> {
        let failed = |error: io::Error| Error::from(Kind::Input(format!("no loopback address to listen on: {error}")));
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = first.local_addr().map_err(failed)?.port();
        // A browser may take a name for either address; where there is no IPv6 there is none to take.
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok();
        let listeners: Vec<_> = [first].into_iter().chain(second).collect();
        for listener in &listeners {
            listener.set_nonblocking(true).map_err(failed)?;
        }
        Ok(Self { listeners, host, port })
    }

    /// What the issuer sends the browser to.
    pub(super) fn address(&self) -> String {
        format!("http://{}:{}", self.host, self.port)
    }

    /// The first answer that knows `state`. Any other request is turned away, and ends nothing.
    pub(super) fn wait(self, state: &str, ends: Instant) -> Result<Answer, Error> {
        let (answers, arrived) = mpsc::channel();
        let state: Arc<str> = state.into();
        let open = Arc::new(AtomicUsize::new(0));
        while Instant::now() < ends {
            if let Ok(answer) = arrived.recv_timeout(PAUSE) {
                return Ok(answer);
            }
            for (stream, _) in self.listeners.iter().filter_map(|listener| listener.accept().ok()) {
                if open.load(Ordering::SeqCst) >= MAX_CONNECTIONS {
                    continue;
                }
                open.fetch_add(1, Ordering::SeqCst);
                let (answers, state, open) = (answers.clone(), Arc::clone(&state), Arc::clone(&open));
                thread::spawn(move || {
                    // Whoever hung up or was too slow is nobody's concern.
                    let _ = serve(stream, &state, &answers);
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        }
        Err(Kind::NobodyCame.into())
    }
}

fn serve(mut stream: TcpStream, state: &str, answers: &Sender<Answer>) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(REQUEST_TIME))?;
    let request = head(&mut stream)?;
    let answer = target(&request).and_then(|target| answer(target, state));
    let (status, text) = match &answer {
        Some(Answer::Code(_)) => {
            ("200 OK", "Back from the login: this window can be closed. The rest is told where it began.")
        }
        Some(Answer::Refused { .. }) => ("200 OK", "The login was refused. The reason is told where it began."),
        None => ("400 Bad Request", "This is not the answer that is waited for."),
    };
    let page = format!("<!doctype html><meta charset=utf-8><title>smtp</title><p>{text}</p>\n");
    let written = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{page}",
        page.len(),
    );
    if let Some(answer) = answer {
        // Nobody waits any more once an answer is there.
        let _ = answers.send(answer);
    }
    written.and_then(|()| stream.flush())
}

/// A request up to its empty line, within its size and time.
fn head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let ends = Instant::now() + REQUEST_TIME;
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    let mut seen = 0;
    while !head.get(seen..).unwrap_or_default().windows(4).any(|window| window == b"\r\n\r\n") {
        // What was looked through, but for what may be the first part of its end.
        seen = head.len().saturating_sub(3);
        let left = ends.saturating_duration_since(Instant::now());
        if left.is_zero() || head.len() > MAX_REQUEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        stream.set_read_timeout(Some(left))?;
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend(buffer.iter().take(read));
    }
    Ok(head)
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
        let mut values = url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        values.next().filter(|value| values.next().is_none() && !value.is_empty())
    };
    if once("state")? != state {
        return None;
    }
    match (once("code"), once("error")) {
        (Some(code), None) => Some(Answer::Code(code)),
        (None, Some(error)) => Some(Answer::Refused { error, description: once("error_description") }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
