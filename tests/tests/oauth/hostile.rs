//! Answers that are none.

use std::time::{Duration, Instant};

use mailwright::Cause;
use smtp_canary::leaks;
use smtp_tests::issuer::{Answer, Issuer};

use super::{application, canary, granted};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

#[test]
fn what_is_no_answer_is_told_for_what_it_is() {
    let secret = canary();
    let raw = |text: String| Answer::Raw(text.into_bytes());
    let with = |headers: &str, body: &str| {
        raw(format!(
            "HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    let token = granted("t", None, Some(3600));
    let cases = [
        (
            "no JSON",
            Answer::ok("<html>"),
            Cause::ProtocolError,
            "RFC 6749",
        ),
        (
            "another JSON",
            Answer::ok("{}"),
            Cause::ProtocolError,
            "no access_token",
        ),
        (
            "no token",
            Answer::ok("{\"token_type\":\"Bearer\",\"expires_in\":3599}"),
            Cause::ProtocolError,
            "no access_token",
        ),
        (
            "another type",
            Answer::ok(&token.replace("Bearer", "DPoP")),
            Cause::ProtocolError,
            "\"DPoP\"",
        ),
        (
            "a refusal with status 200",
            Answer::ok("{\"error\":\"bad_verification_code\"}"),
            Cause::OAuthTokenRejected,
            "bad_verification_code",
        ),
        (
            "an empty body",
            Answer::ok(""),
            Cause::ProtocolError,
            "empty",
        ),
        (
            "a page for people",
            with("Content-Type: text/html\r\n", "<html></html>"),
            Cause::ProtocolError,
            "no JSON",
        ),
        (
            "no HTTP",
            raw("220 mail.example.test ESMTP\r\n".to_owned()),
            Cause::ProtocolError,
            "HTTP",
        ),
        (
            "half an answer",
            raw(format!("{HEAD}Content-Length: 500\r\n\r\n{{")),
            Cause::TemporaryServerFailure,
            "",
        ),
        (
            "nothing",
            raw(String::new()),
            Cause::TemporaryServerFailure,
            "",
        ),
        (
            "a body without end",
            Answer::Endless(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
                "          ",
            ),
            Cause::ProtocolError,
            "octets",
        ),
        (
            "headers without end",
            Answer::Endless("HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"),
            Cause::ProtocolError,
            "HTTP",
        ),
        (
            "a header without end",
            Answer::Endless("HTTP/1.1 200 OK\r\nX: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            Cause::ProtocolError,
            "HTTP",
        ),
        (
            "chunks without end",
            Answer::Endless(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "5\r\n     \r\n",
            ),
            Cause::ProtocolError,
            "octets",
        ),
        (
            "an error of its own",
            Answer::Json(500, "{}".to_owned()),
            Cause::TemporaryServerFailure,
            "500",
        ),
        (
            "too many requests",
            Answer::Json(429, "{}".to_owned()),
            Cause::TemporaryServerFailure,
            "429",
        ),
        (
            "an empty refusal",
            Answer::Json(400, String::new()),
            Cause::ProtocolError,
            "empty",
        ),
        (
            "a refusal in HTML",
            Answer::Json(400, "<h1>Bad".to_owned()),
            Cause::ProtocolError,
            "RFC 6749",
        ),
    ];
    for (name, answer, cause, why) in cases {
        let issuer = Issuer::start(move |_, _| answer.clone());
        let error = application(&issuer, &secret)
            .client_credentials()
            .expect_err(name);
        let text = super::shown(&error);
        assert_eq!(error.cause(), cause, "{name}: {text}");
        assert!(text.contains(why), "{name}: {text}");
        assert!(!leaks(&text, &secret), "{name}");
    }
}

#[test]
fn a_redirect_is_not_followed_with_secrets() {
    let elsewhere = Issuer::start(|_, _| Answer::ok(&granted("t", None, None)));
    for status in [301, 302, 303, 307, 308] {
        let head = format!(
            "HTTP/1.1 {status} Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
            elsewhere.url("/token")
        );
        let issuer = Issuer::start(move |_, _| Answer::Raw(head.clone().into_bytes()));
        let error = application(&issuer, &canary())
            .client_credentials()
            .expect_err("a redirect");
        assert_eq!(error.cause(), Cause::ProtocolError, "{status}: {error}");
        assert!(error.to_string().contains("redirects"), "{status}: {error}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_slow_answer_ends_with_the_time() {
    let cases = [
        Answer::Silence,
        Answer::Drip("HTTP/1.1 200 OK\r\nX: ", "a"),
        Answer::Drip(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{",
            " ",
        ),
    ];
    for answer in cases {
        let issuer = Issuer::start(move |_, _| answer.clone());
        let began = Instant::now();
        let application = application(&issuer, &canary()).timeout(Duration::from_millis(700));
        let error = application.client_credentials().expect_err("no answer");
        assert_eq!(error.cause(), Cause::Timeout, "{error}");
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "it took {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn an_issuer_that_is_not_there_may_be_there_later() {
    let issuer = Issuer::start(|_, _| Answer::Silence);
    let application = application(&issuer, &canary());
    drop(issuer);
    let error = application
        .client_credentials()
        .expect_err("nobody listens");
    assert_eq!(error.cause(), Cause::TemporaryServerFailure, "{error}");
}

#[test]
fn a_refusal_is_told_with_what_to_do_and_without_the_secret_that_it_repeats() {
    let secret = canary();
    let cases = [
        (
            "invalid_client",
            "AADSTS7000215: Invalid client secret",
            Cause::OAuthTokenRejected,
            "not its id",
        ),
        (
            "invalid_client",
            "",
            Cause::OAuthTokenRejected,
            "client secret",
        ),
        (
            "unauthorized_client",
            "AADSTS700016: not found",
            Cause::OAuthTokenRejected,
            "client id",
        ),
        (
            "invalid_scope",
            "unknown",
            Cause::OAuthTokenRejected,
            "scope",
        ),
        (
            "invalid_grant",
            "AADSTS65001: no consent",
            Cause::OAuthTokenRejected,
            "administrator",
        ),
        (
            "invalid_grant",
            "AADSTS53003: blocked",
            Cause::ConditionalAccess,
            "Conditional Access",
        ),
        (
            "temporarily_unavailable",
            "busy",
            Cause::TemporaryServerFailure,
            "later",
        ),
        ("unheard_of", "", Cause::OAuthTokenRejected, "registered"),
    ];
    for (name, description, cause, fix) in cases {
        let said = format!("{description} [{secret}] \u{1b}[31m");
        let issuer = Issuer::start(move |_, _| Answer::refusal(name, &said));
        let error = application(&issuer, &secret)
            .client_credentials()
            .expect_err(name);
        let text = super::shown(&error);
        assert_eq!(error.cause(), cause, "{text}");
        assert_eq!(error.refusal().map(|refusal| refusal.error()), Some(name));
        assert!(error.fix().join(" ").contains(fix), "{text}");
        assert!(
            text.contains("[redacted]") && !leaks(&text, &secret) && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}

#[test]
fn token_is_kept_whatever_is_odd_beside_it() {
    let plain = granted("t", None, Some(3600));
    let json = |body: &str| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Answer::Raw([head.as_bytes(), body.as_bytes()].concat())
    };
    let cases = [
        (Answer::ok(&plain.replace("3600", "\"3600\"")), true),
        (Answer::ok(&plain.replace("3600", "3600.0")), true),
        (
            Answer::ok(&plain.replace("3600", "99999999999999999999")),
            true,
        ),
        (Answer::ok(&plain.replace("3600", "-1")), false),
        (Answer::ok(&plain.replace("3600", "null")), false),
        (Answer::ok(&plain.replace("\"Bearer\"", "null")), true),
        (
            Answer::ok(r#"{"access_token":"t","scope":["mail","other"],"expires_in":{}}"#),
            false,
        ),
        (Answer::ok(&format!("\u{feff}{plain}")), true),
        (Answer::Json(201, plain.clone()), true),
        (json(&plain), true),
    ];
    for (answer, has_life) in cases {
        let shown = format!("{answer:?}");
        let issuer = Issuer::start(move |_, _| answer.clone());
        let token = application(&issuer, &canary()).client_credentials();
        let token = token.unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(
            (token.access().expose(), token.expires().is_some()),
            (&b"t"[..], has_life),
            "{shown}"
        );
    }
}
