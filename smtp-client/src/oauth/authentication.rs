//! The application's authentication to the issuer in each request (RFC 6749 section 2.3).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use oauth2::url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::answer::{Fields, refuses_client};
use super::application::{Application, text};
use super::endpoint;
use super::error::{Error, Kind};
use super::http::{Http, Response};
use super::issuer::Kinds;

/// RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Fields of a form that must not be shown, even if the issuer repeats them.
const SECRET_FIELDS: [&str; 6] = [
    "assertion",
    "code",
    "code_verifier",
    "device_code",
    "refresh_token",
    "token",
];

/// How an application sends its client secret (RFC 6749 section 2.3.1).
///
/// ```
/// use mailwright::oauth::ClientAuth;
/// assert_eq!("basic".parse(), Ok(ClientAuth::Basic));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ClientAuth {
    /// With HTTP Basic, and in the body if the issuer answers `invalid_client`. The issuer checks
    /// the client before a code or refresh token, so none is spent twice. For Microsoft and Google
    /// in the body at once, as their documentation says.
    #[default]
    Automatic,
    /// With HTTP Basic only, which every issuer should accept: `client_secret_basic`.
    Basic,
    /// In the body only: `client_secret_post`.
    Body,
}

impl ClientAuth {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Automatic, Self::Basic, Self::Body];

    /// Returns the stable name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Basic => "basic",
            Self::Body => "body",
        }
    }
}

impl fmt::Display for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ClientAuth {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL
            .into_iter()
            .find(|way| way.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            format!(
                "no client authentication {name:?}: use {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}

/// The authentication of one request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// The client id only: the application has neither secret nor key.
    Id,
    Basic,
    Body,
    /// RFC 7523 section 2.2.
    Assertion,
}

impl Application {
    /// Sends a form as this application, and returns the members of the answer. A refusal is an
    /// error.
    pub(super) fn ask(
        &self,
        http: &Http,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Fields, Error> {
        let response = self.exchange(http, url, form)?;
        self.fields(&response, url, form)
    }

    /// Sends a form as this application. A refusal is an error.
    pub(super) fn exchange(
        &self,
        http: &Http,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let (first, second) = self.proofs();
        let mut response = self.prove(first, http, url, form)?;
        if let Some(second) = second.filter(|_| refuses_client(&response)) {
            response = self.prove(second, http, url, form)?;
            if second == Proof::Body && !refuses_client(&response) {
                // Another thread would have learned the same.
                let _ = self.takes_body.set(());
            }
        }
        self.judge(response, url, form)
    }

    /// Returns the members of an answer. A refusal is an error, even with status 200 as GitHub
    /// sends it.
    pub(super) fn fields(
        &self,
        response: &Response,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Fields, Error> {
        let fields = Fields::parse(&response.body).ok_or_else(|| nonsense(url, response))?;
        match fields.refusal(self.issuer.kind, &self.secrets(form)) {
            Some(refusal) if !fields.has("access_token") => Err(Kind::Refused(refusal).into()),
            _ => Ok(fields),
        }
    }

    /// Sends a form as it is. A refusal is an error.
    pub(super) fn send(
        &self,
        http: &Http,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let response = post(http, url, form, None)?;
        self.judge(response, url, form)
    }

    /// Returns the authentication of a request, and the one to use if that is refused.
    fn proofs(&self) -> (Proof, Option<Proof>) {
        if self.key.is_some() {
            return (Proof::Assertion, None);
        }
        if self.client_secret.is_none() {
            return (Proof::Id, None);
        }
        match (self.client_auth, self.issuer.kind) {
            (ClientAuth::Basic, _) => (Proof::Basic, None),
            // Some issuers take one way with a code and the other with a refresh token: each is tried after the other.
            (ClientAuth::Automatic, Kinds::Own) if self.takes_body.get().is_some() => {
                (Proof::Body, Some(Proof::Basic))
            }
            (ClientAuth::Automatic, Kinds::Own) => (Proof::Basic, Some(Proof::Body)),
            (ClientAuth::Body, _) | (ClientAuth::Automatic, Kinds::Microsoft | Kinds::Google) => {
                (Proof::Body, None)
            }
        }
    }

    fn prove(
        &self,
        proof: Proof,
        http: &Http,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let secret = self.client_secret.as_ref().map_or("", text);
        let id = ("client_id", self.client_id.as_str());
        match (proof, &self.key) {
            (Proof::Basic, _) => post(http, url, form, Some(&basic(&self.client_id, secret))),
            (Proof::Body, _) => post(
                http,
                url,
                &[form, &[id, ("client_secret", secret)]].concat(),
                None,
            ),
            (Proof::Assertion, Some(key)) => {
                // At its other endpoints, too: RFC 7523 section 3 identifies the issuer by it.
                let assertion =
                    key.client_assertion(&self.client_id, &self.issuer.token, self.issuer.kind)?;
                let assertion = [
                    ("client_assertion_type", ASSERTION_TYPE),
                    ("client_assertion", &*assertion),
                ];
                post(http, url, &[form, &[id], &assertion].concat(), None)
            }
            (Proof::Id | Proof::Assertion, _) => post(http, url, &[form, &[id]].concat(), None),
        }
    }

    /// Returns the answer unless it is a refusal.
    fn judge(
        &self,
        response: Response,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Response, Error> {
        if response.is_success() {
            return Ok(response);
        }
        self.fields(&response, url, form)
            .and_then(|_| Err(nonsense(url, &response)))
    }

    /// Returns the secrets of a request, which the issuer may repeat and which must not be shown.
    fn secrets<'a>(&'a self, form: &[(&str, &'a str)]) -> Vec<&'a str> {
        let sent = form
            .iter()
            .filter(|(name, _)| SECRET_FIELDS.contains(name))
            .map(|(_, value)| *value);
        sent.chain(self.client_secret.as_ref().map(text)).collect()
    }
}

fn post(
    http: &Http,
    url: &Url,
    form: &[(&str, &str)],
    authorization: Option<&str>,
) -> Result<Response, Error> {
    http.post(url, form, authorization).map_err(|error| {
        Kind::NoAnswer {
            host: endpoint::shown(url),
            error,
        }
        .into()
    })
}

/// Returns the credentials for HTTP Basic. Both are form-encoded first (RFC 6749 section 2.3.1).
fn basic(id: &str, secret: &str) -> Zeroizing<String> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Zeroizing::new(format!(
        "{}:{}",
        encoded(id),
        *Zeroizing::new(encoded(secret))
    ));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)))
}

fn nonsense(url: &Url, response: &Response) -> Error {
    let why = if response.body.is_empty() {
        format!("HTTP status {} with an empty body", response.status())
    } else {
        format!(
            "HTTP status {}, and the body is no JSON as in RFC 6749 section 5",
            response.status()
        )
    };
    Kind::Nonsense {
        host: endpoint::shown(url),
        why,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded_first() {
        // RFC 6749 section 2.3.1, with its own example.
        assert_eq!(
            *basic("s6BhdRkqt3", "gX1fBat3bV"),
            "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"
        );
        assert_eq!(
            *basic("a:b", "p w+d%"),
            format!("Basic {}", STANDARD.encode("a%3Ab:p+w%2Bd%25"))
        );
    }
}
