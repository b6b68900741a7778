use alloc::vec::Vec;

use super::*;

/// Returns an envelope in which every field is set.
fn full() -> Envelope {
    let list: crate::address::Mailbox = "list@example.test".parse().unwrap();
    let recipients = [
        Recipient::new("b@example.test".parse().unwrap()).with_notify(Notify::Never),
        Recipient::new("c@example.test".parse().unwrap())
            .with_original_recipient(OriginalRecipient::from_mailbox(&list).unwrap())
            .with_parameter(Parameter::new("RRVS", Some("x")).unwrap()),
    ];
    Envelope::from_recipients("a@example.test".parse().unwrap(), recipients)
        .unwrap()
        .with_size(1234)
        .with_body_kind(BodyKind::EightBit)
        .with_all_or_none()
        .with_ret(Ret::Headers)
        .with_envelope_id("a+b".parse().unwrap())
        .with_notify(NotifyOn::FAILURE | NotifyOn::DELAY)
        .with_smtputf8()
        .with_require_tls()
        .with_authenticated_sender("d@example.test".parse().unwrap())
        .with_priority("-3".parse().unwrap())
        .with_deliver_by(DeliverBy::or_return(60).unwrap())
        .with_future_release(FutureRelease::seconds(5).unwrap())
        .with_parameter(Parameter::new("XVERP", None).unwrap())
}

/// Returns the envelope that the getters describe.
fn rebuilt(from: &Envelope) -> Envelope {
    let recipients = (0..).map_while(|index| from.recipient(index)).map(|one| {
        let mut recipient = Recipient::new(one.path().clone());
        if let Some(notify) = one.notify() {
            recipient = recipient.with_notify(notify);
        }
        if let Some(original) = one.original_recipient() {
            recipient = recipient.with_original_recipient(original.clone());
        }
        let parameters = one.parameters().iter().cloned();
        parameters.fold(recipient, Recipient::with_parameter)
    });
    let mut to = Envelope::from_recipients(from.reverse_path().clone(), recipients)
        .unwrap()
        .with_body_kind(from.body_kind());
    to.size = from.size();
    to.all_or_none = from.is_all_or_none();
    let extras = to.extras_mut();
    extras.ret = from.ret();
    extras.envelope_id = from.envelope_id().cloned();
    extras.notify = from.notify();
    extras.smtputf8 = from.declares_smtputf8();
    extras.require_tls = from.requires_tls();
    extras.authenticated_sender = from.authenticated_sender().cloned();
    extras.priority = from.priority();
    extras.deliver_by = from.deliver_by();
    extras.future_release = from.future_release().cloned();
    extras.parameters = from.parameters().to_vec();
    to
}

#[test]
fn every_field_of_an_envelope_has_a_getter() {
    assert_eq!(rebuilt(&full()), full());
}

#[test]
fn a_subset_keeps_each_recipients_parameters() {
    let part = full().subset(&[1]).unwrap();
    assert_eq!(part.recipient(0), full().recipient(1));
    assert_eq!(part.recipient(1), None);
    let paths: Vec<_> = part.recipients().iter().map(ForwardPath::as_str).collect();
    assert_eq!(paths, ["c@example.test"]);
}
