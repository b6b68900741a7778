//! Why there is no token: whose fault it is, what was said, and what to do.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use mailwright_proto::{Credentials, Escaped, Secret};

use super::entra;
use super::http::HttpError;
use super::issuer::Kinds;
use crate::cause::Cause;
use mailwright_proto::Redactor;

/// What an issuer says of an error is cut off here: Microsoft's longest are about 600 octets.
const MAX_SAID: usize = 1000;

/// Why there is no token. It shows no secret.
///
/// ```
/// use mailwright::{Cause, oauth::Issuer};
/// let error = Issuer::at("http://login.example.test/token").unwrap_err();
/// assert_eq!(error.cause(), Cause::InvalidInput);
/// println!("{} {} {}", error.summary(), error, error.fix()[0]);
/// ```
pub struct Error(Box<Kind>);

pub(super) enum Kind {
    /// A mistake of our own caller's.
    Input(String),
    /// The issuer said no.
    Refused(Refusal),
    /// There is no such profile.
    NoProfile { profile: String, folder: PathBuf },
    /// There is no refresh token; the access token may have expired.
    NoRefreshToken { profile: String, has_expired: bool },
    /// Nobody completed a login in this time.
    NobodyCame { time: Duration },
    /// No answer, or none by HTTP.
    NoAnswer { host: String, error: HttpError },
    /// An answer that is not OAuth's.
    Nonsense { host: String, why: String },
    /// An OAuth answer without an access token.
    NoToken { host: String },
    /// A token of another type than Bearer, the only one that mail servers accept.
    TokenType { host: String, kind: String },
    /// Another process holds the profile.
    Busy { profile: String },
    /// Others may read or replace the file.
    Exposed { path: PathBuf, why: String },
    /// The file cannot be read or written.
    File {
        path: PathBuf,
        doing: &'static str,
        error: io::Error,
    },
    /// The file is not what was written.
    Damaged { path: PathBuf, why: String },
}

/// The answer of an issuer that gives no token: RFC 6749 section 5.2, RFC 8628 section 3.5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    issuer: Kinds,
    error: String,
    description: Option<String>,
    entra: Option<u32>,
}

impl Refusal {
    /// What an issuer said, cut, escaped, and without these secrets.
    pub(super) fn new(
        issuer: Kinds,
        error: &str,
        description: Option<&str>,
        secrets: &[&str],
    ) -> Self {
        let clean = |text: &str| clean(text, secrets);
        let description = description.filter(|text| !text.trim().is_empty());
        let entra = description.and_then(entra::code);
        Self {
            issuer,
            error: clean(error),
            entra,
            description: description.map(clean),
        }
    }

    /// The error's name: `invalid_grant`, for one.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// What the issuer says of it, escaped, without secrets.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The number that Microsoft Entra ID gives: 700082 of `AADSTS700082`.
    pub fn entra_code(&self) -> Option<u32> {
        self.entra
    }

    fn cause(&self) -> Cause {
        if let Some(advice) = self.entra.and_then(entra::advice) {
            return advice.cause;
        }
        match self.error.as_str() {
            "temporarily_unavailable" | "server_error" | "slow_down" => {
                Cause::TemporaryServerFailure
            }
            _ => Cause::OAuthTokenRejected,
        }
    }

    fn fix(&self) -> &'static [&'static str] {
        if let Some(advice) = self.entra.and_then(entra::advice) {
            return advice.fix;
        }
        // Google Workspace's session control, in words that Google also puts into the description.
        if self
            .description()
            .is_some_and(|text| text.contains("invalid_rapt"))
        {
            return &[
                "Log in again: the organisation's session control ended the login (`smtp token login`).",
                "Ask the administrator to exempt the application, as a trusted one, from Google Cloud session control.",
            ];
        }
        // The same words come from a proxy or another address that a login by Google goes through.
        let is_of_google = self.issuer == Kinds::Google
            || self
                .description()
                .is_some_and(|text| text.contains("Token has been expired or revoked"));
        match (self.error.as_str(), is_of_google) {
            // <https://developers.google.com/identity/protocols/oauth2#expiration>
            ("invalid_grant", true) => &[
                "Log in again: the refresh token has expired or was revoked, or the password was changed (`smtp token login`).",
                "If logins end after seven days: the application is in Testing. Publish it (In production) on the Google \
                 Auth Platform's page Audience, then log in again.",
            ],
            ("unauthorized_client", true) => &[
                "For a service account: allow its client id the scope https://mail.google.com/ in the Admin console, \
                 under Security, API controls, Domain-wide delegation.",
                "Check that --user is a mailbox of that organisation.",
            ],
            (error, _) => self.usual_fix(error),
        }
    }

    fn usual_fix(&self, error: &str) -> &'static [&'static str] {
        match error {
            "invalid_grant" => &[
                "Log in again: the refresh token or code has expired, was used before, or was revoked (`smtp token login`).",
            ],
            "access_denied" => &[
                "Log in again, and accept what the page asks for (`smtp token login`).",
                "If the organisation does not allow that, ask its administrator for the consent.",
            ],
            "expired_token" => {
                &["Log in again, and enter the code before it expires (`smtp token login`)."]
            }
            "interaction_required" | "login_required" | "consent_required" => {
                &["Log in again: the issuer wants to see a person (`smtp token login`)."]
            }
            "invalid_client" => &[
                "Check the client id and the client secret: secrets expire.",
                "An application without a secret has to be registered as a public one.",
                "If the issuer takes the secret in one way only, name that way (`--client-auth basic` or `body`).",
            ],
            "unauthorized_client" | "unsupported_grant_type" => &[
                "Allow this flow for the application where it is registered, or use another flow.",
            ],
            "invalid_scope" | "invalid_target" => &[
                "Check the scope, and that the application may ask for it where it is registered.",
            ],
            "temporarily_unavailable" | "server_error" | "slow_down" => &["Try again later."],
            _ => &["Read what the issuer says, and check how the application is registered there."],
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.description {
            Some(description) => write!(f, "{}: {description}", self.error),
            None => f.write_str(&self.error),
        }
    }
}

impl Error {
    /// The cause, with an exit status of its own. What the issuer refused has 77's, silence 75's.
    pub fn cause(&self) -> Cause {
        match &*self.0 {
            Kind::Refused(refusal) => refusal.cause(),
            Kind::NoProfile { .. } | Kind::NoRefreshToken { .. } | Kind::NobodyCame { .. } => {
                Cause::OAuthTokenRejected
            }
            Kind::NoAnswer { error, .. } => error.cause(),
            Kind::Nonsense { .. } | Kind::NoToken { .. } | Kind::TokenType { .. } => {
                Cause::ProtocolError
            }
            Kind::Busy { .. } => Cause::TemporaryServerFailure,
            Kind::Input(_) | Kind::Exposed { .. } | Kind::File { .. } | Kind::Damaged { .. } => {
                Cause::InvalidInput
            }
        }
    }

    /// One sentence that says what is wrong.
    pub fn summary(&self) -> &'static str {
        match &*self.0 {
            Kind::Input(_) => "What was given here does not lead to a token.",
            Kind::Refused(refusal) if refusal.error == "access_denied" => {
                "The login was refused on the issuer's page."
            }
            Kind::Refused(_) => "The issuer of access tokens refused to give one out.",
            Kind::NoProfile { .. } => "There is no login under this name.",
            Kind::NoRefreshToken {
                has_expired: true, ..
            } => "The access token has expired, and there is no refresh token to renew it with.",
            Kind::NoRefreshToken { .. } => {
                "There is no refresh token to renew the access token with."
            }
            Kind::NobodyCame { .. } => "Nobody completed the login in time.",
            Kind::NoAnswer { .. } => "The issuer of access tokens cannot be asked now.",
            Kind::Nonsense { .. } => "What answered does not speak OAuth 2.0.",
            Kind::NoToken { .. } => "The issuer's answer has no access token.",
            Kind::TokenType { .. } => "The issuer gave out a token that mail servers do not take.",
            Kind::Busy { .. } => {
                "Another process is renewing this login's token, and does not end."
            }
            Kind::Exposed { .. } => "Others may read or replace the file with the tokens.",
            Kind::File { .. } => "The file with the tokens cannot be used.",
            Kind::Damaged { .. } => "The file with the tokens is damaged.",
        }
    }

    /// What to do, the likeliest first. There is always at least one thing.
    pub fn fix(&self) -> &'static [&'static str] {
        match &*self.0 {
            Kind::Input(_) => &["Correct it as the detail says."],
            Kind::Refused(refusal) => refusal.fix(),
            Kind::NoProfile { .. } => {
                &["Log in first (`smtp token login`), as the user that runs this."]
            }
            Kind::NoRefreshToken { .. } => &[
                "Log in again (`smtp token login`).",
                "Ask for a refresh token, too: Microsoft and others want the scope offline_access for it.",
            ],
            Kind::NobodyCame { .. } => &[
                "Log in again, and complete it on the page (`smtp token login`).",
                "If there was too little time, wait longer (`--wait`).",
            ],
            Kind::NoAnswer { error, .. } if !error.is_passing() => &[
                "Check the endpoint's address.",
                "If the issuer's certificate comes from an authority of its own, or of a proxy on the way, name that one.",
            ],
            Kind::NoAnswer { .. } => &[
                "Try again later.",
                "Check this machine's network, and its proxy if it has one.",
            ],
            Kind::Nonsense { .. } => {
                &["Check the endpoint's address: it may be a page for people."]
            }
            Kind::NoToken { .. } => &[
                "Check that the token endpoint's address is the issuer's, and not that of another of its endpoints.",
            ],
            Kind::TokenType { .. } => &[
                "Register the application for Bearer tokens (RFC 6750), without DPoP or other proofs of possession.",
            ],
            Kind::Busy { .. } => &["Try again later.", "See which process hangs, and end it."],
            Kind::Exposed { .. } => &[
                "Make the file and its folder this user's own, without rights for others: chmod 600 for the file, chmod 700 for the folder.",
                "If others use this machine, revoke the tokens and log in again (`smtp token revoke`, `smtp token login`).",
            ],
            Kind::File { .. } => &["Correct the folder or its permissions as the detail says."],
            Kind::Damaged { .. } => &["Delete the file, and log in again (`smtp token login`)."],
        }
    }

    /// What the issuer said, if it refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &*self.0 {
            Kind::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether there is no profile of that name.
    pub fn is_no_profile(&self) -> bool {
        matches!(&*self.0, Kind::NoProfile { .. })
    }

    /// Whether a mistake in what was given is at fault, and not a file, the issuer or the way to it.
    pub fn is_usage(&self) -> bool {
        matches!(&*self.0, Kind::Input(_))
    }

    /// Whether another try later may go better.
    pub(super) fn is_passing(&self) -> bool {
        match &*self.0 {
            Kind::NoAnswer { error, .. } => error.is_passing(),
            Kind::Refused(refusal) => refusal.cause() == Cause::TemporaryServerFailure,
            _ => false,
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Box::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Issuers, files and the system's errors are quoted: the whole text is escaped.
        Escaped(self.0.to_string().as_bytes()).fmt(f)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(why) => f.write_str(why),
            Self::Refused(refusal) => write!(f, "the issuer answered: {refusal}"),
            Self::NoProfile { profile, folder } => {
                write!(f, "{} holds no profile {profile:?}", folder.display())
            }
            Self::NoRefreshToken { profile, .. } => {
                write!(f, "the profile {profile:?} has no refresh token")
            }
            Self::NobodyCame { time } => write!(f, "no login within {} s", time.as_secs_f64()),
            Self::NoAnswer { host, error } => write!(f, "{host}: {error}"),
            Self::Nonsense { host, why } => write!(f, "{host}: {why}"),
            Self::NoToken { host } => write!(
                f,
                "{host}: no access_token in the answer (RFC 6749 section 5.1)"
            ),
            Self::TokenType { host, kind } => {
                write!(f, "{host}: a token of the type \"{kind}\", and not Bearer")
            }
            Self::Busy { profile } => {
                write!(f, "the profile {profile:?} is locked by another process")
            }
            Self::Exposed { path, why } => write!(f, "{}: {why}", path.display()),
            Self::File { path, doing, error } => {
                write!(f, "{} cannot be {doing}: {error}", path.display())
            }
            Self::Damaged { path, why } => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("cause", &self.cause())
            .field("detail", &self.to_string())
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Kind::File { error, .. } => Some(error),
            Kind::NoAnswer { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// A text of the issuer's, fit to be shown.
fn clean(text: &str, secrets: &[&str]) -> String {
    let mut cut = text.len().min(MAX_SAID);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    // The secret is looked for before the escapes could hide it, and in a text that may end in the middle of it.
    let mut shown = text.get(..cut).unwrap_or_default().to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let Ok(credentials) = Credentials::token("user", Secret::from((*secret).to_owned())) else {
            return String::from("[redacted]");
        };
        shown = Redactor::new(&credentials).redact_cut(&shown).into_owned();
    }
    // Entra ends its lines with CRLF.
    Escaped(shown.replace(['\r', '\n'], " ").trim().as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_the_issuer_repeats_is_not_shown() {
        let secret = "canary-of-a-refresh-token";
        let said = format!("the token {secret} is bad\u{1b}[2J\r\nTrace ID: 1");
        let refusal = Refusal::new(Kinds::Own, "invalid_grant", Some(&said), &["", secret]);
        assert_eq!(
            refusal.to_string(),
            "invalid_grant: the token [redacted] is bad\\x1b[2J  Trace ID: 1"
        );
        let error = Error::from(Kind::Refused(refusal));
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn ended_logins_of_google_name_their_reasons() {
        let fixes = |issuer, description| {
            Error::from(Kind::Refused(Refusal::new(
                issuer,
                "invalid_grant",
                Some(description),
                &[],
            )))
            .fix()
            .join(" ")
        };
        assert!(fixes(Kinds::Google, "").contains("seven days"));
        assert!(fixes(Kinds::Own, "Token has been expired or revoked.").contains("seven days"));
        assert!(!fixes(Kinds::Own, "grant request is invalid").contains("seven days"));
        for issuer in [Kinds::Google, Kinds::Own] {
            assert!(
                fixes(issuer, "reauth related error (invalid_rapt)").contains("session control")
            );
        }
    }

    #[test]
    fn a_long_answer_is_cut_at_a_character() {
        let refusal = Refusal::new(Kinds::Own, "invalid_grant", Some(&"ü".repeat(2_000)), &[]);
        assert!(
            refusal
                .description()
                .is_some_and(|text| text.len() <= MAX_SAID * 4)
        );
    }

    #[test]
    fn entras_number_tells_what_to_do() {
        let cases = [
            (
                "invalid_grant",
                "AADSTS700082: expired",
                Cause::OAuthTokenRejected,
                "90 days",
            ),
            (
                "invalid_grant",
                "AADSTS53003: blocked",
                Cause::ConditionalAccess,
                "sign-in log",
            ),
            (
                "invalid_client",
                "AADSTS7000222: expired",
                Cause::OAuthTokenRejected,
                "new client secret",
            ),
            (
                "access_denied",
                "AADSTS65004: declined",
                Cause::OAuthTokenRejected,
                "consent",
            ),
            (
                "invalid_grant",
                "AADSTS1: unheard of",
                Cause::OAuthTokenRejected,
                "Log in again",
            ),
            (
                "temporarily_unavailable",
                "",
                Cause::TemporaryServerFailure,
                "later",
            ),
            ("invented", "", Cause::OAuthTokenRejected, "registered"),
        ];
        for (name, description, cause, fix) in cases {
            let error = Error::from(Kind::Refused(Refusal::new(
                Kinds::Own,
                name,
                Some(description),
                &[],
            )));
            assert_eq!(error.cause(), cause, "{name} {description}");
            assert!(
                error.fix().join(" ").contains(fix),
                "{name} {description}: {:?}",
                error.fix()
            );
        }
    }
}
