//! Many messages over one connection, one for each recipient:
//! `cargo run --example many_messages -- HOST SENDER RECIPIENT…`, to a server that takes mail without a login.

use std::error::Error;

use mailwright::{Client, ClientBuilder, Envelope, Outcome, Security};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, sender, recipients @ ..] = arguments.as_slice() else {
        return Err("usage: many_messages HOST SENDER RECIPIENT…".into());
    };
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let accepted = send(
        Client::builder(host, 25).security(Security::Opportunistic),
        sender,
        &recipients,
    )?;
    println!("{accepted} of {} accepted", recipients.len());
    Ok(())
}

/// Gives how many were accepted. A refusal is one recipient's; a lost connection is made anew for the next one.
pub(crate) fn send(
    server: ClientBuilder,
    from: &str,
    to: &[&str],
) -> Result<usize, Box<dyn Error>> {
    let mut client = server.build();
    let mut accepted = 0;
    for recipient in to {
        let envelope = Envelope::new(from.parse()?, [recipient.parse()?])?;
        let message =
            format!("From: <{from}>\r\nTo: <{recipient}>\r\nSubject: News\r\n\r\nNone yet.\r\n");
        match client.send(&envelope, message.as_bytes())?.outcome {
            Outcome::Accepted(_) => accepted += 1,
            Outcome::Refused { stage, reply } => {
                println!("{recipient}: refused at {stage}: {reply}")
            }
            other => println!("{recipient}: {other:?}"),
        }
    }
    client.quit()?;
    Ok(accepted)
}
