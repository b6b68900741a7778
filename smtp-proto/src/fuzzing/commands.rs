//! No text that an embedder hands in becomes a second command.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::Tamper;
use super::input::Input;
use super::setup::config;
use crate::address::{AddressLiteral, EhloName, ForwardPath, ReversePath};
use crate::auth::{AuthOffer, Choice, Credentials, Mechanism};
use crate::command::{self, Argument, Command};
use crate::ehlo::Capabilities;
use crate::envelope::{
    BodyKind, DeliverBy, Envelope, EnvelopeId, FutureRelease, Notify, OriginalRecipient, Parameter,
    Priority, Recipient,
};
use crate::event::TlsInfo;
use crate::reply::Reply;
use crate::secret::Secret;
use crate::security_layer::SecurityLayer;

/// Any strings in every field of every command: each is refused, or the command has one CRLF, at its end.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn command_injection(input: &[u8], tamper: Tamper) {
    let mut input = Input::new(input);
    let check = |encode: &dyn Fn(&mut Vec<u8>)| {
        let mut line = Vec::new();
        encode(&mut line);
        tamper(&mut line);
        let content = line.strip_suffix(b"\r\n");
        let whole = content
            .is_some_and(|content| !content.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
        assert!(whole, "\"{}\" is not one line", line.escape_ascii());
    };
    let text = input.text();
    if let Ok(name) = text.parse::<EhloName>() {
        check(&|out| command::ehlo(out, &name));
        check(&|out| command::helo(out, &name));
    }
    if let Ok(literal) = text.parse::<AddressLiteral>() {
        check(&|out| command::ehlo(out, &EhloName::Literal(literal.clone())));
    }
    if let Ok(argument) = text.parse::<Argument>() {
        for command in [
            Command::Vrfy(argument.clone()),
            Command::Expn(argument.clone()),
            Command::Help(Some(argument)),
            Command::Help(None),
            Command::Noop,
            Command::Rset,
        ] {
            check(&|out| command::other(out, &command));
        }
    }
    let (from, to) = (
        text.parse::<ReversePath>(),
        input.text().parse::<ForwardPath>(),
    );
    if let (Ok(from), Ok(to)) = (from, to) {
        let Ok(offered) = Reply::parse(b"250-x\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
            .map(Capabilities::from_reply)
        else {
            return;
        };
        if let Some(envelope) = envelope(from, to, &mut input) {
            check(&|out| command::mail(out, &envelope, &offered));
            check(&|out| command::rcpt(out, &envelope, 0, &offered));
        }
    }
    let (user, secret) = (input.text(), input.bytes());
    let session = SecurityLayer::over_tls(&config(), TlsInfo::verified());
    let Some(proof) = session.confidential() else {
        return;
    };
    let secret = || Secret::from(secret.to_vec());
    let given = [
        Credentials::password(&user, secret()),
        Credentials::token(&user, secret()),
        Credentials::certificate(&user),
        Credentials::anonymous(&user),
    ];
    let offered = Mechanism::ALL.iter().map(ToString::to_string).collect();
    let offer = AuthOffer {
        offered,
        allowed: Mechanism::ALL.to_vec(),
        unfit: Vec::new(),
    };
    for credentials in given.into_iter().flatten() {
        let mut choice = Choice::new(&offer, credentials.with_nonce([7; 18]), Some([7; 32]));
        while let Some((mechanism, mut exchange)) = choice.next(&mut Vec::new()) {
            let initial = exchange.initial_response();
            check(&|out| _ = command::auth(out, mechanism, initial.as_ref(), proof));
            while let Ok(response) = exchange.respond(b"challenge") {
                check(&|out| command::auth_response(out, &response, proof));
            }
        }
    }
}

/// An envelope with everything in it that the input has a good value for.
fn envelope(from: ReversePath, to: ForwardPath, input: &mut Input<'_>) -> Option<Envelope> {
    let kind = if input.flag() {
        BodyKind::EightBit
    } else {
        BodyKind::SevenBit
    };
    let text = input.text();
    let (name, value) = text.split_once('=').unwrap_or((&text, ""));
    let parameter = Parameter::new(name, Some(value).filter(|value| !value.is_empty())).ok();
    let original = match &to {
        ForwardPath::Mailbox(mailbox) => OriginalRecipient::from_mailbox(mailbox).ok(),
        ForwardPath::Postmaster => None,
    };
    let original = original.or_else(|| OriginalRecipient::new(name, value).ok());
    let mut recipient = Recipient::new(to);
    if let Some(original) = original {
        recipient = recipient.with_original_recipient(original);
    }
    if let Ok(notify) = text.parse::<Notify>() {
        recipient = recipient.with_notify(notify);
    }
    if let Some(parameter) = &parameter {
        recipient = recipient.with_parameter(parameter.clone());
    }
    let mut envelope = Envelope::from_recipients(from.clone(), [recipient])
        .ok()?
        .with_size(7)
        .with_body_kind(kind);
    envelope = envelope.with_authenticated_sender(from);
    if let Some(parameter) = parameter {
        envelope = envelope.with_parameter(parameter);
    }
    if let Ok(id) = text.parse::<EnvelopeId>() {
        envelope = envelope.with_envelope_id(id);
    }
    if let Ok(by) = text.parse::<DeliverBy>() {
        envelope = envelope.with_deliver_by(by);
    }
    if let Ok(priority) = text.parse::<Priority>() {
        envelope = envelope.with_priority(priority);
    }
    Some(match FutureRelease::until(&text) {
        Ok(hold) => envelope.with_future_release(hold),
        Err(_) => envelope,
    })
}
