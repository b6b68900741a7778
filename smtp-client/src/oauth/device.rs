//! The device flow: a code that is shown here, a page that is open anywhere (RFC 8628).

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use oauth2::{
    DeviceAuthorizationUrl, DeviceCodeErrorResponseType, RequestTokenError, Scope, StandardDeviceAuthorizationResponse,
};
use smtp_proto::Escaped;

use super::application::{Application, said};
use super::error::{Error, Kind};
use super::flow::Flow;
use super::token::Token;

/// An issuer that asks for more haste or more patience than this is not heard.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Real codes have about nine characters.
const MAX_CODE: usize = 64;

/// What a person has to do: open a page, and type a code there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DevicePrompt {
    /// The page.
    pub page: String,
    /// The same page with the code filled in, where the issuer has one.
    pub filled_page: Option<String>,
    /// The code, escaped.
    pub code: String,
    /// How long there is time.
    pub time: Duration,
}

impl Application {
    /// Has a person log in on any machine: [`Flow::Device`]. `show` is to tell them where and by which code; then this
    /// waits until they have done so.
    ///
    /// ```no_run
    /// use smtp_client::oauth::{Application, Flow, Issuer, Login, Store};
    ///
    /// let application = Application::new(Issuer::microsoft("contoso.onmicrosoft.com")?, "2f6c3a1e-…");
    /// let token = application.device_login(|prompt| println!("open {} and enter {}", prompt.page, prompt.code))?;
    /// let login = Login { user: "me@contoso.com".to_owned(), application, flow: Flow::Device, token };
    /// Store::of_user()?.profile("work")?.save(&login)?;
    /// # Ok::<(), smtp_client::oauth::Error>(())
    /// ```
    ///
    /// # Errors
    /// A flow that the issuer does not have, a refusal by it or by the person, the time being over, or no answer.
    pub fn device_login(&self, show: impl FnOnce(&DevicePrompt)) -> Result<Token, Error> {
        self.issuer.check(Flow::Device)?;
        let Some(url) = self.issuer.device.clone() else {
            return Err(Kind::Input("this issuer has no device authorization endpoint".to_owned()).into());
        };
        let scopes = self.asked(Flow::Device);
        let client = self.client().set_device_authorization_url(DeviceAuthorizationUrl::from_url(url.clone()));
        let request = client.exchange_device_code().add_scopes(scopes.iter().cloned().map(Scope::new));
        let details: StandardDeviceAuthorizationResponse = request
            .request(&self.http(&url)?)
            .map_err(|error| Error::of_request(error, &url, &self.with_own(&[]), said))?;

        let time = details.expires_in().min(self.patience);
        let ends = Instant::now().checked_add(time).ok_or_else(|| Error::from(Kind::NobodyCame))?;
        show(&prompt(&details, time)?);

        let http = self.http(&self.issuer.token)?.until(ends);
        let pause = |interval: Duration| {
            let left = ends.saturating_duration_since(Instant::now());
            // A little beyond the end, so that the end is seen.
            thread::sleep(interval.clamp(LEAST_PAUSE, LONGEST_PAUSE).min(left + Duration::from_millis(1)));
        };
        let request = client.exchange_device_access_token(&details);
        let response = request.set_max_backoff_interval(LONGEST_PAUSE).request(&http, pause, Some(time));
        let began = SystemTime::now();
        let response = response.map_err(|error| match (error, http.failure()) {
            // The crate tries on when there is no answer, and then tells of the time alone.
            (RequestTokenError::ServerResponse(response), Some(failure))
                if *response.error() == DeviceCodeErrorResponseType::ExpiredToken =>
            {
                self.failed(RequestTokenError::<_, oauth2::basic::BasicErrorResponse>::Request(failure), &[])
            }
            (error, _) => self.failed(error, &[details.device_code().secret()]),
        })?;
        Ok(Token::of_response(&response, began, &scopes, None))
    }
}

/// What the issuer says goes to a terminal.
fn prompt(details: &StandardDeviceAuthorizationResponse, time: Duration) -> Result<DevicePrompt, Error> {
    let page = details.verification_uri();
    let filled = details.verification_uri_complete().map(|uri| uri.secret().as_str());
    let code = details.user_code().secret();
    let is_page = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    if !is_page(page) || code.is_empty() || code.len() > MAX_CODE {
        let host = super::endpoint::shown(page.url());
        return Err(Kind::Nonsense { host, why: "its page or code for people is none".to_owned() }.into());
    }
    let escaped = |text: &str| Escaped(text.as_bytes()).to_string();
    Ok(DevicePrompt {
        page: escaped(page),
        filled_page: filled.filter(|url| is_page(url)).map(escaped),
        code: escaped(code),
        time,
    })
}
