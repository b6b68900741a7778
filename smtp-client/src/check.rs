//! What is in the way between this machine and a mail server. Feature `check`.
//!
//! A [`Check`] tries a server's ports side by side, from the look-up of its name to the offer of a login, and to the
//! login itself where credentials are given. No message is sent. What it found is a [`Report`]: data, for a program to
//! act on or to show to people.

mod certificate;
mod diagnosis;
mod greeting;
mod names;
mod overheard;
mod port;
mod recorder;
mod report;
mod verdict;

use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;

use mailwright_proto::{Security, auth::Mechanism};
use tokio::task::JoinSet;

use crate::builder::ClientBuilder;
use crate::logins::Logins;
use crate::options::Options;
use crate::tokio::on_another_thread;
use names::{Found, Names};
use port::{PATIENCE, Shared};
use recorder::Watch;
use verdict::Wanted;

pub use certificate::Certificate;
pub use recorder::{News, Progress};
pub use report::{CheckFailure, Port, Report, Step, StepOutcome, Use, Verdict};

/// Tries a server, port by port.
///
/// It wants a tokio runtime with `enable_time` and `enable_io`. Each phase may take 15 seconds, unless the builder says
/// otherwise. If credentials are given, a login that failed on one port, however it ended, is not tried on another: that may
/// lock the account.
///
/// ```
/// use mailwright::check::Check;
/// use mailwright::{Cause, Client, Security};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
/// let server = Client::builder("127.0.0.1", closed);
/// let report = Check::new(server).port(closed, Security::None).run().await;
/// assert_eq!(report.verdict.cause, Cause::ConnectionRefused);
/// println!("{} {}", report.verdict.summary, report.verdict.fix[0]);
/// # Ok(())
/// # }
/// ```
pub struct Check {
    server: Options,
    ports: Vec<(u16, Security)>,
    exchangers: bool,
    compared: Vec<(String, u16)>,
    resolver: Option<SocketAddr>,
    watcher: Option<recorder::Watcher>,
}

impl Check {
    /// A check of the builder's server: of ports 25, 465 and 587, unless others are named. Who watches the builder's
    /// dialogue is not told: [`on_progress`](Self::on_progress) is for that here.
    pub fn new(server: ClientBuilder) -> Self {
        Self {
            server: server.options,
            ports: Vec::new(),
            exchangers: false,
            compared: Vec::new(),
            resolver: None,
            watcher: None,
        }
    }

    /// Tries this port; may be repeated. Those that are named are tried alone.
    #[must_use]
    pub fn port(mut self, port: u16, security: Security) -> Self {
        self.ports.push((port, security));
        self
    }

    /// Takes the builder's host for a domain, and tries each host that takes mail for it, by the builder's port and kind
    /// of security.
    ///
    /// ```no_run
    /// use mailwright::check::Check;
    /// use mailwright::{Client, Security};
    /// # async fn example() {
    /// let domain = Client::builder("example.test", 25).security(Security::Opportunistic);
    /// let report = Check::new(domain).mail_exchangers().run().await;
    /// println!("{} hosts, {}", report.ports.len(), report.verdict.cause);
    /// # }
    /// ```
    #[must_use]
    pub fn mail_exchangers(mut self) -> Self {
        self.exchangers = true;
        self
    }

    /// Tries another server beside it; may be repeated. It is told no credentials.
    #[must_use]
    pub fn compare(mut self, host: &str, port: u16) -> Self {
        self.compared.push((host.to_owned(), port));
        self
    }

    /// Asks this name server alone, instead of those that the system is told to ask.
    #[must_use]
    pub fn resolver(mut self, server: SocketAddr) -> Self {
        self.resolver = Some(server);
        self
    }

    /// Tells what happens as it happens. It is called from the futures that work, and should not wait.
    ///
    /// ```
    /// use mailwright::Client;
    /// use mailwright::check::{Check, News};
    /// let check = Check::new(Client::builder("mail.example.test", 587)).on_progress(|progress| {
    ///     if let News::Began(step) = progress.news {
    ///         println!("{} {:?}: {}", progress.host, progress.port, step.stage);
    ///     }
    /// });
    /// # let _ = check;
    /// ```
    #[must_use]
    pub fn on_progress(mut self, watcher: impl FnMut(&Progress<'_>) + Send + 'static) -> Self {
        self.watcher = Some(Box::new(watcher));
        self
    }

    /// Does it. What does not work is part of the report. A future that is dropped takes its connections with it.
    pub async fn run(mut self) -> Report {
        let watch = Arc::new(Watch::new(self.watcher.take()));
        let patience = *self.server.timeouts.phase.get_or_insert(PATIENCE);
        let names = Names::new(Arc::clone(&watch), patience, self.resolver);
        let shared = Shared {
            watch: Arc::clone(&watch),
            login: Arc::default(),
            names: names.clone(),
        };
        let logins = mem::take(&mut self.server.logins).map(on_another_thread);
        let mut tasks = JoinSet::new();
        for (i, (host, port)) in self.compared.iter().enumerate() {
            let security = if *port == SUBMISSIONS {
                Security::ImplicitTls
            } else {
                Security::Opportunistic
            };
            let options = self.server.for_server(host, *port, security);
            let (names, shared) = (names.clone(), shared.clone());
            tasks.spawn(async move {
                let found = names.find(&options.host).await;
                (
                    Place::Compared(i),
                    port::run(options, Logins::None, found, shared).await,
                )
            });
        }
        for (i, (options, before)) in self.targets(&names).await.into_iter().enumerate() {
            let (names, shared, logins) = (names.clone(), shared.clone(), logins.again());
            tasks.spawn(async move {
                let found = match before {
                    Known::All(found) => found,
                    Known::Exchangers(steps) => {
                        names.find_exchanger(&options.host).await.after(steps)
                    }
                };
                (
                    Place::Asked(i),
                    port::run(options, logins, found, shared).await,
                )
            });
        }
        let mut done = Vec::new();
        while let Some(finished) = tasks.join_next().await {
            done.extend(finished);
        }
        self.conclude(done, &watch)
    }

    /// What is to be tried, and what is known of its name by now.
    async fn targets(&self, names: &Names) -> Vec<(Options, Known)> {
        let (host, port, security) = (&self.server.host, self.server.port, self.server.security);
        if !self.exchangers {
            let found = names.find(host).await;
            let ports = self.ports_to_try().into_iter();
            let target = |(port, kind)| {
                (
                    self.server.for_server(host, port, kind),
                    Known::All(found.clone()),
                )
            };
            return ports.map(target).collect();
        }
        match names.exchangers(host).await {
            (steps, Ok(hosts)) => {
                let known = || Known::Exchangers(steps.clone());
                let hosts = hosts.iter().take(MOST_EXCHANGERS);
                hosts
                    .map(|host| (self.server.for_server(host, port, security), known()))
                    .collect()
            }
            (steps, Err(failure)) => {
                let found = Found {
                    steps,
                    addresses: Err(failure),
                };
                vec![(
                    self.server.for_server(host, port, security),
                    Known::All(found),
                )]
            }
        }
    }

    fn ports_to_try(&self) -> Vec<(u16, Security)> {
        if !self.ports.is_empty() {
            return self.ports.clone();
        }
        let (own, security) = (self.server.port, self.server.security);
        let other = if security == Security::ImplicitTls {
            Security::StartTls
        } else {
            security
        };
        let kind = |port| match port {
            port if port == own => security,
            SUBMISSIONS => Security::ImplicitTls,
            _ => other,
        };
        [EXCHANGE, SUBMISSIONS, SUBMISSION]
            .map(|port| (port, kind(port)))
            .to_vec()
    }

    fn conclude(self, mut done: Vec<(Place, Port)>, watch: &Watch) -> Report {
        done.sort_by_key(|(place, _)| *place);
        let (asked, compared): (Vec<_>, Vec<_>) = done
            .into_iter()
            .partition(|(place, _)| matches!(place, Place::Asked(_)));
        let ports =
            |list: Vec<(Place, Port)>| list.into_iter().map(|(_, port)| port).collect::<Vec<_>>();
        let (mut asked, compared) = (ports(asked), ports(compared));
        let wanted = Wanted {
            port: self.server.port,
            mechanisms: self
                .server
                .mechanisms
                .clone()
                .unwrap_or_else(usual_mechanisms),
            expose_credentials: self.server.expose_credentials,
        };
        let verdict = verdict::of(&mut asked, &compared, &wanted);
        Report {
            host: self.server.host,
            ports: asked,
            compared,
            verdict,
            took: watch.now(),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("server", &self.server)
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}

/// What is known of a target's name before it is tried.
enum Known {
    All(Found),
    /// That it takes a domain's mail, and how that was learned.
    Exchangers(Vec<Step>),
}

/// Where a port stands in the report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Asked(usize),
    Compared(usize),
}

/// Those that a password is enough for, then those that want a token; others want to be asked for by name.
fn usual_mechanisms() -> Vec<Mechanism> {
    let wants_token = |mechanism: &&Mechanism| {
        mechanism.name().ends_with("OAUTH2") || mechanism.name() == "OAUTHBEARER"
    };
    let is_usual = |mechanism: &&Mechanism| !matches!(mechanism.name(), "EXTERNAL" | "ANONYMOUS");
    let (token, password): (Vec<_>, Vec<_>) = Mechanism::ALL
        .iter()
        .filter(is_usual)
        .partition(wants_token);
    password.into_iter().chain(token).collect()
}

const EXCHANGE: u16 = 25;
const SUBMISSIONS: u16 = 465;
const SUBMISSION: u16 = 587;

/// A domain that names more hosts than this for its mail has enough of them.
const MOST_EXCHANGERS: usize = 10;
