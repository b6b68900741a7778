//! What an envelope may ask for besides: most ask for nothing of it.

use alloc::vec::Vec;

use super::dsn::{EnvelopeId, Notify, OriginalRecipient, Ret};
use super::parameter::Parameter;
use super::schedule::{DeliverBy, FutureRelease, Priority};
use crate::address::{ForwardPath, ReversePath};

/// What MAIL is to say besides sender, size and kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Extras {
    pub(crate) ret: Option<Ret>,
    pub(crate) envelope_id: Option<EnvelopeId>,
    /// For every recipient that has none of its own.
    pub(crate) notify: Option<Notify>,
    /// One for each recipient, in their order; fewer where the rest wants nothing.
    pub(crate) recipients: Vec<RecipientExtras>,
    pub(crate) smtputf8: bool,
    pub(crate) require_tls: bool,
    pub(crate) authenticated_sender: Option<ReversePath>,
    pub(crate) priority: Option<Priority>,
    pub(crate) deliver_by: Option<DeliverBy>,
    pub(crate) future_release: Option<FutureRelease>,
    pub(crate) parameters: Vec<Parameter>,
}

/// What one RCPT is to say besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RecipientExtras {
    pub(crate) notify: Option<Notify>,
    pub(crate) original: Option<OriginalRecipient>,
    pub(crate) parameters: Vec<Parameter>,
}

impl Extras {
    /// Whether anything of it takes DSN.
    pub(crate) fn needs_dsn(&self) -> bool {
        let of_recipient = |one: &RecipientExtras| one.notify.is_some() || one.original.is_some();
        let of_message = self.ret.is_some() || self.envelope_id.is_some() || self.notify.is_some();
        of_message || self.recipients.iter().any(of_recipient)
    }
}

/// A recipient of whom more is to be said than the path; [`Envelope::from_recipients`](super::Envelope::from_recipients)
/// takes them.
///
/// ```
/// use mailwright_proto::address::ForwardPath;
/// use mailwright_proto::envelope::{Envelope, Notify, OriginalRecipient, Recipient};
/// let member: ForwardPath = "b@example.test".parse()?;
/// let list = "list@example.test".parse()?;
/// let recipients = [
///     Recipient::new(member).with_notify(Notify::Never),
///     Recipient::new("c@example.test".parse()?).with_original_recipient(OriginalRecipient::from_mailbox(&list)?),
/// ];
/// let envelope = Envelope::from_recipients("a@example.test".parse()?, recipients)?;
/// assert_eq!(envelope.recipients().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub(super) path: ForwardPath,
    pub(super) extras: RecipientExtras,
}

impl Recipient {
    /// One of whom nothing else is to be said so far.
    pub fn new(path: ForwardPath) -> Self {
        Self {
            path,
            extras: RecipientExtras::default(),
        }
    }

    /// When its fate is to be reported, whatever the envelope says of all; RFC 3461 section 4.1.
    #[must_use]
    pub fn with_notify(mut self, notify: impl Into<Notify>) -> Self {
        self.extras.notify = Some(notify.into());
        self
    }

    /// Whom the message was for at first; RFC 3461 section 4.2.
    #[must_use]
    pub fn with_original_recipient(mut self, original: OriginalRecipient) -> Self {
        self.extras.original = Some(original);
        self
    }

    /// A parameter of RCPT that has no type here.
    #[must_use]
    pub fn with_parameter(mut self, parameter: Parameter) -> Self {
        self.extras.parameters.push(parameter);
        self
    }

    /// Returns the forward-path.
    pub fn path(&self) -> &ForwardPath {
        &self.path
    }

    /// Returns this recipient's own [`with_notify`](Self::with_notify).
    pub fn notify(&self) -> Option<Notify> {
        self.extras.notify
    }

    /// Returns the original recipient.
    pub fn original_recipient(&self) -> Option<&OriginalRecipient> {
        self.extras.original.as_ref()
    }

    /// Returns the untyped parameters of RCPT.
    pub fn parameters(&self) -> &[Parameter] {
        &self.extras.parameters
    }
}

impl From<ForwardPath> for Recipient {
    fn from(path: ForwardPath) -> Self {
        Self::new(path)
    }
}
