//! Logins of people, step by step.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailwright_oauth::{ClientAuth, Error, ErrorKind, Token};
use smtp_canary::leaks;
use smtp_tests::issuer::{Answer, Issuer, Request};

use super::{application, canary, granted};

fn device_codes(code: &str, lives: u64) -> String {
    format!(
        r#"{{"device_code":"{code}","user_code":"AB-CD","verification_uri":"https://login.example.test/device","expires_in":{lives},"interval":1}}"#
    )
}

/// A device login whose polls are answered so, one after the other; the last answer stays.
fn device_login(lives: u64, polls: Vec<Answer>) -> (Result<Token, Error>, usize, String) {
    let code = canary();
    let codes = device_codes(&code, lives);
    let issuer = Issuer::start(
        move |number, request: &Request| match request.line.as_str() {
            "POST /device" => Answer::ok(&codes),
            _ => polls[(number - 1).min(polls.len() - 1)].clone(),
        },
    );
    let mut told = None;
    let result = application(&issuer, &canary()).device_login(|prompt| told = Some(prompt.clone()));
    let told = told.expect("what to do");
    assert_eq!(
        (&*told.page, &*told.code),
        ("https://login.example.test/device", "AB-CD")
    );
    (result, issuer.requests().len() - 1, code)
}

#[test]
fn a_device_waits_until_the_person_is_done() {
    let polls = vec![
        Answer::refusal("authorization_pending", "AADSTS70016: pending"),
        Answer::Json(503, String::new()),
        Answer::ok(&granted(&canary(), Some(&canary()), Some(3600))),
    ];
    let (token, polls, _) = device_login(60, polls);
    let token = token.expect("a token");
    assert_eq!(
        (polls, token.can_be_refreshed(), token.scopes()),
        (3, true, &["mail".to_owned()][..])
    );
}

#[test]
fn a_device_login_that_ends_badly_says_why() {
    let cases = [
        (
            Answer::refusal("access_denied", "AADSTS65004: declined"),
            ErrorKind::Refused,
        ),
        (Answer::refusal("expired_token", ""), ErrorKind::Refused),
        (
            Answer::refusal("bad_verification_code", ""),
            ErrorKind::Refused,
        ),
        (Answer::ok("nonsense"), ErrorKind::InvalidAnswer),
    ];
    for (answer, kind) in cases {
        let (token, _, code) = device_login(60, vec![answer]);
        let error = token.expect_err("no token");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!leaks(&super::shown(&error), &code));
    }
}

#[test]
fn a_code_that_nobody_enters_expires_and_silence_is_told_as_such() {
    let (token, polls, _) = device_login(2, vec![Answer::refusal("authorization_pending", "")]);
    let error = token.expect_err("nobody came");
    assert!(error.refusal().is_none(), "nobody refused: {error}");
    assert_eq!(error.to_string(), "no login within 2 s");
    assert!(polls < 5, "{polls} polls");
    let (token, ..) = device_login(2, vec![Answer::Json(503, String::new())]);
    assert_eq!(token.expect_err("no answer").kind(), ErrorKind::Unavailable);
}

#[test]
fn a_page_that_is_none_is_not_shown() {
    for page in ["javascript:alert(1)", "file:///etc/passwd", "not a page"] {
        let codes = device_codes("c", 60).replace("https://login.example.test/device", page);
        let issuer = Issuer::start(move |_, _| Answer::ok(&codes));
        let error = application(&issuer, &canary())
            .device_login(|prompt| panic!("{prompt:?}"))
            .expect_err(page);
        assert_eq!(error.kind(), ErrorKind::InvalidAnswer, "{page}: {error}");
    }
}

/// Says to whoever listens there that somebody came back by this address.
fn come_back(address: &str) -> String {
    let (host, target) = address
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .expect("an address");
    let mut stream = TcpStream::connect(host).expect("somebody who listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a time-out");
    write!(stream, "GET /{target} HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// A field of an address, percent-decoded as far as it is needed here.
fn field(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').expect("a query");
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .next();
    found
        .unwrap_or_else(|| panic!("{url} has no {name}"))
        .replace("%3A", ":")
        .replace("%2F", "/")
}

/// A login by a browser that comes back with this behind its address; `{state}` stands for the state.
fn browser_login(issuer: &Issuer, back: &'static str) -> (Result<Token, Error>, String) {
    let (pages, seen) = mpsc::channel::<String>();
    let person = thread::spawn(move || {
        let page = seen.recv().expect("a page");
        let (redirect, state) = (field(&page, "redirect_uri"), field(&page, "state"));
        // Somebody else on this machine comes first, and is turned away.
        assert!(
            come_back(&format!("{redirect}/?code=stolen&state=guessed"))
                .starts_with("HTTP/1.1 400")
        );
        assert!(
            come_back(&format!("{redirect}{}", back.replace("{state}", &state)))
                .starts_with("HTTP/1.1 200")
        );
        page
    });
    let result = application(issuer, &canary()).browser_login(Some("me@example.test"), |page| {
        pages.send(page.to_owned()).expect("a person");
    });
    (result, person.join().expect("the person"))
}

#[test]
fn a_browser_brings_a_code_that_is_redeemed_with_its_verifier() {
    let token = granted(&canary(), Some(&canary()), Some(3600));
    let issuer = Issuer::start(move |_, _| Answer::ok(&token));
    let (token, page) = browser_login(&issuer, "/?code=a%2Fcode&state={state}");
    assert!(token.expect("a token").can_be_refreshed());
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "an-application"),
        ("code_challenge_method", "S256"),
        ("scope", "mail"),
        ("login_hint", "me%40example.test"),
    ] {
        assert_eq!(field(&page, name), value);
    }
    assert_eq!(field(&page, "code_challenge").len(), 43);
    let request = issuer.requests().pop().expect("a request");
    assert_eq!(request.line, "POST /token");
    assert_eq!(
        (request.field("grant_type"), request.field("code")),
        (Some("authorization_code"), Some("a%2Fcode"))
    );
    assert_eq!(request.field("code_verifier").map(str::len), Some(43));
    assert!(
        request
            .field("redirect_uri")
            .is_some_and(|uri| uri.starts_with("http%3A%2F%2F127.0.0.1%3A"))
    );
}

#[test]
fn a_refused_consent_is_told_by_the_browser() {
    let issuer = Issuer::start(|_, _| Answer::Silence);
    let (token, _) = browser_login(
        &issuer,
        "/?error=access_denied&error_description=AADSTS65004%3A+no&state={state}",
    );
    let error = token.expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(
        error.refusal().and_then(|refusal| refusal.entra_code()),
        Some(65_004)
    );
    assert!(issuer.requests().is_empty());
}

#[test]
fn a_browser_that_never_comes_back_is_not_waited_for() {
    let issuer = Issuer::start(|_, _| Answer::Silence);
    let application = application(&issuer, &canary()).patience(Duration::from_millis(100));
    let error = application.browser_login(None, |_| {}).expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::LoginTimedOut);
}

#[test]
fn device_interval_is_kept_and_slow_down_adds_to_it() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&times);
    let codes = device_codes("c", 60).replace("\"interval\":1", "\"interval\":\"2\"");
    let issuer = Issuer::start(move |number, _| {
        seen.lock().expect("no panic").push(Instant::now());
        match number {
            0 => Answer::ok(&codes),
            1 => Answer::refusal("slow_down", ""),
            _ => Answer::ok(&granted("t", None, Some(3600))),
        }
    });
    application(&issuer, &canary())
        .device_login(|_| {})
        .expect("a token");
    let times = times.lock().expect("no panic");
    let pauses: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // RFC 8628 section 3.5: each poll waits for the interval, and five seconds more after `slow_down`.
    assert!(
        pauses[0] >= Duration::from_secs(2) && pauses[1] >= Duration::from_secs(7),
        "{pauses:?}"
    );
}

#[test]
fn client_secret_goes_by_basic_or_in_the_body() {
    let secret = canary();
    // As in a form, for Basic, too (RFC 6749 section 2.3.1).
    let encoded = secret
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("an-application:{encoded}"))
    );
    let takes = |way: &'static str, basic: String, secret: String| {
        Issuer::start(move |_, request| {
            let by_basic = request.authorization.as_deref() == Some(basic.as_str());
            let in_body = request.field("client_secret") == Some(secret.as_str());
            assert!(
                !(by_basic && in_body),
                "RFC 6749 section 2.3 allows one method only"
            );
            match (way, by_basic, in_body) {
                ("basic", true, _) | ("body", _, true) => {
                    Answer::ok(&granted("t", Some("r"), Some(3600)))
                }
                _ => Answer::Json(401, r#"{"error":"invalid_client"}"#.to_owned()),
            }
        })
    };
    let cases = [
        ("basic", ClientAuth::Automatic, Some(2)),
        ("body", ClientAuth::Automatic, Some(3)),
        ("basic", ClientAuth::Basic, Some(2)),
        ("body", ClientAuth::Body, Some(2)),
        ("body", ClientAuth::Basic, None),
        ("basic", ClientAuth::Body, None),
    ];
    for (way, client_auth, requests) in cases {
        let issuer = takes(way, basic.clone(), encoded.clone());
        let application = application(&issuer, &secret).client_authentication(client_auth);
        match (application.client_credentials(), requests) {
            (Ok(token), Some(requests)) => {
                application
                    .refresh(&token)
                    .expect("a renewal, by what was learned");
                assert_eq!(issuer.requests().len(), requests, "{way}, {client_auth}");
                let last = issuer.requests().pop().expect("a request");
                assert_eq!(last.authorization.is_some(), way == "basic");
                assert_eq!(last.field("client_id").is_some(), way == "body");
            }
            (Err(error), None) => {
                assert_eq!(issuer.requests().len(), 1, "{way}, {client_auth}");
                assert_eq!(
                    error.refusal().map(|refusal| refusal.error()),
                    Some("invalid_client")
                );
                assert!(!leaks(&super::shown(&error), &secret));
            }
            (result, _) => panic!("{way}, {client_auth}: {result:?}"),
        }
    }
}

#[test]
fn issuer_may_take_one_way_for_each_grant() {
    // As Authlib does, which renews by Basic only.
    let issuer = Issuer::start(|_, request| {
        let is_renewal = request.field("grant_type") == Some("refresh_token");
        if request.authorization.is_some() == is_renewal {
            Answer::ok(&granted("t", Some("r"), Some(3600)))
        } else {
            Answer::Json(401, r#"{"error":"invalid_client"}"#.to_owned())
        }
    });
    let application = application(&issuer, &canary());
    let token = application
        .client_credentials()
        .expect("a token, with the secret in the body");
    application.refresh(&token).expect("a renewal, by Basic");
}

#[test]
fn refused_refresh_token_is_presented_once() {
    let refusals = [
        "invalid_grant",
        "invalid_request",
        "unauthorized_client",
        "invalid_scope",
        "temporarily_unavailable",
    ];
    for refusal in refusals {
        let issuer = Issuer::start(move |number, _| match number {
            0 => Answer::ok(&granted("t", Some("r"), Some(3600))),
            _ => Answer::Json(401, format!(r#"{{"error":"{refusal}"}}"#)),
        });
        let application = application(&issuer, &canary());
        let token = application.client_credentials().expect("a token");
        // As after a restart: nothing was learned of the issuer.
        let fresh = super::application(&issuer, &canary());
        assert!(fresh.refresh(&token).is_err());
        assert_eq!(issuer.requests().len(), 2, "{refusal}");
    }
}

#[test]
fn added_parameters_are_asked_for_and_override() {
    let issuer = Issuer::start(|_, _| Answer::ok(&granted("t", None, Some(3600))));
    let add = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        application(&issuer, &canary())
            .scopes(["offline_access".to_owned()])
            .parameters(Vec::from_iter(pairs))
    };
    let pages = |pairs: &[(&str, &str)]| {
        let mut shown = String::new();
        let application = add(pairs)
            .expect("parameters")
            .patience(Duration::from_millis(50));
        application
            .browser_login(Some("me"), |page| shown.push_str(page))
            .expect_err("nobody comes");
        shown
    };
    let page = pages(&[("audience", "mail")]);
    assert_eq!(
        (field(&page, "audience"), field(&page, "prompt")),
        ("mail".to_owned(), "consent".to_owned())
    );
    let page = pages(&[("prompt", "login"), ("login_hint", "you")]);
    assert_eq!(
        (field(&page, "prompt"), field(&page, "login_hint")),
        ("login".to_owned(), "you".to_owned())
    );
    assert_eq!(
        (
            page.matches("prompt=").count(),
            page.matches("login_hint=").count()
        ),
        (1, 1)
    );
    add(&[("audience", "mail")])
        .expect("parameters")
        .client_credentials()
        .expect("a token");
    assert_eq!(
        issuer
            .requests()
            .pop()
            .and_then(|request| request.field("audience").map(str::to_owned))
            .as_deref(),
        Some("mail")
    );
    for name in [
        "state",
        "redirect_uri",
        "client_id",
        "code_challenge",
        "scope",
        "",
    ] {
        assert!(add(&[(name, "x")]).is_err(), "{name}");
    }
}
