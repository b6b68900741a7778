//! A login ends whatever the server says, and says nothing before there is a proof.

use alloc::vec::Vec;

use super::Tamper;
use super::host::{Demand, Host, config, credentials, shows_password};
use super::input::Input;
use crate::auth::Mechanism;
use crate::config::Security;
use crate::event::TlsInfo;

/// As many lines as a session with an exchange may write: EHLO, AUTH, 16 responses, the cancellation, QUIT.
const MAX_LINES: usize = 20;

/// Every mechanism against any challenges: it ends within its limit, and writes no secret, and no AUTH at all, before
/// there is a proof that nobody reads along.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn auth_exchange(input: &[u8], tamper: Tamper) {
    let mut input = Input::new(input);
    let mechanism = if input.flag() { Mechanism::Plain } else { Mechanism::Login };
    let (is_tls, is_verified) = (input.flag(), input.flag());
    let security = if is_tls { Security::ImplicitTls } else { Security::None };
    let mut host = Host::new(config().security(security).login([mechanism]));
    if host.run() == Demand::StartTls && host.connection.tls_established(TlsInfo::new(is_verified)).is_err() {
        return;
    }
    host.say(b"220 mx\r\n");
    let mut demand = host.say(b"250-mx\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n");
    let is_confidential = is_tls && is_verified;
    if demand == Demand::Authenticate {
        let Some(credentials) = credentials() else { return };
        assert!(host.connection.authenticate(credentials).is_ok(), "asked for, and not taken");
        demand = host.run();
    }
    while demand == Demand::Read && !input.is_empty() {
        demand = host.say(&answer(&mut input));
    }
    host.connection.receive_eof();
    assert!(matches!(host.run(), Demand::Over), "it outlives its connection");
    assert!(memchr::memchr_iter(b'\n', &host.written).count() <= MAX_LINES, "the exchange does not end");
    tamper(&mut host.written);
    let has_auth = memchr::memmem::find(&host.written, b"AUTH").is_some();
    assert!(is_confidential || !has_auth, "AUTH was written without a proof");
    assert!(is_confidential || !shows_password(&host.written), "the password was written without a proof");
}

/// One reply, of the kinds that an exchange may see and some that it may not.
fn answer(input: &mut Input<'_>) -> Vec<u8> {
    use base64::Engine;
    let kind = input.byte();
    let bytes = input.bytes();
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    match kind % 8 {
        0..=3 => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
            [b"334 ", encoded.as_bytes(), b"\r\n"].concat()
        }
        4 => [b"334 ", text.as_slice(), b"\r\n"].concat(),
        5 => b"235 in\r\n".to_vec(),
        6 => [b"535 ", text.as_slice(), b"\r\n"].concat(),
        _ => bytes.to_vec(),
    }
}
