//! Transactions: MAIL, RCPT, DATA or BDAT, the message, and what becomes of each.

use super::{Connection, demands};
use crate::body::END_OF_DATA;
use crate::command;
use crate::config::Transfer;
use crate::ehlo::Keyword;
use crate::envelope::{BodyKind, Envelope};
use crate::error::{Error, Misuse, PeerFault, SendError, unexpected};
use crate::event::{Event, Outcome, TransactionId};
use crate::pipeline::Expect;
use crate::reply::Reply;
use crate::timeout::Phase;
use crate::transaction::{Means, Stage, Transaction, Trigger};

impl Connection {
    pub(super) fn start_transaction(
        &mut self,
        envelope: &Envelope,
    ) -> Result<TransactionId, SendError> {
        let Some(capabilities) = &self.session.capabilities else {
            return Err(Misuse::NotNow.into());
        };
        demands::check(envelope, capabilities, self.session.is_verified)?;
        self.check_limits(envelope)?;
        let means = self.means_of(envelope);
        let id = TransactionId(self.next_message);
        self.next_message = self.next_message.wrapping_add(1);
        if self
            .transactions
            .back()
            .is_some_and(|before| before.means != Means::Data)
        {
            // What becomes of a message by BDAT is not known yet, and a refused one leaves its sender behind.
            self.pipeline.push(Expect::Rset, command::rset);
        }
        self.pipeline.push(Expect::Mail(id), |out| {
            command::mail(out, envelope, capabilities)
        });
        for (index, number) in (0..envelope.recipients().len()).zip(0..) {
            self.pipeline.push(Expect::Rcpt(id, number), |out| {
                command::rcpt(out, envelope, index, capabilities)
            });
        }
        if means == Means::Data {
            self.pipeline
                .push(Expect::Data(id, envelope.is_all_or_none()), command::data);
        }
        let transaction = Transaction::new(id, envelope, means, self.config.line_ends);
        self.spend(envelope);
        self.transactions.push_back(if self.config.is_lmtp {
            transaction.by_lmtp()
        } else {
            transaction
        });
        Ok(id)
    }

    fn means_of(&self, envelope: &Envelope) -> Means {
        let offers_chunks = self
            .capabilities()
            .is_some_and(|offered| offered.offers(Keyword::Chunking));
        match self.config.transfer {
            Transfer::Window { .. }
                if !self.config.is_lmtp && self.has_window() && !envelope.is_all_or_none() =>
            {
                Means::Window
            }
            Transfer::Window { .. } | Transfer::Chunks if offers_chunks => Means::Chunks,
            _ if envelope.body_kind() == BodyKind::Binary => Means::Chunks,
            _ => Means::Data,
        }
    }

    /// Whether several messages may be under way at a time.
    fn has_window(&self) -> bool {
        self.may_pipeline()
            && self
                .capabilities()
                .is_some_and(|offered| offered.offers(Keyword::Chunking))
    }

    /// How many messages may be started now.
    pub(super) fn room(&self) -> usize {
        let in_order = self.may_pipeline() || self.pipeline.is_empty();
        let handed_over = self
            .transactions
            .back()
            .is_none_or(|last| last.stage.is_handed_over());
        match self.config.transfer {
            _ if !in_order || !handed_over => 0,
            _ if self.transactions.is_empty() => 1,
            _ if self.config.is_lmtp => 0,
            Transfer::Window { octets, .. } if self.pipeline.under_way() >= octets => 0,
            Transfer::Window { messages, .. } if self.has_window() => {
                messages.saturating_sub(self.transactions.len())
            }
            _ => 1,
        }
    }

    pub(super) fn on_mail(&mut self, message: TransactionId, reply: Reply) {
        if reply.code().is_positive_intermediate() {
            return self.fail(unexpected(Phase::Mail, reply));
        }
        if let Some(transaction) = self.transaction(message) {
            transaction.mail_answered(&reply);
        }
        self.events.push_back(Event::Sender { message, reply });
        self.settle(message);
    }

    pub(super) fn on_rcpt(&mut self, message: TransactionId, number: u32, reply: Reply) {
        if reply.code().is_positive_intermediate() {
            return self.fail(unexpected(Phase::Rcpt, reply));
        }
        let Some(transaction) = self.transaction(message) else {
            return;
        };
        // After a refused MAIL each RCPT is refused as out of sequence, which says nothing of the recipient.
        if !transaction.stage.mail_was_refused() {
            let index = index_of(number);
            transaction.recipient_answered(index, &reply);
            self.events.push_back(Event::Recipient {
                message,
                index,
                reply,
            });
        } else if transaction.means == Means::Window && !reply.code().is_negative() {
            return self.contradict(message, Phase::Rcpt);
        }
        self.settle(message);
    }

    pub(super) fn on_data(&mut self, message: TransactionId, reply: Reply) {
        if reply.code().is_positive_completion() {
            return self.fail(unexpected(Phase::Data, reply));
        }
        let Some(transaction) = self.transaction(message) else {
            return;
        };
        if reply.code().is_negative() {
            transaction.content_refused(Phase::Data, &reply);
            return self.settle(message);
        }
        // RFC 2033 section 4.2: by LMTP nobody is to be refused before, too, as a lone dot would have no reply.
        if transaction.stage.mail_was_refused()
            || (transaction.stage.is_doomed() && transaction.finals.is_some())
        {
            return self.fail(Error::Peer {
                phase: Phase::Data,
                fault: PeerFault::WentOnAfterRefusal,
            });
        }
        transaction.on(Trigger::GoAhead);
        if transaction.stage == Stage::LoneDot {
            let end = Expect::EndOfData(message);
            self.pipeline
                .push(end, |out| out.extend_from_slice(END_OF_DATA));
        }
    }

    pub(super) fn on_end_of_data(&mut self, message: TransactionId, reply: Reply) {
        if self.config.is_lmtp {
            return self.on_final(Expect::EndOfData(message), message, reply);
        }
        let Some(transaction) = self.take_transaction(message) else {
            return;
        };
        let code = reply.code();
        let outcome = match transaction.stage {
            Stage::LoneDot => transaction.refused(),
            _ if code.is_positive_completion() => Outcome::Accepted(reply),
            _ if code.is_negative() => Outcome::Refused {
                phase: Phase::EndOfData,
                reply,
            },
            _ => {
                self.finish(message, Outcome::Unknown);
                return self.fail(unexpected(Phase::EndOfData, reply));
            }
        };
        self.finish(message, outcome);
    }

    /// The reply to a chunk by BDAT. What a refused one leaves behind is not defined: only RSET may follow it.
    pub(super) fn on_chunk(&mut self, message: TransactionId, last: bool, reply: Reply) {
        if last && self.config.is_lmtp {
            return self.on_final(Expect::Chunk(message, last), message, reply);
        }
        let phase = if last { Phase::EndOfData } else { Phase::Body };
        let Some(transaction) = self.transaction(message) else {
            return;
        };
        let code = reply.code();
        if code.is_positive_intermediate() {
            self.cut_off(message);
            return self.fail(unexpected(phase, reply));
        }
        if code.is_negative() {
            transaction.content_refused(phase, &reply);
            return self.settle(message);
        }
        if transaction.stage.must_not_go_on() {
            return self.contradict(message, phase);
        }
        if last && transaction.stage.is_doomed() {
            return self.settle(message);
        }
        if last {
            self.take_transaction(message);
            self.finish(message, Outcome::Accepted(reply));
        }
    }

    /// A server that takes a part of what it has refused cannot be believed in either.
    fn contradict(&mut self, message: TransactionId, phase: Phase) {
        self.cut_off(message);
        self.fail(Error::Peer {
            phase,
            fault: PeerFault::WentOnAfterRefusal,
        });
    }

    /// Ends a message of which the server has said what makes no sense.
    pub(super) fn cut_off(&mut self, message: TransactionId) {
        let Some(transaction) = self.take_transaction(message) else {
            return;
        };
        let has_left = self
            .pipeline
            .first_held_end()
            .is_none_or(|held| message < held);
        self.finish(message, transaction.contradicted(has_left));
    }

    /// A server that does not forget a sender could give it to the next message.
    pub(super) fn on_rset(&mut self, reply: Reply) {
        if !reply.code().is_positive_completion() {
            self.fail(unexpected(Phase::Command, reply));
        }
    }

    /// A reply to something that has not left. Only a "no" to a message on its way is legal:
    /// the session ends with it, as an unfinished message cannot be taken back.
    pub(super) fn on_early_reply(&mut self, reply: Reply) {
        let phase = self.phase();
        let message = match self.pipeline.front() {
            None => self.receiving(),
            Some(expect) => expect.message().filter(|_| expect.is_to_content()),
        };
        let of_content = |message: &TransactionId| {
            let mut known = self.transactions.iter();
            known.any(|transaction| {
                transaction.id == *message && transaction.stage != Stage::LoneDot
            })
        };
        let message = message
            .filter(|_| reply.code().is_negative())
            .filter(of_content);
        let Some(message) = message else {
            return self.fail(Error::Peer {
                phase,
                fault: PeerFault::UnsolicitedReply(reply),
            });
        };
        self.take_transaction(message);
        self.finish(
            message,
            Outcome::Refused {
                phase: Phase::Body,
                reply,
            },
        );
        self.close();
    }

    /// 421, at any time: it refuses what was awaited, and nothing else will be answered. RFC 5321 section 3.8.
    pub(super) fn on_shutdown(&mut self, reply: Reply) {
        let phase = self.phase();
        let front = self.pipeline.front();
        if front == Some(Expect::Quit) {
            return self.end_quit();
        }
        self.shut_down_login(&reply);
        let message = front.map_or(self.receiving(), Expect::message);
        let transaction = message.and_then(|message| self.take_transaction(message));
        if let Some(mut transaction) = transaction {
            let message = transaction.id;
            if let Some(Expect::Rcpt(_, number)) =
                front.filter(|_| !transaction.stage.mail_was_refused())
            {
                let index = index_of(number);
                transaction.recipient_answered(index, &reply);
                self.events.push_back(Event::Recipient {
                    message,
                    index,
                    reply: reply.clone(),
                });
            }
            // What refused it before is why it did not go out.
            let outcome = match transaction.stage.is_doomed() {
                true => transaction.refused(),
                false if phase == Phase::EndOfData && transaction.finals.is_some() => {
                    self.shut_down_among_finals(transaction, &reply)
                }
                false => Outcome::Refused {
                    phase,
                    reply: reply.clone(),
                },
            };
            self.finish(message, outcome);
        }
        self.events.push_back(Event::ShuttingDown { phase, reply });
        self.close();
    }

    /// What became of every message whose session ends under it.
    pub(super) fn cut_off_messages(&mut self) {
        let held = self.pipeline.first_held_end();
        while let Some(transaction) = self.transactions.pop_front() {
            let message = transaction.id;
            let has_left = held.is_none_or(|held| message < held);
            self.finish(message, transaction.cut_off(has_left));
        }
    }

    /// Goes on with a transaction as far as its replies allow. One that will not come to its message is ended: what has
    /// not left is taken back, the answers to what has are waited for, then the server is made to forget it.
    fn settle(&mut self, message: TransactionId) {
        let Some(doomed) = self
            .transaction(message)
            .map(|transaction| transaction.stage.is_doomed())
        else {
            return;
        };
        if doomed {
            self.pipeline.withdraw(message);
        }
        if self.pipeline.awaits(message) {
            return;
        }
        if !doomed {
            if let Some(transaction) = self.transaction(message) {
                transaction.on(Trigger::GoAhead);
            }
            return;
        }
        let Some(transaction) = self.take_transaction(message) else {
            return;
        };
        // A message behind it, if there is one, has RSET ahead of itself.
        let to_be_forgotten = !transaction.stage.mail_was_refused() && self.transactions.is_empty();
        self.finish(message, transaction.refused());
        if to_be_forgotten {
            self.pipeline.push(Expect::Rset, command::rset);
        }
    }

    pub(super) fn finish(&mut self, message: TransactionId, outcome: Outcome) {
        self.events.push_back(Event::Finished { message, outcome });
    }

    /// The transaction that a reply belongs to. Replies come in order, and so it is the oldest.
    pub(super) fn transaction(&mut self, message: TransactionId) -> Option<&mut Transaction> {
        self.transactions
            .front_mut()
            .filter(|oldest| oldest.id == message)
    }

    pub(super) fn take_transaction(&mut self, message: TransactionId) -> Option<Transaction> {
        self.transaction(message)?;
        self.transactions.pop_front()
    }
}

/// A recipient's index, out of the small number that its awaited reply keeps.
fn index_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
