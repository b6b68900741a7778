//! What a client is to do, before it does anything.

#[cfg(feature = "mx")]
mod mx;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailwright_proto::{
    Security, Transfer,
    address::EhloName,
    auth::{Credentials, Mechanism},
    ehlo::Keyword,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::blocking::{Client, Pool};
use crate::dialogue::DialogueLine;
use crate::logins::{Logins, NoCredentials};
use crate::options::Options;
use crate::pool::PoolLimits;
use crate::tls::{Identity, TlsVersion, Trust};

/// Builds a [`Client`]. Nothing is connected before the client has something to do.
///
/// ```
/// use mailwright::{Client, Security};
/// use std::time::Duration;
/// let client = Client::builder("mail.example.test", 465)
///     .security(Security::ImplicitTls)
///     .connect_timeout(Duration::from_secs(10))
///     .build();
/// assert!(client.facts().address.is_none());
/// ```
pub struct ClientBuilder {
    pub(crate) options: Options,
}

impl ClientBuilder {
    pub(crate) fn new(host: String, port: u16) -> Self {
        Self {
            options: Options::new(host, port),
        }
    }

    /// How the connection comes by TLS. [`Security::StartTls`], unless this says otherwise.
    ///
    /// [`Security::Opportunistic`] keeps those out who only listen: certificates are not checked, whomever
    /// [`trust`](Self::trust) names, and so there is no login over it.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.options.security = security;
        self
    }

    /// Speak LMTP, by which mail is handed to the mailboxes themselves: behind each message comes one reply for every
    /// recipient, and [`RecipientOutcome`](crate::RecipientOutcome) has it. RFC 2033.
    ///
    /// ```
    /// use mailwright::{Client, Security};
    /// let client = Client::builder("localhost", 24).lmtp().security(Security::None).build();
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn lmtp(mut self) -> Self {
        self.options.is_lmtp = true;
        self
    }

    /// Connect to this UNIX socket, whatever the port is. The host's name is the one that TLS would have to prove.
    ///
    /// ```
    /// use mailwright::{Client, Security};
    /// let client = Client::builder("localhost", 0)
    ///     .unix_socket("/run/dovecot/lmtp")
    ///     .lmtp()
    ///     .security(Security::None)
    ///     .build();
    /// # let _ = client;
    /// ```
    #[cfg(unix)]
    #[must_use]
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.socket = Some(path.into());
        self
    }

    /// Sets the name that the client gives in EHLO: its host's domain.
    ///
    /// The default is the literal of the connection's own address (RFC 5321 section 4.1.4), or
    /// `[127.0.0.1]` over a stream that is not a TCP connection. Submission servers seldom check
    /// the name; relays and MX hosts often do.
    #[must_use]
    pub fn ehlo(mut self, name: EhloName) -> Self {
        self.options.ehlo_name = Some(name);
        self
    }

    /// Log in with these at each connection. Without them there is no login.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.options.logins = Logins::Given(credentials);
        self
    }

    /// Log in with what this gives: it is called for each new connection, once TLS is there and the server has offered a
    /// login, and never for a connection that is used again. So a token is fresh each time.
    ///
    /// Where it fails, the server is told goodbye, and the error says why: its stage is [`Stage::Auth`](crate::Stage::Auth),
    /// its cause the one that [`NoCredentials`] names. The blocking client calls it on its caller's thread, the one for tokio
    /// on a thread that may block; that one has a `credentials_with` of its own for what is awaited.
    ///
    /// ```
    /// use mailwright::{Client, Credentials, Secret};
    /// let client = Client::builder("smtp.office365.com", 587)
    ///     .credentials_with(|| {
    ///         let token = std::fs::read_to_string("/run/mail/token")?;
    ///         Ok(Credentials::token("me@example.test", Secret::from(token))?)
    ///     })
    ///     .build();
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn credentials_with(
        mut self,
        fetch: impl FnMut() -> Result<Credentials, NoCredentials> + Send + 'static,
    ) -> Self {
        self.options.logins = Logins::Fetched(Arc::new(Mutex::new(fetch)));
        self
    }

    /// Log in by these mechanisms alone, the best first. Without this: those of [`Mechanism::DEFAULT`] that suit the
    /// credentials, tokens before passwords. EXTERNAL and ANONYMOUS have to be named, unless the credentials are for
    /// nothing else. A [`SaslMechanism`](crate::SaslMechanism) within credentials given at once comes
    /// first; if a closure fetches the credentials, it must be named.
    ///
    /// ```
    /// use mailwright::{Client, Credentials, Mechanism, Secret};
    /// let password = Secret::from(String::from("hunter2"));
    /// let client = Client::builder("mail.example.test", 587)
    ///     .credentials(Credentials::password("me@example.test", password)?)
    ///     .mechanisms(vec![Mechanism::Login])
    ///     .build();
    /// # let _ = client;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn mechanisms(mut self, mechanisms: Vec<Mechanism>) -> Self {
        self.options.mechanisms = Some(mechanisms);
        self
    }

    /// Also uses the mechanisms of the features `scram` and `cram-md5`, without being named: those of
    /// [`Mechanism::EXTENDED`] instead of [`Mechanism::DEFAULT`]. Enabling a feature alone changes no login.
    #[must_use]
    pub fn extended_mechanisms(mut self) -> Self {
        self.options.usual_mechanisms = Mechanism::EXTENDED;
        self
    }

    /// Treats these extensions as not offered, for servers that offer extensions they do not
    /// implement correctly.
    ///
    /// ```
    /// use mailwright::{Client, Keyword};
    /// let client = Client::builder("mail.example.test", 587).ignore_extensions(vec![Keyword::Pipelining]).build();
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn ignore_extensions(mut self, keywords: Vec<Keyword>) -> Self {
        self.options.ignored = keywords;
        self
    }

    /// Whose certificates to believe. [`Trust::System`], unless this says otherwise.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.options.tls.trust = trust;
        self
    }

    /// The oldest version of TLS to speak. [`TlsVersion::V1_2`], unless this says otherwise.
    #[must_use]
    pub fn tls_min(mut self, version: TlsVersion) -> Self {
        self.options.tls.minimum = version;
        self
    }

    /// A certificate of our own, for servers that ask for one, and for the mechanism EXTERNAL: the chain, its own first, and
    /// its key.
    #[must_use]
    pub fn client_certificate(
        mut self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Self {
        self.options.tls.identity = Some(Identity { chain, key });
        self
    }

    /// Leaves post-quantum key exchange, which the feature `aws-lc-rs` prefers, out of the TLS
    /// handshake. It makes the client's first message longer than one packet, and some firewalls
    /// and old servers never answer that. Without it, a recorded connection may be decrypted once
    /// there are quantum computers. With `ring`, which has no such key exchange, this has no
    /// effect.
    ///
    /// ```
    /// use mailwright::Client;
    /// let client = Client::builder("mail.example.test", 587).classical_key_exchange().build();
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn classical_key_exchange(mut self) -> Self {
        self.options.tls.classical_key_exchange = true;
        self
    }

    /// Log in also without TLS, or where nobody checked the certificate: anyone on the way can read the password.
    #[must_use]
    pub fn dangerous_plaintext_auth(mut self) -> Self {
        self.options.expose_credentials = true;
        self
    }

    /// How long connecting may take, for all addresses of the host together. 30 seconds, unless this says otherwise.
    /// It includes the look-up of the name.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.timeouts.connect = Some(timeout);
        self
    }

    /// How long each reply, each write that makes no progress, and the TLS handshake may take. Without this it is
    /// what RFC 5321 section 4.5.3.2 says, 2 to 10 minutes by phase. QUIT is waited for 2 seconds at most.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeouts.phase = Some(timeout);
        self
    }

    /// Shows each line of the dialogue as it happens: escaped, without secrets, without the message's text.
    ///
    /// ```
    /// use mailwright::Client;
    /// let client = Client::builder("mail.example.test", 587)
    ///     .on_dialogue(|line| println!("{:>6} ms {}: {}", line.at.as_millis(), line.from.name(), line.text))
    ///     .build();
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn on_dialogue(mut self, observer: impl FnMut(&DialogueLine) + Send + 'static) -> Self {
        self.options.observer = Some(Arc::new(Mutex::new(observer)));
        self
    }

    /// Keeps the dialogue of each message in memory, within bounds, for
    /// [`DeliveryAttempt::dialogue`](crate::DeliveryAttempt::dialogue).
    #[must_use]
    pub fn keep_dialogue(mut self) -> Self {
        self.options.keeps_dialogue = true;
        self
    }

    /// How messages travel: by DATA, unless this says otherwise.
    ///
    /// ```
    /// use mailwright::{Client, Transfer};
    /// let client = Client::builder("relay.example.test", 587).transfer(Transfer::Chunks).build();
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn transfer(mut self, transfer: Transfer) -> Self {
        self.options.transfer = transfer;
        self
    }

    /// Another port than the one that was named: 25 with `Client::mx`.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.options.port = port;
        self
    }

    /// The blocking client, which is not connected yet.
    pub fn build(self) -> Client {
        Client::new(self.options.settled())
    }

    /// The client for tokio, which is not connected yet.
    #[cfg(feature = "tokio")]
    pub fn build_tokio(self) -> crate::tokio::Client {
        crate::tokio::Client::new(self.options.settled())
    }

    /// A blocking pool of such connections, none of which is open yet. What [`on_dialogue`](Self::on_dialogue) is shown is
    /// then of all of them, as it happens.
    ///
    /// ```
    /// use mailwright::{Client, PoolLimits};
    /// let pool = Client::builder("mail.example.test", 587).build_pool(PoolLimits::default().connections(2));
    /// pool.close();
    /// ```
    pub fn build_pool(self, limits: PoolLimits) -> Pool {
        Pool::new(self.options.settled(), limits)
    }

    /// A pool of such connections for tokio, none of which is open yet.
    ///
    /// ```
    /// use mailwright::{Client, PoolLimits};
    /// let pool = Client::builder("mail.example.test", 587).build_tokio_pool(PoolLimits::default().connections(2));
    /// # let _ = pool;
    /// ```
    #[cfg(feature = "tokio")]
    pub fn build_tokio_pool(self, limits: PoolLimits) -> crate::tokio::Pool {
        crate::tokio::Pool::new(self.options.settled(), limits)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}
