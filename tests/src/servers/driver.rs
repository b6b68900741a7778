//! An attempt by a driver.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailwright::knowledge::{self, Context};
use mailwright::{
    Credentials, Delivery, DialogueLine, Error, Outcome, Peer, Reply, Secret, Stage, Trust,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{Attempt, Servers, Verdict};
use crate::driver::{Client, Driver};

/// What a client has sent so far, as its dialogue shows it.
pub type Sent = Arc<Mutex<Vec<String>>>;

/// A client for an attempt's server, security and login, and what it sends.
///
/// # Panics
///
/// Where the certificate authority cannot be read.
pub fn client(servers: &Servers, attempt: &Attempt<'_>, driver: Driver) -> (Client, Sent) {
    let (host, port) = servers.address(attempt.door);
    let sent = Sent::default();
    let lines = Arc::clone(&sent);
    let mut builder = mailwright::Client::builder(host, port)
        .security(attempt.security)
        .timeout(Duration::from_secs(60))
        .on_dialogue(move |line: &DialogueLine| {
            if matches!(line.from, Peer::Client) {
                lines
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line.text.clone());
            }
        });
    if attempt.trusting {
        let roots = CertificateDer::pem_file_iter(servers.ca_file()).expect("a CA file");
        builder = builder.trust(Trust::Roots(
            roots.map(|root| root.expect("a certificate")).collect(),
        ));
    }
    if let Some((user, secret)) = attempt.login.credentials(servers) {
        let secret = Secret::from(secret);
        let login = if attempt.login.is_token() {
            Credentials::token(user, secret)
        } else {
            Credentials::password(user, secret)
        };
        builder = builder.credentials(login.expect("credentials without control characters"));
    }
    if let Some(mechanism) = attempt.mechanism {
        builder = builder.mechanisms(vec![mechanism]);
    }
    (driver.build(builder).expect("a runtime"), sent)
}

/// Opens a connection, sends the message, and quits.
pub(super) fn send(servers: &Servers, attempt: &Attempt<'_>, driver: Driver) -> Verdict {
    let (mut client, sent) = client(servers, attempt, driver);
    let result = client.send(
        &attempt.message.envelope(attempt.from, attempt.to),
        attempt.message.bytes(),
    );
    let mut verdict = match &result {
        Ok(delivery) => of_delivery(delivery),
        Err(error) => of_error(error),
    };
    verdict.text += &format!("\n{result:?}");
    let login = client.facts().login.as_ref();
    verdict.mechanism = login.map(|login| login.mechanism.name().to_owned());
    verdict.tls = client
        .facts()
        .tls
        .as_ref()
        .map(|tls| tls.version.to_owned());
    if let Err(error) = client.quit() {
        verdict.text += &format!("\n{error}\n{error:?}");
    }
    verdict.sent = sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    verdict.text += &verdict.sent.join("\n");
    verdict
}

fn of_delivery(delivery: &Delivery) -> Verdict {
    let accepted = delivery.accepted();
    let refusals = || {
        let replies = delivery
            .recipients
            .iter()
            .map(|recipient| (&recipient.path, recipient.reply.as_ref()));
        replies.filter(|(_, reply)| !accepted || !reply.is_some_and(is_positive))
    };
    let mut verdict = match &delivery.outcome {
        Outcome::Accepted(_) => match refusals().find_map(|(_, reply)| reply) {
            Some(reply) => of_reply(Stage::Rcpt, reply),
            None => Verdict::default(),
        },
        Outcome::Refused { stage, reply } => of_reply(*stage, reply),
        Outcome::NotSent(Some(error)) | Outcome::Unknown(error) => of_error(error),
        outcome => panic!("this outcome is not foreseen: {outcome:?}"),
    };
    verdict.accepted = accepted;
    verdict.refused = refusals()
        .map(|(path, _)| path.as_str().to_owned())
        .collect();
    verdict
}

fn is_positive(reply: &Reply) -> bool {
    reply.code().is_positive_completion()
}

fn of_reply(stage: Stage, reply: &Reply) -> Verdict {
    Verdict {
        phase: Some(stage.name().to_owned()),
        cause: Some(
            knowledge::explain(reply, Context::at(stage))
                .cause
                .to_string(),
        ),
        ..Verdict::default()
    }
}

fn of_error(error: &Error) -> Verdict {
    Verdict {
        phase: Some(error.stage().name().to_owned()),
        cause: Some(error.cause().to_string()),
        text: format!("{error}\n{error:?}\n{}", error.detail()),
        ..Verdict::default()
    }
}
