//! Private keys with which an application authenticates instead of with a secret (RFC 7523).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::url::Url;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{SignatureAlgorithm, SignatureScheme};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::answer::Fields;
use crate::crypto::provider;
use crate::error::{Error, Fault};
use crate::kinds::Kinds;

/// The lifetime of an assertion: Microsoft's pages ask for 5 to 10 minutes, Google's for an hour at
/// most.
const LIFE: Duration = Duration::from_secs(5 * 60);

/// An RSA key, and its name at the issuer.
pub(crate) struct Key {
    pub(crate) key: PrivateKeyDer<'static>,
    pub(crate) name: KeyName,
}

/// The field of an assertion's header that names the key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyName {
    /// The SHA-256 of the certificate, in base64url (RFC 7515 section 4.1.8).
    Thumbprint(String),
    /// The id that the issuer gave it (RFC 7515 section 4.1.4).
    Id(String),
}

/// The parts of the file of a Google service account that a login needs.
/// <https://developers.google.com/identity/protocols/oauth2/service-account>
pub(crate) struct ServiceAccount {
    pub(crate) email: String,
    pub(crate) token_endpoint: Option<String>,
    pub(crate) key: Key,
}

impl Key {
    /// Creates the key of a certificate that is registered with the issuer.
    pub(crate) fn of_certificate(
        certificate: &CertificateDer<'_>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, Error> {
        let name = KeyName::Thumbprint(URL_SAFE_NO_PAD.encode(Sha256::digest(certificate)));
        Self { key, name }.checked()
    }

    /// Fails unless the key can sign.
    fn checked(self) -> Result<Self, Error> {
        self.sign(SignatureScheme::RSA_PKCS1_SHA256, b"")
            .map(|_| self)
    }

    /// Returns the assertion of a client. RFC 7523 section 3: the application is issuer and
    /// subject, and the token endpoint is the audience.
    pub(crate) fn client_assertion(
        &self,
        client_id: &str,
        audience: &Url,
        issuer: Kinds,
    ) -> Result<Zeroizing<String>, Error> {
        // Microsoft recommends PSS; RS256 is what every other issuer has (RFC 7518 section 3.1).
        // <https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials>
        let (algorithm, scheme) = match issuer {
            Kinds::Microsoft => ("PS256", SignatureScheme::RSA_PSS_SHA256),
            Kinds::Google | Kinds::Own => ("RS256", SignatureScheme::RSA_PKCS1_SHA256),
        };
        let claims =
            json!({"iss": client_id, "sub": client_id, "aud": audience.as_str(), "jti": unique()?});
        self.assertion(algorithm, scheme, claims)
    }

    /// Returns a service account's request to act as a user (RFC 7523 section 2.1).
    pub(crate) fn grant(
        &self,
        email: &str,
        user: &str,
        audience: &Url,
        scopes: &[String],
    ) -> Result<Zeroizing<String>, Error> {
        let claims =
            json!({"iss": email, "sub": user, "aud": audience.as_str(), "scope": scopes.join(" ")});
        self.assertion("RS256", SignatureScheme::RSA_PKCS1_SHA256, claims)
    }

    fn assertion(
        &self,
        algorithm: &str,
        scheme: SignatureScheme,
        mut claims: Value,
    ) -> Result<Zeroizing<String>, Error> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        claims["iat"] = now.as_secs().into();
        claims["nbf"] = now.as_secs().into();
        claims["exp"] = now.saturating_add(LIFE).as_secs().into();
        let mut header = json!({"alg": algorithm, "typ": "JWT"});
        match &self.name {
            KeyName::Thumbprint(thumbprint) => header["x5t#S256"] = thumbprint.as_str().into(),
            KeyName::Id(id) => header["kid"] = id.as_str().into(),
        }
        let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let mut assertion = Zeroizing::new(format!("{}.{}", part(&header), part(&claims)));
        let signature = self.sign(scheme, assertion.as_bytes())?;
        assertion.push('.');
        assertion.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(assertion)
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, Error> {
        let unusable = |why: &str| {
            Error::from(Fault::Input(format!(
                "the application's private key cannot be used: {why}"
            )))
        };
        let provider = provider().map_err(Fault::Input)?;
        let key = provider
            .key_provider
            .load_private_key(self.key.clone_key())
            .map_err(|error| unusable(&error.to_string()))?;
        match key.algorithm() {
            SignatureAlgorithm::RSA => {}
            _ => return Err(unusable("it is no RSA key, which issuers take")),
        }
        let signer = key
            .choose_scheme(&[scheme])
            .ok_or_else(|| unusable("it cannot sign with SHA-256"))?;
        signer
            .sign(message)
            .map_err(|error| unusable(&error.to_string()))
    }
}

impl ServiceAccount {
    /// Reads the JSON file that Google Cloud creates with a new key. Errors quote nothing of it.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Error> {
        let wrong = |why: &str| Error::from(Fault::Input(format!("the service account: {why}")));
        let mut fields = Fields::parse(json).ok_or_else(|| wrong("it is no JSON object"))?;
        if fields
            .text("type")
            .is_none_or(|kind| kind != "service_account")
        {
            return Err(wrong(
                "its `type` is not `service_account`: create a key of the service account, as JSON",
            ));
        }
        let mut member = |name: &str| {
            fields
                .text(name)
                .ok_or_else(|| wrong(&format!("it has no `{name}`")))
        };
        let (email, id) = (member("client_email")?, member("private_key_id")?);
        let pem = Zeroizing::new(member("private_key")?);
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| wrong("its `private_key` is no PEM"))?;
        let key = Key {
            key,
            name: KeyName::Id(id),
        }
        .checked()?;
        Ok(Self {
            email,
            token_endpoint: fields.text("token_uri"),
            key,
        })
    }
}

/// Returns a unique id.
fn unique() -> Result<String, Error> {
    let mut octets = [0; 16];
    provider()
        .map_err(Fault::Input)?
        .secure_random
        .fill(&mut octets)
        .map_err(|_| Fault::Input("no random numbers on this system".to_owned()))?;
    Ok(URL_SAFE_NO_PAD.encode(octets))
}
