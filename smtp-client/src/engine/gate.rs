//! The logins of a pool: one at a time, and none with recently refused credentials.

use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use mailwright_proto::auth::{Credentials, SaslMechanism};

use crate::drive::Io;
use crate::error::{Error, Kind};
use crate::logins::{FetchSoon, NoCredentials, Soon};

/// The time in which refused credentials are not presented again. Active Directory and fail2ban by
/// default count failures within 10 minutes and lock at 3 to 10 of them, which four an hour never
/// reach.
const REFUSED_FOR: Duration = Duration::from_secs(15 * 60);

/// The number of consecutive refusals of one user's credentials after which even different ones
/// wait. One token may have expired before its use; if the next one is refused as well, the account
/// is the reason.
const MOST_REFUSED: u32 = 2;

/// The state of logins that the connections of one pool share.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_taken: bool,
    waiting: Vec<Waker>,
    /// The credentials of the login in progress, if they were fetched.
    presented: Option<Credentials>,
    /// One for each user.
    refused: Vec<Refused>,
}

/// Credentials with which a login failed, for any reason: the server may have counted a wrong
/// password.
struct Refused {
    /// `None` if all logins of the pool use the same ones.
    credentials: Option<Credentials>,
    error: Error,
    at: Instant,
    count: u32,
    /// Whether the login ended. One that was cancelled after AUTH may have failed: it counts, but
    /// only [`MOST_REFUSED`] of them withhold the credentials.
    has_ended: bool,
}

impl Gate {
    /// Waits until no other login is in progress. Fails with the error of the last login if all have the same credentials
    /// and those were refused.
    ///
    /// `is_fetched`: the credentials are presented only once [`guarded`](Self::guarded) returned them.
    pub(super) async fn enter<I: Io>(self: &Arc<Self>, is_fetched: bool) -> Result<Turn, Error> {
        let turn = || Turn {
            gate: Arc::clone(self),
            is_fetched,
            has_ended: false,
        };
        let entered = poll_fn(|context| {
            let mut state = self.state();
            if let Some(error) = state.refused(None, Instant::now()) {
                return Poll::Ready(Err(error));
            }
            if state.is_taken {
                state.wait(context.waker());
                return Poll::Pending;
            }
            state.is_taken = true;
            Poll::Ready(Ok(turn()))
        });
        // Without a deadline `within` always returns a value.
        I::within(None, entered).await.unwrap_or_else(|| Ok(turn()))
    }

    /// Returns the error of the last login if the pool's own credentials must not be presented
    /// again.
    pub(super) fn refused(&self) -> Option<Error> {
        self.state().refused(None, Instant::now())
    }

    /// Wraps a closure so that it returns no refused credentials.
    pub(crate) fn guarded(self: &Arc<Self>, fetch: FetchSoon) -> FetchSoon {
        let gate = Arc::clone(self);
        Arc::new(Mutex::new(move || -> Soon {
            let soon = fetch.lock().unwrap_or_else(PoisonError::into_inner)();
            let gate = Arc::clone(&gate);
            Box::pin(async move {
                let credentials = soon.await?;
                let mut state = gate.state();
                if let Some(error) = state.refused(Some(&credentials), Instant::now()) {
                    let why = format!(
                        "this login failed a short while ago, and is not tried again yet: {error}"
                    );
                    return Err(NoCredentials::new(error.cause(), why));
                }
                state.presented = Some(credentials.clone_without_nonce());
                Ok(credentials)
            })
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Registers a waker, unless it is registered already: a task may be polled many times.
    fn wait(&mut self, waker: &Waker) {
        if !self.waiting.iter().any(|known| known.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }

    fn refused(&mut self, fetched: Option<&Credentials>, now: Instant) -> Option<Error> {
        self.refused
            .retain(|refused| now.saturating_duration_since(refused.at) < REFUSED_FOR);
        let refused = self
            .refused
            .iter()
            .find(|refused| is_of_user(refused.credentials.as_ref(), fetched))?;
        let is_other = match (&refused.credentials, fetched) {
            (Some(before), Some(fetched)) => !is_same(before, fetched),
            _ => false,
        };
        let is_withheld = refused.has_ended && !is_other || refused.count >= MOST_REFUSED;
        is_withheld.then(|| refused.error.clone())
    }

    /// Records the result of the login in progress.
    fn ended(&mut self, opened: &Result<(), Error>, now: Instant) {
        let credentials = self.presented.take();
        let failed = opened
            .as_ref()
            .err()
            .filter(|error| error.is_failed_login());
        if opened.is_err() && failed.is_none() {
            return;
        }
        self.record(credentials, failed.cloned(), true, now);
    }

    /// Records that the login in progress was cancelled after its credentials were presented.
    fn cut_off(&mut self, is_fetched: bool, now: Instant) {
        let credentials = self.presented.take();
        if credentials.is_some() || !is_fetched {
            let error = Error::from(Kind::LoginsCutOff);
            self.record(credentials, Some(error), false, now);
        }
    }

    fn record(
        &mut self,
        credentials: Option<Credentials>,
        failed: Option<Error>,
        has_ended: bool,
        now: Instant,
    ) {
        let at = self
            .refused
            .iter()
            .position(|before| is_of_user(before.credentials.as_ref(), credentials.as_ref()));
        let before = at.map_or(0, |at| self.refused.swap_remove(at).count);
        if let Some(error) = failed {
            self.refused.push(Refused {
                credentials,
                error,
                at: now,
                count: before + 1,
                has_ended,
            });
        }
    }
}

fn is_of_user(before: Option<&Credentials>, now: Option<&Credentials>) -> bool {
    before.map(Credentials::user) == now.map(Credentials::user)
}

fn is_same(one: &Credentials, other: &Credentials) -> bool {
    one.has_token() == other.has_token()
        && one
            .secrets()
            .map(|secret| secret.expose())
            .eq(other.secrets().map(|secret| secret.expose()))
        && one.custom_mechanisms().count() == other.custom_mechanisms().count()
        && one
            .custom_mechanisms()
            .zip(other.custom_mechanisms())
            .all(|(one, other)| is_same_mechanism(one, other))
}

/// Two values of a mechanism without secrets may still differ, for example by a ticket kept elsewhere.
fn is_same_mechanism(one: &Arc<dyn SaslMechanism>, other: &Arc<dyn SaslMechanism>) -> bool {
    let has_secrets = !one.secrets().is_empty();
    Arc::ptr_eq(one, other) || (has_secrets && one.name() == other.name())
}

/// A login in progress. Its end lets the next one in, also if its future is dropped.
pub(super) struct Turn {
    gate: Arc<Gate>,
    is_fetched: bool,
    has_ended: bool,
}

impl Turn {
    pub(super) fn end(mut self, opened: &Result<(), Error>) {
        self.has_ended = true;
        self.gate.state().ended(opened, Instant::now());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.gate.state();
            state.is_taken = false;
            if !self.has_ended {
                state.cut_off(self.is_fetched, Instant::now());
            }
            mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use mailwright_proto::{Secret, reply::Reply};
    use smtp_canary::canary;

    use super::*;
    use crate::stage::Stage;

    #[test]
    fn waker_is_registered_once_for_many_polls() {
        struct Task;
        impl std::task::Wake for Task {
            fn wake(self: Arc<Self>) {}
        }
        let mut state = State::default();
        let waker = Waker::from(Arc::new(Task));
        for _ in 0..1_000 {
            state.wait(&waker);
        }
        assert_eq!(state.waiting.len(), 1);
    }

    fn credentials(user: &str) -> Credentials {
        Credentials::token(user, Secret::from(canary())).unwrap()
    }

    fn refusal() -> Result<(), Error> {
        let reply = Reply::parse(b"454 4.7.0 not now\r\n").unwrap();
        Err(Kind::Refused {
            stage: Stage::Auth,
            reply,
            host: String::new(),
        }
        .into())
    }

    impl State {
        fn tried(
            &mut self,
            credentials: Option<&Credentials>,
            opened: &Result<(), Error>,
            now: Instant,
        ) {
            self.presented = credentials.map(Credentials::clone_without_nonce);
            self.ended(opened, now);
        }
    }

    #[test]
    fn refused_credentials_are_tried_again_after_the_time() {
        let (mut state, now) = (State::default(), Instant::now());
        assert!(state.refused(None, now).is_none());
        state.tried(None, &refusal(), now);
        assert!(
            state
                .refused(None, now + REFUSED_FOR - Duration::from_secs(1))
                .is_some()
        );
        assert!(state.refused(None, now + REFUSED_FOR).is_none());
    }

    #[test]
    fn other_credentials_of_a_user_are_tried_once() {
        let (mut state, now) = (State::default(), Instant::now());
        let [first, second, third] = [(); 3].map(|()| credentials("a"));
        state.tried(Some(&first), &refusal(), now);
        assert!(state.refused(Some(&first), now).is_some());
        assert!(state.refused(Some(&second), now).is_none());
        state.tried(Some(&second), &refusal(), now);
        assert!(
            [&first, &second, &third]
                .iter()
                .all(|one| state.refused(Some(one), now).is_some())
        );
        assert!(
            state.refused(Some(&credentials("b")), now).is_none(),
            "another user"
        );
    }

    #[test]
    fn two_cancelled_logins_withhold_the_credentials() {
        let (mut state, now) = (State::default(), Instant::now());
        state.cut_off(false, now);
        assert!(state.refused(None, now).is_none(), "one may be retried");
        state.cut_off(false, now);
        let error = state.refused(None, now).unwrap();
        assert_eq!(error.stage(), Stage::Auth);
        assert!(state.refused(None, now + REFUSED_FOR).is_none());
    }

    #[test]
    fn login_cancelled_before_its_credentials_counts_nothing() {
        let (mut state, now) = (State::default(), Instant::now());
        state.cut_off(true, now);
        state.cut_off(true, now);
        assert!(state.refused.is_empty());
        state.presented = Some(credentials("a"));
        state.cut_off(true, now);
        assert_eq!(state.refused.len(), 1);
    }

    #[test]
    fn success_forgets_refusals_and_lost_connections_count_none() {
        let (mut state, now) = (State::default(), Instant::now());
        let [first, second] = [(); 2].map(|()| credentials("a"));
        state.tried(Some(&first), &refusal(), now);
        let lost = Err(Kind::Connect {
            host: String::new(),
            port: 25,
            attempts: Vec::new(),
        }
        .into());
        state.tried(Some(&second), &lost, now);
        assert!(state.refused(Some(&second), now).is_none());
        state.tried(Some(&second), &Ok(()), now);
        assert!(state.refused(Some(&first), now).is_none());
    }
}
