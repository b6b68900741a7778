//! Transactions: MAIL, RCPT, DATA, the message, and what becomes of each.

use super::Connection;
use crate::body::END_OF_DATA;
use crate::capability::Keyword;
use crate::command;
use crate::envelope::{BodyKind, Envelope};
use crate::error::{Error, Extension, Misuse, PeerFault, unexpected};
use crate::event::{Event, MessageId, Outcome};
use crate::pipeline::Expect;
use crate::reply::Reply;
use crate::timeout::Phase;
use crate::transaction::{Stage, Transaction};

impl Connection {
    pub(super) fn start_transaction(&mut self, envelope: &Envelope) -> Result<MessageId, Misuse> {
        let Some(capabilities) = &self.session.capabilities else {
            return Err(Misuse::NotNow);
        };
        if let (Some(size), Some(limit)) = (envelope.declared_size(), capabilities.size())
            && size > limit
        {
            return Err(Misuse::TooLarge { size, limit });
        }
        if envelope.body_kind() == BodyKind::EightBit && !capabilities.offers(Keyword::EightBitMime) {
            return Err(Misuse::Unsupported(Extension::EightBitMime));
        }
        if envelope.needs_smtputf8() && !capabilities.offers(Keyword::SmtpUtf8) {
            return Err(Misuse::Unsupported(Extension::SmtpUtf8));
        }
        let id = MessageId(self.next_message);
        self.next_message = self.next_message.wrapping_add(1);
        self.pipeline.push(Expect::Mail(id), |out| command::mail(out, envelope, capabilities));
        for (index, path) in envelope.recipients().iter().enumerate() {
            self.pipeline.push(Expect::Rcpt(id, index), |out| command::rcpt(out, path));
        }
        match envelope.is_all_or_none() {
            true => self.pipeline.push_standing_back(Expect::Data(id), command::data),
            false => self.pipeline.push(Expect::Data(id), command::data),
        }
        self.transactions.push_back(Transaction::new(id, envelope, self.config.line_ends));
        Ok(id)
    }

    pub(super) fn on_mail(&mut self, message: MessageId, reply: Reply) {
        if reply.code().is_positive_intermediate() {
            return self.fail(unexpected(Phase::Mail, reply));
        }
        if let Some(transaction) = self.transaction(message) {
            transaction.mail_answered(&reply);
        }
        self.events.push_back(Event::Sender { message, reply });
        self.settle(message);
    }

    pub(super) fn on_rcpt(&mut self, message: MessageId, index: usize, reply: Reply) {
        if reply.code().is_positive_intermediate() {
            return self.fail(unexpected(Phase::Rcpt, reply));
        }
        let Some(transaction) = self.transaction(message) else { return };
        // After a refused MAIL each RCPT is refused as out of sequence, which says nothing of the recipient.
        if !transaction.mail_was_refused() {
            transaction.recipient_answered(&reply);
            self.events.push_back(Event::Recipient { message, index, reply });
        }
        self.settle(message);
    }

    pub(super) fn on_data(&mut self, message: MessageId, reply: Reply) {
        if reply.code().is_positive_completion() {
            return self.fail(unexpected(Phase::Data, reply));
        }
        let Some(transaction) = self.transaction(message) else { return };
        if reply.code().is_negative() {
            transaction.data_refused(&reply);
            return self.settle(message);
        }
        if transaction.mail_was_refused() {
            return self.fail(Error::Peer { phase: Phase::Data, fault: PeerFault::DataWithoutMail });
        }
        if transaction.is_doomed() {
            transaction.stage = Stage::LoneDot;
            let end = Expect::EndOfData(message);
            return self.pipeline.push(end, |out| out.extend_from_slice(END_OF_DATA));
        }
        transaction.stage = Stage::Body;
    }

    pub(super) fn on_end_of_data(&mut self, message: MessageId, reply: Reply) {
        let Some(transaction) = self.take_transaction(message) else { return };
        let code = reply.code();
        let outcome = match transaction.stage {
            Stage::LoneDot => transaction.refused(),
            _ if code.is_positive_completion() => Outcome::Accepted(reply),
            _ if code.is_negative() => Outcome::Refused { phase: Phase::EndOfData, reply },
            _ => {
                self.finish(message, Outcome::Unknown);
                return self.fail(unexpected(Phase::EndOfData, reply));
            }
        };
        self.finish(message, outcome);
    }

    /// A server that does not forget a sender could give it to the next message.
    pub(super) fn on_rset(&mut self, reply: Reply) {
        if !reply.code().is_positive_completion() {
            self.fail(unexpected(Phase::Command, reply));
        }
    }

    /// A reply to something that has not left. Only a "no" to a message on its way is legal:
    /// the session ends with it, as an unfinished message cannot be taken back.
    pub(super) fn on_early_reply(&mut self, phase: Phase, reply: Reply) {
        let last = self.transactions.back().filter(|transaction| match transaction.stage {
            Stage::Body => self.pipeline.is_empty(),
            Stage::EndOfData => self.pipeline.front() == Some(Expect::EndOfData(transaction.id)),
            Stage::Envelope | Stage::LoneDot => false,
        });
        let message = last.filter(|_| reply.code().is_negative()).map(|transaction| transaction.id);
        let Some(message) = message else {
            return self.fail(Error::Peer { phase, fault: PeerFault::UnsolicitedReply(reply) });
        };
        self.take_transaction(message);
        self.finish(message, Outcome::Refused { phase: Phase::Body, reply });
        self.close();
    }

    /// 421, at any time: it refuses what was awaited, and nothing else will be answered. RFC 5321 section 3.8.
    pub(super) fn on_shutdown(&mut self, phase: Phase, reply: Reply) {
        let front = self.pipeline.front();
        if front == Some(Expect::Quit) {
            return self.end_quit();
        }
        let message = front.map_or(self.receiving(), Expect::message);
        let transaction = message.and_then(|message| self.take_transaction(message));
        if let Some(mut transaction) = transaction {
            let message = transaction.id;
            if let Some(Expect::Rcpt(_, index)) = front.filter(|_| !transaction.mail_was_refused()) {
                transaction.recipient_answered(&reply);
                self.events.push_back(Event::Recipient { message, index, reply: reply.clone() });
            }
            // What refused it before is why it did not go out.
            let outcome = match transaction.is_doomed() {
                true => transaction.refused(),
                false => Outcome::Refused { phase, reply: reply.clone() },
            };
            self.finish(message, outcome);
        }
        self.events.push_back(Event::ShuttingDown { phase, reply });
        self.close();
    }

    /// What became of every message whose session ends under it.
    pub(super) fn cut_off_messages(&mut self) {
        while let Some(transaction) = self.transactions.pop_front() {
            let message = transaction.id;
            let has_left = self.pipeline.end_of_data_has_left(message);
            self.finish(message, transaction.cut_off(has_left));
        }
    }

    /// Ends a transaction that will not come to its message: takes back what has not left, waits for the answers to
    /// what has, then makes the server forget it.
    fn settle(&mut self, message: MessageId) {
        let doomed = self.transaction(message).is_some_and(|transaction| transaction.is_doomed());
        if doomed {
            self.pipeline.withdraw(message);
        }
        if self.pipeline.awaits(message) {
            return;
        }
        let Some(transaction) = self.take_transaction(message) else { return };
        let to_be_forgotten = transaction.mail_was_accepted();
        self.finish(message, transaction.refused());
        if to_be_forgotten {
            self.pipeline.push(Expect::Rset, command::rset);
        }
    }

    fn finish(&mut self, message: MessageId, outcome: Outcome) {
        self.events.push_back(Event::Finished { message, outcome });
    }

    fn transaction(&mut self, message: MessageId) -> Option<&mut Transaction> {
        self.transactions.iter_mut().find(|transaction| transaction.id == message)
    }

    fn take_transaction(&mut self, message: MessageId) -> Option<Transaction> {
        let at = self.transactions.iter().position(|transaction| transaction.id == message)?;
        self.transactions.remove(at)
    }
}
