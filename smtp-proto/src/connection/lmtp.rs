//! LMTP's replies behind a message: one for each recipient that was accepted. RFC 2033 section 4.2.

use super::Connection;
use crate::error::unexpected;
use crate::event::{Event, Outcome, TransactionId};
use crate::pipeline::Expect;
use crate::reply::Reply;
use crate::timeout::Phase;
use crate::transaction::Transaction;

impl Connection {
    /// The reply of the next recipient that is due; behind the last of them it is known what became of the message.
    pub(super) fn on_final(&mut self, expect: Expect, message: TransactionId, reply: Reply) {
        let is_final = !reply.code().is_positive_intermediate();
        let finals = self
            .transaction(message)
            .and_then(|transaction| transaction.finals.as_mut());
        let Some((index, outcome)) = finals
            .filter(|_| is_final)
            .and_then(|finals| finals.answered(&reply))
        else {
            self.cut_off(message);
            return self.fail(unexpected(Phase::EndOfData, reply));
        };
        self.events.push_back(Event::Delivery {
            message,
            index,
            reply,
        });
        match outcome {
            None => self.pipeline.expect_more(expect),
            Some(outcome) => {
                self.take_transaction(message);
                self.finish(message, outcome);
            }
        }
    }

    /// 421 is the reply of the recipient that was due. Those behind it get none, and it is not known what became of them.
    pub(super) fn shut_down_among_finals(
        &mut self,
        transaction: Transaction,
        reply: &Reply,
    ) -> Outcome {
        let message = transaction.id;
        let answered = transaction
            .finals
            .and_then(|mut finals| finals.answered(reply));
        let Some((index, outcome)) = answered else {
            return Outcome::Unknown;
        };
        self.events.push_back(Event::Delivery {
            message,
            index,
            reply: reply.clone(),
        });
        outcome.unwrap_or(Outcome::Unknown)
    }
}
