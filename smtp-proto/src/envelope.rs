//! The envelope: whom a message is from, whom it is for, and what it will be like.

use alloc::vec::Vec;
use core::fmt;

use crate::address::{ForwardPath, ReversePath};

/// What the octets of a message are like; RFC 6152.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BodyKind {
    /// ASCII alone.
    #[default]
    SevenBit,
    /// Octets above 127 are among them: only a server with 8BITMIME can take it.
    EightBit,
    /// Any octets, kept as they are, a bare CR or LF and NUL included: only a server with BINARYMIME and CHUNKING can
    /// take it; RFC 3030 section 3.
    Binary,
}

/// What MAIL and RCPT will say of one message.
///
/// ```
/// use smtp_proto::{BodyKind, Envelope, ReversePath};
/// let recipients = ["b@example.test".parse()?, "c@example.test".parse()?];
/// let envelope = Envelope::new("a@example.test".parse()?, recipients)?.with_size(1234).with_body(BodyKind::EightBit);
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
}

impl Envelope {
    /// A sender and at least one recipient; [`NoRecipients`] without one.
    pub fn new(
        reverse_path: ReversePath,
        recipients: impl IntoIterator<Item = ForwardPath>,
    ) -> Result<Self, NoRecipients> {
        let recipients: Vec<ForwardPath> = recipients.into_iter().collect();
        if recipients.is_empty() {
            return Err(NoRecipients);
        }
        Ok(Self { reverse_path, recipients, size: None, body: BodyKind::SevenBit, all_or_none: false })
    }

    /// The message's octets, with CRLF line ends and without stuffed dots: what [`Survey::size`](crate::Survey::size) counts.
    /// It is compared with the server's limit before anything is sent, and declared where SIZE is offered (RFC 1870).
    #[must_use]
    pub fn with_size(mut self, octets: u64) -> Self {
        self.size = Some(octets);
        self
    }

    /// What the message's octets are like. 7bit, unless this says otherwise.
    #[must_use]
    pub fn with_body(mut self, kind: BodyKind) -> Self {
        self.body = kind;
        self
    }

    /// Send the message to nobody unless every recipient is accepted.
    #[must_use]
    pub fn all_or_none(mut self, all_or_none: bool) -> Self {
        self.all_or_none = all_or_none;
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

    pub(crate) fn declared_size(&self) -> Option<u64> {
        self.size
    }

    pub(crate) fn body_kind(&self) -> BodyKind {
        self.body
    }

    pub(crate) fn is_all_or_none(&self) -> bool {
        self.all_or_none
    }

    /// Whether an address has non-ASCII text, which only a server with SMTPUTF8 takes; RFC 6531 section 3.4.
    pub fn needs_smtputf8(&self) -> bool {
        !self.reverse_path.is_ascii() || !self.recipients.iter().all(ForwardPath::is_ascii)
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
