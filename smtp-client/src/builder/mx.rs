//! What a client of a domain is told, besides what every client is.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use mailwright_proto::Security;

use super::ClientBuilder;
use crate::mx::{Attempt, Exchange};

/// Where servers take mail from each other.
const EXCHANGE: u16 = 25;

impl ClientBuilder {
    pub(crate) fn of_domain(domain: String) -> Self {
        let mut builder = Self::new(domain.clone(), EXCHANGE).security(Security::Opportunistic);
        builder.options.exchange = Some(Exchange::of(domain));
        builder
    }

    /// With [`Client::mx`](crate::Client::mx), asks this name server alone, instead of those that the system is told to ask.
    #[must_use]
    pub fn resolver(mut self, server: SocketAddr) -> Self {
        if let Some(exchange) = &mut self.options.exchange {
            exchange.resolver = Some(server);
        }
        self
    }

    /// With [`Client::mx`](crate::Client::mx), tells of each host that did not take a message, as soon as that is known.
    ///
    /// ```
    /// use mailwright::Client;
    /// let client = Client::mx("example.test").on_attempt(|attempt| eprintln!("{attempt}")).build();
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn on_attempt(mut self, watcher: impl FnMut(&Attempt) + Send + 'static) -> Self {
        if let Some(exchange) = &mut self.options.exchange {
            exchange.watcher = Some(Arc::new(Mutex::new(watcher)));
        }
        self
    }
}
