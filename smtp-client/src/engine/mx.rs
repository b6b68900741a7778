//! A client of a domain: the same session as any, with whichever of the domain's hosts will have it.

use std::net::SocketAddr;
use std::sync::PoisonError;
use std::time::Duration;

use mailwright_proto::envelope::Envelope;
use rustls::pki_types::ServerName;

use super::Engine;
use crate::chunks::Chunks;
use crate::delivery::Delivery;
use crate::dns::NoRecord;
use crate::drive::{Io, Tls};
use crate::error::{Error, Kind};
use crate::mx::{
    Attempt, Fault, Host, Trail, addresses_of, hosts_of, is_of_this_host, reason_to_go_on,
};

impl<I: Io> Engine<I> {
    /// Sends one message to whichever host of the domain takes it. Once a part of it has left there is no next host.
    pub(super) async fn send_to_domain(
        &mut self,
        envelope: &Envelope,
        chunks: &mut impl Chunks,
    ) -> Result<Delivery, Error> {
        let opened = self.trail.take();
        let mut trail = if self.is_ready().await {
            opened.unwrap_or_default()
        } else {
            Trail::default()
        };
        loop {
            if !self.is_ready().await && !self.open_next(&mut trail).await? {
                return self.conclude(trail);
            }
            let delivery = self.transact(envelope, chunks).await?;
            let reason =
                reason_to_go_on(&delivery, &self.books.options.host).filter(|_| chunks.is_first());
            let Some(error) = reason else {
                return Ok(delivery);
            };
            let facts = self.books.ledger.facts.clone();
            if let Some(link) = self.link.take() {
                // Nothing depends on how the goodbye goes.
                let _ = link.quit(&mut self.books).await;
            }
            let attempt = self.attempt(error, facts.address);
            trail.note(attempt, facts, Some(delivery));
        }
    }

    /// Opens a session with the first host of the domain that will have one.
    pub(super) async fn open_to_domain(&mut self) -> Result<(), Error> {
        let mut trail = Trail::default();
        match self.open_next(&mut trail).await? {
            true => {
                self.trail = Some(trail);
                Ok(())
            }
            false => self.conclude(trail).map(drop),
        }
    }

    /// Opens a session with the next host that will have one; false where none will. An error is of the domain itself.
    async fn open_next(&mut self, trail: &mut Trail) -> Result<bool, Error> {
        let tls = self.tls_of_hosts()?;
        let options = &self.books.options;
        let (port, resolver, patience) =
            (options.port, self.resolver(), options.timeouts.of_connect());
        if trail.waiting.is_none() {
            trail.waiting = Some(
                Self::hosts(self.domain().to_owned(), resolver, patience)
                    .await?
                    .into(),
            );
        }
        loop {
            let (host, mut addresses) = match trail.at.take() {
                Some((host, addresses)) if !addresses.is_empty() => {
                    self.turn_to(&host, trail);
                    (host, addresses)
                }
                _ => {
                    let Some(host) = trail
                        .waiting
                        .as_mut()
                        .and_then(|waiting| waiting.pop_front())
                    else {
                        return Ok(false);
                    };
                    self.turn_to(&host, trail);
                    match Self::addresses(host.name.clone(), port, resolver, patience).await {
                        Ok(addresses) => (host, addresses),
                        Err(error) => {
                            let attempt = self.attempt(error, None);
                            trail.note(attempt, self.facts().clone(), None);
                            continue;
                        }
                    }
                }
            };
            let opened = self.open_at(&addresses, tls.as_ref()).await;
            let connected = self.facts().address;
            match connected {
                Some(connected) => addresses.retain(|address| *address != connected),
                // Each of them was tried.
                None => addresses.clear(),
            }
            trail.at = Some((host, addresses));
            let Err(error) = opened else { return Ok(true) };
            let is_last = !is_of_this_host(&error);
            let attempt = self.attempt(error, connected);
            match is_last {
                true => {
                    trail.note_last(attempt, self.facts().clone());
                    return Ok(false);
                }
                false => trail.note(attempt, self.facts().clone(), None),
            }
        }
    }

    async fn open_at(&mut self, addresses: &[SocketAddr], tls: Option<&Tls>) -> Result<(), Error> {
        let options = &self.books.options;
        let host = options.host.clone();
        // Whoever made the record is to blame, and not who uses this.
        let name = ServerName::try_from(host.clone())
            .map_err(|_| lookup_failed(&host, "MX", "it is not the name of a host".to_owned()))?;
        let tls = tls.map(|tls| Tls {
            name,
            ..tls.clone()
        });
        let io = I::connect_to(
            &host,
            options.port,
            addresses,
            options.timeouts.of_connect(),
        )
        .await?;
        self.begin(io, tls).await
    }

    /// What does not change from host to host, and has to be right before anybody is asked.
    fn tls_of_hosts(&self) -> Result<Option<Tls>, Error> {
        if !self.books.logins.is_none() {
            let why = "a login is for one server, and not for whichever host takes a domain's mail";
            return Err(Kind::Config(why.to_owned()).into());
        }
        let domain = self.domain();
        if !matches!(ServerName::try_from(domain), Ok(ServerName::DnsName(_))) {
            return Err(Kind::Config(format!("{domain:?} is no domain name")).into());
        }
        self.tls()
    }

    // What waits here is handed in as its own: a shared borrow of a connection could not move between threads.
    async fn hosts(
        domain: String,
        resolver: Option<SocketAddr>,
        patience: Duration,
    ) -> Result<Vec<Host>, Error> {
        let looked_up = I::look_up(hosts_of(&domain, resolver, patience)).await;
        looked_up.unwrap_or_else(|error| Err(lookup_failed(&domain, "MX", error.to_string())))
    }

    async fn addresses(
        host: String,
        port: u16,
        resolver: Option<SocketAddr>,
        patience: Duration,
    ) -> Result<Vec<SocketAddr>, Error> {
        let looked_up = I::look_up(addresses_of(&host, resolver, patience)).await;
        let found = looked_up
            .unwrap_or_else(|error| Err(lookup_failed(&host, "A or AAAA", error.to_string())))?;
        Ok(found
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect())
    }

    fn turn_to(&mut self, host: &Host, trail: &Trail) {
        host.name.clone_into(&mut self.books.options.host);
        if let Some(exchange) = &mut self.books.options.exchange {
            exchange.preference = host.preference;
        }
        match trail.attempts().is_empty() {
            true => self.books.restart(),
            false => self.books.go_on(),
        }
        let facts = &mut self.books.ledger.facts;
        facts.host = Some(host.name.clone());
        facts.attempts = trail.attempts().to_vec();
    }

    /// The host turned to last did not take the message: whoever watches is told.
    fn attempt(&self, error: Error, address: Option<SocketAddr>) -> Attempt {
        let host = self.books.options.host.clone();
        let Some(exchange) = &self.books.options.exchange else {
            return Attempt {
                host,
                preference: None,
                address,
                error,
            };
        };
        let attempt = Attempt {
            host,
            preference: exchange.preference,
            address,
            error,
        };
        if let Some(watcher) = &exchange.watcher {
            watcher.lock().unwrap_or_else(PoisonError::into_inner)(&attempt);
        }
        attempt
    }

    fn conclude(&mut self, trail: Trail) -> Result<Delivery, Error> {
        let (outcome, facts) = trail.conclude(self.domain());
        self.books.ledger.facts = facts;
        outcome
    }

    fn domain(&self) -> &str {
        self.books
            .options
            .exchange
            .as_ref()
            .map_or(&self.books.options.host, |exchange| &exchange.domain)
    }

    fn resolver(&self) -> Option<SocketAddr> {
        self.books
            .options
            .exchange
            .as_ref()
            .and_then(|exchange| exchange.resolver)
    }
}

fn lookup_failed(name: &str, kinds: &'static str, why: String) -> Error {
    Kind::Exchange(Fault::Lookup {
        name: name.to_owned(),
        kinds,
        why: NoRecord::Failed(why),
    })
    .into()
}
