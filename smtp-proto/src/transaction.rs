//! One mail transaction: MAIL, RCPT, DATA or BDAT, the message; RFC 5321 section 3.3, RFC 3030.

mod finals;

use alloc::boxed::Box;

use crate::body::{BodyEncoder, LineEnds};
use crate::envelope::{BodyKind, Envelope};
use crate::event::{Outcome, TransactionId};
use crate::reply::Reply;
use crate::timeout::Phase;

pub(crate) use finals::Finals;

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// MAIL, RCPT and DATA are under way.
    Envelope,
    /// The server waits for the message.
    Body,
    /// All of the message was handed over; its final reply is awaited.
    EndOfData,
    /// The server waits for a message that nobody wants it to have: a lone dot ends it. RFC 2920 section 3.1.
    LoneDot,
}

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
    /// Nothing while its reply is awaited.
    mail_accepted: Option<bool>,
    unanswered_recipients: u32,
    accepted_recipients: u32,
    /// Whether DATA or a part of the message was refused.
    content_refused: bool,
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
        Self {
            id,
            stage: if means == Means::Window {
                Stage::Body
            } else {
                Stage::Envelope
            },
            means,
            framer,
            all_or_none: envelope.is_all_or_none(),
            mail_accepted: None,
            unanswered_recipients: u32::try_from(envelope.recipients().len()).unwrap_or(u32::MAX),
            accepted_recipients: 0,
            content_refused: false,
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

    pub(crate) fn mail_answered(&mut self, reply: &Reply) {
        let accepted = !reply.code().is_negative();
        self.mail_accepted = Some(accepted);
        if !accepted {
            self.refusal = Some(Box::new((Phase::Mail, reply.clone())));
        }
    }

    pub(crate) fn recipient_answered(&mut self, index: usize, reply: &Reply) {
        self.unanswered_recipients = self.unanswered_recipients.saturating_sub(1);
        if reply.code().is_negative() {
            self.refusal
                .get_or_insert_with(|| Box::new((Phase::Rcpt, reply.clone())));
        } else {
            self.accepted_recipients = self.accepted_recipients.saturating_add(1);
            if let Some(finals) = &mut self.finals {
                finals.expect(index);
            }
        }
    }

    /// DATA or a part of the message was refused.
    pub(crate) fn content_refused(&mut self, phase: Phase, reply: &Reply) {
        if !self.is_doomed() {
            self.refusal = Some(Box::new((phase, reply.clone())));
        }
        self.content_refused = true;
    }

    pub(crate) fn mail_was_refused(&self) -> bool {
        self.mail_accepted == Some(false)
    }

    /// Whether the server has refused what every later part of the message depends on.
    pub(crate) fn must_not_go_on(&self) -> bool {
        self.mail_was_refused() || self.content_refused
    }

    /// Whether the server keeps a sender of ours, which only RSET or another end makes it forget.
    pub(crate) fn mail_was_accepted(&self) -> bool {
        self.mail_accepted == Some(true)
    }

    /// Whether it is known by now that the message will not go out, whatever else is answered.
    pub(crate) fn is_doomed(&self) -> bool {
        let nobody_left = self.unanswered_recipients == 0 && self.accepted_recipients == 0;
        let not_all = self.all_or_none && self.refusal.is_some();
        self.must_not_go_on() || nobody_left || not_all
    }

    /// Whether more of the message may leave. Behind a refusal nothing of it follows, also where chunks on their way still
    /// have to be answered.
    pub(crate) fn wants_content(&self) -> bool {
        self.stage == Stage::Body && !self.is_doomed()
    }

    /// What became of it where the server has said all that it will.
    pub(crate) fn refused(self) -> Outcome {
        match self.refusal.map(|refusal| *refusal) {
            Some((phase, reply)) => Outcome::Refused { phase, reply },
            None => Outcome::NotSent,
        }
    }

    /// What became of it where the session ends under it.
    pub(crate) fn cut_off(self, end_of_data_has_left: bool) -> Outcome {
        match self.stage {
            _ if self.is_doomed() => self.refused(),
            Stage::EndOfData if end_of_data_has_left => Outcome::Unknown,
            _ => Outcome::NotSent,
        }
    }
}
