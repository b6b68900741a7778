//! A host on `mio`: one thread, one non-blocking socket, no executor.

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mailwright_proto::{Outcome, Output};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::{Deadline, Errand, next_chunk, settled, told};

/// Connects, sends the message, and tells what became of it.
pub fn deliver(server: SocketAddr, errand: Errand<'_>) -> Result<Outcome, Box<dyn Error>> {
    let mut poll = Poll::new()?;
    let mut stream = TcpStream::connect(server)?;
    poll.registry().register(
        &mut stream,
        Token(0),
        Interest::READABLE | Interest::WRITABLE,
    )?;
    drive(&mut poll, &mut stream, errand)
}

fn drive(
    poll: &mut Poll,
    stream: &mut TcpStream,
    errand: Errand<'_>,
) -> Result<Outcome, Box<dyn Error>> {
    let Errand {
        mut connection,
        envelope,
        mut message,
        patience,
    } = errand;
    let (mut deadline, mut events, mut buffer) =
        (Deadline::new(patience), Events::with_capacity(8), [0; 4096]);
    let (mut outcome, mut why, mut to_send, mut out) = (None, None, Some(envelope), Vec::new());
    loop {
        let mut is_stuck = false;
        match connection.poll() {
            Err(error) => return told(outcome, why.or(Some(error.into()))),
            Ok(Output::Closed) => return told(outcome, why),
            Ok(Output::Event(event)) => outcome = settled(event).or(outcome),
            Ok(_) if !out.is_empty() => match stream.write(&out) {
                Ok(n) => connection.transmitted(out.drain(..n).len()),
                Err(_) => is_stuck = true,
            },
            Ok(Output::Write) => match stream.write(&connection.transmit()) {
                Ok(n) => connection.transmitted(n),
                Err(_) => is_stuck = true,
            },
            Ok(Output::Body(_)) => {
                let (chunk, is_last) = next_chunk(&mut message);
                out = connection.body(chunk, is_last)?.to_vec();
            }
            Ok(Output::Idle) => match to_send.take().map(|envelope| connection.send(envelope)) {
                Some(sent) => why = sent.err().map(Into::into),
                None => connection.quit()?,
            },
            Ok(Output::StartTls | Output::Authenticate) => {
                return Err("it speaks neither TLS nor AUTH".into());
            }
            Ok(Output::Read) => is_stuck = true,
        }
        if !is_stuck {
            continue;
        }
        match stream.read(&mut buffer) {
            Ok(n @ 1..) => connection.receive(&buffer[..n]),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::NotConnected
                ) =>
            {
                let left = deadline
                    .of(connection.timer())
                    .saturating_duration_since(Instant::now());
                poll.poll(&mut events, Some(left))?;
                if events.is_empty() {
                    connection.timed_out();
                }
            }
            _ => connection.receive_eof(),
        }
    }
}
