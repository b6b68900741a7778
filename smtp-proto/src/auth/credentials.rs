//! Who logs in, and what proves it.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::invalid::{InvalidCredentials, check, check_room};
use super::{Mechanism, MechanismName, SaslMechanism};
use crate::secret::Secret;

/// Who logs in, and what proves it. Its Debug text shows no secret.
///
/// Several proofs may be given: the first mechanism that both sides have, and that one of them is for, is taken.
///
/// ```
/// use mailwright_proto::{Secret, auth::Credentials};
/// # let random_octets = [7; 18];
/// let credentials = Credentials::password("user@example.test", Secret::from(String::from("hunter2")))?
///     .with_token(Secret::from(String::from("ya29.x")))?
///     .with_nonce(random_octets); // without one, SCRAM is not used
/// assert!(!format!("{credentials:?}").contains("hunter2"));
/// # Ok::<(), mailwright_proto::auth::InvalidCredentials>(())
/// ```
#[derive(Debug)]
pub struct Credentials {
    user: String,
    authzid: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    has_certificate: bool,
    trace: Option<String>,
    nonce: Option<[u8; 18]>,
    server: Option<(String, u16)>,
    custom: Vec<Arc<dyn SaslMechanism>>,
}

impl Credentials {
    /// A user and a password. Neither may be empty or have a NUL in it (RFC 4616 section 2), and both together
    /// must find room in one line of an exchange.
    ///
    /// # Errors
    ///
    /// Fails if the user or the password breaks these rules.
    pub fn password(user: &str, password: Secret) -> Result<Self, InvalidCredentials> {
        Self::of(user).with_password(password)
    }

    /// A user and an access token of OAuth 2.0. Neither may be empty; a token is printable ASCII
    /// (RFC 6750 section 2.1), and a user has no control characters, which are XOAUTH2's separators.
    ///
    /// # Errors
    ///
    /// Fails if the user or the token breaks these rules.
    pub fn token(user: &str, token: Secret) -> Result<Self, InvalidCredentials> {
        Self::of(user).with_token(token)
    }

    /// A certificate of the client's, which the driver shows within the TLS handshake: for EXTERNAL. The server takes
    /// the user out of it where none is given here, where it may be empty; a NUL may not be in it.
    ///
    /// # Errors
    ///
    /// Fails if the user has a NUL or is too long for a line.
    ///
    /// ```
    /// use mailwright_proto::auth::{Credentials, Mechanism};
    /// assert!(Credentials::certificate("")?.supports(Mechanism::External));
    /// # Ok::<(), mailwright_proto::auth::InvalidCredentials>(())
    /// ```
    pub fn certificate(user: &str) -> Result<Self, InvalidCredentials> {
        Self::of(user).with_certificate().checked()
    }

    /// Nobody in particular, for ANONYMOUS. The trace, an address or any short text, is for the server's log, and may be
    /// empty; it has no control characters, and 255 characters at most (RFC 4505 section 2).
    ///
    /// # Errors
    ///
    /// Fails if the trace breaks these rules.
    ///
    /// ```
    /// use mailwright_proto::auth::{Credentials, Mechanism};
    /// assert!(Credentials::anonymous("visitor@example.test")?.supports(Mechanism::Anonymous));
    /// # Ok::<(), mailwright_proto::auth::InvalidCredentials>(())
    /// ```
    pub fn anonymous(trace: &str) -> Result<Self, InvalidCredentials> {
        Self {
            trace: Some(trace.to_owned()),
            ..Self::of("")
        }
        .checked()
    }

    /// A user, which may be empty, and a mechanism of the embedder's, which holds its own secrets.
    ///
    /// # Errors
    ///
    /// Fails if the user has a NUL or is too long for a line.
    pub fn custom(
        user: &str,
        mechanism: Arc<dyn SaslMechanism>,
    ) -> Result<Self, InvalidCredentials> {
        Self::of(user).with_mechanism(mechanism).checked()
    }

    /// The same with a password, by the rules of [`password`](Self::password).
    ///
    /// # Errors
    ///
    /// Fails if the user or the password breaks these rules.
    pub fn with_password(self, password: Secret) -> Result<Self, InvalidCredentials> {
        Self {
            password: Some(password),
            ..self
        }
        .checked()
    }

    /// The same with an access token, by the rules of [`token`](Self::token).
    ///
    /// # Errors
    ///
    /// Fails if the user or the token breaks these rules.
    pub fn with_token(self, token: Secret) -> Result<Self, InvalidCredentials> {
        Self {
            token: Some(token),
            ..self
        }
        .checked()
    }

    /// The same with a certificate, which the driver shows within the TLS handshake.
    #[must_use]
    pub fn with_certificate(self) -> Self {
        Self {
            has_certificate: true,
            ..self
        }
    }

    /// Adds a mechanism of the embedder's. If two have the same name, the first is used.
    #[must_use]
    pub fn with_mechanism(mut self, mechanism: Arc<dyn SaslMechanism>) -> Self {
        self.custom.push(mechanism);
        self
    }

    /// The same, to act as somebody else: the authorization identity of RFC 4422 section 2. It rules out the
    /// mechanisms that have no place for one: LOGIN, CRAM-MD5, XOAUTH2, ANONYMOUS.
    ///
    /// # Errors
    ///
    /// Fails if the identity is empty, has a NUL or is too long for a line.
    ///
    /// ```
    /// use mailwright_proto::{Secret, auth::{Credentials, Mechanism}};
    /// let secret = Secret::from(String::from("hunter2"));
    /// let credentials = Credentials::password("assistant", secret)?.with_authzid("office")?;
    /// # let _ = credentials;
    /// # Ok::<(), mailwright_proto::auth::InvalidCredentials>(())
    /// ```
    pub fn with_authzid(self, authzid: &str) -> Result<Self, InvalidCredentials> {
        Self {
            authzid: Some(authzid.to_owned()),
            ..self
        }
        .checked()
    }

    /// The same with octets from a good random source, for SCRAM: fresh ones for each login.
    #[must_use]
    pub fn with_nonce(self, random: [u8; 18]) -> Self {
        Self {
            nonce: Some(random),
            ..self
        }
    }

    /// The same with the host and port that the client connected to. OAUTHBEARER tells them to the server (RFC 7628
    /// section 3.1); it does without. A host is printable ASCII, and not empty.
    ///
    /// # Errors
    ///
    /// Fails if the host breaks these rules.
    pub fn with_server(self, host: &str, port: u16) -> Result<Self, InvalidCredentials> {
        Self {
            server: Some((host.to_owned(), port)),
            ..self
        }
        .checked()
    }

    /// Returns a copy for another login. It has no nonce: each login needs a fresh one.
    #[must_use]
    pub fn clone_without_nonce(&self) -> Self {
        let secret = |secret: &Option<Secret>| {
            secret
                .as_ref()
                .map(|secret| Secret::from(secret.expose().to_owned()))
        };
        Self {
            user: self.user.clone(),
            authzid: self.authzid.clone(),
            password: secret(&self.password),
            token: secret(&self.token),
            has_certificate: self.has_certificate,
            trace: self.trace.clone(),
            nonce: None,
            server: self.server.clone(),
            custom: self.custom.clone(),
        }
    }

    /// Who logs in; empty where nobody is named.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// All that proves it and must not be shown: the password, the token, and the secrets of
    /// mechanisms of the embedder's.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let own = self.custom.iter().flat_map(|own| own.secrets());
        let own = own.filter(|secret| !secret.expose().is_empty());
        self.password.iter().chain(&self.token).chain(own)
    }

    /// Returns the mechanisms of the embedder's, in the order in which they were given.
    pub fn custom_mechanisms(&self) -> impl Iterator<Item = &Arc<dyn SaslMechanism>> {
        self.custom.iter()
    }

    pub(super) fn custom_named(&self, name: MechanismName) -> Option<&dyn SaslMechanism> {
        self.custom
            .iter()
            .find(|own| own.name() == name)
            .map(|own| &**own)
    }

    /// Whether there is an access token among them.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Whether what a mechanism is made of is there: a token, a password, a certificate, a trace.
    pub fn supports(&self, mechanism: Mechanism) -> bool {
        match mechanism {
            Mechanism::OAuthBearer | Mechanism::XOAuth2 => self.token.is_some(),
            Mechanism::External => self.has_certificate,
            Mechanism::Anonymous => self.trace.is_some(),
            Mechanism::Custom(name) => self.custom_named(name).is_some(),
            _ => self.password.is_some(),
        }
    }

    pub(super) fn authzid(&self) -> Option<&str> {
        self.authzid.as_deref()
    }

    pub(super) fn password_secret(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    pub(super) fn token_secret(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    pub(super) fn has_certificate(&self) -> bool {
        self.has_certificate
    }

    pub(super) fn trace(&self) -> Option<&str> {
        self.trace.as_deref()
    }

    pub(super) fn nonce(&self) -> Option<&[u8; 18]> {
        self.nonce.as_ref()
    }

    pub(super) fn server(&self) -> Option<(&str, u16)> {
        self.server
            .as_ref()
            .map(|(host, port)| (host.as_str(), *port))
    }

    fn of(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            authzid: None,
            password: None,
            token: None,
            has_certificate: false,
            trace: None,
            nonce: None,
            server: None,
            custom: Vec::new(),
        }
    }

    fn checked(self) -> Result<Self, InvalidCredentials> {
        let is_separator: fn(u8) -> bool = match self.token {
            Some(_) => |byte| byte.is_ascii_control(),
            None => |byte| byte == 0,
        };
        // Who has a secret has a name.
        let needs_name = self.password.is_some() || self.token.is_some();
        check(
            "user",
            self.user.as_bytes(),
            if needs_name { 1 } else { 0 },
            is_separator,
        )?;
        if let Some(authzid) = &self.authzid {
            check(
                "authorization identity",
                authzid.as_bytes(),
                1,
                is_separator,
            )?;
        }
        if let Some(password) = &self.password {
            check("password", password.expose(), 1, |byte| byte == 0)?;
        }
        if let Some(token) = &self.token {
            check("token", token.expose(), 1, |byte| !byte.is_ascii_graphic())?;
        }
        if let Some((host, _)) = &self.server {
            check("server's name", host.as_bytes(), 1, |byte| {
                !byte.is_ascii_graphic()
            })?;
        }
        if let Some(trace) = &self.trace {
            check("trace", trace.as_bytes(), 0, |byte| byte.is_ascii_control())?;
            check_room("trace", trace.chars().count(), MAX_TRACE)?;
        }
        let names = [
            Some(&self.user),
            self.authzid.as_ref(),
            self.server.as_ref().map(|(host, _)| host),
        ];
        let names = names
            .into_iter()
            .flatten()
            .map(|name| escaped_length(name))
            .fold(0, usize::saturating_add);
        for secret in self.password.iter().chain(&self.token) {
            let length = names.saturating_add(secret.expose().len());
            check_room("user with its secret", length, MAX_CREDENTIALS)?;
        }
        check_room("user", names, MAX_CREDENTIALS)?;
        Ok(self)
    }
}

/// Octets that a response may have so that its base64 stays within the 12,288 of RFC 4954 section 4, less
/// what a mechanism adds to user and secret.
const MAX_CREDENTIALS: usize = 12_288 / 4 * 3 - 64;

/// Characters of a trace; RFC 4505 section 2.
const MAX_TRACE: usize = 255;

/// Octets of a name once its commas and equals signs are escaped: RFC 5802 section 5.1.
fn escaped_length(name: &str) -> usize {
    let escaped = name
        .bytes()
        .filter(|byte| matches!(byte, b',' | b'='))
        .count();
    name.len().saturating_add(escaped.saturating_mul(2))
}
