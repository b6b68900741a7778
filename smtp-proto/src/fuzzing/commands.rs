//! No text that an embedder hands in becomes a second command.

use alloc::vec::Vec;

use super::Tamper;
use super::host::config;
use super::input::Input;
use crate::address::{AddressLiteral, EhloName, ForwardPath, ReversePath};
use crate::auth::{Credentials, Mechanism};
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
    for mechanism in Mechanism::ALL.iter().copied() {
        let secret = Secret::from(secret.to_vec());
        let credentials = match mechanism {
            Mechanism::XOAuth2 => Credentials::token(&user, secret),
            _ => Credentials::password(&user, secret),
        };
        let Ok(credentials) = credentials else { continue };
        let mut exchange = mechanism.begin(credentials);
        let initial = exchange.initial_response();
        check(&|out| _ = command::auth(out, mechanism, initial.as_ref(), proof));
        while let Some(response) = exchange.respond(b"challenge") {
            check(&|out| command::auth_response(out, &response, proof));
        }
    }
}
