//! The same on tokio, with a deadline for the whole:
//! `SMTP_TOKEN=… cargo run --features tokio --example tokio -- HOST USER RECIPIENT`

use std::error::Error;
use std::time::Duration;

use mailwright::{Client, ClientBuilder, Credentials, Envelope, Secret};
use tokio::time::timeout;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, user, recipient] = arguments.as_slice() else {
        return Err("usage: tokio HOST USER RECIPIENT".into());
    };
    let token = Secret::from(std::env::var("SMTP_TOKEN").map_err(|_| "SMTP_TOKEN is not set")?);
    let server = Client::builder(host, 587).credentials(Credentials::token(user, token)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(send(server, user, recipient, Duration::from_secs(60)))
}

/// Sends one message within a time, and says what is known of it where that was too short.
pub(crate) async fn send(
    server: ClientBuilder,
    from: &str,
    to: &str,
    time: Duration,
) -> Result<(), Box<dyn Error>> {
    let envelope = Envelope::new(from.parse()?, [to.parse()?])?;
    let message = format!("From: <{from}>\r\nTo: <{to}>\r\nSubject: Hello\r\n\r\nHello there.\r\n");
    let mut client = server.build_tokio();
    match timeout(time, client.send(&envelope, message.as_bytes())).await {
        Ok(delivery) => println!("{:?}", delivery?.outcome),
        // The future was dropped: whether the message may have gone out is known all the same.
        Err(_) => return Err(format!("out of time: {:?}", client.interrupted()).into()),
    }
    Ok(client.quit().await?)
}
