//! What is kept: who may read it, when it is renewed, and by whom.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::thread;
use std::time::Duration;

use mailwright_oauth::{
    Application, ClientAuth, ErrorKind, Flow, Login, Profile, Revoked, Secret, Store,
};
use smtp_canary::leaks;
use smtp_tests::issuer::{Answer, Issuer, Request};
use tempfile::TempDir;

use super::{application, canary, granted};

const USER: &str = "me@example.test";

/// A login as an application, whose token lives for so long.
fn kept(issuer: &Issuer) -> (TempDir, Profile) {
    let folder = tempfile::tempdir().expect("a folder");
    let login = Login::of_application(USER, application(issuer, &canary())).expect("a login");
    let profile = Store::at(folder.path().join("deep").join("tokens"))
        .profile("work")
        .expect("a name");
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
    let mode =
        |path: &std::path::Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(
        (mode(&path), mode(path.parent().expect("a folder"))),
        (0o600, 0o700)
    );
    profile.refresh().expect("a new token");
    assert_eq!(mode(&path), 0o600);
    let left: Vec<_> = fs::read_dir(path.parent().expect("a folder"))
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 2, "the file and its lock: {left:?}");

    for exposed in [0o640, 0o604, 0o660, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).expect("a mode");
        let error = profile.read().expect_err("a file that others may read");
        assert_eq!(error.kind(), ErrorKind::Exposed);
        assert!(
            error.to_string().contains(&format!("{exposed:03o}")),
            "{error}"
        );
        assert_eq!(mode(&path), exposed, "it is not put right in silence");
    }
}

#[test]
fn a_token_folder_that_others_may_write_to_is_refused() {
    let issuer = counting(Some(3600));
    let (_folder, profile) = kept(&issuer);
    let path = profile.path();
    let folder = path.parent().expect("a folder");
    let asked = issuer.requests().len();
    for exposed in [0o770, 0o702, 0o777] {
        fs::set_permissions(folder, fs::Permissions::from_mode(exposed)).expect("a mode");
        for error in [profile.read().map(drop), profile.refresh().map(drop)].map(Result::unwrap_err)
        {
            assert_eq!(error.kind(), ErrorKind::Exposed);
            assert!(
                error.to_string().contains(&format!("{exposed:03o}")),
                "{error}"
            );
        }
    }
    assert_eq!(issuer.requests().len(), asked, "nothing is spent");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("a mode");
    profile.read().expect("a folder that others may list");
}

#[test]
fn token_files_and_folders_of_another_user_are_refused() {
    const STRANGER: u32 = 54_321;
    let (_folder, profile) = kept(&counting(Some(3600)));
    let path = profile.path();
    let folder = path.parent().expect("a folder");
    let refused = |profile: &Profile| {
        let error = profile
            .read()
            .map(drop)
            .expect_err("a file of another user");
        assert!(error.to_string().contains("it belongs to user"), "{error}");
    };
    // Only root can give a file away: another user has a link to one of root's, and root's own folder.
    if chown(&path, Some(STRANGER), None).is_ok() {
        refused(&profile);
        chown(&path, Some(0), None).expect("root's again");
        chown(folder, Some(STRANGER), None).expect("given away");
        refused(&profile);
    } else {
        fs::remove_file(&path).expect("removed");
        symlink("/etc/passwd", &path).expect("a link");
        refused(&profile);
    }
}

#[test]
fn a_good_token_is_used_and_one_that_is_about_to_expire_renewed() {
    for (lives, asked) in [(Some(3600), 1), (Some(301), 1), (Some(0), 2), (None, 1)] {
        let issuer = counting(lives);
        let (_folder, profile) = kept(&issuer);
        profile.fresh().expect("a token");
        assert_eq!(
            issuer.requests().len(),
            asked,
            "a token for {lives:?} seconds"
        );
    }
}

#[test]
fn many_at_once_renew_a_token_once() {
    let issuer = Issuer::start(|number, _| {
        thread::sleep(Duration::from_millis(50));
        Answer::ok(&granted(
            &format!("token-{number}"),
            None,
            Some(if number == 0 { 0 } else { 3600 }),
        ))
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
            Err(error) => assert!(!serves && error.kind() == ErrorKind::Unavailable, "{error}"),
        }
        assert_eq!(issuer.requests().len(), 2, "it was asked");
    }
}

#[test]
fn refused_renewal_keeps_the_file() {
    let issuer = Issuer::start(|number, _| match number {
        0 => Answer::ok(&granted(&smtp_canary::canary(), None, Some(0))),
        _ => Answer::refusal("invalid_client", "AADSTS7000222: expired"),
    });
    let (_folder, profile) = kept(&issuer);
    let error = profile.credentials().expect_err("a refusal");
    assert_eq!(
        error.refusal().and_then(|refusal| refusal.entra_code()),
        Some(7_000_222)
    );
    assert_eq!(profile.read().expect("the login").user, USER);
}

#[test]
fn names_lead_nowhere_else() {
    let store = Store::at("tokens");
    for name in [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        ".hidden",
        "-x",
        "a b",
        "a\0b",
        "ä",
        &"x".repeat(65),
    ] {
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
    for damage in [
        String::new(),
        secret.clone(),
        format!("{{\"access_token\": \"{secret}\"}}"),
        "x".repeat(300_000),
    ] {
        fs::write(&path, damage).expect("written");
        let error = profile.read().expect_err("damage");
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert!(!leaks(&super::shown(&error), &secret));
    }
    profile.delete().expect("deleted");
    let error = profile.read().expect_err("nothing");
    assert_eq!(error.kind(), ErrorKind::NoProfile);
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
    let shared = profile
        .credentials_for("shared@example.test")
        .expect("credentials");
    assert_eq!(
        (shared.user(), shared.has_token()),
        ("shared@example.test", true)
    );
}

/// Logs a person in at an issuer that answers renewals with this oddity, and accepts each refresh
/// token once.
fn rotating(odd: &'static str) -> (Issuer, TempDir, Profile) {
    let issuer = Issuer::start(
        move |number, request| match request.field("refresh_token") {
            None if request.line == "POST /device" => Answer::ok(
                r#"{"device_code":"d","user_code":"AB","verification_uri":"https://x.test/","expires_in":"60","interval":"1"}"#,
            ),
            None => Answer::ok(&granted("access-0", Some("refresh-1"), Some(3600))),
            Some(spent) if spent == format!("refresh-{}", number - 1) => {
                let whole = granted(
                    &format!("access-{}", number - 1),
                    Some(&format!("refresh-{number}")),
                    Some(3600),
                );
                let (from, to) = odd.split_once("=>").unwrap_or(("", ""));
                Answer::ok(&whole.replace(from, to))
            }
            Some(_) => Answer::refusal("invalid_grant", "this refresh token was used before"),
        },
    );
    let folder = tempfile::tempdir().expect("a folder");
    let application = application(&issuer, &canary()).client_authentication(ClientAuth::Body);
    let token = application.device_login(|_| {}).expect("a token");
    let profile = Store::at(folder.path().join("tokens"))
        .profile("work")
        .expect("a name");
    profile
        .save(&Login {
            user: USER.to_owned(),
            application,
            flow: Flow::Device,
            token,
        })
        .expect("a file");
    (issuer, folder, profile)
}

#[test]
fn rotated_refresh_token_is_kept_whatever_is_odd() {
    for odd in [
        "=>",
        "3600=>\"3600\"",
        "3600=>3600.5",
        "3600=>-1",
        "\"Bearer\"=>null",
    ] {
        let (issuer, _folder, profile) = rotating(odd);
        for number in 1..=3 {
            let login = profile
                .refresh()
                .unwrap_or_else(|error| panic!("{odd}, renewal {number}: {error}"));
            assert_eq!(token(&login), format!("access-{number}"), "{odd}");
        }
        let requests = issuer.requests();
        let spent: Vec<_> = requests
            .iter()
            .filter_map(|request| request.field("refresh_token"))
            .collect();
        assert_eq!(spent, ["refresh-1", "refresh-2", "refresh-3"], "{odd}");
    }
}

#[test]
fn unusable_renewal_keeps_the_new_refresh_token() {
    for odd in ["Bearer=>DPoP", "access_token=>id_token"] {
        let (issuer, _folder, profile) = rotating(odd);
        for _ in 1..=2 {
            let error = profile
                .refresh()
                .expect_err("no token that a mail server takes");
            let kind = error.kind();
            assert!(
                matches!(kind, ErrorKind::TokenType | ErrorKind::NoAccessToken),
                "{error}"
            );
        }
        let requests = issuer.requests();
        let spent: Vec<_> = requests
            .iter()
            .filter_map(|request| request.field("refresh_token"))
            .collect();
        assert_eq!(spent, ["refresh-1", "refresh-2"], "{odd}");
        assert_eq!(token(&profile.read().expect("the login")), "access-0");
    }
}

#[test]
fn token_without_renewal_serves_to_its_end() {
    let give = |lives| {
        move |_: usize, request: &Request| match request.line.as_str() {
            "POST /device" => Answer::ok(
                r#"{"device_code":"d","user_code":"AB","verification_uri":"https://x.test/","expires_in":60,"interval":1}"#,
            ),
            _ => Answer::ok(&granted("t", None, Some(lives))),
        }
    };
    for (lives, has_expired) in [(3600, false), (0, true)] {
        let issuer = Issuer::start(give(lives));
        let folder = tempfile::tempdir().expect("a folder");
        let application = application(&issuer, &canary());
        let given = application.device_login(|_| {}).expect("a token");
        let profile = Store::at(folder.path().join("tokens"))
            .profile("work")
            .expect("a name");
        profile
            .save(&Login {
                user: USER.to_owned(),
                application,
                flow: Flow::Device,
                token: given,
            })
            .expect("a file");
        make_doubtful(&profile);
        assert_eq!(profile.fresh().is_err(), has_expired);
        let error = profile.refresh().expect_err("nothing renews it");
        assert_eq!(error.kind() == ErrorKind::Expired, has_expired, "{error}");
        assert!(error.to_string().contains("no refresh token"), "{error}");
    }
}

#[test]
fn revocation_on_loopback_needs_no_tls() {
    // Some issuers answer 204, and some 200 without a body.
    for answer in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ] {
        let issuer = Issuer::start(move |_, request| match request.line.as_str() {
            "POST /revoke" => Answer::Raw(answer.as_bytes().to_vec()),
            _ => Answer::ok(&granted("access", Some("refresh"), Some(3600))),
        });
        let endpoints = mailwright_oauth::Issuer::at(&issuer.url("/token"))
            .and_then(|known| known.revocation(&issuer.url("/revoke")))
            .expect("endpoints");
        let application = Application::new(endpoints, "an-application").timeout(super::TIMEOUT);
        let application = application
            .secret(Secret::from(canary()))
            .expect("a secret");
        let login = Login::of_application(USER, application).expect("a login");
        let folder = tempfile::tempdir().expect("a folder");
        let profile = Store::at(folder.path().join("tokens"))
            .profile("work")
            .expect("a name");
        profile.save(&login).expect("a file");
        assert_eq!(profile.revoke().expect("a revocation"), Revoked::ByIssuer);
        let requests = issuer.requests();
        let revoked = requests.iter().filter_map(|request| {
            Some((request.field("token")?, request.field("token_type_hint")?))
        });
        assert_eq!(
            Vec::from_iter(revoked),
            [("refresh", "refresh_token"), ("access", "access_token")]
        );
        let error = profile.read().expect_err("no file");
        assert_eq!(error.kind(), ErrorKind::NoProfile);
    }
}
