//! Sends through Microsoft 365 with XOAUTH2: `SMTP_TOKEN=… cargo run --example microsoft_365 -- USER RECIPIENT`

use mailwright::{ClientBuilder, Credentials, Envelope, Provider, Secret};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [user, recipient] =
        <[String; 2]>::try_from(arguments).map_err(|_| "usage: microsoft_365 USER RECIPIENT")?;
    let from = user.clone();
    // Asked for at each new connection: a token is good for about an hour.
    let token = move || {
        Ok(Credentials::token(
            &user,
            Secret::from(std::env::var("SMTP_TOKEN")?),
        )?)
    };
    send(
        Provider::named("office365")?
            .builder()
            .credentials_with(token),
        &from,
        &recipient,
    )
}

/// The mailbox of the login sends one message.
pub(crate) fn send(
    server: ClientBuilder,
    from: &str,
    to: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let envelope = Envelope::new(from.parse()?, [to.parse()?])?;
    let message = format!("From: <{from}>\r\nTo: <{to}>\r\nSubject: Hello\r\n\r\nHello there.\r\n");
    let mut client = server.build();
    println!("{:?}", client.send(&envelope, message.as_bytes())?.outcome);
    Ok(client.quit()?)
}
