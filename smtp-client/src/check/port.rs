//! One port: from TCP to each address, over the session that the engine's own loop drives, to a goodbye.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailwright_proto::Security;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::sync::Mutex as Turns;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::diagnosis::{self, Evidence};
use super::names::{Found, Names};
use super::overheard::Overheard;
use super::recorder::{Begun, Recorder, Watch};
use super::report::{CheckFailure, Port, StepOutcome};
use crate::cause::Cause;
use crate::chunks::Whole;
use crate::deadline::Timeouts;
use crate::dialogue::DialogueLine;
use crate::drive::{Books, Link, Tls, Until};
use crate::engine::prepare;
use crate::error::Error;
use crate::impostor::{OtherHost, other_host};
use crate::logins::{FetchSoon, Logins};
use crate::options::Options;
use crate::probe;
use crate::stage::Stage;
use crate::tls::Witness;
use crate::tokio::Wire;

/// What one port shares with the others.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) watch: Arc<Watch>,
    /// The order of logins, and the failure of one. However it ended, a second attempt with the
    /// same password may lock the account.
    pub(super) login: Arc<Turns<Option<CheckFailure>>>,
    pub(super) names: Names,
}

/// Tries the port that `options` name.
pub(super) async fn run(
    mut options: Options,
    logins: Logins<FetchSoon>,
    found: Found,
    shared: Shared,
) -> Port {
    let recorder =
        Recorder::new(shared.watch, &options.host, Some(options.port)).after(&found.steps);
    let certificates = Certificates::default();
    options.tls.witness = Some(certificates.witness());
    let (on_line, on_phase) = (recorder.clone(), recorder.clone());
    options.observer = Some(Arc::new(Mutex::new(move |line: &DialogueLine| {
        on_line.said(line)
    })));
    options = options.settled();
    options.watcher = Some(Arc::new(Mutex::new(
        move |phase: mailwright_proto::Phase| on_phase.advance(phase.into()),
    )));
    let mut port = Port::new(&options.host, options.port, options.security);
    let outcome = match tls_of(&options) {
        Err(why) => Err(CheckFailure::of(Stage::Config, Cause::InvalidInput, why)),
        Ok(tls) => match found.addresses {
            Err(failure) => Err(failure),
            Ok(addresses) => {
                let attempt = Attempt {
                    recorder: &recorder,
                    tls,
                    login: &shared.login,
                    certificates: &certificates,
                    names: &shared.names,
                };
                attempt.run(options, logins, &addresses, &mut port).await
            }
        },
    };
    port.certificates = certificates.seen();
    (port.steps, port.dialogue) = recorder.take();
    port.conclude(outcome)
}

fn tls_of(options: &Options) -> Result<Option<Tls>, String> {
    match options.security {
        Security::None => Ok(None),
        _ => prepare(options).map(Some),
    }
}

struct Attempt<'a> {
    recorder: &'a Recorder,
    tls: Option<Tls>,
    login: &'a Turns<Option<CheckFailure>>,
    certificates: &'a Certificates,
    names: &'a Names,
}

type Tried = (SocketAddr, Begun, io::Result<TcpStream>);

impl Attempt<'_> {
    async fn run(
        &self,
        options: Options,
        logins: Logins<FetchSoon>,
        addresses: &[std::net::IpAddr],
        port: &mut Port,
    ) -> Result<(), CheckFailure> {
        let mut trying = self.try_all(addresses, &options);
        let mut books = Books::new(options, logins);
        let mut failed = Vec::new();
        while let Some(tried) = trying.join_next().await {
            let Ok(tried) = tried else { continue };
            match self.note(tried) {
                Ok((address, stream)) => {
                    port.address = Some(address);
                    let session = self.session(&mut books, address, stream, port);
                    // The other addresses are tried to their end, and do not keep the session waiting.
                    let others = async {
                        while let Some(tried) = trying.join_next().await {
                            tried.into_iter().for_each(|tried| drop(self.note(tried)));
                        }
                    };
                    return tokio::join!(session, others).0;
                }
                Err(error) => failed.push(error),
            }
        }
        Err(diagnosis::unreachable(
            &books.options.host,
            books.options.port,
            failed,
        ))
    }

    fn try_all(&self, addresses: &[std::net::IpAddr], options: &Options) -> JoinSet<Tried> {
        let patience = connect_patience(&options.timeouts);
        let mut trying = JoinSet::new();
        for address in addresses {
            let address = SocketAddr::new(*address, options.port);
            let begun = self
                .recorder
                .begin(Stage::Connect, address.ip().to_string());
            trying.spawn(async move {
                let stream = timeout(patience, TcpStream::connect(address)).await;
                (
                    address,
                    begun,
                    stream.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
                )
            });
        }
        trying
    }

    fn note(
        &self,
        (address, begun, stream): Tried,
    ) -> Result<(SocketAddr, TcpStream), (SocketAddr, io::Error)> {
        match stream {
            Ok(stream) => {
                self.recorder.end(begun, StepOutcome::Done, "");
                Ok((address, stream))
            }
            Err(error) => {
                self.recorder
                    .end(begun, StepOutcome::Failed, diagnosis::of_io(&error));
                Err((address, error))
            }
        }
    }

    async fn session(
        &self,
        books: &mut Books,
        address: SocketAddr,
        stream: TcpStream,
        port: &mut Port,
    ) -> Result<(), CheckFailure> {
        // A reply is answered at once; without it the times alone are worse.
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().ok().map(|address| address.ip());
        let (stream, first) = Overheard::new(stream);
        let (host, security) = (books.options.host.clone(), books.options.security);
        let patience = connect_patience(&books.options.timeouts);
        books.restart();
        let link = Link::new(
            Wire::from_address(Box::new(stream), local),
            self.tls.clone(),
            books,
        );
        let driven = self.drive(link, books).await;
        let facts = std::mem::take(&mut books.ledger.facts);
        port.greeting = facts.greeting;
        port.plain = facts.capabilities_in_clear;
        port.secured = facts.capabilities_over_tls;
        port.tls = facts.tls;
        port.passed_over = facts.passed_over;
        port.login = facts.login;
        let error = match driven {
            Ok(()) => return Ok(()),
            Err(Stop::Elsewhere(failure)) => return Err(*failure),
            Err(Stop::Here(error)) => error,
        };
        let silent = error.stage() == Stage::Greeting && error.cause() == Cause::Timeout;
        let tls = self.tls.clone().or_else(|| prepare(&books.options).ok());
        let speaks = match &tls {
            Some(tls) if silent && first.octets().is_empty() => {
                probe::protocol_at::<Wire>(address, tls, patience).await
            }
            _ => None,
        };
        let certificates = self.certificates.seen();
        let greeting = port.greeting.as_ref();
        let other = certificates
            .first()
            .zip(greeting)
            .and_then(|(own, greeting)| other_host(&host, greeting, own));
        let other_host = match other {
            Some(name) => {
                let is_same = self.names.are_one_host(&host, &name, address.ip()).await;
                Some(OtherHost { name, is_same })
            }
            None => None,
        };
        let evidence = Evidence {
            host: &host,
            security,
            first: first.octets(),
            speaks,
            certificates: &certificates,
            greeting,
            recorder: self.recorder,
            other_host,
        };
        Err(diagnosis::of(&error, &evidence))
    }

    /// Opens the session, logs in when it is this port's turn, and says goodbye.
    async fn drive(&self, mut link: Link<Wire>, books: &mut Books) -> Result<(), Stop> {
        let mut nothing = Whole::nothing();
        let wants_login = !books.logins.is_none();
        let until = if wants_login {
            Until::Offered
        } else {
            Until::Open
        };
        self.ended(link.drive(books, until, &mut nothing).await)?;
        if wants_login {
            let mut turn = self.login.lock().await;
            if let Some(refusal) = &*turn {
                let failure = refusal.clone();
                drop(turn);
                let begun = self.recorder.begin(Stage::Auth, "");
                self.recorder.end(
                    begun,
                    StepOutcome::Unfinished,
                    "not tried: it failed on another port",
                );
                let _ = link.quit(books).await;
                return Err(Stop::Elsewhere(failure.into()));
            }
            let driven = link.drive(books, Until::Open, &mut nothing).await;
            if let Err(error) = &driven
                && error.is_failed_login()
            {
                *turn = Some(diagnosis::refused_elsewhere(error, books.options.port));
            }
            self.ended(driven)?;
        }
        // Nothing depends on how the goodbye goes.
        let _ = link.quit(books).await;
        self.recorder.close(StepOutcome::Done);
        Ok(())
    }

    fn ended(&self, driven: Result<(), Error>) -> Result<(), Stop> {
        let outcome = if driven.is_ok() {
            StepOutcome::Done
        } else {
            StepOutcome::Failed
        };
        self.recorder.close(outcome);
        driven.map_err(Stop::Here)
    }
}

/// Why a session did not come to its end.
enum Stop {
    /// Something was in the way.
    Here(Error),
    /// Something was in the way on another port, and would be here.
    Elsewhere(Box<CheckFailure>),
}

/// Certificates as they are shown during the handshake.
#[derive(Clone, Default)]
struct Certificates(Arc<Mutex<Vec<CertificateDer<'static>>>>);

impl Certificates {
    fn witness(&self) -> Witness {
        let kept = Arc::clone(&self.0);
        Witness(Arc::new(move |chain| {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = chain
        }))
    }

    fn seen(&self) -> Vec<CertificateDer<'static>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A phase waits for so long here, unless the client was told otherwise.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// How long one address has to accept a connection.
fn connect_patience(timeouts: &Timeouts) -> Duration {
    timeouts.connect.or(timeouts.phase).unwrap_or(PATIENCE)
}
