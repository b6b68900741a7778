//! A login ends whatever the server says, says nothing before there is a proof, and believes no server without one.

use alloc::string::ToString;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Tamper;
use super::input::Input;
use super::setup::{NONCE, config, credentials_for, shows_secret};
use crate::auth::Mechanism;
use crate::config::Security;
use crate::event::{Event, Output, TlsInfo};
use crate::testing::Driver;

/// As many lines as a session with an exchange may write: EHLO, AUTH by each of the 11 mechanisms, 16 responses, the
/// cancellation, QUIT.
const MAX_LINES: usize = 30;

/// Every mechanism against any challenges: it ends within its limit; no secret and no AUTH at all is written before there
/// is a proof that nobody reads along; what need not say the password does not; and a server that does not know the
/// password cannot make a login by SCRAM good.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn auth_exchange(input: &[u8], tamper: Tamper) {
    let mut input = Input::new(input);
    let first = Mechanism::ALL
        .iter()
        .copied()
        .cycle()
        .nth(usize::from(input.byte()))
        .unwrap_or(Mechanism::Plain);
    let (is_tls, is_verified, is_bound, is_alone) =
        (input.flag(), input.flag(), input.flag(), input.flag());
    let others = Mechanism::ALL.iter().copied().filter(|_| !is_alone);
    let security = if is_tls {
        Security::ImplicitTls
    } else {
        Security::None
    };
    let mut host = Driver::new(
        config()
            .security(security)
            .login([first].into_iter().chain(others)),
    );
    let tls = if is_verified {
        TlsInfo::verified()
    } else {
        TlsInfo::unverified()
    };
    let tls = if is_bound {
        tls.with_exporter([7; 32])
    } else {
        tls
    };
    if host.run() == Ok(Output::StartTls) && host.connection.tls_established(tls).is_err() {
        return;
    }
    _ = host.receive(b"220 mx\r\n");
    let names: Vec<_> = Mechanism::ALL.iter().map(ToString::to_string).collect();
    let mut demand =
        host.receive([b"250-mx\r\n250 AUTH ", names.join(" ").as_bytes(), b"\r\n"].concat());
    let is_confidential = is_tls && is_verified;
    if demand == Ok(Output::Authenticate) {
        let Some(credentials) = credentials_for(first) else {
            return;
        };
        assert!(
            host.connection.authenticate(credentials).is_ok(),
            "asked for, and not taken"
        );
        demand = host.run();
    }
    while demand == Ok(Output::Read) && !input.is_empty() {
        demand = host.receive(answer(&mut input));
    }
    host.connection.receive_eof();
    assert!(
        matches!(host.run(), Ok(Output::Closed) | Err(_)),
        "it outlives its connection"
    );
    assert!(
        memchr::memchr_iter(b'\n', &host.written).count() <= MAX_LINES,
        "the exchange does not end"
    );
    let is_believed = |event: &Event| matches!(event, Event::Authenticated { mechanism, .. } if mechanism.is_mutual());
    assert!(
        !host.events.iter().any(is_believed),
        "a server without the password was believed"
    );
    tamper(&mut host.written);
    let has_auth = memchr::memmem::find(&host.written, b"AUTH").is_some();
    assert!(
        is_confidential || !has_auth,
        "AUTH was written without a proof"
    );
    let may_show =
        is_confidential && !(is_alone && (first.is_mutual() || first == Mechanism::CramMd5));
    assert!(
        may_show || !shows_secret(&host.written),
        "a secret was written that need not be, or without a proof"
    );
}

/// One reply, of the kinds that an exchange may see and some that it may not.
fn answer(input: &mut Input<'_>) -> Vec<u8> {
    let kind = input.byte();
    let bytes = input.bytes();
    let text: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let challenge = |octets: &[u8]| [b"334 ", STANDARD.encode(octets).as_bytes(), b"\r\n"].concat();
    match kind % 10 {
        0..=2 => challenge(bytes),
        // What SCRAM goes on with.
        3 => {
            let (nonce, salt) = (STANDARD.encode(NONCE), STANDARD.encode([kind; 16]));
            challenge(
                &[
                    b"r=",
                    nonce.as_bytes(),
                    &text,
                    b",s=",
                    salt.as_bytes(),
                    b",i=4096",
                ]
                .concat(),
            )
        }
        4 => [b"334 ", text.as_slice(), b"\r\n"].concat(),
        5 => b"235 in\r\n".to_vec(),
        6 => [b"535 ", text.as_slice(), b"\r\n"].concat(),
        7 => b"504 what?\r\n".to_vec(),
        8 => challenge(&[b"v=", STANDARD.encode(bytes).as_bytes()].concat()),
        _ => bytes.to_vec(),
    }
}
