//! What became of one message.

use smtp_proto::{ForwardPath, Reply};

use crate::error::Error;
use crate::stage::Stage;

/// What became of a message, and of each of its recipients.
///
/// ```
/// use smtp_client::Delivery;
/// /// Those whom an accepted message does not reach.
/// fn left_out(delivery: &Delivery) -> Vec<&str> {
///     let refused = delivery.recipients.iter().filter(|recipient| {
///         recipient.reply.as_ref().is_some_and(|reply| reply.code().is_negative())
///     });
///     refused.map(|recipient| recipient.path.as_str()).collect()
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// What became of the message.
    pub outcome: Outcome,
    /// In the order of the envelope.
    pub recipients: Vec<RecipientOutcome>,
}

impl Delivery {
    /// Whether the server took the message, for at least one recipient.
    pub fn accepted(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted(_))
    }
}

/// What the server said to one recipient.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecipientOutcome {
    /// Who.
    pub path: ForwardPath,
    /// The reply to RCPT; nothing where there was none. The message goes to this recipient
    /// if this is positive and the message was accepted.
    pub reply: Option<Reply>,
}

/// What became of a message. Each says no more than is known.
///
/// ```
/// use smtp_client::Outcome;
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
