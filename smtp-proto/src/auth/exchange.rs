//! The interface of a SASL mechanism: the exchange, and the factory that starts one for each login.

use alloc::boxed::Box;
use core::fmt;

use super::{
    AuthFailureDetail, Binding, ChallengeFault, Credentials, MechanismName, MechanismUnusable,
};
use crate::secret::Secret;

/// A SASL mechanism of the embedder's, for example NTLM or GSSAPI: starts one exchange for each login.
///
/// Give it to [`Credentials::custom`] or [`Credentials::with_mechanism`], and allow
/// [`Mechanism::Custom`](super::Mechanism::Custom) with its name in
/// [`Config::login`](crate::Config::login). It is used if the server offers that name.
///
/// The rules of the built-in mechanisms apply: nothing of an exchange leaves before verified TLS,
/// unless [`Dangerous::expose_credentials`](crate::Dangerous::expose_credentials) allows it for the
/// whole session. A mechanism cannot relax this rule.
///
/// The trait does not require `Debug`, and a mechanism is printed by its name only, so that its
/// secrets cannot be printed by accident. Keep them in [`Secret`]s, which are wiped when dropped.
///
/// ```
/// use std::sync::Arc;
/// use mailwright_proto::Secret;
/// use mailwright_proto::auth::{
///     ChallengeFault, Credentials, Exchange, LoginContext, Mechanism, MechanismName,
///     MechanismUnusable, SaslMechanism,
/// };
///
/// /// Answers one challenge with its octets in reverse order, after the key.
/// struct Reverse {
///     name: MechanismName,
///     key: Secret,
/// }
///
/// impl SaslMechanism for Reverse {
///     fn name(&self) -> MechanismName {
///         self.name
///     }
///
///     fn begin(&self, login: &LoginContext<'_>) -> Result<Box<dyn Exchange>, MechanismUnusable> {
///         if login.authzid().is_some() {
///             return Err(MechanismUnusable::NoAuthzid);
///         }
///         let key = Secret::from(self.key.expose().to_vec());
///         Ok(Box::new(ReverseExchange { key: Some(key) }))
///     }
///
///     fn secrets(&self) -> &[Secret] {
///         std::slice::from_ref(&self.key)
///     }
/// }
///
/// struct ReverseExchange {
///     key: Option<Secret>,
/// }
///
/// impl Exchange for ReverseExchange {
///     fn initial_response(&mut self) -> Option<Secret> {
///         None
///     }
///
///     fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault> {
///         let key = self.key.take().ok_or(ChallengeFault::Unanswerable)?;
///         let reversed: Vec<u8> = challenge.iter().rev().copied().collect();
///         Ok(Secret::from([key.expose(), &reversed].concat()))
///     }
///
///     fn is_complete(&self) -> bool {
///         self.key.is_none()
///     }
/// }
///
/// let name = MechanismName::new("X-REVERSE")?;
/// let key = Secret::from(String::from("hunter2"));
/// let credentials = Credentials::custom("user", Arc::new(Reverse { name, key }))?;
/// assert!(credentials.supports(Mechanism::Custom(name)));
/// assert!(!format!("{credentials:?}").contains("hunter2"));
/// # Ok::<(), mailwright_proto::auth::InvalidCredentials>(())
/// ```
pub trait SaslMechanism: Send + Sync {
    /// Returns the name under which servers offer the mechanism.
    fn name(&self) -> MechanismName;

    /// Starts the exchange of one login. Each login of a pool, and each further attempt, starts a
    /// new one.
    ///
    /// # Errors
    ///
    /// Fails if the mechanism cannot be used for this login, for example without channel binding.
    /// The next mechanism that both sides have is then tried.
    fn begin(&self, login: &LoginContext<'_>) -> Result<Box<dyn Exchange>, MechanismUnusable>;

    /// Returns the secrets to be redacted if a server repeats one of them in a reply.
    fn secrets(&self) -> &[Secret] {
        &[]
    }
}

impl fmt::Debug for dyn SaslMechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SaslMechanism({})", self.name())
    }
}

/// One AUTH exchange of a mechanism: takes the server's challenges and returns the responses.
///
/// The built-in mechanisms implement it as well; [`SaslMechanism`] has an example. Challenges and
/// responses are octets: the connection adds and removes base64, and sends an initial response that
/// does not fit the AUTH command after the server's first, empty challenge. It cancels an exchange
/// after 16 challenges, and if a response exceeds the 12,288 octets of RFC 4954 section 4.
///
/// An exchange is dropped when its login ends, also by an error: keep secrets in [`Secret`]s. The
/// trait does not require `Debug`, so that they cannot be printed by accident.
pub trait Exchange: Send + Sync {
    /// Returns the octets to send with the AUTH command, or `None` if the server speaks first. It is
    /// called once.
    fn initial_response(&mut self) -> Option<Secret>;

    /// Returns whether challenges carry information. If not, one that is not base64 is answered as
    /// well.
    fn reads_challenges(&self) -> bool {
        true
    }

    /// Returns the response to a challenge.
    ///
    /// # Errors
    ///
    /// Fails if the challenge has no response. The exchange is then cancelled (RFC 4954 section 4),
    /// and the session ends with [`PeerFault::BadChallenge`](crate::PeerFault::BadChallenge).
    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault>;

    /// Returns whether the exchange allows the server to report success. If it is false when the
    /// server does, the session fails.
    fn is_complete(&self) -> bool;

    /// Returns the reason that the server gave within the exchange, before its final reply.
    fn failure(&mut self) -> Option<AuthFailureDetail> {
        None
    }
}

impl fmt::Debug for dyn Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exchange")
    }
}

/// The login that an exchange of a [`SaslMechanism`] is started for.
pub struct LoginContext<'a> {
    credentials: &'a Credentials,
    exporter: Option<&'a [u8; 32]>,
}

impl<'a> LoginContext<'a> {
    pub(super) fn new(credentials: &'a Credentials, binding: Binding<'a>) -> Self {
        let exporter = match binding {
            Binding::Exporter(exporter) => Some(exporter),
            Binding::None | Binding::NotOffered => None,
        };
        Self {
            credentials,
            exporter,
        }
    }

    /// Returns the user (the authentication identity), which may be empty.
    pub fn user(&self) -> &'a str {
        self.credentials.user()
    }

    /// Returns the identity to act as, if it is not the user's own: RFC 4422 section 2. A mechanism
    /// that cannot convey it must fail with [`MechanismUnusable::NoAuthzid`].
    pub fn authzid(&self) -> Option<&'a str> {
        self.credentials.authzid()
    }

    /// Returns the channel binding `tls-exporter` of RFC 9266, or `None` without TLS 1.3 or if the
    /// driver does not provide it.
    pub fn tls_exporter(&self) -> Option<&'a [u8; 32]> {
        self.exporter
    }

    /// Returns the host and port that the client connected to, if the driver provides them.
    pub fn server(&self) -> Option<(&'a str, u16)> {
        self.credentials.server()
    }

    /// Returns random octets of this login, if the driver provides them.
    pub fn nonce(&self) -> Option<&'a [u8; 18]> {
        self.credentials.nonce()
    }
}

impl fmt::Debug for LoginContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The channel binding is no secret, but it identifies the connection.
        f.debug_struct("LoginContext")
            .field("user", &self.user())
            .field("authzid", &self.authzid())
            .field("server", &self.server())
            .finish_non_exhaustive()
    }
}
