//! The options of a client, which its builder sets.

mod session;

use std::fmt;
use std::path::PathBuf;

use mailwright_proto::address::EhloName;
use mailwright_proto::auth::Mechanism;
use mailwright_proto::ehlo::Keyword;
use mailwright_proto::{Security, Transfer};

use crate::deadline::Timeouts;
use crate::dialogue::Observer;
use crate::drive::PhaseWatcher;
use crate::logins::{Fetch, Logins};
#[cfg(feature = "mx")]
use crate::mx::Exchange;
use crate::tls::TlsOptions;

/// The options of a client.
pub(crate) struct Options {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Connect to this UNIX socket instead.
    pub(crate) socket: Option<PathBuf>,
    pub(crate) is_lmtp: bool,
    pub(crate) security: Security,
    pub(crate) ehlo_name: Option<EhloName>,
    pub(crate) logins: Logins<Fetch>,
    pub(crate) mechanisms: Option<Vec<Mechanism>>,
    /// Those that are used without being named.
    pub(crate) usual_mechanisms: &'static [Mechanism],
    pub(crate) ignored: Vec<Keyword>,
    pub(crate) transfer: Transfer,
    pub(crate) expose_credentials: bool,
    pub(crate) tls: TlsOptions,
    pub(crate) timeouts: Timeouts,
    pub(crate) observer: Option<Observer>,
    pub(crate) watcher: Option<PhaseWatcher>,
    /// Whether each attempt is reported with its dialogue.
    pub(crate) keeps_dialogue: bool,
    /// How the hosts of a domain are found, where `host` is a domain.
    #[cfg(feature = "mx")]
    pub(crate) exchange: Option<Exchange>,
}

impl Options {
    pub(crate) fn new(host: String, port: u16) -> Self {
        Self {
            host,
            port,
            socket: None,
            is_lmtp: false,
            security: Security::default(),
            ehlo_name: None,
            logins: Logins::None,
            mechanisms: None,
            usual_mechanisms: Mechanism::DEFAULT,
            ignored: Vec::new(),
            transfer: Transfer::default(),
            expose_credentials: false,
            tls: TlsOptions::default(),
            timeouts: Timeouts::default(),
            observer: None,
            watcher: None,
            keeps_dialogue: false,
            #[cfg(feature = "mx")]
            exchange: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("credentials", &self.logins)
            .finish_non_exhaustive()
    }
}
