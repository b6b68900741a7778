//! No text that an embedder hands in becomes a second command.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::Tamper;
use super::host::config;
use super::input::Input;
use crate::address::{AddressLiteral, EhloName, ForwardPath, ReversePath};
use crate::auth::{Choice, Credentials, Mechanism, Offer};
use crate::capability::Capabilities;
use crate::command::{self, Argument, Command};
use crate::envelope::{BodyKind, Envelope};
use crate::event::TlsInfo;
use crate::reply::Reply;
use crate::secret::Secret;
use crate::session::Session;

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
        let whole = content.is_some_and(|content| !content.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
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
    let (from, to) = (text.parse::<ReversePath>(), input.text().parse::<ForwardPath>());
    if let (Ok(from), Ok(to)) = (from, to) {
        check(&|out| command::rcpt(out, &to));
        let kind = if input.flag() { BodyKind::EightBit } else { BodyKind::SevenBit };
        let offered =
            Reply::parse(b"250-x\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n").map(Capabilities::from_reply);
        let envelope = Envelope::new(from, [to]).map(|envelope| envelope.with_size(7).with_body(kind));
        if let (Ok(envelope), Ok(offered)) = (envelope, offered) {
            check(&|out| command::mail(out, &envelope, &offered));
        }
    }
    let (user, secret) = (input.text(), input.bytes());
    let session = Session::over_tls(&config(), TlsInfo::new(true));
    let Some(proof) = session.confidential() else { return };
    let secret = || Secret::from(secret.to_vec());
    let given = [
        Credentials::password(&user, secret()),
        Credentials::token(&user, secret()),
        Credentials::certificate(&user),
        Credentials::anonymous(&user),
    ];
    let offered = Mechanism::ALL.iter().map(ToString::to_string).collect();
    let offer = Offer { offered, allowed: Mechanism::ALL.to_vec(), unfit: Vec::new() };
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
