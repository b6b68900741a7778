//! Outcomes, with the reply that decided them.

use serde::{Deserialize, Serialize};

use super::stored_as;
use crate::event::Outcome;
use crate::reply::Reply;
use crate::timeout::Phase;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Row {
    Accepted(Reply),
    Refused(Refusal),
    NotSent,
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    phase: Phase,
    reply: Reply,
}

impl From<&Outcome> for Row {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted(reply) => Self::Accepted(reply.clone()),
            Outcome::Refused { phase, reply } => Self::Refused(Refusal {
                phase: *phase,
                reply: reply.clone(),
            }),
            Outcome::NotSent => Self::NotSent,
            Outcome::Unknown => Self::Unknown,
        }
    }
}

impl TryFrom<Row> for Outcome {
    type Error = &'static str;

    fn try_from(row: Row) -> Result<Self, &'static str> {
        Ok(match row {
            Row::Accepted(reply) if !reply.code().is_positive_completion() => {
                return Err("a message is accepted by a 2yz reply only");
            }
            Row::Refused(Refusal { reply, .. }) if !reply.code().is_negative() => {
                return Err("a message is refused by a 4yz or 5yz reply only");
            }
            Row::Accepted(reply) => Self::Accepted(reply),
            Row::Refused(Refusal { phase, reply }) => Self::Refused { phase, reply },
            Row::NotSent => Self::NotSent,
            Row::Unknown => Self::Unknown,
        })
    }
}

stored_as!(Outcome => Row);
