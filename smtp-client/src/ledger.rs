//! What the events of a session add up to: facts, refusals, and what becomes of the messages under way.

use std::collections::VecDeque;
use std::mem;

use mailwright_proto::{
    Event, PeerFault, Phase, PolicyViolation, Secret, TransactionId,
    auth::{Credentials, Mechanism},
    ehlo::{Capabilities, Keyword},
    reply::{Reply, ReplyError, ReplyFault},
};

use crate::delivery::{Delivery, Outcome, RecipientOutcome};
use crate::error::{Error, Kind, RefusedLogin, is_for_tokens, offered_by};
use crate::facts::{ConnectionInfo, Login, SkippedMechanism};
use crate::protocol::Spoken;
use crate::redact::redact_reply;
use crate::stage::Stage;
use mailwright_proto::Redactor;

/// The books of one connection. Whatever driver runs it hands in each event.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) facts: ConnectionInfo,
    /// Whom the connection is with.
    host: String,
    /// Who logs in, once that is known.
    user: String,
    /// Whether a password begins or ends with a blank, which is invisible.
    has_blank_end: bool,
    redactor: Redactor,
    refusal: Option<Error>,
    /// Whether each recipient gets a reply of its own behind the message.
    is_lmtp: bool,
    /// The messages under way, the oldest first.
    messages: VecDeque<Entry>,
    /// The outcomes of finished messages that the caller has not received yet.
    closed: Vec<mailwright_proto::Outcome>,
}

/// A message under way.
#[derive(Debug)]
struct Entry {
    id: TransactionId,
    replies: Vec<Option<Reply>>,
    /// Those behind the message, by LMTP.
    finals: Option<Vec<Option<Reply>>>,
    outcome: Option<mailwright_proto::Outcome>,
}

impl Ledger {
    pub(crate) fn new(host: &str, redactor: Redactor, is_lmtp: bool) -> Self {
        // One at a time is what most clients have under way.
        let (facts, messages) = (ConnectionInfo::default(), VecDeque::with_capacity(1));
        Self {
            facts,
            host: host.to_owned(),
            user: String::new(),
            has_blank_end: false,
            redactor,
            refusal: None,
            is_lmtp,
            messages,
            closed: Vec::new(),
        }
    }

    /// These credentials are presented next.
    pub(crate) fn present(&mut self, credentials: &Credentials, redactor: Redactor) {
        credentials.user().clone_into(&mut self.user);
        self.has_blank_end = credentials.secrets().any(has_blank_end);
        self.redactor = redactor;
    }

    /// It ends here, and this is why.
    pub(crate) fn refuse(&mut self, error: Error) {
        self.refusal.get_or_insert(error);
    }

    /// A message is begun.
    pub(crate) fn begin(&mut self, id: TransactionId, recipients: usize) {
        let finals = self.is_lmtp.then(|| vec![None; recipients]);
        self.messages.push_back(Entry {
            id,
            replies: vec![None; recipients],
            finals,
            outcome: None,
        });
    }

    pub(crate) fn note(&mut self, event: Event) {
        match event {
            Event::Greeting(reply) => self.facts.greeting = Some(self.clean(reply)),
            Event::Capabilities(offered) => {
                let clean = self.clean(offered.reply().clone());
                let is_clean = clean == *offered.reply();
                let offered = if is_clean {
                    offered
                } else {
                    Capabilities::from_reply(clean)
                };
                let place = match self.facts.tls {
                    None => &mut self.facts.capabilities_in_clear,
                    Some(_) => &mut self.facts.capabilities_over_tls,
                };
                *place = Some(offered.clone());
                self.facts.capabilities = Some(offered);
            }
            Event::Authenticated { mechanism, .. } => {
                self.facts.login = Some(Login {
                    mechanism,
                    user: self.user.clone(),
                });
            }
            Event::MechanismUnfit { mechanism, reason } => {
                self.facts
                    .passed_over
                    .push(SkippedMechanism::MechanismUnusable(mechanism, reason));
            }
            Event::MechanismRefused { mechanism, .. } => {
                self.facts
                    .passed_over
                    .push(SkippedMechanism::Unknown(mechanism));
            }
            Event::Rejected { phase, reply } | Event::ShuttingDown { phase, reply } => {
                let foreign = Some(&reply)
                    .filter(|_| phase == Phase::Ehlo)
                    .and_then(|reply| self.foreign(Some(reply)));
                let reply = self.clean(reply);
                let refused = || {
                    Kind::Refused {
                        stage: phase.into(),
                        reply,
                        host: self.host.clone(),
                    }
                    .into()
                };
                let error = foreign.unwrap_or_else(refused);
                self.refuse(error);
            }
            Event::LoginRejected {
                mechanism,
                reply,
                detail,
            } => {
                let said = detail.map(|said| self.redactor.redact(&said.to_string()).into_owned());
                let reply = self.clean(reply);
                self.refusal =
                    Some(Kind::LoginRefused(self.refused(mechanism, Some(reply), said)).into());
            }
            Event::LoginUnanswered { mechanism, detail } => {
                let said = Some(self.redactor.redact(&detail.to_string()).into_owned());
                self.refusal = Some(Kind::LoginRefused(self.refused(mechanism, None, said)).into());
            }
            Event::Recipient {
                message,
                index,
                reply,
            } => {
                let reply = self.clean(reply);
                if let Some(place) = self
                    .entry(message)
                    .and_then(|entry| entry.replies.get_mut(index))
                {
                    *place = Some(reply);
                }
            }
            Event::Delivery {
                message,
                index,
                reply,
            } => {
                let reply = self.clean(reply);
                let finals = self.entry(message).and_then(|entry| entry.finals.as_mut());
                if let Some(place) = finals.and_then(|finals| finals.get_mut(index)) {
                    *place = Some(reply);
                }
            }
            Event::Finished { message, outcome } => {
                let outcome = match outcome {
                    mailwright_proto::Outcome::Accepted(reply) => {
                        mailwright_proto::Outcome::Accepted(self.clean(reply))
                    }
                    mailwright_proto::Outcome::Refused { phase, reply } => {
                        mailwright_proto::Outcome::Refused {
                            phase,
                            reply: self.clean(reply),
                        }
                    }
                    other => other,
                };
                if let Some(entry) = self.entry(message) {
                    entry.outcome = Some(outcome);
                }
            }
            _ => {}
        }
    }

    /// Whether the server has said what becomes of the oldest message under way. Where it has not, and will not, the
    /// session ends, and the reason is still to come.
    pub(crate) fn is_settled(&self) -> bool {
        let outcome = self
            .messages
            .front()
            .and_then(|entry| entry.outcome.as_ref());
        matches!(
            outcome,
            Some(
                mailwright_proto::Outcome::Accepted(_) | mailwright_proto::Outcome::Refused { .. }
            )
        )
    }

    /// Why the session ended, where the core says that it has: the refusal before it, or nothing.
    pub(crate) fn take_refusal(&mut self) -> Option<Error> {
        self.refusal.take()
    }

    /// Returns the error of a server that refused EHLO and speaks another protocol, from its
    /// greeting and its answer.
    fn foreign(&self, answer: Option<&Reply>) -> Option<Error> {
        if self.is_lmtp || self.facts.capabilities.is_some() {
            return None;
        }
        let spoken = Spoken::in_replies(self.facts.greeting.as_ref(), answer)?;
        let words = self.redactor.redact(&spoken.words).into_owned();
        Some(
            Kind::Foreign {
                host: self.host.clone(),
                stage: Stage::Ehlo,
                spoken: Spoken { words, ..spoken },
            }
            .into(),
        )
    }

    /// Returns the core's error with the additional evidence: the network's error, and a note on
    /// the preceding TLS handshake.
    pub(crate) fn error(
        &self,
        error: mailwright_proto::Error,
        io: Option<&std::io::Error>,
        of_tls: &str,
    ) -> Error {
        if matches!(
            error,
            mailwright_proto::Error::Policy(
                PolicyViolation::StartTlsNotOffered | PolicyViolation::AuthNotOffered
            )
        ) && let Some(foreign) = self.foreign(None)
        {
            return foreign;
        }
        // Said to people, and relied on by nothing.
        let in_clear = self.facts.capabilities_in_clear.as_ref();
        let auth_in_clear = self.facts.tls.is_some()
            && in_clear.is_some_and(|offered| offered.offers(Keyword::Auth));
        let note = match &error {
            mailwright_proto::Error::Policy(PolicyViolation::AuthNotOffered) if auth_in_clear => {
                "; it was offered before TLS, and no longer after it".to_owned()
            }
            mailwright_proto::Error::Peer {
                fault: PeerFault::Malformed(fault),
                ..
            } => spoken_in(fault)
                .map(|spoken| format!("; it speaks {}", spoken.protocol))
                .unwrap_or_default(),
            mailwright_proto::Error::Closed { .. } => {
                let io = io.map(|error| format!(" ({error})")).unwrap_or_default();
                format!("{io}{of_tls}")
            }
            _ => String::new(),
        };
        let shown = self.redactor.redact(&format!("{error}{note}")).into_owned();
        let is_silence = matches!(
            error,
            mailwright_proto::Error::TimedOut { .. } | mailwright_proto::Error::Closed { .. }
        );
        let no_greeting =
            is_silence && error.phase() == Phase::Greeting && self.facts.tls.is_none();
        Kind::Session {
            error,
            shown,
            over_tls: self.facts.tls.is_some(),
            no_greeting,
        }
        .into()
    }

    /// Forgets the outcomes, which the caller has received.
    pub(crate) fn told(&mut self) {
        self.closed.clear();
    }

    /// What became of the messages under way when the session was given up.
    pub(crate) fn take_outcomes(&mut self) -> Vec<mailwright_proto::Outcome> {
        let outcomes = self
            .messages
            .drain(..)
            .map(|entry| entry.outcome.unwrap_or(mailwright_proto::Outcome::NotSent));
        mem::take(&mut self.closed)
            .into_iter()
            .chain(outcomes)
            .collect()
    }

    /// Closes the books on the oldest message under way. `error` is what ended the session, if something did.
    pub(crate) fn close(
        &mut self,
        paths: &[mailwright_proto::address::ForwardPath],
        error: Option<Error>,
    ) -> Delivery {
        let (replies, finals, outcome) = match self.messages.pop_front() {
            Some(entry) => {
                self.closed.push(
                    entry
                        .outcome
                        .clone()
                        .unwrap_or(mailwright_proto::Outcome::NotSent),
                );
                (entry.replies, entry.finals, entry.outcome)
            }
            None => (Vec::new(), None, None),
        };
        let error = error.or_else(|| self.take_refusal());
        let outcome = match (outcome, error) {
            (Some(mailwright_proto::Outcome::Accepted(reply)), _) => Outcome::Accepted(reply),
            (Some(mailwright_proto::Outcome::Refused { phase, reply }), _) => Outcome::Refused {
                stage: phase.into(),
                reply,
            },
            (Some(mailwright_proto::Outcome::Unknown), Some(error)) => Outcome::Unknown(error),
            (_, error) => Outcome::NotSent(error),
        };
        let is_accepted = matches!(outcome, Outcome::Accepted(_));
        let mut replies = replies.into_iter();
        let mut finals = finals.map(Vec::into_iter);
        let recipients = paths.iter().cloned().map(|path| {
            let reply = replies.next().flatten();
            match &mut finals {
                None => RecipientOutcome::by_smtp(path, reply, is_accepted),
                Some(finals) => RecipientOutcome::by_lmtp(path, reply, finals.next().flatten()),
            }
        });
        Delivery {
            recipients: recipients.collect(),
            outcome,
            cut_short: None,
        }
    }

    fn entry(&mut self, message: TransactionId) -> Option<&mut Entry> {
        self.messages.iter_mut().find(|entry| entry.id == message)
    }

    /// Returns the report on a refused login.
    fn refused(
        &self,
        mechanism: Mechanism,
        reply: Option<Reply>,
        said: Option<String>,
    ) -> RefusedLogin {
        // A server may put the password into its capabilities.
        let offered = self
            .facts
            .capabilities
            .as_ref()
            .map(offered_by)
            .unwrap_or_default();
        RefusedLogin {
            reply,
            host: self.host.clone(),
            mechanism,
            offered: offered
                .iter()
                .map(|name| self.redactor.redact(name).into_owned())
                .collect(),
            over_tls: self.facts.tls.is_some(),
            blank: !is_for_tokens(mechanism) && self.has_blank_end,
            said,
        }
    }

    /// A reply as it may be kept: without the secret, where the server repeated it.
    fn clean(&self, reply: Reply) -> Reply {
        redact_reply(&self.redactor, reply)
    }
}

/// Returns whether a secret begins or ends with a blank: editors and shells add them, and some
/// passwords have them.
fn has_blank_end(secret: &Secret) -> bool {
    let is_blank =
        |text: &str| text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    str::from_utf8(secret.expose()).is_ok_and(is_blank)
}

/// Returns the other protocol that a server speaks, if its first octets are not a reply and show
/// it.
fn spoken_in(error: &ReplyError) -> Option<Spoken> {
    match error.fault() {
        ReplyFault::Malformed { excerpt, .. } => Spoken::in_octets(excerpt.as_bytes()),
        _ => None,
    }
}
