//! The errors of sessions and handshakes, with the evidence that the driver has.

use std::time::Duration;

use super::{Books, Io, Link};
use crate::error::{Error, Handshake, Kind, TlsFailure, alert_of};
use crate::impostor::{OtherHost, is_one_host, other_host};
use crate::tls::{ClientCertificate, Hello};

/// The time-out for the DNS to show whether two names are of one host.
const DNS_TIMEOUT: Duration = Duration::from_secs(5);

impl<I: Io> Link<I> {
    /// Returns the error that ended the session.
    pub(super) fn failure(&mut self, error: mailwright_proto::Error, books: &mut Books) -> Error {
        books.dialogue.flush();
        // An earlier refusal is the reason why the session did not continue.
        if let Some(refusal) = books.ledger.take_refusal() {
            return refusal;
        }
        let Some(upgrade) = self.unconfirmed else {
            return books.ledger.error(error, self.broken.as_ref(), "");
        };
        let client_certificate = self.client_certificate(books);
        match self.broken.as_ref().and_then(alert_of) {
            Some(alert) => {
                let handshake =
                    Handshake::of(TlsFailure::Tls(alert.clone()), upgrade, client_certificate);
                Kind::Tls {
                    host: books.options.host.clone(),
                    handshake,
                }
                .into()
            }
            None => books
                .ledger
                .error(error, self.broken.as_ref(), client_certificate.note()),
        }
    }

    /// Returns whether the server asked for the client's certificate and got it.
    fn client_certificate(&self, books: &Books) -> ClientCertificate {
        let has_one = books.options.tls.identity.is_some();
        self.tls
            .as_ref()
            .map_or(ClientCertificate::NotAsked, |tls| {
                tls.observed.client_certificate(has_one)
            })
    }

    pub(super) async fn handshake_failed(
        &mut self,
        failure: TlsFailure,
        upgrade: bool,
        books: &mut Books,
    ) -> Error {
        let host = books.options.host.clone();
        let mut handshake = Handshake::of(failure, upgrade, self.client_certificate(books));
        let (observed, greeting) = (
            self.tls.as_ref().map(|tls| &tls.observed),
            books.ledger.facts.greeting.as_ref(),
        );
        match handshake.failure {
            TlsFailure::TimedOut(_)
                if !observed.is_some_and(|observed| observed.has_certificate()) =>
            {
                let hello = self
                    .tls
                    .as_ref()
                    .and_then(|tls| Hello::of(&tls.config, &tls.name));
                handshake.failure = TlsFailure::TimedOut(hello);
            }
            // A check, which has a witness, asks the DNS itself.
            TlsFailure::Tls(rustls::Error::InvalidCertificate(_))
                if books.options.tls.witness.is_none() =>
            {
                let refused = observed.and_then(|observed| observed.take_refused());
                let other = greeting
                    .zip(refused)
                    .and_then(|(greeting, refused)| other_host(&host, greeting, &refused));
                if let Some(name) = other {
                    let peer = self.io.peer().map(|peer| peer.ip());
                    // The final dot keeps the system's search domains out.
                    let of_other = I::addresses(format!("{name}."), DNS_TIMEOUT).await;
                    let of_asked = I::addresses(host.clone(), DNS_TIMEOUT).await;
                    handshake.other_host = Some(OtherHost {
                        name,
                        is_same: is_one_host(peer, &of_asked, &of_other),
                    });
                }
            }
            _ => {}
        }
        Kind::Tls { host, handshake }.into()
    }
}
