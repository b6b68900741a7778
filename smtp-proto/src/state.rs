//! The session's states and transitions, as the RFCs have them: one table.
//!
//! The table of a transaction, within [`State::Ready`], is in `transaction/stage`.

/// Where a session stands: named for what it awaits.
///
/// ```
/// use mailwright_proto::{Config, Connection, State, address::EhloName};
/// let connection = Connection::new(Config::new(EhloName::try_from("client.example.test")?).into());
/// assert_eq!(connection.state(), State::AwaitGreeting);
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Implicit TLS: the handshake comes first. RFC 8314 section 3.
    AwaitTls,
    /// The server speaks first. RFC 5321 section 3.1.
    AwaitGreeting,
    /// The answer to EHLO. RFC 5321 section 3.2.
    AwaitEhlo,
    /// The answer to HELO, for servers that know no EHLO. RFC 5321 section 3.2.
    AwaitHelo,
    /// The reply to STARTTLS. RFC 3207 section 4.
    AwaitStartTls,
    /// STARTTLS was accepted: not one octet in the clear from here on.
    AwaitUpgrade,
    /// The driver fetches credentials.
    AwaitCredentials,
    /// An exchange is under way. RFC 4954 section 4.
    AwaitAuth,
    /// Open for transactions. RFC 5321 section 3.3.
    Ready,
    /// The reply to QUIT. RFC 5321 section 4.1.1.10.
    AwaitQuit,
    /// Over, in order.
    Closed,
    /// Over by an error, which is repeated.
    Failed,
}

/// What moves a session on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Trigger {
    /// The driver made the handshake.
    TlsEstablished,
    /// 2yz to what was awaited, and STARTTLS is next.
    WantsTls,
    /// 2yz to what was awaited, and AUTH is next.
    WantsLogin,
    /// 2yz to what was awaited, and nothing else is needed.
    Accepted,
    /// 500, 502 or 504 to EHLO, where neither TLS nor a login is demanded.
    EhloUnknown,
    /// The driver handed in credentials.
    Credentials,
    /// 4yz or 5yz, a policy that is not met, or the embedder's wish: say QUIT.
    Quit,
    /// 421, a goodbye, or an end that the embedder wants at once.
    Close,
    /// The peer broke the protocol, the network failed, or a deadline passed.
    Fail,
}

use State as S;
use Trigger as T;

/// Where a session begins: over implicit TLS, and in the clear.
pub(crate) const STARTS: [State; 2] = [S::AwaitTls, S::AwaitGreeting];

/// Every transition there is.
pub(crate) const TRANSITIONS: &[(State, Trigger, State)] = &[
    (S::AwaitTls, T::TlsEstablished, S::AwaitGreeting),
    (S::AwaitTls, T::Close, S::Closed),
    (S::AwaitTls, T::Fail, S::Failed),
    (S::AwaitGreeting, T::Accepted, S::AwaitEhlo),
    (S::AwaitGreeting, T::Quit, S::AwaitQuit),
    (S::AwaitGreeting, T::Close, S::Closed),
    (S::AwaitGreeting, T::Fail, S::Failed),
    (S::AwaitEhlo, T::WantsTls, S::AwaitStartTls),
    (S::AwaitEhlo, T::WantsLogin, S::AwaitCredentials),
    (S::AwaitEhlo, T::Accepted, S::Ready),
    (S::AwaitEhlo, T::EhloUnknown, S::AwaitHelo),
    (S::AwaitEhlo, T::Quit, S::AwaitQuit),
    (S::AwaitEhlo, T::Close, S::Closed),
    (S::AwaitEhlo, T::Fail, S::Failed),
    (S::AwaitHelo, T::Accepted, S::Ready),
    (S::AwaitHelo, T::Quit, S::AwaitQuit),
    (S::AwaitHelo, T::Close, S::Closed),
    (S::AwaitHelo, T::Fail, S::Failed),
    (S::AwaitStartTls, T::Accepted, S::AwaitUpgrade),
    (S::AwaitStartTls, T::Quit, S::AwaitQuit),
    (S::AwaitStartTls, T::Close, S::Closed),
    (S::AwaitStartTls, T::Fail, S::Failed),
    (S::AwaitUpgrade, T::TlsEstablished, S::AwaitEhlo),
    (S::AwaitUpgrade, T::Close, S::Closed),
    (S::AwaitUpgrade, T::Fail, S::Failed),
    (S::AwaitCredentials, T::Credentials, S::AwaitAuth),
    (S::AwaitCredentials, T::Quit, S::AwaitQuit),
    (S::AwaitCredentials, T::Close, S::Closed),
    (S::AwaitCredentials, T::Fail, S::Failed),
    (S::AwaitAuth, T::Accepted, S::Ready),
    (S::AwaitAuth, T::Quit, S::AwaitQuit),
    (S::AwaitAuth, T::Close, S::Closed),
    (S::AwaitAuth, T::Fail, S::Failed),
    (S::Ready, T::Quit, S::AwaitQuit),
    (S::Ready, T::Close, S::Closed),
    (S::Ready, T::Fail, S::Failed),
    (S::AwaitQuit, T::Close, S::Closed),
    (S::AwaitQuit, T::Fail, S::Failed),
];

impl State {
    /// Where a trigger leads. One that the table does not have ends the session: it cannot be trusted any more.
    pub(crate) fn after(self, trigger: Trigger) -> Self {
        let found = TRANSITIONS
            .iter()
            .find(|(from, on, _)| (*from, *on) == (self, trigger));
        found.map_or(Self::Failed, |(_, _, to)| *to)
    }

    /// Whether nothing can happen any more.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Failed)
    }
}
