//! What MAIL and RCPT say for those who ask for more: parameters, each behind a blank.

use alloc::vec::Vec;
use core::fmt::{Display, Write};

use super::{Line, push};
use crate::address::ReversePath;
use crate::envelope::{Extras, Parameter, xtext};

/// In the order of the envelope's fields: RFC 3461, RFC 4954, RFC 8689, RFC 6710, RFC 2852, RFC 4865.
pub(super) fn of_message(out: &mut Vec<u8>, extras: &Extras) {
    value(out, "RET", extras.ret.as_ref());
    value(out, "ENVID", extras.envelope_id.as_ref());
    match &extras.authenticated_sender {
        None => {}
        Some(ReversePath::Null) => push(out, [" AUTH=<>"]),
        Some(ReversePath::Mailbox(mailbox)) => push(out, [" AUTH=", &xtext(mailbox.as_str())]),
    }
    if extras.require_tls {
        push(out, [" REQUIRETLS"]);
    }
    value(
        out,
        "MT-PRIORITY",
        extras.priority.map(|priority| priority.get()).as_ref(),
    );
    value(out, "BY", extras.deliver_by.as_ref());
    if let Some(release) = &extras.future_release {
        // Writing to a vector cannot fail.
        let _ = write!(Line(out), " {release}");
    }
    others(out, &extras.parameters);
}

/// RFC 3461 section 4: what this recipient has of its own, or the envelope for all.
pub(super) fn of_recipient(out: &mut Vec<u8>, extras: &Extras, index: usize) {
    let own = extras.recipients.get(index);
    value(
        out,
        "NOTIFY",
        own.and_then(|own| own.notify.as_ref())
            .or(extras.notify.as_ref()),
    );
    let Some(own) = own else { return };
    value(out, "ORCPT", own.original.as_ref());
    others(out, &own.parameters);
}

fn value(out: &mut Vec<u8>, keyword: &str, value: Option<&impl Display>) {
    if let Some(value) = value {
        // Writing to a vector cannot fail.
        let _ = write!(Line(out), " {keyword}={value}");
    }
}

fn others(out: &mut Vec<u8>, parameters: &[Parameter]) {
    for parameter in parameters {
        push(out, [" ", parameter.keyword()]);
        if let Some(value) = parameter.value() {
            push(out, ["=", value]);
        }
    }
}
