//! What is kept: who may read it, when it is renewed, and by whom.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use smtp_canary::leaks;
use smtp_client::Cause;
use smtp_client::oauth::{Login, Profile, Store};
use smtp_tests::issuer::{Answer, Issuer};
use tempfile::TempDir;

use super::{application, canary, granted};

const USER: &str = "me@example.test";

/// A login as an application, whose token lives for so long.
fn kept(issuer: &Issuer) -> (TempDir, Profile) {
    let folder = tempfile::tempdir().expect("a folder");
    let login = Login::of_application(USER, application(issuer, &canary())).expect("a login");
    let profile = Store::at(folder.path().join("deep").join("tokens")).profile("work").expect("a name");
    profile.save(&login).expect("a file");
    (folder, profile)
}

/// Gives out tokens that live for so long; the number in each is that of the request.
fn counting(lives: Option<u64>) -> Issuer {
    Issuer::start(move |number, _| Answer::ok(&granted(&format!("token-{number}"), None, lives)))
}

fn token(login: &Login) -> String {
    String::from_utf8_lossy(login.token.access().expose()).into_owned()
}

#[test]
fn a_file_is_its_owners_alone_and_is_not_read_otherwise() {
    let issuer = counting(Some(3600));
    let (_folder, profile) = kept(&issuer);
    let path = profile.path();
    let mode = |path: &std::path::Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
    profile.refresh().expect("a new token");
    assert_eq!(mode(&path), 0o600);
    let left: Vec<_> = fs::read_dir(path.parent().expect("a folder")).expect("a folder").collect();
    assert_eq!(left.len(), 2, "the file and its lock: {left:?}");

    for exposed in [0o640, 0o604, 0o660, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).expect("a mode");
        let error = profile.read().expect_err("a file that others may read");
        assert_eq!(error.summary(), "Others may read the file with the tokens.");
        assert!(error.to_string().contains(&format!("{exposed:03o}")), "{error}");
        assert!(error.fix()[0].contains("chmod 600"), "{error}");
        assert_eq!(mode(&path), exposed, "it is not put right in silence");
    }
}

#[test]
fn a_good_token_is_used_and_one_that_is_about_to_expire_renewed() {
    for (lives, asked) in [(Some(3600), 1), (Some(301), 1), (Some(0), 2), (None, 1)] {
        let issuer = counting(lives);
        let (_folder, profile) = kept(&issuer);
        profile.fresh().expect("a token");
        assert_eq!(issuer.requests().len(), asked, "a token for {lives:?} seconds");
    }
}

#[test]
fn many_at_once_renew_a_token_once() {
    let issuer = Issuer::start(|number, _| {
        thread::sleep(Duration::from_millis(50));
        Answer::ok(&granted(&format!("token-{number}"), None, Some(if number == 0 { 0 } else { 3600 })))
    });
    let (_folder, profile) = kept(&issuer);
    let all: Vec<_> = (0..8)
        .map(|_| {
            let profile = profile.clone();
            thread::spawn(move || token(&profile.fresh().expect("a token")))
        })
        .collect();
    for one in all {
        assert_eq!(one.join().expect("a thread"), "token-1");
    }
    assert_eq!(issuer.requests().len(), 2, "the login, and one renewal");
}

/// As if this machine's clock had been set back since: the token is doubtful, and not over.
fn make_doubtful(profile: &Profile) {
    let text = fs::read_to_string(profile.path()).expect("a file");
    let mut file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    file["obtained"] = (file["obtained"].as_u64().expect("a time") + 1000).into();
    fs::write(profile.path(), file.to_string()).expect("written");
}

#[test]
fn a_token_that_is_not_over_yet_serves_while_the_issuer_is_silent_and_one_that_is_does_not() {
    for (lives, serves) in [(3600, true), (0, false)] {
        let kept_token = smtp_canary::canary();
        let given = kept_token.clone();
        let issuer = Issuer::start(move |number, _| match number {
            0 => Answer::ok(&granted(&given, None, Some(lives))),
            _ => Answer::Json(503, String::new()),
        });
        let (_folder, profile) = kept(&issuer);
        make_doubtful(&profile);
        match profile.fresh() {
            Ok(login) => assert!(serves && token(&login) == kept_token),
            Err(error) => assert!(!serves && error.cause() == Cause::TemporaryServerFailure, "{error}"),
        }
        assert_eq!(issuer.requests().len(), 2, "it was asked");
    }
}

#[test]
fn a_refused_renewal_keeps_the_file_and_says_what_to_do() {
    let issuer = Issuer::start(|number, _| match number {
        0 => Answer::ok(&granted(&smtp_canary::canary(), None, Some(0))),
        _ => Answer::refusal("invalid_client", "AADSTS7000222: expired"),
    });
    let (_folder, profile) = kept(&issuer);
    let error = profile.credentials().expect_err("a refusal");
    assert_eq!(error.cause(), Cause::OauthTokenRejected);
    assert!(error.fix()[0].contains("new client secret"), "{:?}", error.fix());
    assert_eq!(profile.read().expect("the login").user, USER);
}

#[test]
fn names_lead_nowhere_else() {
    let store = Store::at("tokens");
    for name in ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "-x", "a b", "a\0b", "ä", &"x".repeat(65)] {
        assert!(store.profile(name).is_err(), "{name:?}");
    }
    for name in ["work", "me@example.test", "a.b-c_d+e", "0"] {
        assert_eq!(
            store.profile(name).expect(name).path(),
            std::path::Path::new("tokens").join(format!("{name}.json"))
        );
    }
}

#[test]
fn what_is_not_there_or_damaged_is_told_without_a_word_of_it() {
    let issuer = counting(Some(3600));
    let (_folder, profile) = kept(&issuer);
    let path = profile.path();
    let secret = canary();
    for damage in [String::new(), secret.clone(), format!("{{\"access_token\": \"{secret}\"}}"), "x".repeat(300_000)] {
        fs::write(&path, damage).expect("written");
        let error = profile.read().expect_err("damage");
        assert_eq!(error.summary(), "The file with the tokens is damaged.");
        assert!(!leaks(&super::shown(&error), &secret));
    }
    profile.delete().expect("deleted");
    let error = profile.read().expect_err("nothing");
    assert!(error.is_no_profile());
    assert_eq!(error.cause(), Cause::OauthTokenRejected);
    assert!(error.fix()[0].contains("smtp token login"), "{:?}", error.fix());
}

#[test]
fn the_place_of_a_token_is_there_before_the_refresh_token_is_spent() {
    let issuer = counting(Some(0));
    let (_folder, profile) = kept(&issuer);
    let folder = profile.path().parent().expect("a folder").to_owned();
    // Root may write everywhere: a folder that is gone has no place either.
    let lock = fs::read_dir(&folder).expect("a folder").count();
    assert_eq!(lock, 2);
    fs::remove_dir_all(&folder).expect("removed");
    fs::write(&folder, "not a folder").expect("written");
    assert!(profile.refresh().is_err());
    assert_eq!(issuer.requests().len(), 1, "only the login");
}

#[test]
fn a_login_for_another_user_carries_the_same_token() {
    let issuer = counting(Some(3600));
    let (_folder, profile) = kept(&issuer);
    assert_eq!(profile.credentials().expect("credentials").user(), USER);
    let shared = profile.credentials_for("shared@example.test").expect("credentials");
    assert_eq!((shared.user(), shared.has_token()), ("shared@example.test", true));
}
