//! Where the credentials of each login come from: given once, or fetched anew for each connection.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use mailwright_proto::auth::{Credentials, Mechanism};

use crate::cause::Cause;

/// Why a closure has no credentials to give: any error by `?`, or one with a [`Cause`] that fits better.
///
/// What is said of the error is shown to people: it must not hold a secret.
///
/// ```
/// use mailwright::{Cause, NoCredentials};
/// fn token() -> Result<String, NoCredentials> {
///     Ok(std::fs::read_to_string("no/such/token")?)
/// }
/// assert_eq!(token().unwrap_err().cause(), Cause::AuthRequired);
/// let expired = NoCredentials::new(Cause::OAuthTokenRejected, "the refresh token has expired");
/// assert_eq!(expired.to_string(), "the refresh token has expired");
/// ```
pub struct NoCredentials {
    cause: Cause,
    error: Box<dyn StdError + Send + Sync>,
}

impl NoCredentials {
    /// Nothing to log in with, for this cause.
    pub fn new(cause: Cause, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            cause,
            error: error.into(),
        }
    }

    /// The cause, with something to do. [`Cause::AuthRequired`], unless another was named.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    pub(crate) fn error(&self) -> &(dyn StdError + 'static) {
        &*self.error
    }
}

// It is no `std::error::Error` itself: this would then overlap with the conversion of a type into itself.
impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for NoCredentials {
    fn from(error: E) -> Self {
        Self::new(Cause::AuthRequired, error)
    }
}

impl fmt::Display for NoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for NoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoCredentials")
            .field("cause", &self.cause)
            .field("error", &self.error)
            .finish()
    }
}

/// What an embedder's closure gives.
pub(crate) type Fetched = Result<Credentials, NoCredentials>;

/// A closure that blocks. Whoever has a copy calls it in turn.
pub(crate) type Fetch = Arc<Mutex<dyn FnMut() -> Fetched + Send>>;

/// A closure in the shape that every host can wait for. A blocking host's future is ready at once.
pub(crate) type FetchSoon = Arc<Mutex<dyn FnMut() -> Soon + Send>>;

/// What an embedder's closure will have given.
pub(crate) type Soon = Pin<Box<dyn Future<Output = Fetched> + Send>>;

/// What a builder was told of logins.
#[derive(Default)]
pub(crate) enum Logins<F> {
    /// There is no login.
    #[default]
    None,
    /// The same ones each time.
    Given(Credentials),
    /// Others each time.
    Fetched(F),
}

impl<F> Logins<F> {
    /// The same, with a closure of another shape.
    pub(crate) fn map<G>(self, shape: impl FnOnce(F) -> G) -> Logins<G> {
        match self {
            Self::None => Logins::None,
            Self::Given(credentials) => Logins::Given(credentials),
            Self::Fetched(fetch) => Logins::Fetched(shape(fetch)),
        }
    }

    /// Returns the mechanisms of `usual` that the credentials support, the best first; none without a login.
    pub(crate) fn mechanisms(&self, usual: &[Mechanism]) -> Vec<Mechanism> {
        match self {
            Self::None => Vec::new(),
            Self::Given(credentials) => {
                let suit = |among: &[Mechanism]| -> Vec<Mechanism> {
                    among
                        .iter()
                        .copied()
                        .filter(|&mechanism| credentials.supports(mechanism))
                        .collect()
                };
                // A mechanism of the embedder's was given in order to be used: it comes first.
                let own = credentials
                    .custom_mechanisms()
                    .map(|own| Mechanism::Custom(own.name()));
                let usual = own.chain(suit(usual)).collect::<Vec<_>>();
                // Whoever gives nothing but a certificate, or nobody's name, wants what these are for.
                Some(usual)
                    .filter(|suited| !suited.is_empty())
                    .unwrap_or_else(|| suit(Mechanism::ALL))
            }
            Self::Fetched(_) => usual.to_vec(),
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl<F: Clone> Logins<F> {
    /// The same for another connection.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Given(credentials) => Self::Given(credentials.clone_without_nonce()),
            Self::Fetched(fetch) => Self::Fetched(fetch.clone()),
        }
    }
}

impl Logins<FetchSoon> {
    /// The credentials of one login.
    pub(crate) async fn fetch(&mut self) -> Fetched {
        match self {
            Self::None => Err("no credentials were given".into()),
            Self::Given(credentials) => Ok(credentials.clone_without_nonce()),
            Self::Fetched(fetch) => {
                let soon = fetch.lock().unwrap_or_else(PoisonError::into_inner)();
                soon.await
            }
        }
    }
}

impl<F> fmt::Debug for Logins<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Given(credentials) => credentials.fmt(f),
            Self::Fetched(_) => f.write_str("fetched for each connection"),
        }
    }
}
