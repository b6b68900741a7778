//! Sends to the server at `HOST:PORT` in each way that the documentation describes.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use mailwright::{Client, ClientBuilder, PoolLimits, Security};
use mailwright_proto::address::EhloName;
use mailwright_proto::envelope::Envelope;
use mailwright_proto::{Config, Connection, Event, Outcome, Output};

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args()
        .nth(1)
        .ok_or("usage: smtp-embedder HOST:PORT")?;
    let (host, port) = address.rsplit_once(':').ok_or("an address has a port")?;
    let builder = Client::builder(host, port.parse()?).security(Security::None);
    blocking_send(builder)?;
    let builder = Client::builder(host, port.parse()?).security(Security::None);
    tokio_pool(builder)?;
    own_loop(&address)?;
    let builder = Client::builder(host, port.parse()?).security(Security::None);
    stored_envelope(builder)
}

fn envelope() -> Result<Envelope, Box<dyn Error>> {
    let recipients = ["b@example.test".parse()?];
    Ok(Envelope::new("a@example.test".parse()?, recipients)?)
}

fn blocking_send(builder: ClientBuilder) -> Result<(), Box<dyn Error>> {
    let mut client = builder.build();
    let delivery = client.send(&envelope()?, b"Subject: blocking\r\n\r\nHello.\r\n")?;
    assert!(delivery.accepted());
    Ok(client.quit()?)
}

/// 100 tasks share a pool of four connections.
fn tokio_pool(builder: ClientBuilder) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let envelope = Arc::new(envelope()?);
    runtime.block_on(async {
        let pool = Arc::new(builder.build_tokio_pool(PoolLimits::default().connections(4)));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..100 {
            let (pool, envelope) = (Arc::clone(&pool), Arc::clone(&envelope));
            let message: Vec<u8> = format!("Subject: {number}\r\n\r\nHello.\r\n").into_bytes();
            tasks.spawn(async move { pool.send(&envelope, message).await });
        }
        for delivery in tasks.join_all().await {
            assert!(delivery?.accepted());
        }
        pool.close().await;
        Ok(())
    })
}

/// The protocol with a loop of the program's own.
fn own_loop(address: &str) -> Result<(), Box<dyn Error>> {
    let name = EhloName::try_from("client.example.test")?;
    let config = Config::new(name).security(Security::None);
    let mut connection = Connection::new(Arc::new(config));
    let mut stream = TcpStream::connect(address)?;
    let (mut buffer, mut outcome) = ([0; 4096], None);
    loop {
        match connection.poll()? {
            Output::Event(Event::Finished { outcome: known, .. }) => outcome = Some(known),
            Output::Event(_) => {}
            Output::Write => {
                let n = stream.write(&connection.transmit())?;
                connection.transmitted(n);
            }
            Output::Read => match stream.read(&mut buffer)? {
                0 => connection.receive_eof(),
                n => connection.receive(&buffer[..n]),
            },
            Output::Body(_) => {
                let message = b"Subject: own loop\r\n\r\nHello.\r\n";
                for slice in connection.body(message, true)?.slices() {
                    stream.write_all(slice)?;
                    connection.transmitted(slice.len());
                }
            }
            Output::Idle if outcome.is_none() => _ = connection.send(&envelope()?)?,
            Output::Idle => connection.quit()?,
            Output::StartTls | Output::Authenticate => return Err("neither was configured".into()),
            Output::Closed => break,
        }
    }
    assert!(matches!(outcome, Some(Outcome::Accepted(_))));
    Ok(())
}

/// An envelope goes through a queue of JSON. A row that somebody tampered with is refused.
fn stored_envelope(builder: ClientBuilder) -> Result<(), Box<dyn Error>> {
    let row = serde_json::to_string(&envelope()?)?;
    let tampered = row.replace(
        "b@example.test",
        "b@example.test>\\r\\nRSET\\r\\n<x@example.test",
    );
    assert_ne!(row, tampered);
    assert!(serde_json::from_str::<Envelope>(&tampered).is_err());
    let envelope: Envelope = serde_json::from_str(&row)?;
    let mut client = builder.build();
    assert!(
        client
            .send(&envelope, "Subject: stored\r\n\r\nHello.\r\n")?
            .accepted()
    );
    Ok(client.quit()?)
}
