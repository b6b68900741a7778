//! Issuers known only by their endpoints: npm's `oidc-provider` and PyPI's `oidc-provider-mock`.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::CertificateParams;
use ring::rsa;
use ring::signature::RsaKeyPair;
use serde_json::{Value, json};
use smtp_tests::servers::USER;
use ureq::Agent;

use super::site::{Client, Registration, Run, Site};

/// Creates a certificate and its key in the site's folder, `client.pem` and `client.key`. Returns
/// the options that name them, and the public key as a JSON Web Key.
pub(crate) fn certificate(site: &Site) -> (Vec<String>, Value) {
    let pair = smtp_tests::rsa::key();
    let certificate =
        CertificateParams::new(Vec::new()).and_then(|params| params.self_signed(&pair));
    let (cert, key) = (
        site.folder().join("client.pem"),
        site.folder().join("client.key"),
    );
    fs::write(&cert, certificate.expect("a certificate").pem()).expect("written");
    fs::write(&key, pair.serialize_pem()).expect("written");
    let rsa = RsaKeyPair::from_pkcs8(&pair.serialize_der()).expect("a key");
    let rsa::PublicKeyComponents::<Vec<u8>> { n, e } = rsa.public().into();
    let (modulus, exponent) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
    let options = [
        "--client-cert",
        &cert.to_string_lossy(),
        "--client-key",
        &key.to_string_lossy(),
    ];
    (
        options.map(str::to_owned).to_vec(),
        json!({"kty": "RSA", "use": "sig", "n": modulus, "e": exponent}),
    )
}

fn login(site: &Site, client: &Client, flow: &str, more: &[String]) -> Run {
    let mut command = site.command(&[
        "token", "login", "own", "--json", "--user", USER, "--flow", flow, "--wait", "60",
    ]);
    command
        .args(["--client-id", &client.id])
        .args(site.own_issuer_options())
        .args(more);
    site.finish(
        command,
        (flow != "client-credentials").then_some(&mut site.person()),
    )
}

/// Renews the login and revokes it, which makes copies of it useless.
fn renew_and_revoke(site: &Site, grant: &str) {
    let refreshed = site.run(&["token", "refresh", "own", "--json"]);
    assert_eq!(refreshed.status, 0, "{grant}: {}", refreshed.stderr);
    let copy = fs::read(site.file("own")).expect("a file");
    let revoked = site.run(&["token", "revoke", "own", "--json"]);
    assert_eq!(revoked.status, 0, "{grant}: {}", revoked.stderr);
    assert!(!site.file("own").exists());
    if grant == "refresh_token" {
        site.put_back("own", &copy);
        let refreshed = site.run(&["token", "refresh", "own", "--json"]);
        site.assert_refused(&refreshed, "invalid_grant", "Log in again");
    }
}

#[test]
fn each_client_authentication_logs_in_renews_and_revokes() {
    let all = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ];
    // The server's device flow has an interval of five seconds.
    for (flow, methods) in [
        ("browser", &all[..]),
        ("client-credentials", &all),
        ("device", &all[1..2]),
    ] {
        for &method in methods {
            let site = Site::new();
            let (certificate, key) = certificate(&site);
            let is_by_key = method == "private_key_jwt";
            let client = site.register(&Registration {
                is_service: flow == "client-credentials",
                method: Some(method),
                key: is_by_key.then_some(key),
                ..Registration::default()
            });
            let secret = [
                "--client-secret-file".to_owned(),
                site.secret_file(&client.secret),
            ];
            let proof = if is_by_key {
                certificate
            } else {
                secret.to_vec()
            };
            let (scope, grant, grants) = match flow {
                "client-credentials" => (
                    "https://outlook.office365.com/.default",
                    "client_credentials",
                    2,
                ),
                _ => ("https://outlook.office.com/SMTP.Send", "refresh_token", 1),
            };
            let more = [&proof[..], &["--scope".to_owned(), scope.to_owned()]].concat();
            let run = login(&site, &client, flow, &more);
            assert_eq!(run.status, 0, "{flow} by {method}: {}", run.stderr);
            renew_and_revoke(&site, grant);
            assert_eq!(site.granted(&client, grant), grants, "{flow} by {method}");
            println!("{flow} by {method}: logged in, renewed and revoked");
        }
    }
}

#[test]
fn offline_access_brings_a_refresh_token_by_consent() {
    let site = Site::new();
    let client = site.register(&Registration {
        strict_offline: true,
        ..Registration::default()
    });
    let scopes = ["--scope", "openid offline_access"].map(str::to_owned);
    let run = login(&site, &client, "browser", &scopes);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(!run.stderr.contains("no refresh token"), "{}", run.stderr);
    assert_eq!(site.run(&["token", "refresh", "own"]).status, 0);
    // Without `prompt=consent` the server has to ignore the scope (OpenID Connect Core section 11).
    let other = ["--param", "prompt=login"].map(str::to_owned);
    let run = login(&site, &client, "browser", &[scopes, other].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("no refresh token"), "{}", run.stderr);
}

/// Logs a person in on the form of `oidc-provider-mock`, and goes back to the command.
fn log_in_at_mock(agent: &Agent, page: &str) {
    let form = format!("sub={}", USER.replace('@', "%40"));
    let answer = agent
        .post(page)
        .content_type("application/x-www-form-urlencoded")
        .send(form)
        .expect("an answer");
    let back = answer
        .headers()
        .get("location")
        .and_then(|url| url.to_str().ok())
        .expect("a redirect");
    assert_eq!(agent.get(back).call().expect("the command").status(), 200);
}

#[test]
fn oidc_provider_mock_logs_in_renews_and_revokes() {
    let site = Site::new();
    let mock = site.servers.oauth_mock();
    let agent = smtp_tests::person::agent(&site.servers.ca_file());
    let endpoint = |option: &str, path: &str| [option.to_owned(), format!("{mock}{path}")];
    let secret = [
        "--client-secret-file".to_owned(),
        site.secret_file(&smtp_canary::canary()),
    ];
    let by = |way: &str| [&secret[..], &["--client-auth".to_owned(), way.to_owned()]].concat();
    // Authlib renews by Basic only, also where it redeems a code by another method.
    let cases = [
        ("automatic", secret.to_vec(), true),
        ("basic", by("basic"), true),
        ("body", by("body"), false),
    ];
    for (way, proof, renews) in cases {
        let mut command = site.command(&[
            "token", "login", "own", "--json", "--user", USER, "--flow", "browser",
        ]);
        command
            .args([
                "--client-id",
                &format!("client-{way}"),
                "--scope",
                "openid",
                "--wait",
                "60",
            ])
            .args(endpoint("--token-endpoint", "/oauth2/token"))
            .args(endpoint("--authorization-endpoint", "/oauth2/authorize"))
            .args(endpoint(
                "--revocation-endpoint",
                &format!("/users/{USER}/revoke-tokens"),
            ))
            .args(proof);
        let run = site.finish_with(command, Some(|page: &str| log_in_at_mock(&agent, page)));
        assert_eq!(
            (run.status, &run.json()["scopes"]),
            (0, &json!(["openid"])),
            "{way}: {}",
            run.stderr
        );
        if renews {
            renew_and_revoke(&site, "refresh_token");
        } else {
            let refreshed = site.run(&["token", "refresh", "own", "--json"]);
            site.assert_refused(&refreshed, "invalid_client", "--client-auth");
        }
        println!("{way}: as the issuer does it");
    }
}
