//! Answers that are none.

use std::time::{Duration, Instant};

use mailwright_oauth::{ClientAuth, ErrorKind};
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
            ErrorKind::InvalidAnswer,
            "RFC 6749",
        ),
        (
            "another JSON",
            Answer::ok("{}"),
            ErrorKind::NoAccessToken,
            "no access_token",
        ),
        (
            "no token",
            Answer::ok("{\"token_type\":\"Bearer\",\"expires_in\":3599}"),
            ErrorKind::NoAccessToken,
            "no access_token",
        ),
        (
            "another type",
            Answer::ok(&token.replace("Bearer", "DPoP")),
            ErrorKind::TokenType,
            "\"DPoP\"",
        ),
        (
            "a refusal with status 200",
            Answer::ok("{\"error\":\"bad_verification_code\"}"),
            ErrorKind::Refused,
            "bad_verification_code",
        ),
        (
            "an empty body",
            Answer::ok(""),
            ErrorKind::InvalidAnswer,
            "empty",
        ),
        (
            "a page for people",
            with("Content-Type: text/html\r\n", "<html></html>"),
            ErrorKind::InvalidAnswer,
            "no JSON",
        ),
        (
            "no HTTP",
            raw("220 mail.example.test ESMTP\r\n".to_owned()),
            ErrorKind::InvalidHttp,
            "HTTP",
        ),
        (
            "half an answer",
            raw(format!("{HEAD}Content-Length: 500\r\n\r\n{{")),
            ErrorKind::Connection,
            "",
        ),
        ("nothing", raw(String::new()), ErrorKind::Connection, ""),
        (
            "a body without end",
            Answer::Endless(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
                "          ",
            ),
            ErrorKind::InvalidHttp,
            "octets",
        ),
        (
            "headers without end",
            Answer::Endless("HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"),
            ErrorKind::InvalidHttp,
            "HTTP",
        ),
        (
            "a header without end",
            Answer::Endless("HTTP/1.1 200 OK\r\nX: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ErrorKind::InvalidHttp,
            "HTTP",
        ),
        (
            "chunks without end",
            Answer::Endless(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "5\r\n     \r\n",
            ),
            ErrorKind::InvalidHttp,
            "octets",
        ),
        (
            "an error of its own",
            Answer::Json(500, "{}".to_owned()),
            ErrorKind::Unavailable,
            "500",
        ),
        (
            "too many requests",
            Answer::Json(429, "{}".to_owned()),
            ErrorKind::Unavailable,
            "429",
        ),
        (
            "an empty refusal",
            Answer::Json(400, String::new()),
            ErrorKind::InvalidAnswer,
            "empty",
        ),
        (
            "a refusal in HTML",
            Answer::Json(400, "<h1>Bad".to_owned()),
            ErrorKind::InvalidAnswer,
            "RFC 6749",
        ),
    ];
    for (name, answer, kind, why) in cases {
        let issuer = Issuer::start(move |_, _| answer.clone());
        let error = application(&issuer, &secret)
            .client_credentials()
            .expect_err(name);
        let text = super::shown(&error);
        assert_eq!(error.kind(), kind, "{name}: {text}");
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
        assert_eq!(error.kind(), ErrorKind::InvalidHttp, "{status}: {error}");
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
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
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
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.is_transient());
}

#[test]
fn refusal_is_reported_without_the_secret_it_repeats() {
    let secret = canary();
    let cases = [
        (
            "invalid_client",
            "AADSTS7000215: Invalid client secret",
            Some(7_000_215),
            false,
        ),
        ("invalid_client", "", None, false),
        ("invalid_grant", "AADSTS53003: blocked", Some(53_003), false),
        ("temporarily_unavailable", "busy", None, true),
        ("unheard_of", "", None, false),
    ];
    for (name, description, code, is_transient) in cases {
        let said = format!("{description} [{secret}] \u{1b}[31m");
        let issuer = Issuer::start(move |_, _| Answer::refusal(name, &said));
        let error = application(&issuer, &secret)
            .client_credentials()
            .expect_err(name);
        let text = super::shown(&error);
        assert_eq!(error.kind(), ErrorKind::Refused, "{text}");
        let refusal = error.refusal().expect("a refusal");
        assert_eq!((refusal.error(), refusal.entra_code()), (name, code));
        assert_eq!(error.is_transient(), is_transient, "{text}");
        assert!(
            text.contains("[redacted]") && !leaks(&text, &secret) && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}

#[test]
fn repeated_client_secret_is_redacted_in_every_encoding() {
    let secret = format!("{} +/", canary());
    for way in [ClientAuth::Basic, ClientAuth::Body] {
        let issuer = Issuer::start(|_, request| {
            let sent = request.authorization.as_ref().unwrap_or(&request.body);
            Answer::refusal("invalid_client", sent)
        });
        let error = application(&issuer, &secret)
            .client_authentication(way)
            .client_credentials()
            .expect_err("a refusal");
        let request = issuer.requests().pop().expect("a request");
        let sent = match way {
            ClientAuth::Basic => request.authorization.as_deref(),
            _ => request.field("client_secret"),
        };
        let sent = sent.expect("a secret").trim_start_matches("Basic ");
        let text = super::shown(&error);
        assert!(
            text.contains("[redacted]") && !text.contains(&sent[sent.len() / 2..]),
            "{way}: {text}"
        );
        assert!(!leaks(&text, &secret), "{way}: {text}");
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
