//! This program, as an issuer knows it; and what it asks for without a person.

use std::fmt;
use std::str;
use std::time::{Duration, SystemTime};

use oauth2::basic::BasicClient;
use oauth2::url::Url;
use oauth2::{
    AccessToken, AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ErrorResponseType, RefreshToken,
    RequestTokenError, RevocationUrl, Scope, StandardErrorResponse, StandardRevocableToken, TokenUrl,
};
use smtp_proto::Secret;

use super::error::{Error, Kind};
use super::flow::Flow;
use super::http::{Http, HttpError};
use super::issuer::Issuer;
use super::token::Token;
use crate::tls::Trust;

/// For one exchange as a whole: an issuer that is well answers within two seconds.
const TIMEOUT: Duration = Duration::from_secs(30);

/// For a person to log in: as long as the codes of Microsoft's device flow live.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What the crate calls a client that can ask for tokens.
pub(super) type Asking = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// This program as it is registered with an [`Issuer`], and what it asks for.
///
/// ```no_run
/// use smtp_client::Secret;
/// use smtp_client::oauth::{Application, Issuer};
///
/// let secret = Secret::from(std::fs::read_to_string("client-secret")?);
/// let application = Application::new(Issuer::microsoft("contoso.onmicrosoft.com")?, "2f6c3a1e-…").secret(secret)?;
/// let token = application.client_credentials()?;
/// println!("good until {:?}", token.expires());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Application {
    pub(super) issuer: Issuer,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Secret>,
    /// Instead of the issuer's own.
    pub(super) scopes: Option<Vec<String>>,
    pub(super) trust: Trust,
    pub(super) timeout: Duration,
    pub(super) patience: Duration,
}

impl Application {
    /// The application that the issuer knows by this client id.
    pub fn new(issuer: Issuer, client_id: &str) -> Self {
        Self {
            issuer,
            client_id: client_id.to_owned(),
            client_secret: None,
            scopes: None,
            trust: Trust::System,
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
            Ok(text) if !text.is_empty() && !text.chars().any(char::is_control) => {
                Ok(Self { client_secret: Some(secret), ..self })
            }
            _ => Err(Kind::Input("the client secret is empty, no UTF-8, or has control characters".to_owned()).into()),
        }
    }

    /// Asks for these scopes, instead of those that the issuer is known to want.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = String>) -> Self {
        Self { scopes: Some(scopes.into_iter().collect()), ..self }
    }

    /// Whose certificates to believe. [`Trust::System`], unless this says otherwise.
    #[must_use]
    pub fn trust(self, trust: Trust) -> Self {
        Self { trust, ..self }
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
    /// A flow that the issuer does not have, no client secret, a refusal, or no answer.
    pub fn client_credentials(&self) -> Result<Token, Error> {
        let flow = Flow::ClientCredentials;
        self.issuer.check(flow)?;
        if self.client_secret.is_none() {
            return Err(Kind::Input("an application that logs in as itself needs its client secret".to_owned()).into());
        }
        let (http, began, scopes) = (self.http(&self.issuer.token)?, SystemTime::now(), self.asked(flow));
        let client = self.client();
        let request = client.exchange_client_credentials().add_scopes(scopes.iter().cloned().map(Scope::new));
        let response = request.request(&http).map_err(|error| self.failed(error, &[]))?;
        Ok(Token::of_response(&response, began, &scopes, None))
    }

    /// Renews a token by its refresh token, which may be spent then: what comes back replaces it.
    ///
    /// # Errors
    /// No refresh token, a refusal, or no answer.
    pub fn refresh(&self, token: &Token) -> Result<Token, Error> {
        let Some(secret) = &token.refresh else {
            return Err(Kind::Input("the token has no refresh token".to_owned()).into());
        };
        let (http, began) = (self.http(&self.issuer.token)?, SystemTime::now());
        let spent = RefreshToken::new(text(secret).to_owned());
        // No scope is named: it is the same then as was granted (RFC 6749 section 6).
        let client = self.client();
        let response = client.exchange_refresh_token(&spent).request(&http);
        let response = response.map_err(|error| self.failed(error, &[text(secret)]))?;
        Ok(Token::of_response(&response, began, &token.scopes, Some(secret)))
    }

    /// Has the issuer take a token back, its refresh token first (RFC 7009). Microsoft has no endpoint for that.
    ///
    /// # Errors
    /// An issuer without such an endpoint, a refusal, or no answer.
    pub fn revoke(&self, token: &Token) -> Result<(), Error> {
        let Some(url) = &self.issuer.revocation else {
            let why = format!("{} has no endpoint that takes tokens back", self.issuer.name());
            return Err(Kind::Input(why).into());
        };
        let http = self.http(url)?;
        let client = self.client().set_revocation_url(RevocationUrl::from_url(url.clone()));
        let refresh =
            token.refresh.as_ref().map(|token| StandardRevocableToken::from(RefreshToken::new(text(token).to_owned())));
        let access = StandardRevocableToken::from(AccessToken::new(text(&token.access).to_owned()));
        let secrets = [token.refresh.as_ref().map_or("", text), text(&token.access)];
        // RFC 7009 section 2.1: with the refresh token the access token should go, and not all issuers see to that.
        for token in refresh.into_iter().chain([access]) {
            let request = client.revoke_token(token).map_err(|error| Error::from(Kind::Input(error.to_string())))?;
            request.request(&http).map_err(|error| Error::of_request(error, url, &self.with_own(&secrets), said))?;
        }
        Ok(())
    }

    /// What to ask for in a flow.
    pub(super) fn asked(&self, flow: Flow) -> Vec<String> {
        match &self.scopes {
            Some(scopes) => scopes.clone(),
            None => self.issuer.scopes(flow).iter().map(|scope| (*scope).to_owned()).collect(),
        }
    }

    pub(super) fn http(&self, url: &Url) -> Result<Http, Error> {
        Http::new(&self.trust, self.timeout, url)
    }

    pub(super) fn client(&self) -> Asking {
        let client = BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(self.issuer.token.clone()))
            // In the body, as the pages of Microsoft and Google have it; every issuer knows that way, and both take it.
            .set_auth_type(AuthType::RequestBody);
        match &self.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(text(secret).to_owned())),
            None => client,
        }
    }

    /// What became of a request at the token endpoint.
    pub(super) fn failed<T: ErrorResponseType + fmt::Display>(
        &self,
        error: RequestTokenError<HttpError, StandardErrorResponse<T>>,
        secrets: &[&str],
    ) -> Error {
        Error::of_request(error, &self.issuer.token, &self.with_own(secrets), said)
    }

    /// These secrets, and its own.
    pub(super) fn with_own<'a>(&'a self, secrets: &[&'a str]) -> Vec<&'a str> {
        secrets.iter().copied().chain(self.client_secret.as_ref().map(text)).collect()
    }
}

/// A secret that came as text.
pub(super) fn text(secret: &Secret) -> &str {
    str::from_utf8(secret.expose()).unwrap_or_default()
}

/// The two parts of a refusal.
pub(super) fn said<T: ErrorResponseType + fmt::Display>(
    response: &StandardErrorResponse<T>,
) -> (String, Option<String>) {
    (response.error().to_string(), response.error_description().cloned())
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
