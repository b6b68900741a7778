//! One message through a submission server, and what became of it:
//! `SMTP_PASSWORD=… cargo run --example blocking -- HOST USER RECIPIENT`

use std::error::Error;

use mailwright::{Client, ClientBuilder, Credentials, Envelope, Outcome, Secret};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, user, recipient] = arguments.as_slice() else {
        return Err("usage: blocking HOST USER RECIPIENT".into());
    };
    let password =
        Secret::from(std::env::var("SMTP_PASSWORD").map_err(|_| "SMTP_PASSWORD is not set")?);
    // STARTTLS is required, and its certificate is checked, before the password is said.
    let server = Client::builder(host, 587).credentials(Credentials::password(user, password)?);
    send(server, user, recipient)
}

/// Connects, logs in, sends, and says goodbye.
pub(crate) fn send(server: ClientBuilder, from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    let envelope = Envelope::new(from.parse()?, [to.parse()?])?;
    let message = format!("From: <{from}>\r\nTo: <{to}>\r\nSubject: Hello\r\n\r\nHello there.\r\n");
    let mut client = server.build();
    match client.send(&envelope, message.as_bytes())?.outcome {
        Outcome::Accepted(reply) => println!("accepted: {reply}"),
        Outcome::Refused { stage, reply } => {
            return Err(format!("refused at {stage}: {reply}").into());
        }
        Outcome::Unknown(error) => {
            return Err(format!("perhaps sent, do not send again: {error}").into());
        }
        Outcome::NotSent(Some(error)) => {
            return Err(format!("{error}; {}", error.cause().fix()[0]).into());
        }
        _ => return Err("not sent".into()),
    }
    Ok(client.quit()?)
}
