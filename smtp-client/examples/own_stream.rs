//! A session over a stream of one's own, here through an HTTP proxy:
//! `cargo run --example own_stream -- PROXY:PORT HOST SENDER RECIPIENT`

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use mailwright::{Client, ClientBuilder, Envelope};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [proxy, host, sender, recipient] = arguments.as_slice() else {
        return Err("usage: own_stream PROXY:PORT HOST SENDER RECIPIENT".into());
    };
    let tunnel = tunnel(proxy, &format!("{host}:25"))?;
    send(tunnel, Client::builder(host, 25), sender, recipient)
}

/// CONNECT: RFC 9110 section 9.3.6. Read octet by octet, as the server's greeting may follow at once.
pub(crate) fn tunnel(proxy: &str, server: &str) -> Result<TcpStream, Box<dyn Error>> {
    let mut stream = TcpStream::connect(proxy)?;
    stream.write_all(format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n\r\n").as_bytes())?;
    let mut answer = BufReader::with_capacity(1, &stream).lines();
    let status = answer.next().transpose()?.unwrap_or_default();
    while answer
        .next()
        .transpose()?
        .is_some_and(|header| !header.is_empty())
    {}
    if status.split(' ').nth(1) == Some("200") {
        Ok(stream)
    } else {
        Err(format!("the proxy: {status}").into())
    }
}

/// TLS and the rest follow as on a connection of the client's own; the certificate is still checked for the host.
pub(crate) fn send(
    stream: TcpStream,
    server: ClientBuilder,
    from: &str,
    to: &str,
) -> Result<(), Box<dyn Error>> {
    let mut client = server.build();
    client.connect_over(stream)?;
    let envelope = Envelope::new(from.parse()?, [to.parse()?])?;
    println!(
        "{:?}",
        client
            .send(&envelope, b"Subject: Hello\r\n\r\nHello.\r\n".as_slice())?
            .outcome
    );
    Ok(client.quit()?)
}
