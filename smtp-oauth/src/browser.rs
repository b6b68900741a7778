//! The authorization code with PKCE: a browser on this machine, and a loopback address that it comes back to.

use std::time::Instant;

use mailwright_proto::Redactor;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope};

use crate::application::Application;
use crate::error::{Error, Fault, Refusal};
use crate::flow::Flow;
use crate::kinds::Kinds;
use crate::redirect::{Answer, Redirect};
use crate::token::Token;

impl Application {
    /// Has a person log in by a browser on this machine: [`Flow::Browser`]. `show` is to open the address that it is
    /// given, or to tell the person to; then this waits until the browser comes back. `hint` is the account, if it is known.
    ///
    /// ```no_run
    /// use mailwright_oauth::{Application, Issuer};
    ///
    /// let application = Application::new(Issuer::google()?, "1234.apps.googleusercontent.com");
    /// let token = application.browser_login(Some("me@gmail.com"), |page| println!("open {page}"))?;
    /// assert!(token.can_be_refreshed());
    /// # Ok::<(), mailwright_oauth::Error>(())
    /// ```
    ///
    /// # Errors
    /// A flow that the issuer does not have, a refusal by it or by the person, the time being over, or no answer.
    pub fn browser_login(
        &self,
        hint: Option<&str>,
        show: impl FnOnce(&str),
    ) -> Result<Token, Error> {
        self.issuer.check(Flow::Browser)?;
        let Some(url) = self.issuer.authorization.clone() else {
            return Err(
                Fault::Input("this issuer has no authorization endpoint".to_owned()).into(),
            );
        };
        let redirect = Redirect::listen(self.loopback_host())?;
        let back = redirect.address();
        let address = RedirectUrl::new(back.clone())
            .map_err(|error| Error::from(Fault::Input(error.to_string())))?;
        let scopes = self.asked(Flow::Browser);
        let client = BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(url))
            .set_redirect_uri(address);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        let usual = self.issuer.authorization_extras(&scopes).iter().copied();
        let usual = usual.chain(hint.map(|hint| ("login_hint", hint)));
        let usual = usual.filter(|(name, _)| self.added().all(|(added, _)| added != *name));
        for (name, value) in usual.chain(self.added()) {
            request = request.add_extra_param(name.to_owned(), value.to_owned());
        }
        let (page, state) = request.url();
        let ends = Instant::now().checked_add(self.patience).ok_or_else(|| {
            Error::from(Fault::NobodyCame {
                time: self.patience,
            })
        })?;
        show(page.as_str());

        let code = match redirect.wait(state.secret(), ends) {
            Some(Answer::Code(code)) => code,
            Some(Answer::Refused { error, description }) => {
                let refusal = Refusal::new(
                    self.issuer.kind,
                    &error,
                    description.as_deref(),
                    &Redactor::of_secrets([verifier.secret().as_bytes()]),
                );
                return Err(Fault::Refused(refusal).into());
            }
            None => {
                return Err(Fault::NobodyCame {
                    time: self.patience,
                }
                .into());
            }
        };
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", &back),
            ("code_verifier", verifier.secret()),
        ];
        self.grant(&form, &scopes, None)?.token
    }

    /// RFC 8252 section 7.3 wants the address. Microsoft's portal takes the name alone, and any port with it.
    /// <https://learn.microsoft.com/en-us/entra/identity-platform/reply-url#localhost-exceptions>
    fn loopback_host(&self) -> &'static str {
        match self.issuer.kind {
            Kinds::Microsoft => "localhost",
            Kinds::Google | Kinds::Own => "127.0.0.1",
        }
    }
}
