//! One mail transaction: MAIL, RCPT, DATA or BDAT, the message; RFC 5321 section 3.3, RFC 3030.

mod finals;
mod stage;

use alloc::boxed::Box;

use crate::body::{BodyEncoder, LineEnds};
use crate::envelope::{BodyKind, Envelope};
use crate::event::{Outcome, TransactionId};
use crate::reply::Reply;
use crate::timeout::Phase;

pub(crate) use finals::Finals;
pub(crate) use stage::{Stage, Trigger};

/// How the message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    /// By DATA.
    Data,
    /// By BDAT, behind the replies to MAIL and RCPT.
    Chunks,
    /// By BDAT, right behind MAIL and RCPT.
    Window,
}

#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) id: TransactionId,
    pub(crate) stage: Stage,
    pub(crate) means: Means,
    pub(crate) framer: BodyEncoder,
    all_or_none: bool,
    /// Recipients that the server has not refused.
    possible_recipients: u32,
    /// The first refusal, or the one that settled it.
    refusal: Option<Box<(Phase, Reply)>>,
    /// By LMTP: whose final replies are due.
    pub(crate) finals: Option<Box<Finals>>,
}

impl Transaction {
    pub(crate) fn new(
        id: TransactionId,
        envelope: &Envelope,
        means: Means,
        line_ends: LineEnds,
    ) -> Self {
        let framer = match (means, envelope.body_kind()) {
            (Means::Data, _) => BodyEncoder::new(line_ends),
            (_, BodyKind::Binary) => BodyEncoder::binary(),
            _ => BodyEncoder::chunked(line_ends),
        };
        let [single, pipelined] = stage::STARTS;
        Self {
            id,
            stage: if means == Means::Window {
                pipelined
            } else {
                single
            },
            means,
            framer,
            all_or_none: envelope.is_all_or_none(),
            possible_recipients: u32::try_from(envelope.recipients().len()).unwrap_or(u32::MAX),
            refusal: None,
            finals: None,
        }
    }

    /// The same with a final reply for each recipient.
    pub(crate) fn by_lmtp(self) -> Self {
        Self {
            finals: Some(Box::default()),
            ..self
        }
    }

    pub(crate) fn on(&mut self, trigger: Trigger) {
        self.stage = self.stage.after(trigger);
    }

    pub(crate) fn mail_answered(&mut self, reply: &Reply) {
        if reply.code().is_negative() {
            self.refusal = Some(Box::new((Phase::Mail, reply.clone())));
            self.on(Trigger::RefuseMail);
        }
    }

    pub(crate) fn recipient_answered(&mut self, index: usize, reply: &Reply) {
        if reply.code().is_negative() {
            self.possible_recipients = self.possible_recipients.saturating_sub(1);
            self.refusal
                .get_or_insert_with(|| Box::new((Phase::Rcpt, reply.clone())));
            if self.all_or_none || self.possible_recipients == 0 {
                self.on(Trigger::RefuseRcpt);
            }
        } else if let Some(finals) = &mut self.finals {
            finals.expect(index);
        }
    }

    /// DATA or a part of the message was refused.
    pub(crate) fn content_refused(&mut self, phase: Phase, reply: &Reply) {
        if !self.stage.is_doomed() {
            self.refusal = Some(Box::new((phase, reply.clone())));
        }
        self.on(Trigger::RefuseContent);
    }

    /// Returns the outcome if the server has answered all that it will.
    pub(crate) fn refused(self) -> Outcome {
        match self.refusal.map(|refusal| *refusal) {
            Some((phase, reply)) => Outcome::Refused { phase, reply },
            None => Outcome::NotSent,
        }
    }

    /// Returns the outcome if the session ends before the final reply.
    pub(crate) fn cut_off(self, end_of_data_has_left: bool) -> Outcome {
        if self.stage.is_doomed() {
            self.refused()
        } else {
            self.contradicted(end_of_data_has_left)
        }
    }

    /// Returns the outcome if a reply makes no sense: a refusal before it proves nothing.
    pub(crate) fn contradicted(self, end_of_data_has_left: bool) -> Outcome {
        if self.stage.is_handed_over() && end_of_data_has_left {
            Outcome::Unknown
        } else {
            Outcome::NotSent
        }
    }
}
