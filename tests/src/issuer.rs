//! An issuer of tokens that answers as a test wants it to: slowly, without end, with nonsense.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How it answers a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// JSON with this status.
    Json(u16, String),
    /// These octets, and then the end.
    Raw(Vec<u8>),
    /// The first, and then the second for as long as the client listens.
    Endless(&'static str, &'static str),
    /// The second octet by octet, slowly, behind the first.
    Drip(&'static str, &'static str),
    /// Nothing at all.
    Silence,
}

impl Answer {
    /// Status 200 with this body.
    pub fn ok(json: &str) -> Self {
        Self::Json(200, json.to_owned())
    }

    /// A refusal by its name (RFC 6749 section 5.2).
    pub fn refusal(error: &str, description: &str) -> Self {
        let body = serde_json::json!({"error": error, "error_description": description});
        Self::Json(400, body.to_string())
    }
}

/// What a client asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method and the path.
    pub line: String,
    /// The field `Authorization`, if there is one.
    pub authorization: Option<String>,
    /// The body.
    pub body: String,
}

impl Request {
    /// A field of the form in the body, percent-encoded as it came.
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self
            .body
            .split('&')
            .filter_map(|field| field.split_once('='));
        fields
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .next()
    }
}

/// An issuer on loopback, without TLS. It ends when it is dropped.
#[derive(Debug)]
pub struct Issuer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Issuer {
    /// Starts one that answers each request by its number, from 0 on.
    ///
    /// # Panics
    ///
    /// Where there is no free port.
    pub fn start(answer: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let address = listener.local_addr().expect("a bound socket");
        let (requests, ended) = (
            Arc::<Mutex<Vec<Request>>>::default(),
            Arc::new(AtomicBool::new(false)),
        );
        let (seen, stop, answer) = (Arc::clone(&requests), Arc::clone(&ended), Arc::new(answer));
        let thread = thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (seen, stop, answer) =
                    (Arc::clone(&seen), Arc::clone(&stop), Arc::clone(&answer));
                // A client that hangs up is what many tests are about.
                thread::spawn(move || drop(serve(&stream, &seen, &stop, &*answer)));
            }
        });
        Self {
            address,
            requests,
            ended,
            thread: Some(thread),
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // A last connection wakes it.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(
    stream: &TcpStream,
    seen: &Mutex<Vec<Request>>,
    stop: &AtomicBool,
    answer: &dyn Fn(usize, &Request) -> Answer,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let request = read(stream)?;
    let number = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(request.clone());
        seen.len() - 1
    };
    let mut out = stream;
    match answer(number, &request) {
        Answer::Json(status, body) => write!(
            out,
            "HTTP/1.1 {status} A\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ),
        Answer::Raw(octets) => out.write_all(&octets),
        Answer::Endless(first, rest) => {
            out.write_all(first.as_bytes())?;
            while !stop.load(Ordering::SeqCst) {
                out.write_all(rest.as_bytes())?;
            }
            Ok(())
        }
        Answer::Drip(first, rest) => {
            out.write_all(first.as_bytes())?;
            for octet in rest.bytes().cycle() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                out.write_all(&[octet])?;
                thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        }
        Answer::Silence => stream
            .set_read_timeout(None)
            .and_then(|()| out.read(&mut [0]).map(drop)),
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        match header.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                authorization = Some(value.trim().to_owned());
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = line
        .rsplit_once(" HTTP/")
        .map_or(line.clone(), |(line, _)| line.to_owned());
    Ok(Request {
        line,
        authorization,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
