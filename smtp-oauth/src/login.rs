//! One login, with all that is needed to renew its token; and its form in a file.

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailwright_proto::Secret;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::application::{Application, text};
use crate::client_auth::ClientAuth;
use crate::endpoint;
use crate::error::Error;
use crate::flow::Flow;
use crate::issuer::{AUTHORIZATION, DEVICE, Issuer, REVOCATION, TOKEN};
use crate::key::{Key, KeyName};
use crate::kinds::Kinds;
use crate::token::Token;

/// The form of the file; another one is not read.
const VERSION: u32 = 1;

/// What a [`Profile`](crate::Profile) keeps: who logged in, by which application and flow, and the token.
pub struct Login {
    /// The user to log in to the mail server as.
    pub user: String,
    /// By what the token was got, and is renewed.
    pub application: Application,
    /// How it was got.
    pub flow: Flow,
    /// The token.
    pub token: Token,
}

impl Login {
    /// Logs in as the application, and keeps what comes of it; the other flows need a person.
    ///
    /// # Errors
    /// Those of [`Application::client_credentials`].
    pub fn of_application(user: &str, application: Application) -> Result<Self, Error> {
        let token = application.client_credentials()?;
        Ok(Self {
            user: user.to_owned(),
            application,
            flow: Flow::ClientCredentials,
            token,
        })
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .field("application", &self.application)
            .field("flow", &self.flow)
            .field("token", &self.token)
            .finish()
    }
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    user: String,
    flow: String,
    issuer: Kinds,
    token_endpoint: String,
    authorization_endpoint: Option<String>,
    device_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    client_id: String,
    client_secret: Option<Zeroizing<String>>,
    client_auth: Option<String>,
    /// Whether the issuer takes the secret in the body rather than with Basic, if that is known.
    #[serde(default)]
    takes_body: bool,
    /// A private key instead: DER in base64.
    client_key: Option<Zeroizing<String>>,
    client_key_name: Option<KeyName>,
    /// Added to the requests that begin a login.
    parameters: Option<Vec<(String, String)>>,
    /// What to ask for instead of the issuer's own.
    scopes: Option<Vec<String>>,
    /// The authorities to trust instead of the system's: DER in base64.
    roots: Option<Vec<String>>,
    access_token: Zeroizing<String>,
    refresh_token: Option<Zeroizing<String>>,
    granted_scopes: Vec<String>,
    /// Seconds since 1970.
    obtained: u64,
    expires: Option<u64>,
}

/// The octets of the file.
pub(crate) fn write(login: &Login) -> Result<Zeroizing<Vec<u8>>, String> {
    let Login {
        user,
        application,
        flow,
        token,
    } = login;
    let issuer = &application.issuer;
    let shown = |url: &Option<oauth2::url::Url>| url.as_ref().map(|url| url.as_str().to_owned());
    let secret = |secret: &Secret| Zeroizing::new(text(secret).to_owned());
    let seconds = |time: SystemTime| {
        time.duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs()
    };
    let file = File {
        version: VERSION,
        user: user.clone(),
        flow: flow.name().to_owned(),
        issuer: issuer.kind,
        token_endpoint: issuer.token.as_str().to_owned(),
        authorization_endpoint: shown(&issuer.authorization),
        device_endpoint: shown(&issuer.device),
        revocation_endpoint: shown(&issuer.revocation),
        client_id: application.client_id.clone(),
        client_secret: application.client_secret.as_ref().map(secret),
        client_auth: Some(application.client_auth)
            .filter(|way| *way != ClientAuth::Automatic)
            .map(|way| way.name().to_owned()),
        takes_body: application.takes_body.get().is_some(),
        client_key: application
            .key
            .as_ref()
            .map(|key| Zeroizing::new(STANDARD.encode(key.key.secret_der()))),
        client_key_name: application.key.as_ref().map(|key| key.name.clone()),
        parameters: Some(application.parameters.clone())
            .filter(|parameters| !parameters.is_empty()),
        scopes: application.scopes.clone(),
        roots: application
            .roots
            .as_ref()
            .map(|roots| roots.iter().map(|root| STANDARD.encode(root)).collect()),
        access_token: secret(&token.access),
        refresh_token: token.refresh.as_ref().map(secret),
        granted_scopes: token.scopes.clone(),
        obtained: seconds(token.obtained),
        expires: token.expires.map(seconds),
    };
    // It has its full size from the start: one that grows leaves copies of secrets behind.
    let mut octets = Zeroizing::new(Vec::with_capacity(MAX_FILE));
    serde_json::to_writer_pretty(&mut *octets, &file).map_err(|error| error.to_string())?;
    match octets.len() > MAX_FILE {
        true => Err(format!("the login has more than {MAX_FILE} octets")),
        false => Ok(octets),
    }
}

/// Several times what the longest tokens and a few authorities take.
pub(crate) const MAX_FILE: usize = 256 * 1024;

/// The login in the octets of a file. A failure quotes nothing of it.
pub(crate) fn read(octets: &[u8]) -> Result<Login, String> {
    let file: File = serde_json::from_slice(octets).map_err(|error| {
        format!(
            "line {}, column {}: not what was written here",
            error.line(),
            error.column()
        )
    })?;
    if file.version != VERSION {
        return Err(format!(
            "it is of version {}, and this program knows {VERSION} alone",
            file.version
        ));
    }
    let url =
        |what: &str, text: &str| endpoint::parse(what, text).map_err(|error| error.to_string());
    let some =
        |what: &str, text: &Option<String>| text.as_deref().map(|text| url(what, text)).transpose();
    let time = |seconds: u64| {
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        time.ok_or_else(|| "a time in it is beyond all clocks".to_owned())
    };
    let issuer = Issuer {
        kind: file.issuer,
        token: url(TOKEN, &file.token_endpoint)?,
        authorization: some(AUTHORIZATION, &file.authorization_endpoint)?,
        device: some(DEVICE, &file.device_endpoint)?,
        revocation: some(REVOCATION, &file.revocation_endpoint)?,
    };
    let secret = |text: &Zeroizing<String>| Secret::from(String::clone(text));
    let roots = |roots: Vec<String>| {
        let der = |root: &String| STANDARD.decode(root).map(CertificateDer::from);
        roots
            .iter()
            .map(der)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "an authority in it is no base64".to_owned())
    };
    let key = |(key, name): (Zeroizing<String>, KeyName)| {
        let der = STANDARD
            .decode(&*key)
            .ok()
            .and_then(|der| PrivateKeyDer::try_from(der).ok());
        der.map(|key| Key { key, name })
            .ok_or_else(|| "the key in it is unusable".to_owned())
    };
    let client_auth = file
        .client_auth
        .as_deref()
        .map_or(Ok(ClientAuth::Automatic), str::parse)?;
    let mut application = Application::new(issuer, &file.client_id)
        .client_authentication(client_auth)
        .parameters(file.parameters.unwrap_or_default())
        .map_err(|error| error.to_string())?;
    if file.takes_body {
        application.takes_body = OnceLock::from(());
    }
    application.client_secret = file.client_secret.as_ref().map(secret);
    application.key = file
        .client_key
        .zip(file.client_key_name)
        .map(key)
        .transpose()?;
    application.scopes = file.scopes;
    application.roots = file.roots.map(roots).transpose()?;
    Ok(Login {
        user: file.user,
        application,
        flow: file.flow.parse()?,
        token: Token {
            access: secret(&file.access_token),
            refresh: file.refresh_token.as_ref().map(secret),
            obtained: time(file.obtained)?,
            expires: file.expires.map(time).transpose()?,
            scopes: file.granted_scopes,
        },
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn login() -> Login {
        let issuer = Issuer::microsoft("contoso.example").unwrap();
        let application = Application::new(issuer, "an-application")
            .secret(Secret::from(String::from("canary-of-a-client-secret")))
            .unwrap()
            .client_authentication(ClientAuth::Basic)
            .parameters([("audience".to_owned(), "mail".to_owned())])
            .unwrap()
            .scopes(["mail".to_owned()])
            .roots([CertificateDer::from(vec![1, 2, 3])]);
        let token = Token {
            access: Secret::from(String::from("canary-of-an-access-token")),
            refresh: Some(Secret::from(String::from("canary-of-a-refresh-token"))),
            obtained: UNIX_EPOCH + Duration::from_secs(1_000),
            expires: Some(UNIX_EPOCH + Duration::from_secs(4_600)),
            scopes: vec!["mail".to_owned()],
        };
        Login {
            user: "me@example.test".to_owned(),
            application,
            flow: Flow::Browser,
            token,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let octets = write(&login()).unwrap();
        let again = write(&read(&octets).unwrap()).unwrap();
        assert_eq!(octets, again);
    }

    #[test]
    fn a_damaged_file_is_told_without_a_word_of_it() {
        let octets = write(&login()).unwrap();
        let whole = String::from_utf8(octets.to_vec()).unwrap();
        let cases = [
            whole.replace("\"version\": 1", "\"version\": 2"),
            whole.replace(
                "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token",
                "http://evil.test/",
            ),
            whole.replace(
                "\"access_token\": \"",
                "\"access_token\": canary-of-an-access-token \"",
            ),
            whole.replace("\"access_token\"", "\"canary-of-an-access-token\""),
            whole.replace("4600", "18446744073709551615"),
            whole.replace("AQID", "A!"),
            whole.replace("browser", "carrier-pigeon"),
            whole[..whole.len() / 2].to_owned(),
            String::new(),
        ];
        for text in cases {
            assert_ne!(text, whole);
            let why = read(text.as_bytes()).unwrap_err();
            assert!(!why.contains("canary"), "{why}");
        }
    }

    #[test]
    fn a_login_shows_no_secret() {
        assert!(!format!("{:?}", login()).contains("canary"));
    }
}
