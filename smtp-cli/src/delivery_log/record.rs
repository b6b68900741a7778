//! An attempt to send a message, as a line of the log.

use std::time::Duration;

use mailwright::knowledge::Context;
use mailwright::{ConnectionInfo, Delivery, DeliveryAttempt, DialogueLine, Error, Outcome};
use mailwright_proto::{
    address::{ForwardPath, ReversePath},
    envelope::Envelope,
    reply::Reply,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::queue_id::queue_id;
use crate::failure::Failure;
use crate::report::failure_of;

/// Returns the record of an attempt: always the same keys in the same order, and the dialogue last
/// if it is wanted.
pub(super) fn of(
    attempt: &DeliveryAttempt<'_>,
    message_id: Option<&str>,
    wants_dialogue: bool,
) -> Value {
    let reply = match attempt.result.as_ref().map(|delivery| &delivery.outcome) {
        Ok(Outcome::Accepted(reply) | Outcome::Refused { reply, .. }) => Some(reply),
        _ => None,
    };
    let failure = failure(attempt);
    let mut record = json!({
        "time": now(),
        "server": {"host": attempt.host, "port": attempt.port, "address": address(attempt.connection)},
        "from": sender(attempt.envelope),
        "message_id": message_id,
        "outcome": outcome(attempt.result),
        "recipients": recipients(attempt),
        "reply": reply.map(Reply::to_string),
        "queue_id": reply.and_then(queue_id),
        "phase": failure.as_ref().map(|failure| failure.phase.name()),
        "cause": failure.as_ref().map(|failure| failure.cause.name()),
        "detail": error(attempt.result).map(Error::detail),
        "ms": milliseconds(attempt.elapsed),
    });
    if wants_dialogue {
        let line = |line: &DialogueLine| json!({"from": line.from.name(), "line": line.text, "ms": milliseconds(line.at)});
        record["dialogue"] = attempt.dialogue.iter().map(line).collect();
    }
    record
}

/// Returns the address of the sender, which is empty for the null sender.
fn sender(envelope: &Envelope) -> &str {
    match envelope.reverse_path() {
        ReversePath::Null => "",
        ReversePath::Mailbox(mailbox) => mailbox.as_str(),
    }
}

fn address(connection: &ConnectionInfo) -> Option<String> {
    let socket = connection
        .socket
        .as_ref()
        .map(|path| format!("unix:{}", path.display()));
    connection
        .address
        .map(|address| address.to_string())
        .or(socket)
}

fn outcome(result: &Result<Delivery, Error>) -> &'static str {
    match result {
        Ok(delivery) if delivery.accepted() => "accepted",
        Ok(delivery) => match delivery.outcome {
            Outcome::Accepted(_) | Outcome::Refused { .. } => "refused",
            Outcome::Unknown(_) => "unknown",
            _ => "not-sent",
        },
        Err(_) => "not-sent",
    }
}

fn recipients(attempt: &DeliveryAttempt<'_>) -> Value {
    match attempt.result {
        Ok(delivery) => delivery
            .recipients
            .iter()
            .map(|recipient| {
                let reply = recipient.reply.as_ref().map(Reply::to_string);
                json!({"address": recipient.path.as_str(), "accepted": recipient.accepted, "reply": reply})
            })
            .collect(),
        Err(_) => {
            let unasked = |path: &ForwardPath| json!({"address": path.as_str(), "accepted": false, "reply": null});
            attempt.envelope.recipients().iter().map(unasked).collect()
        }
    }
}

fn failure(attempt: &DeliveryAttempt<'_>) -> Option<Failure> {
    let context = Context {
        host: Some(attempt.host),
        logged_in: Some(attempt.connection.login.is_some()),
        ..Context::default()
    };
    match attempt.result {
        Ok(delivery) => failure_of(delivery, context),
        Err(error) => Some(Failure::of_error(error)),
    }
}

/// Returns the error that kept the message from some or all recipients, if it was no reply.
fn error(result: &Result<Delivery, Error>) -> Option<&Error> {
    match result {
        Ok(delivery) => match &delivery.outcome {
            Outcome::NotSent(Some(error)) | Outcome::Unknown(error) => Some(error),
            _ => delivery.cut_short.as_ref(),
        },
        Err(error) => Some(error),
    }
}

fn now() -> Option<String> {
    OffsetDateTime::now_utc()
        .truncate_to_second()
        .format(&Rfc3339)
        .ok()
}

/// Returns milliseconds with one decimal place.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
