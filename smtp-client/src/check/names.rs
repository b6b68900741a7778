//! From a host's name to its addresses: DNS itself for what it says, and the system's resolver for what a client would get.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::recorder::{Begun, Recorder, Watch};
use super::report::{CheckFailure, Step, StepOutcome};
use crate::cause::Cause;
use crate::dns::{Exchanger, NoRecord, Resolver, Route, rooted};
use crate::impostor::is_one_host;
use crate::stage::Stage;

/// How much longer DNS is listened to when the system's resolver has answered: its answer is the one that counts.
const GRACE: Duration = Duration::from_secs(1);

/// The time-out for the DNS to show whether two names are of one host.
const ALIAS_TIMEOUT: Duration = Duration::from_secs(5);

/// Addresses of one host that are tried. More are no help.
const MOST_ADDRESSES: usize = 8;

/// What was learned of a name, and how.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) steps: Vec<Step>,
    pub(super) addresses: Result<Vec<IpAddr>, CheckFailure>,
}

impl Found {
    /// The same, with what was done before.
    pub(super) fn after(mut self, steps: Vec<Step>) -> Self {
        self.steps.splice(0..0, steps);
        self
    }
}

/// Whom to ask.
#[derive(Clone)]
pub(super) struct Names {
    watch: Arc<Watch>,
    patience: Duration,
    /// DNS itself, or why it cannot be asked.
    dns: Result<Resolver, NoRecord>,
    /// Whether the system's resolver is asked too.
    ask_system: bool,
}

enum Answer {
    Addresses(Begun, Result<Vec<IpAddr>, NoRecord>),
    Exchangers(Begun, Result<Vec<Exchanger>, NoRecord>),
    System(Begun, io::Result<Vec<IpAddr>>),
}

impl Names {
    /// Asks one name server alone, or else this system's.
    pub(super) fn new(watch: Arc<Watch>, patience: Duration, server: Option<SocketAddr>) -> Self {
        let dns = match server {
            Some(server) => Resolver::at(server, patience),
            None => Resolver::of_system(patience),
        };
        Self {
            watch,
            patience,
            dns,
            ask_system: server.is_none(),
        }
    }

    /// The addresses of a host.
    pub(super) async fn find(&self, host: &str) -> Found {
        let recorder = Recorder::new(Arc::clone(&self.watch), host, None);
        if let Ok(address) = host.parse() {
            let begun = recorder.begin(Stage::Dns, "");
            recorder.end(begun, StepOutcome::Done, "an address needs no look-up");
            return Found {
                steps: recorder.take().0,
                addresses: Ok(vec![address]),
            };
        }
        let addresses = self.look_up(host, host, &recorder).await;
        Found {
            steps: recorder.take().0,
            addresses,
        }
    }

    /// Returns the addresses of a host that the DNS has named, without search domains.
    pub(super) async fn find_exchanger(&self, host: &str) -> Found {
        let recorder = Recorder::new(Arc::clone(&self.watch), host, None);
        let addresses = self.look_up(host, &rooted(host), &recorder).await;
        Found {
            steps: recorder.take().0,
            addresses,
        }
    }

    /// The hosts that take mail for a domain, the most preferred first: RFC 5321 section 5.1.
    pub(super) async fn exchangers(
        &self,
        domain: &str,
    ) -> (Vec<Step>, Result<Vec<String>, CheckFailure>) {
        let recorder = Recorder::new(Arc::clone(&self.watch), domain, None);
        let begun = recorder.begin(Stage::Dns, "MX");
        let found = match &self.dns {
            Ok(dns) => dns.exchangers(domain).await,
            Err(why) => Err(why.clone()),
        };
        recorder.end(begun, outcome(&found), note_of_exchangers(&found));
        let hosts = match Route::of(found) {
            Ok(Route::Nowhere) => {
                let detail = format!(
                    "{domain} says that it takes no mail: its MX is the null MX of RFC 7505"
                );
                Err(CheckFailure::of(Stage::Dns, Cause::HostNotFound, detail))
            }
            Ok(Route::Hosts(found)) => Ok(found.into_iter().map(|found| found.host).collect()),
            Ok(Route::Itself) => Ok(vec![domain.to_owned()]),
            Err(why) => Err(failure(domain, "MX", &why)),
        };
        (recorder.take().0, hosts)
    }

    /// Returns whether two names are of one host by the DNS; `peer` is the address that answered.
    pub(super) async fn are_one_host(&self, asked: &str, other: &str, peer: IpAddr) -> bool {
        let other = rooted(other);
        let (of_asked, of_other) = tokio::join!(self.addresses(asked), self.addresses(&other));
        is_one_host(Some(peer), &of_asked, &of_other)
    }

    /// Returns the addresses of a host from the DNS and the system, without adding them to the
    /// report.
    async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        let limit = self.patience.min(ALIAS_TIMEOUT);
        let system = async {
            if self.ask_system {
                lookup_host((host, 0))
                    .await
                    .map(|found| found.map(|address| address.ip()).collect())
            } else {
                Ok(Vec::new())
            }
        };
        let of_dns = |v6| async move {
            match &self.dns {
                Ok(dns) => dns.addresses(host, v6).await.unwrap_or_default(),
                Err(_) => Vec::new(),
            }
        };
        let (system, v4, v6) = tokio::join!(
            timeout(limit, system),
            timeout(limit, of_dns(false)),
            timeout(limit, of_dns(true))
        );
        let system: Vec<IpAddr> = system.ok().and_then(io::Result::ok).unwrap_or_default();
        [system, v4.unwrap_or_default(), v6.unwrap_or_default()].concat()
    }

    /// Looks up a host; `name` is its form for the system's resolver.
    async fn look_up(
        &self,
        host: &str,
        name: &str,
        recorder: &Recorder,
    ) -> Result<Vec<IpAddr>, CheckFailure> {
        let mut tasks = self.ask(host, name, recorder);
        let mut deadline = Instant::now() + self.patience;
        let (mut of_dns, mut of_system) = (Vec::new(), Vec::new());
        let mut reasons = Vec::new();
        let mut system_error = None;
        while let Ok(Some(answer)) = timeout_at(deadline, tasks.join_next()).await {
            let Ok(answer) = answer else { continue };
            match answer {
                Answer::Addresses(begun, found) => {
                    recorder.end(
                        begun,
                        outcome(&found),
                        note(&found, |addresses| listed(addresses)),
                    );
                    match found {
                        Ok(addresses) => of_dns.extend(addresses),
                        Err(why) => reasons.push(why),
                    }
                }
                Answer::Exchangers(begun, found) => {
                    recorder.end(begun, outcome(&found), note_of_exchangers(&found))
                }
                Answer::System(begun, Ok(addresses)) => {
                    recorder.end(begun, StepOutcome::Done, listed(&addresses));
                    of_system = addresses;
                    deadline = deadline.min(Instant::now() + GRACE);
                }
                Answer::System(begun, Err(error)) => {
                    recorder.end(begun, StepOutcome::Failed, error.to_string());
                    system_error = Some(error);
                }
            }
        }
        let mut addresses = of_system;
        addresses.extend(of_dns);
        let mut seen = Vec::new();
        addresses.retain(|address| {
            !seen.contains(address) && {
                seen.push(*address);
                true
            }
        });
        addresses.truncate(MOST_ADDRESSES);
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        if let Err(why) = &self.dns {
            reasons.push(why.clone());
        }
        let why = the_reason(reasons, system_error);
        Err(failure(host, "A and AAAA", &why))
    }

    /// Asks everybody at once.
    fn ask(&self, host: &str, name: &str, recorder: &Recorder) -> JoinSet<Answer> {
        let mut tasks = JoinSet::new();
        let patience = self.patience;
        if self.ask_system {
            let (name, begun) = (name.to_owned(), recorder.begin(Stage::Dns, "system"));
            tasks.spawn(async move {
                let found = timeout(patience, lookup_host((name.as_str(), 0))).await;
                let found = found.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                Answer::System(
                    begun,
                    found.map(|addresses| addresses.map(|address| address.ip()).collect()),
                )
            });
        }
        if let Ok(dns) = &self.dns {
            for (kind, v6) in [("A", false), ("AAAA", true)] {
                let (dns, host, begun) = (
                    dns.clone(),
                    host.to_owned(),
                    recorder.begin(Stage::Dns, kind),
                );
                tasks
                    .spawn(async move { Answer::Addresses(begun, dns.addresses(&host, v6).await) });
            }
            let (dns, host, begun) = (
                dns.clone(),
                host.to_owned(),
                recorder.begin(Stage::Dns, "MX"),
            );
            tasks.spawn(async move { Answer::Exchangers(begun, dns.exchangers(&host).await) });
        }
        tasks
    }
}

/// That there is none is an answer too.
fn outcome<T>(found: &Result<T, NoRecord>) -> StepOutcome {
    match found {
        Ok(_) | Err(NoRecord::NoneOfThisKind) => StepOutcome::Done,
        Err(_) => StepOutcome::Failed,
    }
}

fn note<T>(found: &Result<T, NoRecord>, shown: impl Fn(&T) -> String) -> String {
    match found {
        Ok(found) => shown(found),
        Err(why) => why.to_string(),
    }
}

fn note_of_exchangers(found: &Result<Vec<Exchanger>, NoRecord>) -> String {
    note(found, |found| {
        let shown = found
            .iter()
            .map(|found| format!("{} {}", found.preference, found.host));
        shown.collect::<Vec<_>>().join(", ")
    })
}

fn listed(addresses: &[IpAddr]) -> String {
    addresses
        .iter()
        .map(IpAddr::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A "no" says more than silence; "no such name" holds for every kind of record.
fn the_reason(reasons: Vec<NoRecord>, system_error: Option<io::Error>) -> NoRecord {
    if reasons.contains(&NoRecord::NoSuchName) {
        return NoRecord::NoSuchName;
    }
    let of_dns = reasons
        .iter()
        .find(|why| !why.is_definite())
        .or(reasons.first())
        .cloned();
    of_dns.unwrap_or_else(|| match system_error {
        Some(error) => NoRecord::Failed(error.to_string()),
        None => NoRecord::Silent,
    })
}

fn failure(name: &str, kinds: &str, why: &NoRecord) -> CheckFailure {
    let detail = format!("looking up {name} ({kinds}): {why}");
    match why {
        NoRecord::NoSuchName => CheckFailure::of(Stage::Dns, Cause::HostNotFound, detail),
        NoRecord::NoneOfThisKind => {
            let detail = format!("{name} exists in DNS and has no address (no record {kinds})");
            CheckFailure::of(Stage::Dns, Cause::HostNotFound, detail)
        }
        NoRecord::Silent => CheckFailure::of(Stage::Dns, Cause::DnsFailure, detail),
        NoRecord::Failed(_) => CheckFailure::of(Stage::Dns, Cause::DnsFailure, detail).saying(
            "The name could not be looked up: the name server could not or would not tell."
                .to_owned(),
            [],
        ),
    }
}
