//! The envelope: whom a message is from, whom it is for, what it will be like, and what is asked for it.

mod dsn;
mod extras;
mod parameter;
mod schedule;
mod xtext;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::address::{ForwardPath, ReversePath};
use crate::body::MessageScan;

pub use dsn::{EnvelopeId, Notify, NotifyOn, OriginalRecipient, Ret};
pub use extras::Recipient;
pub(crate) use extras::{Extras, RecipientExtras};
pub use parameter::{InvalidParameter, Parameter};
pub use schedule::{DeliverBy, FutureRelease, Priority};
pub(crate) use xtext::xtext;

/// What the octets of a message are like; RFC 6152.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum BodyKind {
    /// ASCII alone.
    #[default]
    #[cfg_attr(feature = "serde", serde(rename = "7bit"))]
    SevenBit,
    /// Octets above 127 are among them: only a server with 8BITMIME can take it.
    #[cfg_attr(feature = "serde", serde(rename = "8bit"))]
    EightBit,
    /// Any octets, kept as they are, a bare CR or LF and NUL included: only a server with BINARYMIME and CHUNKING can
    /// take it; RFC 3030 section 3.
    Binary,
}

/// What MAIL and RCPT will say of one message.
///
/// ```
/// use mailwright_proto::{address::ReversePath, envelope::{BodyKind, Envelope}};
/// let recipients = ["b@example.test".parse()?, "c@example.test".parse()?];
/// let envelope = Envelope::new("a@example.test".parse()?, recipients)?.with_size(1234).with_body_kind(BodyKind::EightBit);
/// assert_eq!(envelope.recipients().len(), 2);
/// assert!(Envelope::new(ReversePath::Null, []).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    reverse_path: ReversePath,
    recipients: Vec<ForwardPath>,
    size: Option<u64>,
    body: BodyKind,
    all_or_none: bool,
    /// On the heap, as few want any.
    extras: Option<Box<Extras>>,
}

impl Envelope {
    /// Returns an envelope from a sender to recipients.
    ///
    /// # Errors
    ///
    /// Fails if there is no recipient.
    pub fn new(
        reverse_path: ReversePath,
        recipients: impl IntoIterator<Item = ForwardPath>,
    ) -> Result<Self, NoRecipients> {
        let recipients: Vec<ForwardPath> = recipients.into_iter().collect();
        if recipients.is_empty() {
            return Err(NoRecipients);
        }
        Ok(Self {
            reverse_path,
            recipients,
            size: None,
            body: BodyKind::SevenBit,
            all_or_none: false,
            extras: None,
        })
    }

    /// Returns an envelope from a sender to recipients with parameters of their own.
    ///
    /// # Errors
    ///
    /// Fails if there is no recipient.
    pub fn from_recipients(
        reverse_path: ReversePath,
        recipients: impl IntoIterator<Item = Recipient>,
    ) -> Result<Self, NoRecipients> {
        let (paths, extras): (Vec<_>, Vec<_>) = recipients
            .into_iter()
            .map(|recipient| (recipient.path, recipient.extras))
            .unzip();
        let mut envelope = Self::new(reverse_path, paths)?;
        if extras.iter().any(|one| *one != RecipientExtras::default()) {
            envelope.extras_mut().recipients = extras;
        }
        Ok(envelope)
    }

    /// Returns the same envelope for some of its recipients, by their indexes. A server's
    /// [limits](crate::Connection::within_limits) may ask for that.
    ///
    /// # Errors
    ///
    /// Fails if the envelope has none of these recipients.
    ///
    /// ```
    /// use mailwright_proto::envelope::Envelope;
    /// let envelope = Envelope::new("a@b.test".parse()?, ["c@d.test".parse()?, "e@f.test".parse()?])?;
    /// assert_eq!(envelope.subset(&[1])?.recipients(), ["e@f.test".parse()?]);
    /// assert!(envelope.subset(&[2]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn subset(&self, indexes: &[usize]) -> Result<Self, NoRecipients> {
        let indexes: Vec<usize> = indexes
            .iter()
            .copied()
            .filter(|&index| index < self.recipients.len())
            .collect();
        let recipients: Vec<ForwardPath> = indexes
            .iter()
            .filter_map(|&index| self.recipients.get(index).cloned())
            .collect();
        if recipients.is_empty() {
            return Err(NoRecipients);
        }
        let mut part = Self {
            recipients,
            ..self.clone()
        };
        if let Some(extras) = &mut part.extras
            && !extras.recipients.is_empty()
        {
            let all = core::mem::take(&mut extras.recipients);
            let of_index = |&index: &usize| all.get(index).cloned().unwrap_or_default();
            extras.recipients = indexes.iter().map(of_index).collect();
        }
        Ok(part)
    }

    /// The message's octets, with CRLF line ends and without stuffed dots: what [`MessageScan::size`](crate::body::MessageScan::size) counts.
    /// It is compared with the server's limit before anything is sent, and declared where SIZE is offered (RFC 1870).
    #[must_use]
    pub fn with_size(mut self, octets: u64) -> Self {
        self.size = Some(octets);
        self
    }

    /// What the message's octets are like. 7bit, unless this says otherwise.
    #[must_use]
    pub fn with_body_kind(mut self, kind: BodyKind) -> Self {
        self.body = kind;
        self
    }

    /// Declares the results of a scan of the message: its size, whether it is 8bit, and whether
    /// its header needs SMTPUTF8.
    ///
    /// ```
    /// use mailwright_proto::{body::MessageScan, envelope::Envelope};
    /// let mut scan = MessageScan::default();
    /// scan.update("Subject: grüße\r\n\r\nHello.\r\n".as_bytes());
    /// let envelope = Envelope::new("a@b.test".parse()?, ["c@d.test".parse()?])?.with_scan(&scan);
    /// assert!(envelope.needs_smtputf8());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_scan(self, scan: &MessageScan) -> Self {
        let kind = if scan.is_8bit() {
            BodyKind::EightBit
        } else {
            BodyKind::SevenBit
        };
        let envelope = self.with_size(scan.size()).with_body_kind(kind);
        if scan.has_utf8_header() {
            envelope.with_smtputf8()
        } else {
            envelope
        }
    }

    /// Sends the message to no recipient unless every recipient is accepted.
    #[must_use]
    pub fn with_all_or_none(mut self) -> Self {
        self.all_or_none = true;
        self
    }

    /// How much of the message a report of its failure brings back; RFC 3461 section 4.3. Only a server with DSN takes it.
    #[must_use]
    pub fn with_ret(mut self, ret: Ret) -> Self {
        self.extras_mut().ret = Some(ret);
        self
    }

    /// What reports call the envelope; RFC 3461 section 4.4. Only a server with DSN takes it.
    #[must_use]
    pub fn with_envelope_id(mut self, id: EnvelopeId) -> Self {
        self.extras_mut().envelope_id = Some(id);
        self
    }

    /// When the fate of each recipient is to be reported, [those](Recipient::with_notify) apart that have a word of their
    /// own; RFC 3461 section 4.1. Only a server with DSN takes it.
    #[must_use]
    pub fn with_notify(mut self, notify: impl Into<Notify>) -> Self {
        self.extras_mut().notify = Some(notify.into());
        self
    }

    /// The message's header has non-ASCII text, which only a server with SMTPUTF8 takes; RFC 6531 section 3.2. Of
    /// addresses this need not be said.
    #[must_use]
    pub fn with_smtputf8(mut self) -> Self {
        self.extras_mut().smtputf8 = true;
        self
    }

    /// Every server on the way has to verify the next one's TLS, or to send the message back: RFC 8689 section 2. Only a
    /// server with REQUIRETLS takes it, over TLS whose certificate was verified.
    #[must_use]
    pub fn with_require_tls(mut self) -> Self {
        self.extras_mut().require_tls = true;
        self
    }

    /// Who handed the message in, for a relay that is trusted to know: `AUTH=` of RFC 4954 section 5, and nobody by the
    /// null path. Only a server with AUTH takes it.
    #[must_use]
    pub fn with_authenticated_sender(mut self, sender: ReversePath) -> Self {
        self.extras_mut().authenticated_sender = Some(sender);
        self
    }

    /// How urgent the message is; RFC 6710. Only a server with MT-PRIORITY takes it.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.extras_mut().priority = Some(priority);
        self
    }

    /// By when it is to be delivered; RFC 2852. Only a server with DELIVERBY takes it, and none sooner than it says.
    #[must_use]
    pub fn with_deliver_by(mut self, by: DeliverBy) -> Self {
        self.extras_mut().deliver_by = Some(by);
        self
    }

    /// Until when the server is to keep it; RFC 4865. Only one with FUTURERELEASE takes it, and none longer than it says.
    #[must_use]
    pub fn with_future_release(mut self, release: FutureRelease) -> Self {
        self.extras_mut().future_release = Some(release);
        self
    }

    /// A parameter of MAIL that has no type here.
    #[must_use]
    pub fn with_parameter(mut self, parameter: Parameter) -> Self {
        self.extras_mut().parameters.push(parameter);
        self
    }

    /// Whom it is from.
    pub fn reverse_path(&self) -> &ReversePath {
        &self.reverse_path
    }

    /// Whom it is for: at least one. Events name a recipient by its index here.
    pub fn recipients(&self) -> &[ForwardPath] {
        &self.recipients
    }

    /// Returns a recipient with its parameters, by its index.
    pub fn recipient(&self, index: usize) -> Option<Recipient> {
        let path = self.recipients.get(index)?.clone();
        let extras = self
            .extras()
            .and_then(|extras| extras.recipients.get(index));
        Some(Recipient {
            path,
            extras: extras.cloned().unwrap_or_default(),
        })
    }

    /// Returns the [declared size](Self::with_size).
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Returns the declared kind of the message's octets.
    pub fn body_kind(&self) -> BodyKind {
        self.body
    }

    /// Returns whether the message goes to all recipients or to none.
    pub fn is_all_or_none(&self) -> bool {
        self.all_or_none
    }

    /// Returns how much of the message a report of its failure brings back.
    pub fn ret(&self) -> Option<Ret> {
        self.extras()?.ret
    }

    /// Returns the name that reports repeat.
    pub fn envelope_id(&self) -> Option<&EnvelopeId> {
        self.extras()?.envelope_id.as_ref()
    }

    /// Returns when delivery is reported, for the recipients that have no [`Recipient::notify`].
    pub fn notify(&self) -> Option<Notify> {
        self.extras()?.notify
    }

    /// Returns whether [the message's header](Self::with_smtputf8) has non-ASCII text.
    pub fn declares_smtputf8(&self) -> bool {
        self.extras().is_some_and(|extras| extras.smtputf8)
    }

    /// Returns whether every server on the way must verify the next one's TLS.
    pub fn requires_tls(&self) -> bool {
        self.extras().is_some_and(|extras| extras.require_tls)
    }

    /// Returns who submitted the message: `AUTH=` of RFC 4954 section 5.
    pub fn authenticated_sender(&self) -> Option<&ReversePath> {
        self.extras()?.authenticated_sender.as_ref()
    }

    /// Returns the priority.
    pub fn priority(&self) -> Option<Priority> {
        self.extras()?.priority
    }

    /// Returns the time by which the message is to be delivered.
    pub fn deliver_by(&self) -> Option<DeliverBy> {
        self.extras()?.deliver_by
    }

    /// Returns until when the server is to keep the message.
    pub fn future_release(&self) -> Option<&FutureRelease> {
        self.extras()?.future_release.as_ref()
    }

    /// Returns the untyped parameters of MAIL.
    pub fn parameters(&self) -> &[Parameter] {
        self.extras().map_or(&[], |extras| &extras.parameters)
    }

    pub(crate) fn extras(&self) -> Option<&Extras> {
        self.extras.as_deref()
    }

    fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// Whether only a server with SMTPUTF8 takes it, for an [address](crate::address::Mailbox::needs_smtputf8) or for
    /// [its header](Self::with_smtputf8); RFC 6531 section 3.4.
    pub fn needs_smtputf8(&self) -> bool {
        self.declares_smtputf8()
            || self.reverse_path.needs_smtputf8()
            || self.recipients.iter().any(ForwardPath::needs_smtputf8)
    }

    /// Whether it makes use of SMTPUTF8 where that is offered.
    pub(crate) fn uses_smtputf8(&self) -> bool {
        self.declares_smtputf8()
            || !self.reverse_path.is_ascii()
            || !self.recipients.iter().all(ForwardPath::is_ascii)
    }
}

/// An envelope without a recipient, which no server would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct NoRecipients;

impl fmt::Display for NoRecipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope needs at least one recipient")
    }
}

impl core::error::Error for NoRecipients {}

#[cfg(test)]
mod tests;
