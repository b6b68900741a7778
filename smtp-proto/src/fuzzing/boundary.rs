//! Nothing that was said in the clear matters behind the handshake.

use alloc::format;
use alloc::vec::Vec;

use super::Tamper;
use super::input::Input;
use super::setup::{config, credentials, shows_secret};
use crate::auth::Mechanism;
use crate::config::Security;
use crate::envelope::Envelope;
use crate::event::{Output, TlsInfo};
use crate::testing::Driver;

/// Two sessions that heard different things in the clear, and the same behind the handshake, do the same behind it. An
/// octet too many in the clear ends a session, and no password is written without a proof.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn starttls_boundary(input: &[u8], tamper: Tamper) {
    let mut input = Input::new(input);
    let (greeting, offer, behind) = (input.bytes(), input.bytes(), input.bytes());
    let choice = input.byte();
    let (is_verified, is_late) = (choice & 1 == 1, choice & 2 == 2);
    let inside = input.rest();

    let plain = up_to_the_handshake(b"hello", b"", b"", false);
    assert!(
        plain.is_some(),
        "an ordinary session does not come to its handshake"
    );
    let (Some(mut plain), Some(mut other)) =
        (plain, up_to_the_handshake(greeting, offer, behind, is_late))
    else {
        return;
    };
    assert!(
        behind.is_empty(),
        "octets in the clear behind the 220 are let pass"
    );
    assert!(
        !shows_secret(&other.written),
        "the password was written in the clear"
    );
    let expected = behind_the_handshake(&mut plain, is_verified, inside);
    let mut found = behind_the_handshake(&mut other, is_verified, inside);
    tamper(&mut found);
    assert!(
        found == expected,
        "what was said in the clear made a difference"
    );
    assert!(
        is_verified || !shows_secret(&other.written),
        "the password was written without a proof"
    );
}

/// A session that was told this, as far as its handshake; nothing where it does not come so far. `is_late`: what stands behind
/// the 220 comes when the handshake is asked for.
fn up_to_the_handshake(
    greeting: &[u8],
    offer: &[u8],
    behind: &[u8],
    is_late: bool,
) -> Option<Driver> {
    let mut host = Driver::new(
        config()
            .security(Security::StartTls)
            .login([Mechanism::Plain, Mechanism::Login]),
    );
    let line = |code: &[u8], text: &[u8]| {
        let text: Vec<u8> = text
            .iter()
            .copied()
            .filter(|byte| !matches!(byte, b'\r' | b'\n'))
            .collect();
        [code, text.as_slice(), b"\r\n"].concat()
    };
    _ = host.run();
    _ = host.receive(line(b"220 ", greeting));
    let offered = offer
        .split(|&byte| byte == b'\n')
        .map(|text| line(b"250-", text));
    let answer: Vec<Vec<u8>> = [line(b"250-", b"mx")].into_iter().chain(offered).collect();
    _ = host.receive(answer.concat());
    _ = host.receive(b"250 STARTTLS\r\n");
    let (early, late) = if is_late {
        (&[][..], behind)
    } else {
        (behind, &[][..])
    };
    _ = host.receive([b"220 go\r\n", early].concat());
    _ = host.receive(late);
    (host.run() == Ok(Output::StartTls)).then_some(host)
}

/// All that the session writes and tells from here on, where the server says this.
fn behind_the_handshake(host: &mut Driver, is_verified: bool, inside: &[u8]) -> Vec<u8> {
    let (written, told) = (host.written.len(), host.events.len());
    if host
        .connection
        .tls_established(if is_verified {
            TlsInfo::verified()
        } else {
            TlsInfo::unverified()
        })
        .is_err()
    {
        return b"refused".to_vec();
    }
    let mut demand = host.run();
    for chunk in inside.split_inclusive(|&byte| byte == b'\n') {
        match demand {
            Ok(Output::Authenticate) => {
                _ = credentials().map(|credentials| host.connection.authenticate(credentials));
            }
            Ok(Output::Idle) => {
                let paths = ("a@example.test".parse(), "b@example.test".parse());
                let envelope = if let (Ok(from), Ok(to)) = paths {
                    Envelope::new(from, [to]).ok()
                } else {
                    None
                };
                _ = envelope.map(|envelope| host.connection.send(&envelope));
            }
            _ => {}
        }
        _ = host.run();
        demand = host.receive(chunk);
    }
    let mut log = host.written.get(written..).unwrap_or_default().to_vec();
    let events = host.events.get(told..).unwrap_or_default();
    log.extend_from_slice(
        format!("{demand:?} {events:?} {:?}", host.connection.state()).as_bytes(),
    );
    log
}
