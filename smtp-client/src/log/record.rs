//! What became of a message, as a line of the log.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mailwright_proto::{
    address::{ForwardPath, ReversePath},
    envelope::Envelope,
    reply::Reply,
};
use serde_json::{Value, json};

use super::queue_id::queue_id;
use crate::delivery::{Delivery, Outcome};
use crate::dialogue::DialogueLine;
use crate::error::Error;
use crate::facts::ConnectionInfo;
use crate::knowledge::{self, Context};
use crate::utc::Utc;

/// A message that was sent, or was not, and what is known of it.
pub(crate) struct Sent<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) facts: &'a ConnectionInfo,
    pub(crate) envelope: &'a Envelope,
    pub(crate) message_id: Option<String>,
    pub(crate) result: &'a Result<Delivery, Error>,
    pub(crate) took: Duration,
    pub(crate) dialogue: Option<Vec<DialogueLine>>,
}

/// Where and why it went wrong, in the names that scripts know, and in words.
struct Trouble {
    phase: &'static str,
    cause: &'static str,
    detail: Option<String>,
}

impl Sent<'_> {
    /// The line: always the same keys in the same order, but for the dialogue.
    pub(crate) fn record(&self) -> Value {
        let outcome = self.result.as_ref().map(|delivery| &delivery.outcome);
        let reply = match outcome {
            Ok(Outcome::Accepted(reply) | Outcome::Refused { reply, .. }) => Some(reply),
            _ => None,
        };
        let trouble = self.trouble();
        let trouble = trouble.as_ref();
        let mut record = json!({
            "time": now(),
            "server": {"host": self.host, "port": self.port, "address": self.address()},
            "from": self.sender(),
            "message_id": self.message_id,
            "outcome": self.outcome(),
            "recipients": self.recipients(),
            "reply": reply.map(Reply::to_string),
            "queue_id": reply.and_then(queue_id),
            "phase": trouble.map(|trouble| trouble.phase),
            "cause": trouble.map(|trouble| trouble.cause),
            "detail": trouble.and_then(|trouble| trouble.detail.as_deref()),
            "ms": milliseconds(self.took),
        });
        if let Some(lines) = &self.dialogue {
            let line = |line: &DialogueLine| json!({"from": line.from.name(), "line": line.text, "ms": milliseconds(line.at)});
            record["dialogue"] = lines.iter().map(line).collect();
        }
        record
    }

    /// Empty for the null sender.
    fn sender(&self) -> &str {
        match self.envelope.reverse_path() {
            ReversePath::Null => "",
            ReversePath::Mailbox(mailbox) => mailbox.as_str(),
        }
    }

    fn address(&self) -> Option<String> {
        let socket = self
            .facts
            .socket
            .as_ref()
            .map(|path| format!("unix:{}", path.display()));
        self.facts
            .address
            .map(|address| address.to_string())
            .or(socket)
    }

    fn outcome(&self) -> &'static str {
        match self.result {
            Ok(delivery) if delivery.accepted() => "accepted",
            Ok(Delivery {
                outcome: Outcome::Accepted(_) | Outcome::Refused { .. },
                ..
            }) => "refused",
            Ok(Delivery {
                outcome: Outcome::Unknown(_),
                ..
            }) => "unknown",
            Ok(_) | Err(_) => "not-sent",
        }
    }

    fn recipients(&self) -> Value {
        match self.result {
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
                self.envelope.recipients().iter().map(unasked).collect()
            }
        }
    }

    fn trouble(&self) -> Option<Trouble> {
        let of_error = |error: &Error| Trouble {
            phase: error.stage().name(),
            cause: error.explanation().cause.name(),
            detail: Some(error.detail()),
        };
        let of_reply = |stage, reply| {
            let logged_in = Some(self.facts.login.is_some());
            let context = Context {
                phase: Some(stage),
                host: Some(self.host),
                logged_in,
                ..Context::default()
            };
            Trouble {
                phase: context.phase.unwrap_or(stage).name(),
                cause: knowledge::explain(reply, context).cause.name(),
                detail: None,
            }
        };
        let delivery = match self.result {
            Ok(delivery) => delivery,
            Err(error) => return Some(of_error(error)),
        };
        // A refusal for good says more than one for now.
        let refusals = || {
            delivery
                .recipients
                .iter()
                .filter_map(|recipient| Some((recipient.stage, recipient.refusal()?)))
        };
        let refusal = refusals()
            .find(|(_, reply)| reply.code().is_permanent())
            .or_else(|| refusals().next());
        match (&delivery.outcome, refusal) {
            (Outcome::NotSent(Some(error)) | Outcome::Unknown(error), _) => Some(of_error(error)),
            (Outcome::Refused { stage, reply }, _) => Some(of_reply(*stage, reply)),
            (_, Some((stage, reply))) => Some(of_reply(stage, reply)),
            (_, None) => delivery.cut_short.as_ref().map(of_error),
        }
    }
}

fn now() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Utc(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)).to_string()
}

/// To a tenth: more would be noise.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
