//! Several connections to one server, shared by whoever has a message for it. What a pool does is the same on every host.

mod limits;
mod line;
mod state;

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Poll, Waker};
use std::time::Instant;

use mailwright_proto::envelope::Envelope;

use crate::cause::Cause;
use crate::delivery::{Delivery, Outcome};
use crate::drive::{Io, Tls};
use crate::engine::{Engine, Gate};
use crate::error::{Error, Kind};
use crate::facts::ConnectionInfo;
use crate::logins::{Fetch, FetchSoon, Logins};
use crate::message::{Content, Hooks, Open};
use crate::options::Options;
use crate::stage::Stage;
use line::{Line, Ticket};
use state::{Answer, Kept, State};

pub use limits::PoolLimits;

/// The pool of a host. Its connections are all made by the same options, which it owns: so none is ever used for another
/// server, or by somebody else.
pub(crate) struct Pool<I> {
    options: Options,
    logins: Logins<FetchSoon>,
    tls: Arc<OnceLock<Tls>>,
    gate: Arc<Gate>,
    limits: PoolLimits,
    state: Mutex<State<Engine<I>>>,
}

impl<I: Io> Pool<I> {
    /// `shape` makes of a closure that blocks what this host can wait for.
    pub(crate) fn new(
        mut options: Options,
        limits: PoolLimits,
        shape: impl FnOnce(Fetch) -> FetchSoon,
    ) -> Self {
        let gate = Arc::<Gate>::default();
        let logins = mem::take(&mut options.logins).map(|fetch| gate.guarded(shape(fetch)));
        Self {
            options,
            logins,
            tls: Arc::default(),
            gate,
            limits,
            state: Mutex::new(State::new(limits)),
        }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn fetch_with(&mut self, fetch: FetchSoon) {
        self.logins = Logins::Fetched(self.gate.guarded(fetch));
    }

    /// Opens a connection, unless one is there: what is known of its server.
    pub(crate) async fn connect(&self) -> Result<ConnectionInfo, Error> {
        let _place = self.enter().await?;
        let mut kept = self.connection().await;
        kept.connection.connect().await?;
        let facts = kept.connection.facts().clone();
        self.put_back(kept);
        Ok(facts)
    }

    pub(crate) async fn send(
        &self,
        envelope: &Envelope,
        content: &mut Content<'_, impl Open>,
        hooks: &mut impl Hooks,
    ) -> Result<Delivery, Error> {
        // Let go of last, so that a connection that is given up is closed before another is opened in its place.
        let _place = self.enter().await?;
        let mut tries = if content.is_rereadable() {
            self.limits.tries
        } else {
            1
        };
        loop {
            self.in_line(|state| &mut state.pace, |state| state.begin(Instant::now()))
                .await?;
            // Opened before a connection is taken: what is waited for holds none up.
            content.prepare().await.map_err(Kind::Source)?;
            let mut kept = self.connection().await;
            let was_used = kept.is_used();
            kept.count();
            let sent = kept.connection.send(envelope, content, hooks).await;
            self.put_back(kept);
            tries -= 1;
            if tries == 0 || !is_lost_before(&sent, was_used) {
                return sent;
            }
        }
    }

    /// Says goodbye to the connections whose time is over.
    pub(crate) async fn tidy(&self) {
        // In a statement of its own: the lock is not held while somebody waits.
        while let Some(kept) = { self.state().retire(Instant::now()) } {
            goodbye(kept).await;
        }
    }

    /// Lets nobody in any more, waits for those at work, and says goodbye to all connections.
    pub(crate) async fn close(&self) {
        let refused = self.state().close();
        refused.into_iter().for_each(Waker::wake);
        // It is never refused.
        let _ = self
            .in_line(|state| &mut state.rest, |state| state.rests())
            .await;
        while let Some(kept) = { self.state().dismiss() } {
            goodbye(kept).await;
        }
    }

    async fn enter(&self) -> Result<Place<'_, I>, Error> {
        self.in_line(|state| &mut state.places, State::enter)
            .await?;
        Ok(Place(self))
    }

    /// A connection that waited and is still good, or a new one, which is not open yet. One that has waited too long is
    /// told goodbye before, and only one, so that no message waits for many.
    async fn connection(&self) -> Kept<Engine<I>> {
        let old = self.state().retire(Instant::now());
        if let Some(old) = old {
            goodbye(old).await;
        }
        while let Some(mut kept) = { self.state().reuse(Instant::now()) } {
            if kept.connection.is_fit().await {
                return kept;
            }
        }
        let gate = Some(Arc::clone(&self.gate)).filter(|_| !self.logins.is_none());
        let engine = Engine::of(
            self.options.again(),
            self.logins.again(),
            Arc::clone(&self.tls),
            gate,
        );
        Kept::new(engine, Instant::now())
    }

    /// Keeps a connection that is still open.
    fn put_back(&self, mut kept: Kept<Engine<I>>) {
        if !kept.connection.is_open() {
            return;
        }
        let capabilities = kept.connection.facts().capabilities.as_ref();
        if let Some(most) = capabilities.and_then(|offered| offered.limits()?.mail_max) {
            kept.allow(most);
        }
        self.state().keep(kept, Instant::now());
    }

    /// Waits in a line until it is at its head and `ask` says go.
    async fn in_line(
        &self,
        line: fn(&mut State<Engine<I>>) -> &mut Line,
        mut ask: impl FnMut(&mut State<Engine<I>>) -> Answer,
    ) -> Result<(), Error> {
        let mut spot = Spot {
            pool: self,
            line,
            ticket: None,
        };
        let mut until = None;
        loop {
            let asked = I::within(
                until,
                poll_fn(|context| {
                    let state = &mut *self.state();
                    let answer = match line(state).is_first(spot.ticket) {
                        true => ask(state),
                        false => Answer::Wait(None),
                    };
                    match answer {
                        Answer::Wait(at) => {
                            spot.ticket = Some(line(state).wait(spot.ticket, context.waker()));
                            // Another time is waited for by another timer.
                            if at == until {
                                Poll::Pending
                            } else {
                                Poll::Ready(Answer::Wait(at))
                            }
                        }
                        other => Poll::Ready(other),
                    }
                }),
            );
            match asked.await {
                Some(Answer::Go) => return Ok(()),
                Some(Answer::Closed) => return Err(Kind::PoolClosed.into()),
                Some(Answer::Wait(at)) => until = at,
                // The time has come: ask again.
                None => {}
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<Engine<I>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call at work. Its end lets the next one in, also where its future is dropped.
struct Place<'p, I: Io>(&'p Pool<I>);

impl<I: Io> Drop for Place<'_, I> {
    fn drop(&mut self) {
        let woken = self.0.state().leave();
        woken.into_iter().for_each(Waker::wake);
    }
}

/// Somebody in a line. Who leaves it, whyever, lets the next one ask.
struct Spot<'p, I: Io> {
    pool: &'p Pool<I>,
    line: fn(&mut State<Engine<I>>) -> &mut Line,
    ticket: Option<Ticket>,
}

impl<I: Io> Drop for Spot<'_, I> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let next = {
            let state = &mut *self.pool.state();
            let line = (self.line)(state);
            line.leave(ticket);
            line.first()
        };
        next.into_iter().for_each(Waker::wake);
    }
}

/// A failed goodbye undoes nothing.
async fn goodbye<I: Io>(kept: Kept<Engine<I>>) {
    let _ = kept.connection.quit().await;
}

/// Whether a message was not sent, as its connection was lost, and another one may fare better. A server that hangs up
/// during a login is not asked again: it may count how often.
fn is_lost_before(sent: &Result<Delivery, Error>, was_used: bool) -> bool {
    // RFC 5321 section 3.8: a server may say so when a connection has waited too long. On a new one it means more.
    let is_farewell =
        |error: &Error| was_used && error.reply().is_some_and(|reply| reply.code() == 421);
    let is_lost = |error: &Error| {
        error.stage() != Stage::Auth
            && (error.cause() == Cause::ConnectionClosed || error.is_goodbye())
    };
    match sent {
        Err(error) => is_lost(error),
        // By LMTP some may have it, and others not.
        Ok(delivery) if delivery.accepted() => false,
        Ok(delivery) => match &delivery.outcome {
            Outcome::NotSent(Some(error)) => is_lost(error) || is_farewell(error),
            Outcome::Refused {
                stage: Stage::Mail | Stage::Rcpt | Stage::Data,
                reply,
            } => was_used && reply.code() == 421,
            _ => false,
        },
    }
}

impl<I> fmt::Debug for Pool<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at_work, idle) = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .counts();
        f.debug_struct("Pool")
            .field("options", &self.options)
            .field("credentials", &self.logins)
            .field("limits", &self.limits)
            .field("at_work", &at_work)
            .field("idle", &idle)
            .finish()
    }
}
