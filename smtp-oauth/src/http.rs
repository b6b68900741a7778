//! One request and its answer, bounded in size and time.

use std::time::{Duration, Instant};

use mailwright_proto::Redactor;
use oauth2::url::{Url, form_urlencoded};
use rustls::pki_types::CertificateDer;
use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use zeroize::Zeroizing;

use crate::crypto::provider;
use crate::endpoint;
use crate::error::{Error, Fault, HttpError};

/// Answers with tokens have a few KiB: those of Microsoft are about 5 KiB long.
const MAX_BODY: u64 = 256 * 1024;

/// Several times what any issuer sends.
const MAX_HEAD: usize = 32 * 1024;

/// A client for one login. It follows no redirect, and keeps no connection.
pub(crate) struct Http {
    agent: Agent,
    /// Nothing is sent after this, in flows of several requests.
    ends: Option<Instant>,
    timeout: Duration,
}

/// An answer that is neither a redirect nor a failure of the issuer's own.
pub(crate) struct Response {
    status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// Redacts the secrets of the request, which the issuer may repeat.
    pub(crate) redactor: Redactor,
}

impl Response {
    /// Returns whether the request was granted.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Returns whether the issuer refused the client's authentication (RFC 9110 section 15.5.2).
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.status == UNAUTHORIZED
    }
}

impl Http {
    /// For requests to `url`'s host.
    pub(crate) fn new(
        roots: Option<&[CertificateDer<'static>]>,
        timeout: Duration,
        url: &Url,
    ) -> Result<Self, Error> {
        let tls = TlsConfig::builder()
            .root_certs(root_certs(roots)?)
            .unversioned_rustls_crypto_provider(provider().map_err(Fault::Input)?)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MAX_HEAD)
            .max_idle_connections(0)
            .timeout_global(Some(timeout))
            .user_agent(concat!("mailwright-oauth/", env!("CARGO_PKG_VERSION")))
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
    pub(crate) fn until(self, ends: Instant) -> Self {
        Self {
            ends: Some(ends),
            ..self
        }
    }

    /// Sends a form, with this value of the field `Authorization`. `redactor` is for their secrets.
    pub(crate) fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        authorization: Option<&str>,
        redactor: Redactor,
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
            Err(ureq::Error::BodyExceedsLimit(_)) => return Err(HttpError::TooLarge(MAX_BODY)),
            other => Zeroizing::new(other?),
        };
        Ok(Response {
            status: status.as_u16(),
            body,
            redactor,
        })
    }
}

const UNAUTHORIZED: u16 = 401;

/// RFC 6585 section 4.
const TOO_MANY_REQUESTS: u16 = 429;

/// Returns the authorities to trust: the operating system's unless others were given.
fn root_certs(roots: Option<&[CertificateDer<'static>]>) -> Result<RootCerts, Error> {
    match roots {
        #[cfg(feature = "platform-verifier")]
        None => Ok(RootCerts::PlatformVerifier),
        #[cfg(not(feature = "platform-verifier"))]
        None => {
            let why =
                "this program cannot read the operating system's authorities: name those to trust";
            Err(Fault::Input(why.to_owned()).into())
        }
        Some([]) => Err(Fault::Input(
            "there is no certificate among the authorities to trust".to_owned(),
        )
        .into()),
        Some(roots) => Ok(roots
            .iter()
            .map(|root| Certificate::from_der(root).to_owned())
            .into()),
    }
}
