//! `smtp demo`: one message through STARTTLS and AUTH LOGIN into a sink of this process's own.
//!
//! It fails unless the sink has stored that very message.

use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mail_builder::headers::date::Date;
use mailwright::{Client, Redactor, Trust};
use mailwright_proto::{
    Secret,
    auth::{Credentials, Mechanism},
    body::MessageScan,
    envelope::Envelope,
};
use rustls::crypto::ring;

use crate::console::Console;
use crate::dialogue::Dialogue;
use crate::exit;
use crate::report::one_line;
use crate::sink::{Account, ServerTls, Sink, SinkOptions, SinkSecurity, Stored};

const USER: &str = "demo@example.test";
const RECIPIENT: &str = "friend@example.test";

/// Runs the demo; succeeds only if what was stored is what was sent.
pub(crate) fn run() -> ExitCode {
    let mut console = Console::new(false);
    match demonstrate(&mut console) {
        Ok(()) => console.exit(exit::OK),
        Err(problem) => {
            console.remark("smtp demo: ", &problem);
            console.exit(exit::PROTOCOL)
        }
    }
}

fn demonstrate(console: &mut Console) -> Result<(), String> {
    let password = random()?;
    let tls = ServerTls::throw_away().map_err(|error| error.to_string())?;
    let root = tls
        .authority()
        .ok_or("the throw-away certificate has no authority")?
        .der()
        .clone();
    let mut sink = Sink::start(SinkOptions {
        account: Some(Account::new(USER, password.as_str())),
        security: SinkSecurity::StartTls(tls),
        ..SinkOptions::default()
    })
    .map_err(|error| error.to_string())?;

    let credentials =
        Credentials::password(USER, Secret::from(password)).map_err(|error| error.to_string())?;
    console.conceal(Redactor::new(&credentials));
    let address = sink.local_addr();
    console.line(
        &format!("A server of this process's own listens on {address}. The dialogue with it:"),
        "",
    );
    console.line("", "");
    let shown = console.clone();
    let mut client = Client::builder(address.ip().to_string(), address.port())
        .trust(Trust::Roots(vec![root]))
        .credentials(credentials)
        .mechanisms(vec![Mechanism::Login])
        .on_dialogue(Dialogue::default().listener(move |sign, line| shown.line(sign, line)))
        .build();
    let token = random()?;
    let message = message(&token);
    let sent = client
        .send(&envelope(&message)?, message.as_bytes())
        .map_err(|error| error.to_string())?;
    let mailwright::Outcome::Accepted(reply) = sent.outcome else {
        return Err(format!("the message was not accepted: {:?}", sent.outcome));
    };
    // The message is what counts; how the goodbye went is in the dialogue.
    let _ = client.quit();
    sink.stop();

    let stored = sink
        .messages()
        .try_recv()
        .map_err(|_| "the server accepted the message, but stored none")?;
    let content = same(&stored, &message, &token)?;
    console.line("", "");
    console.line("Accepted: ", &one_line(&reply));
    console.line("As stored:", "");
    console.line("", "");
    content.lines().for_each(|line| console.line("", line));
    console.line("", "");
    console.line(
        &format!("It is the message that was sent, with its token {token}."),
        "",
    );
    Ok(())
}

/// The stored content, if it is what was sent.
fn same(stored: &Stored, message: &str, token: &str) -> Result<String, String> {
    let content = stored
        .content
        .as_deref()
        .ok_or("the server kept no content")?;
    let content = String::from_utf8_lossy(content).into_owned();
    if !content.contains(token) {
        return Err(format!(
            "the token {token} is not in the message that was stored:\n{content}"
        ));
    }
    if let Some((number, (sent, kept))) = message
        .lines()
        .zip(content.lines())
        .enumerate()
        .find(|(_, (sent, kept))| sent != kept)
    {
        return Err(format!(
            "line {} was sent as “{sent}” and stored as “{kept}”",
            number + 1
        ));
    }
    if content.len() != message.len() {
        return Err(format!(
            "{} octets were sent, and {} stored",
            message.len(),
            content.len()
        ));
    }
    if !stored.tls
        || stored.auth.as_deref() != Some(USER)
        || stored.from != USER
        || stored.to != [RECIPIENT]
    {
        let Stored {
            from,
            to,
            tls,
            auth,
            ..
        } = stored;
        return Err(format!(
            "it was stored with another envelope or login: {from}, {to:?}, TLS {tls}, login {auth:?}"
        ));
    }
    Ok(content)
}

fn envelope(message: &str) -> Result<Envelope, String> {
    let mut scan = MessageScan::default();
    scan.update(message.as_bytes());
    let from = USER.parse().map_err(|error| format!("{USER}: {error}"))?;
    let to = RECIPIENT
        .parse()
        .map_err(|error| format!("{RECIPIENT}: {error}"))?;
    Ok(Envelope::new(from, [to])
        .map_err(|error| error.to_string())?
        .with_size(scan.size()))
}

/// With what every message needs (RFC 5322 section 3.6). The lines that begin with a dot show that nothing is lost on the way.
fn message(token: &str) -> String {
    [
        &format!("Date: {}", Date::now().to_rfc822()),
        &format!("Message-ID: <{token}@example.test>"),
        &format!("From: <{USER}>"),
        &format!("To: <{RECIPIENT}>"),
        "Subject: smtp demo",
        "",
        "This message went through STARTTLS and AUTH LOGIN.",
        ".A line that begins with a dot, and one that is a dot alone:",
        ".",
        &format!("Its token: {token}"),
        "",
    ]
    .join("\r\n")
}

/// 128 bits that nobody can guess.
fn random() -> Result<String, String> {
    let mut octets = [0; 16];
    let source = ring::default_provider().secure_random;
    source
        .fill(&mut octets)
        .map_err(|_| "the system gives no randomness")?;
    Ok(URL_SAFE_NO_PAD.encode(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(content: String) -> Stored {
        Stored {
            from: USER.to_owned(),
            to: vec![RECIPIENT.to_owned()],
            size: content.len() as u64,
            file: None,
            tls: true,
            auth: Some(USER.to_owned()),
            content: Some(content.into_bytes()),
        }
    }

    #[test]
    fn only_the_very_message_will_do() {
        let sent = message("token");
        assert!(same(&stored(sent.clone()), &sent, "token").is_ok());
        let cases = [
            (stored(sent.replace("token", "other")), "token"),
            (stored(sent.replace("\r\n.\r\n", "\r\n..\r\n")), "line 9"),
            (stored(format!("{sent}more\r\n")), "octets"),
            (stored(sent.replace("\r\n", "\n")), "octets"),
            (
                Stored {
                    tls: false,
                    ..stored(sent.clone())
                },
                "login",
            ),
            (
                Stored {
                    auth: None,
                    ..stored(sent.clone())
                },
                "login",
            ),
            (
                Stored {
                    content: None,
                    ..stored(sent.clone())
                },
                "content",
            ),
        ];
        for (stored, told) in cases {
            let problem = same(&stored, &sent, "token").expect_err("a difference");
            assert!(problem.contains(told), "{problem}");
        }
    }
}
