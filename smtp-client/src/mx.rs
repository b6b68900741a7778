//! From a domain to the hosts that take its mail, in their order, and what came of trying them. Feature `mx`.

mod hosts;
mod trail;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use mailwright_proto::reply::Escaped;

use crate::cause::Cause;
use crate::dns::NoRecord;
use crate::error::Error;
use crate::knowledge::Explanation;

pub(crate) use hosts::{Host, addresses_of, hosts_of};
pub(crate) use trail::{Trail, is_of_this_host, reason_to_go_on};

/// A host that takes a domain's mail, and that did not take this message: it was tried, and the next one after it.
///
/// ```
/// use mailwright::ConnectionInfo;
/// fn tell(facts: &ConnectionInfo) {
///     for attempt in &facts.attempts {
///         println!("{attempt}"); // mx1.example.test (10): mx1.example.test port 25 cannot be reached (…)
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Attempt {
    /// Its name.
    pub host: String,
    /// The preference of its MX record; nothing where there is none, and the domain itself is the host.
    pub preference: Option<u16>,
    /// Where it was connected to; nothing where no connection came about.
    pub address: Option<SocketAddr>,
    /// Why it did not take the message.
    pub error: Error,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.host.as_bytes()).fmt(f)?;
        if let Some(preference) = self.preference {
            write!(f, " ({preference})")?;
        }
        write!(f, ": {}", self.error)
    }
}

/// How the hosts of a domain are found.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) domain: String,
    /// The one name server to ask, instead of the system's.
    pub(crate) resolver: Option<SocketAddr>,
    pub(crate) watcher: Option<Watcher>,
    /// The preference of the host turned to last.
    pub(crate) preference: Option<u16>,
}

impl Exchange {
    pub(crate) fn of(domain: String) -> Self {
        Self {
            domain,
            resolver: None,
            watcher: None,
            preference: None,
        }
    }
}

/// Who is told of each host that did not take a message.
pub(crate) type Watcher = Arc<Mutex<dyn FnMut(&Attempt) + Send>>;

/// What is between a domain and its hosts.
pub(crate) enum Fault {
    /// A look-up brought nothing.
    Lookup {
        name: String,
        kinds: &'static str,
        why: NoRecord,
    },
    /// The domain takes no mail, and says so.
    NullMx(String),
    /// All hosts were tried; at least one. The one at `furthest` speaks for them all.
    AllFailed {
        domain: String,
        attempts: Vec<Attempt>,
        furthest: usize,
    },
}

impl Fault {
    /// The error of the host that speaks for all of them.
    pub(crate) fn spokesman(&self) -> Option<&Error> {
        match self {
            Self::AllFailed {
                attempts, furthest, ..
            } => attempts.get(*furthest).map(|attempt| &attempt.error),
            _ => None,
        }
    }

    pub(crate) fn cause(&self) -> Cause {
        match self {
            Self::Lookup { why, .. } if !why.is_definite() => Cause::DnsFailure,
            Self::Lookup { .. } | Self::NullMx(_) => Cause::HostNotFound,
            Self::AllFailed { .. } => self.spokesman().map_or(Cause::Unknown, Error::cause),
        }
    }

    pub(crate) fn explanation(&self) -> Explanation {
        self.spokesman()
            .map_or_else(|| Explanation::of_cause(self.cause()), Error::explanation)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup {
                name,
                kinds,
                why: NoRecord::NoneOfThisKind,
            } => {
                write!(
                    f,
                    "{} has no address (no record {kinds})",
                    Escaped(name.as_bytes())
                )
            }
            Self::Lookup { name, kinds, why } => {
                write!(
                    f,
                    "looking up {} ({kinds}): {}",
                    Escaped(name.as_bytes()),
                    Escaped(why.to_string().as_bytes())
                )
            }
            Self::NullMx(domain) => {
                let domain = Escaped(domain.as_bytes());
                write!(
                    f,
                    "{domain} says that it takes no mail: its MX is the null MX of RFC 7505"
                )
            }
            Self::AllFailed {
                domain, attempts, ..
            } => {
                write!(
                    f,
                    "no host that takes mail for {} could be used",
                    Escaped(domain.as_bytes())
                )?;
                let mut before = ": ";
                for attempt in attempts {
                    write!(f, "{before}{attempt}")?;
                    before = "; ";
                }
                Ok(())
            }
        }
    }
}
