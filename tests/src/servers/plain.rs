//! A server that offers PIPELINING and nothing else, and shows what came in one read.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// It takes one message for two recipients, and answers a group of commands only as a whole.
#[derive(Debug)]
pub struct PlainServer {
    port: u16,
    group: JoinHandle<io::Result<String>>,
}

impl PlainServer {
    /// Starts it on a free loopback port.
    ///
    /// # Panics
    ///
    /// Where there is no such port.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let port = listener.local_addr().expect("a bound socket").port();
        Self {
            port,
            group: thread::spawn(move || serve(&listener.accept()?.0)),
        }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the read after EHLO brought, once the conversation is over.
    ///
    /// # Panics
    ///
    /// Where the conversation failed.
    pub fn group(self) -> String {
        let group = self.group.join().expect("the server does not panic");
        group.expect("the conversation goes to its end")
    }
}

fn serve(mut stream: &TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(b"220 plain.example.test\r\n")?;
    read(stream)?;
    stream.write_all(b"250-plain.example.test\r\n250 PIPELINING\r\n")?;
    let group = read(stream)?;
    if !group.ends_with("DATA\r\n") {
        return Err(io::Error::other(format!(
            "the group is incomplete: {group:?}"
        )));
    }
    stream.write_all(b"250 sender\r\n250 first\r\n250 second\r\n354 go\r\n")?;
    let mut body = read(stream)?;
    while !body.ends_with("\r\n.\r\n") {
        body += &read(stream)?;
    }
    stream.write_all(b"250 stored\r\n")?;
    read(stream)?;
    stream.write_all(b"221 bye\r\n")?;
    Ok(group)
}

fn read(mut stream: &TcpStream) -> io::Result<String> {
    let mut buffer = [0; 4096];
    let n = stream.read(&mut buffer)?;
    if n == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&buffer[..n]).into_owned())
}
