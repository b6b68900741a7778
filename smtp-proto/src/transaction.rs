//! One mail transaction: MAIL, RCPT, DATA, the message; RFC 5321 section 3.3.

use crate::body::{Framer, LineEnds};
use crate::envelope::Envelope;
use crate::event::{MessageId, Outcome};
use crate::reply::Reply;
use crate::timeout::Phase;

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

#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) id: MessageId,
    pub(crate) stage: Stage,
    pub(crate) framer: Framer,
    all_or_none: bool,
    /// Nothing while its reply is awaited.
    mail_accepted: Option<bool>,
    unanswered_recipients: usize,
    accepted_recipients: usize,
    /// The first refusal, or the one that settled it.
    refusal: Option<(Phase, Reply)>,
}

impl Transaction {
    pub(crate) fn new(id: MessageId, envelope: &Envelope, line_ends: LineEnds) -> Self {
        Self {
            id,
            stage: Stage::Envelope,
            framer: Framer::new(line_ends),
            all_or_none: envelope.is_all_or_none(),
            mail_accepted: None,
            unanswered_recipients: envelope.recipients().len(),
            accepted_recipients: 0,
            refusal: None,
        }
    }

    pub(crate) fn mail_answered(&mut self, reply: &Reply) {
        let accepted = !reply.code().is_negative();
        self.mail_accepted = Some(accepted);
        if !accepted {
            self.refusal = Some((Phase::Mail, reply.clone()));
        }
    }

    pub(crate) fn recipient_answered(&mut self, reply: &Reply) {
        self.unanswered_recipients = self.unanswered_recipients.saturating_sub(1);
        if reply.code().is_negative() {
            self.refusal.get_or_insert_with(|| (Phase::Rcpt, reply.clone()));
        } else {
            self.accepted_recipients = self.accepted_recipients.saturating_add(1);
        }
    }

    pub(crate) fn data_refused(&mut self, reply: &Reply) {
        if !self.is_doomed() {
            self.refusal = Some((Phase::Data, reply.clone()));
        }
    }

    pub(crate) fn mail_was_refused(&self) -> bool {
        self.mail_accepted == Some(false)
    }

    /// Whether the server keeps a sender of ours, which only RSET or another end makes it forget.
    pub(crate) fn mail_was_accepted(&self) -> bool {
        self.mail_accepted == Some(true)
    }

    /// Whether it is known by now that the message will not go out, whatever else is answered.
    pub(crate) fn is_doomed(&self) -> bool {
        let nobody_left = self.unanswered_recipients == 0 && self.accepted_recipients == 0;
        let not_all = self.all_or_none && self.refusal.is_some();
        self.mail_was_refused() || nobody_left || not_all
    }

    /// What became of it where the server has said all that it will.
    pub(crate) fn refused(self) -> Outcome {
        match self.refusal {
            Some((phase, reply)) => Outcome::Refused { phase, reply },
            None => Outcome::NotSent,
        }
    }

    /// What became of it where the session ends under it.
    pub(crate) fn cut_off(self, end_of_data_has_left: bool) -> Outcome {
        match self.stage {
            Stage::EndOfData if end_of_data_has_left => Outcome::Unknown,
            _ if self.is_doomed() => self.refused(),
            _ => Outcome::NotSent,
        }
    }
}
