//! The device flow: a code that is shown here, a page that is open anywhere (RFC 8628).

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use mailwright_proto::{Secret, reply::Escaped};
use oauth2::url::Url;

use crate::answer::Fields;
use crate::application::{Application, text};
use crate::endpoint;
use crate::error::{Error, Fault};
use crate::flow::Flow;
use crate::http::Http;
use crate::token::{Granted, Token};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// RFC 8628 section 3.2, for an issuer that names no interval.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);

/// The pause for an issuer that names an interval of 0.
const LEAST_INTERVAL: Duration = Duration::from_secs(1);

/// RFC 8628 section 3.5.
const SLOWER: Duration = Duration::from_secs(5);

/// The limit of the interval, which doubles while an issuer does not answer (RFC 8628 section 3.5).
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

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
    /// use mailwright_oauth::{Application, Flow, Issuer, Login, Store};
    ///
    /// let application = Application::new(Issuer::microsoft("contoso.onmicrosoft.com")?, "2f6c3a1e-…");
    /// let token = application.device_login(|prompt| println!("open {} and enter {}", prompt.page, prompt.code))?;
    /// let login = Login { user: "me@contoso.com".to_owned(), application, flow: Flow::Device, token };
    /// Store::of_user()?.profile("work")?.save(&login)?;
    /// # Ok::<(), mailwright_oauth::Error>(())
    /// ```
    ///
    /// # Errors
    /// A flow that the issuer does not have, a refusal by it or by the person, the time being over, or no answer.
    pub fn device_login(&self, show: impl FnOnce(&DevicePrompt)) -> Result<Token, Error> {
        self.issuer.check(Flow::Device)?;
        let Some(url) = self.issuer.device.clone() else {
            return Err(Fault::Input(
                "this issuer has no device authorization endpoint".to_owned(),
            )
            .into());
        };
        let scopes = self.asked(Flow::Device);
        let scope = scopes.join(" ");
        let mut form =
            Vec::from_iter(Some(("scope", scope.as_str())).filter(|(_, scope)| !scope.is_empty()));
        form.extend(self.added());
        let codes = Codes::read(self.ask(&self.http(&url)?, &url, &form)?, &url)?;

        let time = codes.life.min(self.patience);
        let ends = Instant::now()
            .checked_add(time)
            .ok_or_else(|| Error::from(Fault::NobodyCame { time }))?;
        show(&codes.prompt(time));
        self.poll(&codes, &scopes, ends, time)
    }

    /// Asks for the token until the person is done (RFC 8628 section 3.4).
    fn poll(
        &self,
        codes: &Codes,
        scopes: &[String],
        ends: Instant,
        time: Duration,
    ) -> Result<Token, Error> {
        let url = &self.issuer.token;
        let http: Http = self.http(url)?.until(ends);
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", text(&codes.device)),
        ];
        let (mut interval, mut silence) = (codes.interval, None);
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            thread::sleep(interval.min(left));
            if Instant::now() >= ends {
                // If the issuer did not answer last, that is the error, and not the person's
                // absence.
                return Err(silence.unwrap_or_else(|| Fault::NobodyCame { time }.into()));
            }
            let began = SystemTime::now();
            let error = match self.ask(&http, url, &form) {
                Ok(fields) => {
                    return Granted::read(fields, &endpoint::shown(url), began, scopes, None).token;
                }
                Err(error) => error,
            };
            match error.refusal().map(|refusal| refusal.error()) {
                Some("authorization_pending") => silence = None,
                Some("slow_down") => {
                    silence = None;
                    interval = interval.saturating_add(SLOWER);
                }
                None if error.is_transient() => {
                    silence = Some(error);
                    interval = interval
                        .saturating_mul(2)
                        .min(LONGEST_BACKOFF.max(interval));
                }
                _ => return Err(error),
            }
        }
    }
}

/// The issuer's answer to a request for a device login (RFC 8628 section 3.2).
struct Codes {
    device: Secret,
    user: String,
    page: String,
    filled_page: Option<String>,
    life: Duration,
    interval: Duration,
}

impl Codes {
    fn read(mut fields: Fields, url: &Url) -> Result<Self, Error> {
        let wrong = |why: &str| {
            Error::from(Fault::Nonsense {
                host: endpoint::shown(url),
                why: why.to_owned(),
            })
        };
        let is_page = |page: &String| page.starts_with("https://") || page.starts_with("http://");
        let device = fields
            .secret("device_code")
            .ok_or_else(|| wrong("no device_code (RFC 8628 section 3.2)"))?;
        let user = fields
            .text("user_code")
            .filter(|code| code.len() <= MAX_CODE);
        // Google's older name ends with `url`.
        let page = fields
            .text("verification_uri")
            .or_else(|| fields.text("verification_url"))
            .filter(is_page);
        let (Some(user), Some(page)) = (user, page) else {
            return Err(wrong(
                "no user_code or verification_uri (RFC 8628 section 3.2)",
            ));
        };
        Ok(Self {
            device,
            user,
            page,
            filled_page: fields.text("verification_uri_complete").filter(is_page),
            life: fields.seconds("expires_in").unwrap_or(Duration::MAX),
            interval: fields
                .seconds("interval")
                .unwrap_or(USUAL_INTERVAL)
                .max(LEAST_INTERVAL),
        })
    }

    /// Returns the prompt with the issuer's texts escaped: they go to a terminal.
    fn prompt(&self, time: Duration) -> DevicePrompt {
        let escaped = |text: &str| Escaped(text.as_bytes()).to_string();
        DevicePrompt {
            page: escaped(&self.page),
            filled_page: self.filled_page.as_deref().map(escaped),
            code: escaped(&self.user),
            time,
        }
    }
}
