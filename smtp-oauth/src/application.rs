//! This program, as an issuer knows it; and what it asks for without a person.

use std::fmt;
use std::str;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use mailwright_proto::Secret;
use oauth2::url::Url;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::client_auth::ClientAuth;
use crate::endpoint;
use crate::error::{Error, Fault};
use crate::flow::Flow;
use crate::http::Http;
use crate::issuer::Issuer;
use crate::key::{Key, ServiceAccount};
use crate::token::{Granted, Token};

/// For one exchange as a whole: an issuer that is well answers within two seconds.
const TIMEOUT: Duration = Duration::from_secs(30);

/// For a person to log in: as long as the codes of Microsoft's device flow live.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// RFC 7523 section 2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The parameters that a login sets itself: another value would break it, or send a secret
/// elsewhere.
const OWN_PARAMETERS: [&str; 17] = [
    "assertion",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "device_code",
    "grant_type",
    "redirect_uri",
    "refresh_token",
    "response_type",
    "scope",
    "state",
    "token",
];

/// This program as it is registered with an [`Issuer`], and what it asks for.
///
/// ```no_run
/// use mailwright_oauth::{Application, Issuer, Secret};
///
/// let secret = Secret::from(std::fs::read_to_string("client-secret")?);
/// let application = Application::new(Issuer::microsoft("contoso.onmicrosoft.com")?, "2f6c3a1e-…").secret(secret)?;
/// let token = application.client_credentials()?;
/// println!("good until {:?}", token.expires());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Application {
    pub(crate) issuer: Issuer,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) key: Option<Key>,
    pub(crate) client_auth: ClientAuth,
    /// Set once the issuer has accepted the secret in the body after refusing it with Basic.
    pub(crate) takes_body: OnceLock<()>,
    pub(crate) parameters: Vec<(String, String)>,
    /// Instead of the issuer's own.
    pub(crate) scopes: Option<Vec<String>>,
    /// The authorities to trust instead of the system's.
    pub(crate) roots: Option<Vec<CertificateDer<'static>>>,
    pub(crate) timeout: Duration,
    pub(crate) patience: Duration,
}

impl Application {
    /// The application that the issuer knows by this client id.
    pub fn new(issuer: Issuer, client_id: &str) -> Self {
        Self {
            issuer,
            client_id: client_id.to_owned(),
            client_secret: None,
            key: None,
            client_auth: ClientAuth::Automatic,
            takes_body: OnceLock::new(),
            parameters: Vec::new(),
            scopes: None,
            roots: None,
            timeout: TIMEOUT,
            patience: PATIENCE,
        }
    }

    /// Its own secret. Applications that people log in to need none with Microsoft, and one with Google.
    ///
    /// # Errors
    /// A secret that is no UTF-8, or has control characters: a line end at its end, for one.
    pub fn secret(self, secret: Secret) -> Result<Self, Error> {
        match str::from_utf8(secret.expose()) {
            Ok(text) if !text.is_empty() && !text.chars().any(char::is_control) => Ok(Self {
                client_secret: Some(secret),
                key: None,
                ..self
            }),
            _ => Err(Fault::Input(
                "the client secret is empty, no UTF-8, or has control characters".to_owned(),
            )
            .into()),
        }
    }

    /// Sets how the client secret is sent.
    #[must_use]
    pub fn client_authentication(self, client_auth: ClientAuth) -> Self {
        Self {
            client_auth,
            takes_body: OnceLock::new(),
            ..self
        }
    }

    /// Authenticates with a certificate that is registered with the issuer, instead of a secret: `private_key_jwt`
    /// (RFC 7523 section 2.2). Microsoft Entra ID takes it for any application.
    ///
    /// # Errors
    /// Fails if the key is not an RSA key that this program can sign with.
    pub fn certificate(
        self,
        certificate: &CertificateDer<'_>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, Error> {
        Ok(Self {
            key: Some(Key::of_certificate(certificate, key)?),
            client_secret: None,
            ..self
        })
    }

    /// Creates the application of a Google service account from the JSON file of its key:
    /// [`Flow::ServiceAccount`]. The organisation has to allow it the scope
    /// `https://mail.google.com/` (domain-wide delegation).
    ///
    /// # Errors
    /// Fails if `json` is not the file of a service account's key.
    pub fn google_service_account(json: &[u8]) -> Result<Self, Error> {
        let account = ServiceAccount::parse(json)?;
        let issuer = Issuer::google()?;
        let issuer = match &account.token_endpoint {
            Some(address) => issuer.token(address)?,
            None => issuer,
        };
        Ok(Self {
            key: Some(account.key),
            ..Self::new(issuer, &account.email)
        })
    }

    /// Adds parameters to the requests that begin a login: the address of the page for people, the request for a device
    /// code, and that for client credentials. `audience`, `resource` (RFC 8707) and `prompt`, for example.
    ///
    /// # Errors
    /// Fails if a login sets a parameter of that name by itself, or a name is empty.
    pub fn parameters(
        self,
        parameters: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Error> {
        let parameters = Vec::from_iter(parameters);
        match parameters
            .iter()
            .find(|(name, _)| name.is_empty() || OWN_PARAMETERS.contains(&name.as_str()))
        {
            Some((name, _)) => {
                Err(Fault::Input(format!("the parameter {name:?} is not one to add")).into())
            }
            None => Ok(Self { parameters, ..self }),
        }
    }

    /// Asks for these scopes, instead of those that the issuer is known to want.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = String>) -> Self {
        Self {
            scopes: Some(scopes.into_iter().collect()),
            ..self
        }
    }

    /// Trusts these authorities for the issuer's certificate, instead of the operating system's.
    #[must_use]
    pub fn roots(self, roots: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        Self {
            roots: Some(roots.into_iter().collect()),
            ..self
        }
    }

    /// How long one exchange with the issuer may take as a whole: 30 seconds, unless this says otherwise.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How long a person has time to log in: 15 minutes, unless this says otherwise, and no longer than the issuer gives.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Who gives its tokens out.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What the issuer knows it by.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Logs in as the application itself: [`Flow::ClientCredentials`].
    ///
    /// # Errors
    /// Fails if the issuer does not have the flow, there is neither client secret nor certificate,
    /// or the issuer refuses or does not answer.
    pub fn client_credentials(&self) -> Result<Token, Error> {
        let flow = Flow::ClientCredentials;
        self.issuer.check(flow)?;
        if self.client_secret.is_none() && self.key.is_none() {
            let why =
                "an application that logs in as itself needs its client secret or certificate";
            return Err(Fault::Input(why.to_owned()).into());
        }
        let scopes = self.asked(flow);
        let scope = scopes.join(" ");
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(Some(("scope", scope.as_str())).filter(|(_, scope)| !scope.is_empty()));
        form.extend(self.added());
        self.grant(&form, &scopes, None)?.token
    }

    /// Logs in as a service account that acts as `user`: [`Flow::ServiceAccount`].
    ///
    /// # Errors
    /// Fails if the application is not a service account, or the issuer refuses or does not answer.
    pub fn service_account(&self, user: &str) -> Result<Token, Error> {
        let flow = Flow::ServiceAccount;
        self.issuer.check(flow)?;
        let Some(key) = &self.key else {
            return Err(
                Fault::Input("a service account needs the file of its key".to_owned()).into(),
            );
        };
        let (url, scopes) = (&self.issuer.token, self.asked(flow));
        let assertion = key.grant(&self.client_id, user, url, &scopes)?;
        let form = [("grant_type", JWT_BEARER), ("assertion", &*assertion)];
        let (http, began) = (self.http(url)?, SystemTime::now());
        let fields = self.fields(&self.send(&http, url, &form)?, url)?;
        Granted::read(fields, &endpoint::shown(url), began, &scopes, None).token
    }

    /// Renews a token by its refresh token, which may be spent then: what comes back replaces it.
    ///
    /// # Errors
    /// Fails if there is no refresh token, or the issuer refuses or does not answer.
    pub fn refresh(&self, token: &Token) -> Result<Token, Error> {
        self.renewal(token)?.token
    }

    /// Renews a token. A new refresh token is returned even if the access token is unusable.
    pub(crate) fn renewal(&self, token: &Token) -> Result<Granted, Error> {
        let Some(secret) = &token.refresh else {
            return Err(Fault::Input("the token has no refresh token".to_owned()).into());
        };
        // No scope is named: it is the same then as was granted (RFC 6749 section 6).
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text(secret)),
        ];
        self.grant(&form, &token.scopes, Some(secret))
    }

    /// Revokes a token, its refresh token first (RFC 7009). Microsoft has no endpoint for that.
    ///
    /// # Errors
    /// Fails if the issuer has no such endpoint, refuses or does not answer.
    pub fn revoke(&self, token: &Token) -> Result<(), Error> {
        let Some(url) = &self.issuer.revocation else {
            let why = format!(
                "{} has no endpoint that takes tokens back",
                self.issuer.name()
            );
            return Err(Fault::Input(why).into());
        };
        let http = self.http(url)?;
        let refresh = token.refresh.as_ref().map(|token| ("refresh_token", token));
        // RFC 7009 section 2.1: with the refresh token the access token should go, and not all issuers see to that.
        for (hint, token) in refresh.into_iter().chain([("access_token", &token.access)]) {
            self.exchange(
                &http,
                url,
                &[("token", text(token)), ("token_type_hint", hint)],
            )?;
        }
        Ok(())
    }

    /// Sends a request to the token endpoint.
    pub(crate) fn grant(
        &self,
        form: &[(&str, &str)],
        asked: &[String],
        before: Option<&Secret>,
    ) -> Result<Granted, Error> {
        let url = &self.issuer.token;
        let (http, began) = (self.http(url)?, SystemTime::now());
        let fields = self.ask(&http, url, form)?;
        Ok(Granted::read(
            fields,
            &endpoint::shown(url),
            began,
            asked,
            before,
        ))
    }

    /// Returns the added parameters.
    pub(crate) fn added(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What to ask for in a flow.
    pub(crate) fn asked(&self, flow: Flow) -> Vec<String> {
        match &self.scopes {
            Some(scopes) => scopes.clone(),
            None => self
                .issuer
                .scopes(flow)
                .iter()
                .map(|scope| (*scope).to_owned())
                .collect(),
        }
    }

    pub(crate) fn http(&self, url: &Url) -> Result<Http, Error> {
        Http::new(self.roots.as_deref(), self.timeout, url)
    }
}

/// A secret that came as text.
pub(crate) fn text(secret: &Secret) -> &str {
    str::from_utf8(secret.expose()).unwrap_or_default()
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("issuer", &self.issuer.name())
            .field("token_endpoint", &self.issuer.token_endpoint())
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
