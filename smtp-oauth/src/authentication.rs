//! The application's authentication to the issuer in each request (RFC 6749 section 2.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailwright_proto::Redactor;
use oauth2::url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::answer::{Fields, refuses_client};
use crate::application::{Application, text};
use crate::client_auth::ClientAuth;
use crate::endpoint;
use crate::error::{Error, Fault};
use crate::http::{Http, Response};
use crate::kinds::Kinds;

/// RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Fields of a form that must not be shown, even if the issuer repeats them.
const SECRET_FIELDS: [&str; 8] = [
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "refresh_token",
    "token",
];

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
    pub(crate) fn ask(
        &self,
        http: &Http,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Fields, Error> {
        let response = self.exchange(http, url, form)?;
        self.fields(&response, url)
    }

    /// Sends a form as this application. A refusal is an error.
    pub(crate) fn exchange(
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
        self.judge(response, url)
    }

    /// Returns the members of an answer. A refusal is an error, even with status 200 as GitHub
    /// sends it.
    pub(crate) fn fields(&self, response: &Response, url: &Url) -> Result<Fields, Error> {
        let fields = Fields::parse(&response.body).ok_or_else(|| nonsense(url, response))?;
        match fields.refusal(self.issuer.kind, &response.redactor) {
            Some(refusal) if !fields.has("access_token") => Err(Fault::Refused(refusal).into()),
            _ => Ok(fields),
        }
    }

    /// Sends a form as it is. A refusal is an error.
    pub(crate) fn send(
        &self,
        http: &Http,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let response = post(http, url, form, None)?;
        self.judge(response, url)
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
            (Proof::Basic, _) => post(http, url, form, Some((&self.client_id, secret))),
            (Proof::Body, _) => {
                let form = [form, &[id, ("client_secret", secret)]].concat();
                post(http, url, &form, None)
            }
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
    fn judge(&self, response: Response, url: &Url) -> Result<Response, Error> {
        if response.is_success() {
            return Ok(response);
        }
        self.fields(&response, url)
            .and_then(|_| Err(nonsense(url, &response)))
    }
}

/// Sends a form, with a client id and secret for HTTP Basic. Everything secret in the request is
/// redacted in the answer.
fn post(
    http: &Http,
    url: &Url,
    form: &[(&str, &str)],
    client: Option<(&str, &str)>,
) -> Result<Response, Error> {
    let pair = client.map(|(id, secret)| basic(id, secret));
    let plain = form
        .iter()
        .filter(|(name, _)| SECRET_FIELDS.contains(name))
        .map(|(_, value)| *value)
        .chain(client.map(|(_, secret)| secret));
    let encoded = plain
        .clone()
        .map(|secret| Zeroizing::new(form_encoded(secret)));
    let encoded: Vec<_> = encoded.chain(pair.clone()).collect();
    let secrets = plain.chain(encoded.iter().map(|secret| secret.as_str()));
    let redactor = Redactor::of_secrets(secrets.map(str::as_bytes));
    let authorization = pair.map(|pair| Zeroizing::new(format!("Basic {}", *pair)));
    let authorization = authorization.as_ref().map(|value| value.as_str());
    http.post(url, form, authorization, redactor)
        .map_err(|error| {
            Fault::NoAnswer {
                host: endpoint::shown(url),
                error,
            }
            .into()
        })
}

/// Returns the credentials for HTTP Basic. Both are form-encoded first (RFC 6749 section 2.3.1).
fn basic(id: &str, secret: &str) -> Zeroizing<String> {
    let secret = Zeroizing::new(form_encoded(secret));
    let pair = Zeroizing::new(format!("{}:{}", form_encoded(id), *secret));
    Zeroizing::new(STANDARD.encode(&*pair))
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
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
    Fault::Nonsense {
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
            "czZCaGRSa3F0MzpnWDFmQmF0M2JW"
        );
        assert_eq!(*basic("a:b", "p w+d%"), STANDARD.encode("a%3Ab:p+w%2Bd%25"));
    }
}
