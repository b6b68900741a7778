//! Applications that authenticate with a key (RFC 7523), verified by another implementation.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mailwright_oauth::{Application, ErrorKind, Flow, Issuer as Endpoints, Login, Store};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use smtp_tests::issuer::{Answer, Issuer, Request};
use smtp_tests::rsa;

use super::{TIMEOUT, granted};

const USER: &str = "me@example.test";

fn private(pair: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(pair.serialize_der()).expect("a key")
}

fn certificate(pair: &KeyPair) -> CertificateDer<'static> {
    CertificateParams::new(Vec::new())
        .and_then(|params| params.self_signed(pair))
        .expect("a certificate")
        .der()
        .clone()
}

/// Returns header and claims of an assertion with a valid signature.
fn verified(assertion: &str, pair: &KeyPair, algorithm: &'static RsaParameters) -> (Value, Value) {
    let (signed, signature) = assertion.rsplit_once('.').expect("a signature");
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
    // RFC 8017 appendix A.1.1 is what ring takes, and not the whole of RFC 5280's structure.
    UnparsedPublicKey::new(algorithm, pair.der_bytes())
        .verify(signed.as_bytes(), &decode(signature))
        .expect("a good signature");
    let (header, claims) = signed.split_once('.').expect("two parts");
    let parse = |part: &str| serde_json::from_slice(&decode(part)).expect("JSON");
    (parse(header), parse(claims))
}

fn assert_is_now(claims: &Value) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time")
        .as_secs();
    let time = |name: &str| claims[name].as_u64().expect(name);
    assert!(
        time("iat") <= now && time("nbf") <= now && now < time("exp"),
        "{claims}"
    );
    assert!(time("exp") - time("iat") <= 600, "{claims}");
}

fn assertion(request: &Request, name: &str) -> String {
    request.field(name).expect(name).to_owned()
}

#[test]
fn certificate_signs_an_assertion_for_each_request() {
    let pair = rsa::key();
    let cert = certificate(&pair);
    for is_microsoft in [false, true] {
        let issuer = Issuer::start(|_, _| Answer::ok(&granted("t", Some("r"), Some(3600))));
        let (endpoints, name, algorithm) = if is_microsoft {
            let endpoints =
                Endpoints::microsoft_at(&issuer.url(""), "contoso.example").expect("endpoints");
            (endpoints, "PS256", &RSA_PSS_2048_8192_SHA256)
        } else {
            let endpoints = Endpoints::at(&issuer.url("/token")).expect("endpoints");
            (endpoints, "RS256", &RSA_PKCS1_2048_8192_SHA256)
        };
        let audience = endpoints.token_endpoint().to_owned();
        let application = Application::new(endpoints, "an-application").timeout(TIMEOUT);
        let application = application
            .certificate(&cert, private(&pair))
            .expect("a key");
        let token = application.client_credentials().expect("a token");
        application.refresh(&token).expect("a renewal");
        let mut ids = Vec::new();
        for request in issuer.requests() {
            let (header, claims) =
                verified(&assertion(&request, "client_assertion"), &pair, algorithm);
            let thumbprint = ring::digest::digest(&ring::digest::SHA256, &cert);
            let thumbprint = URL_SAFE_NO_PAD.encode(thumbprint);
            assert_eq!(
                header,
                json!({"alg": name, "typ": "JWT", "x5t#S256": thumbprint})
            );
            assert_eq!(
                (&claims["iss"], &claims["sub"]),
                (&json!("an-application"), &json!("an-application"))
            );
            assert_eq!(claims["aud"], audience);
            assert_is_now(&claims);
            ids.push(claims["jti"].clone());
            let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
            assert_eq!(request.field("client_assertion_type"), Some(kind));
            assert!(request.authorization.is_none() && request.field("client_secret").is_none());
        }
        assert_eq!(ids.len(), 2);
        assert_ne!(ids[0], ids[1]);
    }
}

#[test]
fn key_that_cannot_sign_is_refused_at_once() {
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    let application = Application::new(Endpoints::google().expect("endpoints"), "an-application");
    let error = application
        .certificate(&certificate(&pair), private(&pair))
        .expect_err("no RSA");
    assert!(
        error.kind() == ErrorKind::InvalidInput && error.to_string().contains("no RSA key"),
        "{error}"
    );
}

/// Returns the file of a service account with this token endpoint.
fn account(pair: &KeyPair, token_uri: &str) -> String {
    json!({
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": "0123abcd",
        "private_key": pair.serialize_pem(),
        "client_email": "mailer@a-project.iam.gserviceaccount.com",
        "client_id": "1234",
        "token_uri": token_uri,
    })
    .to_string()
}

#[test]
fn service_account_acts_as_a_mailbox_and_is_renewed() {
    let pair = rsa::key();
    let issuer =
        Issuer::start(|number, _| Answer::ok(&granted(&format!("token-{number}"), None, Some(0))));
    let application =
        Application::google_service_account(account(&pair, &issuer.url("/token")).as_bytes());
    let application = application.expect("an account");
    let token = application.service_account(USER).expect("a token");
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Store::at(folder.path().join("tokens"))
        .profile("work")
        .expect("a name");
    profile
        .save(&Login {
            user: USER.to_owned(),
            application,
            flow: Flow::ServiceAccount,
            token,
        })
        .expect("a file");
    // The key is read from the login's file.
    let renewed = profile.fresh().expect("a renewal");
    assert_eq!(renewed.token.access().expose(), b"token-1");
    for request in issuer.requests() {
        assert_eq!(
            request.field("grant_type"),
            Some("urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer")
        );
        let (header, claims) = verified(
            &assertion(&request, "assertion"),
            &pair,
            &RSA_PKCS1_2048_8192_SHA256,
        );
        assert_eq!(
            header,
            json!({"alg": "RS256", "typ": "JWT", "kid": "0123abcd"})
        );
        assert_eq!(claims["iss"], "mailer@a-project.iam.gserviceaccount.com");
        assert_eq!(
            (&claims["sub"], &claims["scope"]),
            (&json!(USER), &json!("https://mail.google.com/"))
        );
        assert_eq!(claims["aud"], issuer.url("/token"));
        assert_is_now(&claims);
    }
}

#[test]
fn refused_service_account_names_its_issuer() {
    let issuer =
        Issuer::start(|_, _| Answer::Json(401, r#"{"error":"unauthorized_client"}"#.to_owned()));
    let account = account(&rsa::key(), &issuer.url("/token"));
    let application = Application::google_service_account(account.as_bytes()).expect("an account");
    let error = application.service_account(USER).expect_err("a refusal");
    let refusal = error.refusal().expect("a refusal");
    assert_eq!(
        (refusal.issuer(), refusal.error()),
        ("google", "unauthorized_client")
    );
    assert_eq!(issuer.requests().len(), 1);
}

#[test]
fn repeated_client_assertion_is_redacted() {
    let issuer = Issuer::start(|_, request| {
        Answer::refusal(
            "invalid_client",
            request.field("client_assertion").expect("a JWT"),
        )
    });
    let pair = rsa::key();
    let endpoints = Endpoints::at(&issuer.url("/token")).expect("endpoints");
    let error = Application::new(endpoints, "an-application")
        .timeout(TIMEOUT)
        .certificate(&certificate(&pair), private(&pair))
        .and_then(|application| application.client_credentials())
        .expect_err("a refusal");
    assert_eq!(
        error.to_string(),
        "the issuer answered: invalid_client: [redacted]"
    );
}

#[test]
fn file_that_is_no_service_account_is_refused() {
    let good = account(&rsa::key(), "https://oauth2.googleapis.com/token");
    let canary = smtp_canary::canary();
    let cases = [
        (canary.clone(), "no JSON object"),
        (
            good.replace("\"service_account\"", "\"authorized_user\""),
            "`type`",
        ),
        (good.replace("client_email", "email"), "no `client_email`"),
        (good.replace("BEGIN", "START"), "no PEM"),
        (good.replace("https://oauth2", "http://oauth2"), "use https"),
    ];
    for (json, why) in cases {
        let error = Application::google_service_account(json.as_bytes()).expect_err(why);
        assert!(error.to_string().contains(why), "{error}");
        assert!(!super::shown(&error).contains(&canary));
    }
}
