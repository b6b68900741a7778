//! The outcome of `send`: as one JSON object for scripts, and in words for people.

use std::time::Duration;

use mailwright::knowledge::Context;
use mailwright::{ConnectionInfo, Delivery, Outcome, RecipientOutcome, Stage};
use mailwright_proto::{address::ForwardPath, reply::Reply};
use serde_json::{Value, json};

use crate::certificate;
use crate::console::Console;
use crate::dialogue::{Dialogue, milliseconds};
use crate::exit;
use crate::extension;
use crate::failure::Failure;
use crate::text;

/// All that is known once a message was sent, or was not.
#[derive(Default)]
pub(crate) struct Report {
    accepted: bool,
    server: Value,
    tls: Value,
    auth: Value,
    /// Mechanisms that came to nothing, each with its reason.
    passed_over: Vec<String>,
    recipients: Vec<Recipient>,
    reply: Option<Reply>,
    failure: Option<Failure>,
    dialogue: Value,
    elapsed: Duration,
}

struct Recipient {
    path: ForwardPath,
    accepted: bool,
    reply: Option<Reply>,
}

impl Report {
    /// Of a failure before any connection.
    pub(crate) fn of_failure(failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            dialogue: json!([]),
            ..Self::default()
        }
    }

    /// Of a message that the client had in hand, for this host, of which this is known.
    pub(crate) fn of_delivery(delivery: Delivery, host: &str, facts: &ConnectionInfo) -> Self {
        let accepted = delivery.accepted();
        let context = Context {
            host: Some(host),
            logged_in: Some(facts.login.is_some()),
            ..Context::default()
        };
        let mut failure = failure_of(&delivery, context);
        if let Some(failure) = failure.as_mut().filter(|_| !facts.attempts.is_empty()) {
            let attempts: Vec<String> = facts.attempts.iter().map(ToString::to_string).collect();
            failure.detail = format!("{}; tried in vain: {}", failure.detail, attempts.join("; "));
        }
        let recipients = delivery.recipients.into_iter().map(|recipient| Recipient {
            accepted: recipient.accepted,
            path: recipient.path,
            reply: recipient.reply,
        });
        let recipients = recipients.collect();
        let reply = match delivery.outcome {
            Outcome::Accepted(reply) | Outcome::Refused { reply, .. } => Some(reply),
            _ => None,
        };
        Self {
            accepted,
            recipients,
            reply,
            failure,
            dialogue: json!([]),
            ..Self::default()
        }
    }

    /// Adds the recipients of a message that the client never had in hand.
    pub(crate) fn for_recipients(mut self, paths: &[ForwardPath]) -> Self {
        self.recipients = paths
            .iter()
            .map(|path| Recipient {
                path: path.clone(),
                accepted: false,
                reply: None,
            })
            .collect();
        self
    }

    /// Adds what is known of the connection.
    pub(crate) fn with_facts(mut self, host: &str, port: u16, facts: &ConnectionInfo) -> Self {
        let socket = facts
            .socket
            .as_ref()
            .map(|path| format!("unix:{}", path.display()));
        let address = facts
            .address
            .map(|address| address.to_string())
            .or(socket.clone());
        self.server = address.map_or(Value::Null, |address| {
            let capabilities = facts
                .capabilities
                .iter()
                .flat_map(|offered| offered.lines())
                .map(text::decode);
            json!({
                "host": socket.as_deref().unwrap_or(host),
                "port": if socket.is_none() { json!(port) } else { Value::Null },
                "address": address,
                "greeting": facts.greeting.as_ref().map(|greeting| reply_text(greeting).join("\n")),
                "capabilities": capabilities.collect::<Vec<_>>(),
            })
        });
        self.tls = facts.tls.as_ref().map_or(Value::Null, |tls| {
            json!({
                "version": tls.version,
                "cipher_suite": tls.cipher_suite,
                "certificate": tls.certificates.first().map_or(Value::Null, |der| certificate::details(der)),
            })
        });
        self.passed_over = facts.passed_over.iter().map(ToString::to_string).collect();
        self.auth = facts.login.as_ref().map_or(
            Value::Null,
            |login| json!({"mechanism": login.mechanism.name(), "user": login.user}),
        );
        self
    }

    /// Adds advice about extensions that the server offers and may break.
    pub(crate) fn advised(mut self, facts: &ConnectionInfo, dialogue: &Dialogue) -> Self {
        if let Some(failure) = &mut self.failure {
            failure
                .fix
                .extend(extension::advice(failure, facts, dialogue));
        }
        self
    }

    /// Adds what was said, and how long it took.
    pub(crate) fn with_dialogue(mut self, dialogue: &Dialogue, elapsed: Duration) -> Self {
        self.dialogue = dialogue.to_json();
        self.elapsed = elapsed;
        self
    }

    /// Whether the server took the message, for one recipient at least.
    pub(crate) fn accepted(&self) -> bool {
        self.accepted
    }

    /// The status for a script.
    pub(crate) fn status(&self) -> u8 {
        self.failure
            .as_ref()
            .map_or(exit::OK, |failure| failure.status)
    }

    /// The object of `--json`: always the same keys, in the same order.
    pub(crate) fn to_json(&self) -> Value {
        let recipient = |recipient: &Recipient| {
            json!({
                "address": recipient.path.as_str(),
                "accepted": recipient.accepted,
                "reply": recipient.reply.as_ref().map(reply_json),
            })
        };
        json!({
            "accepted": self.accepted,
            "server": self.server,
            "tls": self.tls,
            "auth": self.auth,
            "recipients": self.recipients.iter().map(recipient).collect::<Vec<_>>(),
            "reply": self.reply.as_ref().map(reply_json),
            "failure": self.failure.as_ref().map(failure_json),
            "dialogue": self.dialogue,
            "ms": milliseconds(self.elapsed),
        })
    }

    /// The same in words: each recipient, the final reply, and what went wrong.
    pub(crate) fn tell(&self, console: &Console) {
        for recipient in &self.recipients {
            let address = recipient.path.as_str();
            match &recipient.reply {
                Some(reply) if recipient.accepted => {
                    console.line(&format!("{address}: accepted: "), &one_line(reply))
                }
                Some(reply) if reply.code().is_negative() => {
                    console.line(&format!("{address}: refused: "), &one_line(reply));
                }
                // The message's outcome is not this recipient's own: the failure reports it.
                _ => {}
            }
        }
        if let Some(reply) = self.reply.as_ref().filter(|_| self.accepted) {
            console.line("accepted: ", &one_line(reply));
        }
        tell_passed_over(&self.passed_over, console);
        if let Some(failure) = &self.failure {
            tell_failure(failure, console);
        }
    }
}

/// Says which mechanisms a login could have used, and why it did not: what was used instead may be weaker.
pub(crate) fn tell_passed_over(passed_over: &[String], console: &Console) {
    for passed_over in passed_over {
        console.remark(
            &format!("smtp: passed over for the login: {passed_over}"),
            "",
        );
    }
}

/// A failure in words: what, why, and what to do.
pub(crate) fn tell_failure(failure: &Failure, console: &Console) {
    let Failure {
        summary,
        cause,
        phase,
        ..
    } = failure;
    console.remark(&format!("smtp: {summary} ({cause}, in phase {phase})"), "");
    console.remark("  ", &failure.detail);
    for fix in &failure.fix {
        console.remark(&format!("  - {fix}"), "");
    }
    if let Some(source) = failure.source {
        console.remark(&format!("  see {source}"), "");
    }
}

/// A reply on one line, its code first.
pub(crate) fn one_line(reply: &Reply) -> String {
    let code = reply.code().to_string();
    let enhanced = reply.enhanced().map(|code| code.to_string());
    let words = [code].into_iter().chain(enhanced).chain(reply_text(reply));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the recipients that were refused themselves, each with the server's reply.
pub(crate) fn refusals(delivery: &Delivery) -> impl Iterator<Item = (&RecipientOutcome, &Reply)> {
    delivery
        .recipients
        .iter()
        .filter_map(|recipient| Some((recipient, recipient.refusal()?)))
}

/// Returns the recipients that an accepted message does not reach, each with the reason.
pub(crate) fn left_out(delivery: &Delivery) -> impl Iterator<Item = String> {
    let left_out = delivery
        .recipients
        .iter()
        .filter(|recipient| !recipient.accepted);
    left_out.map(|recipient| {
        let address = recipient.path.as_str();
        match (recipient.refusal(), &delivery.cut_short) {
            (Some(reply), _) => format!("{address}: {}", one_line(reply)),
            (None, Some(error)) => format!("{address}: not sent: {}", error.detail()),
            (None, None) => format!("{address}: not sent"),
        }
    })
}

/// Why a message was not accepted for all of its recipients, if it was not.
pub(crate) fn failure_of(delivery: &Delivery, context: Context<'_>) -> Option<Failure> {
    let at = |stage| Context {
        phase: Some(stage),
        ..context
    };
    let refusals: Vec<_> = refusals(delivery).collect();
    let of_recipients = Failure::recipients(&refusals, context, delivery.accepted());
    let has_final = refusals
        .iter()
        .any(|(recipient, _)| recipient.stage == Stage::Body);
    match &delivery.outcome {
        Outcome::Accepted(_) => {
            let is_for_good = refusals
                .iter()
                .any(|(_, reply)| reply.code().is_permanent());
            let of_part = delivery
                .cut_short
                .as_ref()
                .map(Failure::of_part)
                .filter(|_| !is_for_good);
            let failure = of_part.or(of_recipients)?;
            Some(Failure {
                detail: left_out(delivery).collect::<Vec<_>>().join("; "),
                ..failure
            })
        }
        Outcome::Refused {
            stage: Stage::Body, ..
        } if has_final => of_recipients,
        Outcome::Refused {
            stage: Stage::Rcpt,
            reply,
        } => of_recipients.or_else(|| Some(Failure::refused(reply, at(Stage::Rcpt)))),
        Outcome::Refused { stage, reply } => Some(Failure::refused(reply, at(*stage))),
        Outcome::NotSent(Some(error)) => Some(Failure::of_error(error)),
        Outcome::Unknown(error) => Some(Failure::outcome_unknown(error)),
        _ => of_recipients.or_else(|| Some(Failure::not_sent())),
    }
}

/// The text of each line, rid of the enhanced code, which stands beside it.
pub(crate) fn reply_text(reply: &Reply) -> Vec<String> {
    let enhanced = reply
        .enhanced()
        .map(|code| code.to_string())
        .unwrap_or_default();
    let bare = |line: &[u8]| match line.strip_prefix(enhanced.as_bytes()) {
        Some(rest) if !enhanced.is_empty() && matches!(rest.first(), None | Some(b' ')) => {
            text::decode(rest.trim_ascii_start())
        }
        _ => text::decode(line),
    };
    reply.lines().map(bare).collect()
}

pub(crate) fn reply_json(reply: &Reply) -> Value {
    json!({
        "code": reply.code().get(),
        "enhanced": reply.enhanced().map(|code| code.to_string()),
        "text": reply_text(reply),
    })
}

pub(crate) fn failure_json(failure: &Failure) -> Value {
    json!({
        "phase": failure.phase.name(),
        "cause": failure.cause.name(),
        "summary": failure.summary,
        "detail": failure.detail,
        "fix": failure.fix,
        "reply": failure.reply.as_deref().map(reply_json),
        "source": failure.source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_shown_without_codes_and_without_loss() {
        let reply = Reply::parse(b"550-5.1.1 No such\r\n550-\r\n550 5.1.1  us\xe9r 5.1.1\r\n")
            .expect("a reply");
        let expected =
            json!({"code": 550, "enhanced": "5.1.1", "text": ["No such", "", "us\\xe9r 5.1.1"]});
        assert_eq!(reply_json(&reply), expected);
        assert_eq!(one_line(&reply), "550 5.1.1 No such us\\xe9r 5.1.1");
    }

    #[test]
    fn the_object_has_its_keys_in_the_order_of_the_contract() {
        let report = Report::of_failure(Failure::usage("a detail")).to_json();
        let keys = |value: &Value| {
            value
                .as_object()
                .map(|object| object.keys().cloned().collect::<Vec<_>>())
        };
        let all = [
            "accepted",
            "server",
            "tls",
            "auth",
            "recipients",
            "reply",
            "failure",
            "dialogue",
            "ms",
        ];
        assert_eq!(keys(&report), Some(all.map(String::from).to_vec()));
        let failure = [
            "phase", "cause", "summary", "detail", "fix", "reply", "source",
        ];
        assert_eq!(
            keys(&report["failure"]),
            Some(failure.map(String::from).to_vec())
        );
        assert_eq!(report["server"], Value::Null);
    }
}
