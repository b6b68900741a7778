//! A host on `futures-io`: any pair of asynchronous halves, here smol's socket and timer.

use std::error::Error;
use std::net::SocketAddr;

use mailwright_proto::{Outcome, Output};
use smol::Timer;
use smol::future;
use smol::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use smol::net::TcpStream;

use super::{Deadline, Errand, next_chunk, settled, told};

/// Connects, sends the message, and tells what became of it.
pub async fn deliver(server: SocketAddr, errand: Errand<'_>) -> Result<Outcome, Box<dyn Error>> {
    let stream = TcpStream::connect(server).await?;
    drive(stream.clone(), stream, errand).await
}

/// What happened first.
enum First {
    Sent(usize),
    Received(usize),
    Late,
}

async fn drive<R, W>(
    mut reader: R,
    mut writer: W,
    errand: Errand<'_>,
) -> Result<Outcome, Box<dyn Error>>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let Errand {
        mut connection,
        envelope,
        mut message,
        patience,
    } = errand;
    let (mut deadline, mut buffer) = (Deadline::new(patience), [0; 4096]);
    let (mut outcome, mut why, mut to_send, mut out) = (None, None, Some(envelope), Vec::new());
    loop {
        match connection.poll() {
            Err(error) => return told(outcome, why.or(Some(error.into()))),
            Ok(Output::Closed) => return told(outcome, why),
            Ok(Output::Event(event)) => outcome = settled(event).or(outcome),
            Ok(Output::Write) if out.is_empty() => out.extend_from_slice(&connection.transmit()),
            Ok(Output::Body(_)) if out.is_empty() => {
                let (chunk, is_last) = next_chunk(&mut message);
                out = connection.body(chunk, is_last)?.to_vec();
            }
            Ok(Output::Idle) if out.is_empty() => {
                match to_send.take().map(|envelope| connection.send(envelope)) {
                    Some(sent) => why = sent.err().map(Into::into),
                    None => connection.quit()?,
                }
            }
            Ok(Output::StartTls | Output::Authenticate) => {
                return Err("it speaks neither TLS nor AUTH".into());
            }
            Ok(_) => {
                let at = deadline.of(connection.timer());
                let read = async { reader.read(&mut buffer).await.map(First::Received) };
                let write = async { writer.write(&out).await.map(First::Sent) };
                let write = async {
                    if out.is_empty() {
                        future::pending().await
                    } else {
                        write.await
                    }
                };
                let late = async { Ok(Timer::at(at).await).map(|_| First::Late) };
                match future::or(future::or(read, write), late).await {
                    Ok(First::Sent(n)) => connection.transmitted(out.drain(..n).len()),
                    Ok(First::Received(n @ 1..)) => connection.receive(&buffer[..n]),
                    Ok(First::Late) => connection.timed_out(),
                    Ok(First::Received(0)) | Err(_) => connection.receive_eof(),
                }
            }
        }
    }
}
