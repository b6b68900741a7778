//! What became of one message.

use mailwright_proto::{address::ForwardPath, reply::Reply};

use crate::error::Error;
use crate::stage::Stage;

/// What became of a message, and of each of its recipients.
///
/// ```
/// use mailwright::Delivery;
/// /// Those whom an accepted message does not reach.
/// fn left_out(delivery: &Delivery) -> Vec<&str> {
///     let left_out = delivery.recipients.iter().filter(|recipient| !recipient.accepted);
///     left_out.map(|recipient| recipient.path.as_str()).collect()
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// What became of the message.
    pub outcome: Outcome,
    /// In the order of the envelope.
    pub recipients: Vec<RecipientOutcome>,
    /// The error for recipients that were not refused themselves, if the message was sent in
    /// several transactions and not all of them ended like [`outcome`](Self::outcome).
    pub cut_short: Option<Error>,
}

impl Delivery {
    /// Whether the server took the message, for at least one recipient.
    pub fn accepted(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted(_))
            || self.recipients.iter().any(|recipient| recipient.accepted)
    }
}

/// The result for one recipient. A refusal of the whole message is only in [`Delivery::outcome`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecipientOutcome {
    /// Who.
    pub path: ForwardPath,
    /// Whether the message was accepted for this recipient.
    pub accepted: bool,
    /// The recipient's own reply: the one to its RCPT, which may be positive although the message was refused later. Over
    /// LMTP the one after the message, or RCPT's if that was a refusal. `None` if it got none.
    pub reply: Option<Reply>,
    /// Where the reply was given: [`Stage::Rcpt`], or behind the message [`Stage::Body`].
    pub stage: Stage,
}

impl RecipientOutcome {
    /// Returns the reply that refused this recipient itself, if one did.
    ///
    /// ```
    /// use mailwright::Delivery;
    /// /// Returns the addresses to remove; a refusal of the whole message does not count.
    /// fn unknown(delivery: &Delivery) -> Vec<&str> {
    ///     let is_unknown = |reply: &mailwright::mailwright_proto::reply::Reply| reply.code().is_permanent();
    ///     let unknown = delivery.recipients.iter().filter(|one| one.refusal().is_some_and(is_unknown));
    ///     unknown.map(|one| one.path.as_str()).collect()
    /// }
    /// ```
    pub fn refusal(&self) -> Option<&Reply> {
        self.reply
            .as_ref()
            .filter(|reply| reply.code().is_negative())
    }

    /// What was accepted, was for all whom RCPT took.
    pub(crate) fn by_smtp(path: ForwardPath, reply: Option<Reply>, is_accepted: bool) -> Self {
        Self {
            path,
            accepted: is_accepted && is_positive(reply.as_ref()),
            reply,
            stage: Stage::Rcpt,
        }
    }

    /// The last word counts, and there is none for those whom RCPT refused.
    pub(crate) fn by_lmtp(
        path: ForwardPath,
        at_rcpt: Option<Reply>,
        behind: Option<Reply>,
    ) -> Self {
        let stage = if behind.is_some() {
            Stage::Body
        } else {
            Stage::Rcpt
        };
        let accepted = is_positive(behind.as_ref());
        let reply = behind.or_else(|| at_rcpt.filter(|reply| reply.code().is_negative()));
        Self {
            path,
            accepted,
            reply,
            stage,
        }
    }
}

fn is_positive(reply: Option<&Reply>) -> bool {
    reply.is_some_and(|reply| reply.code().is_positive_completion())
}

/// What became of a message. Each says no more than is known.
///
/// ```
/// use mailwright::Outcome;
/// fn is_worth_another_try(outcome: &Outcome) -> bool {
///     match outcome {
///         Outcome::Refused { reply, .. } => reply.code().is_transient(),
///         Outcome::NotSent(_) => true,
///         // Accepted, or perhaps accepted: another try could make it two.
///         _ => false,
///     }
/// }
/// assert!(is_worth_another_try(&Outcome::NotSent(None)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The server took it, and this is its final reply, which often has the queue's id.
    Accepted(Reply),
    /// The server refused it.
    Refused {
        /// Where. [`Stage::Rcpt`]: no recipient was accepted, or not all where all were wanted.
        stage: Stage,
        /// What it said.
        reply: Reply,
    },
    /// It was not sent, for this reason if there is one.
    NotSent(Option<Error>),
    /// All of it was sent, and the final reply did not come: it may have been taken, or not.
    Unknown(Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(line: &str) -> Option<Reply> {
        Reply::parse(format!("{line}\r\n").as_bytes()).ok()
    }

    fn path() -> ForwardPath {
        "a@example.test".parse().unwrap()
    }

    #[test]
    fn by_smtp_a_recipient_has_the_message_if_both_were_accepted() {
        for (said, is_accepted, has_it) in [
            ("250 ok", true, true),
            ("250 ok", false, false),
            ("550 no", true, false),
        ] {
            let outcome = RecipientOutcome::by_smtp(path(), reply(said), is_accepted);
            assert_eq!(
                (outcome.accepted, outcome.reply, outcome.stage),
                (has_it, reply(said), Stage::Rcpt)
            );
        }
        assert!(!RecipientOutcome::by_smtp(path(), None, true).accepted);
    }

    #[test]
    fn by_lmtp_the_reply_behind_the_message_counts() {
        let of = |at_rcpt: &str, behind: &str| {
            RecipientOutcome::by_lmtp(path(), reply(at_rcpt), reply(behind))
        };
        for (at_rcpt, behind, accepted, told, stage) in [
            ("250 ok", "250 saved", true, "250 saved", Stage::Body),
            ("250 ok", "452 full", false, "452 full", Stage::Body),
            ("550 no", "", false, "550 no", Stage::Rcpt),
            ("250 ok", "", false, "", Stage::Rcpt),
        ] {
            let outcome = of(at_rcpt, behind);
            assert_eq!(
                (outcome.accepted, outcome.reply, outcome.stage),
                (accepted, reply(told), stage),
                "{at_rcpt}"
            );
        }
    }
}
