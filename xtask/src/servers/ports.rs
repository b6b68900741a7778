//! Free loopback ports.

use std::net::{Ipv4Addr, TcpListener};

use crate::failure::Failure;

/// The TCP ports that Postfix listens on, Dovecot, and the OAuth servers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    /// Mail exchange: no login, STARTTLS offered, relays for nobody.
    pub(super) smtp: u16,
    /// Message submission: STARTTLS and a login are required.
    pub(super) submission: u16,
    /// Message submission over implicit TLS: a login is required.
    pub(super) smtps: u16,
    /// A server of the old kind: no STARTTLS, logins offered in the clear.
    pub(super) old: u16,
    /// Dovecot's LMTP, beside its socket.
    pub(super) lmtp: u16,
    /// The OAuth server: HTTPS.
    pub(super) oauth: u16,
    /// The other OAuth server: HTTP.
    pub(super) oauth_mock: u16,
}

impl Ports {
    /// Asks the system for them. All are held until all are known, so that they differ.
    pub(super) fn pick() -> Result<Self, Failure> {
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let port = |listener: TcpListener| listener.local_addr().map(|address| address.port());
        let held = [bind(), bind(), bind(), bind(), bind(), bind(), bind()];
        let [smtp, submission, smtps, old, lmtp, oauth, oauth_mock] = held.map(|listener| {
            listener
                .and_then(port)
                .map_err(Failure::io("no free loopback port"))
        });
        Ok(Self {
            smtp: smtp?,
            submission: submission?,
            smtps: smtps?,
            old: old?,
            lmtp: lmtp?,
            oauth: oauth?,
            oauth_mock: oauth_mock?,
        })
    }

    /// Those that cannot be bound again, because somebody still listens there.
    pub(super) fn taken(self) -> Vec<u16> {
        [
            self.smtp,
            self.submission,
            self.smtps,
            self.old,
            self.lmtp,
            self.oauth,
            self.oauth_mock,
        ]
        .into_iter()
        .filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_err())
        .collect()
    }
}
