//! Envelopes, their recipients, and the parameters that have several fields.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::stored_as;
use crate::address::{ForwardPath, ReversePath};
use crate::envelope::{
    BodyKind, DeliverBy, Envelope, EnvelopeId, FutureRelease, InvalidParameter, NoRecipients,
    Notify, OriginalRecipient, Parameter, Priority, Recipient, Ret,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    reverse_path: ReversePath,
    recipients: Vec<Recipient>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "is_default")]
    body: BodyKind,
    #[serde(default, skip_serializing_if = "is_default")]
    all_or_none: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ret: Option<Ret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    envelope_id: Option<EnvelopeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify: Option<Notify>,
    #[serde(default, skip_serializing_if = "is_default")]
    smtputf8: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    require_tls: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authenticated_sender: Option<ReversePath>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deliver_by: Option<DeliverBy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    future_release: Option<FutureRelease>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Parameter>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<&Envelope> for Row {
    fn from(envelope: &Envelope) -> Self {
        let recipients =
            (0..envelope.recipients().len()).filter_map(|index| envelope.recipient(index));
        Self {
            reverse_path: envelope.reverse_path().clone(),
            recipients: recipients.collect(),
            size: envelope.size(),
            body: envelope.body_kind(),
            all_or_none: envelope.is_all_or_none(),
            ret: envelope.ret(),
            envelope_id: envelope.envelope_id().cloned(),
            notify: envelope.notify(),
            smtputf8: envelope.declares_smtputf8(),
            require_tls: envelope.requires_tls(),
            authenticated_sender: envelope.authenticated_sender().cloned(),
            priority: envelope.priority(),
            deliver_by: envelope.deliver_by(),
            future_release: envelope.future_release().cloned(),
            parameters: envelope.parameters().to_vec(),
        }
    }
}

/// Applies a setter if there is a value for it.
fn with<T, V>(target: T, value: Option<V>, set: impl FnOnce(T, V) -> T) -> T {
    match value {
        Some(value) => set(target, value),
        None => target,
    }
}

impl TryFrom<Row> for Envelope {
    type Error = NoRecipients;

    fn try_from(row: Row) -> Result<Self, NoRecipients> {
        let flag = |is_set: bool| is_set.then_some(());
        let envelope =
            Self::from_recipients(row.reverse_path, row.recipients)?.with_body_kind(row.body);
        let envelope = with(envelope, row.size, Self::with_size);
        let envelope = with(envelope, flag(row.all_or_none), |to, ()| {
            to.with_all_or_none()
        });
        let envelope = with(envelope, row.ret, Self::with_ret);
        let envelope = with(envelope, row.envelope_id, Self::with_envelope_id);
        let envelope = with(envelope, row.notify, Self::with_notify);
        let envelope = with(envelope, flag(row.smtputf8), |to, ()| to.with_smtputf8());
        let envelope = with(envelope, flag(row.require_tls), |to, ()| {
            to.with_require_tls()
        });
        let sender = row.authenticated_sender;
        let envelope = with(envelope, sender, Self::with_authenticated_sender);
        let envelope = with(envelope, row.priority, Self::with_priority);
        let envelope = with(envelope, row.deliver_by, Self::with_deliver_by);
        let envelope = with(envelope, row.future_release, Self::with_future_release);
        Ok(row
            .parameters
            .into_iter()
            .fold(envelope, Self::with_parameter))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecipientRow {
    path: ForwardPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify: Option<Notify>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original_recipient: Option<OriginalRecipient>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Parameter>,
}

impl From<&Recipient> for RecipientRow {
    fn from(recipient: &Recipient) -> Self {
        Self {
            path: recipient.path().clone(),
            notify: recipient.notify(),
            original_recipient: recipient.original_recipient().cloned(),
            parameters: recipient.parameters().to_vec(),
        }
    }
}

impl From<RecipientRow> for Recipient {
    fn from(row: RecipientRow) -> Self {
        let recipient = with(Self::new(row.path), row.notify, Self::with_notify);
        let original = row.original_recipient;
        let recipient = with(recipient, original, Self::with_original_recipient);
        row.parameters
            .into_iter()
            .fold(recipient, Self::with_parameter)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Original {
    r#type: String,
    address: String,
}

impl From<&OriginalRecipient> for Original {
    fn from(original: &OriginalRecipient) -> Self {
        Self {
            r#type: original.kind().to_string(),
            address: original.address().to_string(),
        }
    }
}

impl TryFrom<Original> for OriginalRecipient {
    type Error = InvalidParameter;

    fn try_from(row: Original) -> Result<Self, InvalidParameter> {
        Self::new(&row.r#type, &row.address)
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Number(i8);

impl From<&Priority> for Number {
    fn from(priority: &Priority) -> Self {
        Self(priority.get())
    }
}

impl TryFrom<Number> for Priority {
    type Error = InvalidParameter;

    fn try_from(number: Number) -> Result<Self, InvalidParameter> {
        number.0.try_into()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct By {
    seconds: i32,
    late: Late,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Late {
    Return,
    Notify,
}

impl From<&DeliverBy> for By {
    fn from(by: &DeliverBy) -> Self {
        Self {
            seconds: by.seconds(),
            late: if by.returns() {
                Late::Return
            } else {
                Late::Notify
            },
        }
    }
}

impl TryFrom<By> for DeliverBy {
    type Error = InvalidParameter;

    fn try_from(row: By) -> Result<Self, InvalidParameter> {
        match row.late {
            // A number below zero is refused as 0 is.
            Late::Return => Self::or_return(row.seconds.try_into().unwrap_or(0)),
            Late::Notify => Self::or_notify(row.seconds),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Release {
    Seconds(u32),
    Until(String),
}

impl From<&FutureRelease> for Release {
    fn from(release: &FutureRelease) -> Self {
        match (release.interval(), release.moment()) {
            (Some(seconds), _) => Self::Seconds(seconds),
            (None, moment) => Self::Until(moment.unwrap_or_default().to_string()),
        }
    }
}

impl TryFrom<Release> for FutureRelease {
    type Error = InvalidParameter;

    fn try_from(row: Release) -> Result<Self, InvalidParameter> {
        match row {
            Release::Seconds(seconds) => Self::seconds(seconds),
            Release::Until(moment) => Self::until(&moment),
        }
    }
}

stored_as! {
    DeliverBy => By,
    Envelope => Row,
    FutureRelease => Release,
    OriginalRecipient => Original,
    Priority => Number,
    Recipient => RecipientRow,
}
