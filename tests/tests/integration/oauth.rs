//! Tokens, against issuers that misbehave: what is told, what is kept, and that no secret shows.

mod hostile;
mod keys;
mod login;
mod profiles;

use std::time::Duration;

use mailwright_oauth::{Application, Error, Secret};
use smtp_canary::canary;
use smtp_tests::issuer::Issuer;

/// Long enough for a busy machine, short enough for a test.
const TIMEOUT: Duration = Duration::from_secs(20);

/// An application of this issuer, with a secret.
fn application(issuer: &Issuer, secret: &str) -> Application {
    let endpoints = mailwright_oauth::Issuer::at(&issuer.url("/token"))
        .and_then(|known| known.device(&issuer.url("/device")))
        .and_then(|known| known.authorization(&issuer.url("/authorize")))
        .expect("endpoints");
    let application = Application::new(endpoints, "an-application")
        .scopes(["mail".to_owned()])
        .timeout(TIMEOUT);
    application
        .secret(Secret::from(secret.to_owned()))
        .expect("a secret")
}

/// A whole answer with a token.
fn granted(access: &str, refresh: Option<&str>, lives: Option<u64>) -> String {
    let mut answer = serde_json::json!({"access_token": access, "token_type": "Bearer"});
    if let Some(refresh) = refresh {
        answer["refresh_token"] = refresh.into();
    }
    if let Some(lives) = lives {
        answer["expires_in"] = lives.into();
    }
    answer.to_string()
}

/// Everything that an error shows.
fn shown(error: &Error) -> String {
    let source = std::error::Error::source(error).map(|source| format!("{source} {source:?}"));
    format!("{error} {error:?} {source:?} {:?}", error.refusal())
}
