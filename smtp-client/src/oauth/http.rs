//! One request and its answer, bounded in size and time.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use mailwright_proto::Escaped;
use oauth2::url::{Url, form_urlencoded};
use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use zeroize::Zeroizing;

use super::endpoint;
use super::error::{Error, Kind};
use crate::cause::Cause;
use crate::error::{Handshake, TlsFailure};
use crate::tls::{ClientCertificate, Trust, provider};

/// Answers with tokens have a few KiB: those of Microsoft are about 5 KiB long.
const MAX_BODY: u64 = 256 * 1024;

/// Several times what any issuer sends.
const MAX_HEAD: usize = 32 * 1024;

/// A client for one login. It follows no redirect, and keeps no connection.
pub(super) struct Http {
    agent: Agent,
    /// Nothing is sent after this, in flows of several requests.
    ends: Option<Instant>,
    timeout: Duration,
}

/// An answer that is neither a redirect nor a failure of the issuer's own.
pub(super) struct Response {
    status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// Returns whether the request was granted.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Returns whether the issuer refused the client's authentication (RFC 9110 section 15.5.2).
    pub(super) fn is_unauthorized(&self) -> bool {
        self.status == UNAUTHORIZED
    }
}

impl Http {
    /// For requests to `url`'s host.
    pub(super) fn new(trust: &Trust, timeout: Duration, url: &Url) -> Result<Self, Error> {
        let tls = TlsConfig::builder()
            .root_certs(roots(trust)?)
            .unversioned_rustls_crypto_provider(provider().map_err(Kind::Input)?)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MAX_HEAD)
            .max_idle_connections(0)
            .timeout_global(Some(timeout))
            .user_agent(concat!("smtp-client/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls);
        // A proxy of the environment's is not asked for what is on this machine.
        let config = if endpoint::is_loopback(url) {
            config.proxy(None)
        } else {
            config
        };
        Ok(Self {
            agent: config.build().new_agent(),
            ends: None,
            timeout,
        })
    }

    /// The same, for as long as a person has time.
    pub(super) fn until(self, ends: Instant) -> Self {
        Self {
            ends: Some(ends),
            ..self
        }
    }

    /// Sends a form, with this value of the field `Authorization`.
    pub(super) fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<Response, HttpError> {
        let left = self.ends.map_or(self.timeout, |ends| {
            ends.saturating_duration_since(Instant::now())
        });
        // A global time-out of zero is none for some hosts; the request would be in vain anyhow.
        let time = left.min(self.timeout).max(Duration::from_millis(1));
        let body = Zeroizing::new(
            form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish(),
        );
        let mut request = self
            .agent
            .post(url.as_str())
            .config()
            .timeout_global(Some(time))
            .build()
            .header(ACCEPT, "application/json")
            .content_type("application/x-www-form-urlencoded");
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        let mut response = request.send(body.as_bytes())?;
        let status = response.status();
        if status.is_redirection() {
            return Err(HttpError::Redirected);
        }
        if status.is_server_error() || status.as_u16() == TOO_MANY_REQUESTS {
            return Err(HttpError::Status(status.as_u16()));
        }
        let body = match response
            .body_mut()
            .with_config()
            .limit(MAX_BODY)
            .read_to_vec()
        {
            Err(ureq::Error::BodyExceedsLimit(_)) => return Err(HttpError::TooLarge),
            other => Zeroizing::new(other?),
        };
        Ok(Response {
            status: status.as_u16(),
            body,
        })
    }
}

const UNAUTHORIZED: u16 = 401;

/// RFC 6585 section 4.
const TOO_MANY_REQUESTS: u16 = 429;

/// Anyone's certificate is not among the choices: a stolen refresh token is good for months.
fn roots(trust: &Trust) -> Result<RootCerts, Error> {
    match trust {
        #[cfg(feature = "platform-verifier")]
        Trust::System => Ok(RootCerts::PlatformVerifier),
        #[cfg(not(feature = "platform-verifier"))]
        Trust::System => {
            let why =
                "this program cannot read the operating system's authorities: name those to trust";
            Err(Kind::Input(why.to_owned()).into())
        }
        Trust::Roots(roots) if roots.is_empty() => Err(Kind::Input(
            "there is no certificate among the authorities to trust".to_owned(),
        )
        .into()),
        Trust::Roots(roots) => Ok(roots
            .iter()
            .map(|root| Certificate::from_der(root).to_owned())
            .into()),
        Trust::DangerousAcceptAnyCertificate => {
            let why = "tokens are not fetched from whoever answers: name the authorities to trust";
            Err(Kind::Input(why.to_owned()).into())
        }
    }
}

/// Why there is no answer, or none that can be used.
#[derive(Debug, Clone)]
pub(super) enum HttpError {
    Dns,
    TimedOut,
    Tls(String, Cause),
    Connection(String),
    /// It is not for now.
    Status(u16),
    Redirected,
    TooLarge,
    /// Not HTTP.
    Malformed(String),
}

impl HttpError {
    /// Whether another try later may go better.
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Dns | Self::TimedOut | Self::Connection(_) | Self::Status(_)
        )
    }

    /// Whoever does not answer now may do so later: that is one kind of cause, whatever the network says of it.
    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::Dns => Cause::DnsFailure,
            Self::TimedOut => Cause::Timeout,
            Self::Tls(_, cause) => *cause,
            Self::Connection(_) | Self::Status(_) => Cause::TemporaryServerFailure,
            Self::Redirected | Self::TooLarge | Self::Malformed(_) => Cause::ProtocolError,
        }
    }
}

impl From<ureq::Error> for HttpError {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::TimedOut,
            ureq::Error::HostNotFound => Self::Dns,
            ureq::Error::Rustls(error) => of_tls(TlsFailure::Tls(error)),
            ureq::Error::Io(error) => of_io(error),
            error @ (ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_)) => {
                Self::Connection(shown(&error))
            }
            other => Self::Malformed(shown(&other)),
        }
    }
}

/// Returns a text of an [`HttpError`] escaped: that error is also shown by itself, as the source of
/// another.
fn shown(text: &dyn fmt::Display) -> String {
    Escaped(text.to_string().as_bytes()).to_string()
}

fn of_io(error: io::Error) -> HttpError {
    match error
        .get_ref()
        .is_some_and(|inner| inner.is::<rustls::Error>())
    {
        true => of_tls(error.into()),
        false if error.kind() == io::ErrorKind::TimedOut => HttpError::TimedOut,
        false => HttpError::Connection(shown(&error)),
    }
}

fn of_tls(failure: TlsFailure) -> HttpError {
    let handshake = Handshake::of(failure, false, ClientCertificate::NotAsked);
    let cause = match handshake.cause() {
        Cause::NotSmtp => Cause::TlsHandshake,
        cause => cause,
    };
    HttpError::Tls(shown(&handshake), cause)
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns => f.write_str("its name cannot be looked up"),
            Self::TimedOut => f.write_str("it did not answer in time"),
            Self::Tls(text, _) => write!(f, "TLS: {text}"),
            Self::Connection(text) => f.write_str(text),
            Self::Status(status) => write!(f, "it answered with HTTP status {status}"),
            Self::Redirected => {
                f.write_str("it redirects to another address, which is not followed with secrets")
            }
            Self::TooLarge => write!(f, "its answer has more than {MAX_BODY} octets"),
            Self::Malformed(text) => write!(f, "its answer is no HTTP that can be used: {text}"),
        }
    }
}

impl std::error::Error for HttpError {}
