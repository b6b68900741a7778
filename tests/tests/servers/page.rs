//! The page of a report, opened in a browser: what it shows, on a desk and on a phone, in the light and in the dark.

mod samples;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use smtp_tests::browser::{Browser, Screen};
use smtp_tests::dns::{DnsServer, World};
use smtp_tests::servers::program;
use smtp_tests::tables::Tables;

use samples::{blocked, hostile, usable};

const PHONE: u32 = 360;
const DESK: u32 = 1280;

/// Where pictures of the pages are left, for whoever wants to look at them.
const PICTURES: &str = "SMTP_TEST_PICTURES";

#[test]
fn a_page_is_readable_on_every_screen_and_asks_nobody_for_anything() {
    let mut browser = Browser::start();
    for (name, page) in [
        ("usable", usable()),
        ("blocked", blocked()),
        ("hostile", hostile()),
    ] {
        let html = page.render();
        for (width, dark) in [(PHONE, false), (PHONE, true), (DESK, false), (DESK, true)] {
            let seen = browser.look(&html, Screen { width, dark });
            let place = format!("{name}, {width} pixels, dark: {dark}");
            assert_eq!(seen.requests, Vec::<String>::new(), "{place}");
            assert_eq!(seen.errors, Vec::<String>::new(), "{place}");
            assert_eq!(seen.over, 0, "{place}: it has to be scrolled sideways");
            assert_eq!(seen.faint, Vec::<String>::new(), "{place}");
            assert_eq!(seen.misplaced, Vec::<String>::new(), "{place}");
            if let Some(folder) = env::var_os(PICTURES) {
                let file = format!("{name}-{width}-{}.png", if dark { "dark" } else { "light" });
                fs::write(Path::new(&folder).join(file), browser.picture()).expect("a picture");
            }
        }
    }
}

#[test]
fn the_page_shows_the_verdict_each_step_and_the_sender() {
    let mut browser = Browser::start();
    let page = usable();
    browser.look(
        &page.render(),
        Screen {
            width: PHONE,
            dark: false,
        },
    );
    let texts = |browser: &mut Browser, selector: &str| {
        browser.evaluate(&format!(
            "[...document.querySelectorAll({selector:?})].map(e => e.textContent.trim())"
        ))
    };
    assert_eq!(texts(&mut browser, "h1"), json!([page.verdict.summary]));
    assert_eq!(texts(&mut browser, "#cause"), json!(["✓ ok"]));
    assert_eq!(
        texts(&mut browser, "#use dd"),
        json!(["smtp.office365.com", "587", "STARTTLS", "XOAUTH2"])
    );
    for (index, port) in page.ports.iter().enumerate() {
        let names = texts(&mut browser, &format!("#p{index} svg .name"));
        let names: Vec<&str> = names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            .collect();
        assert_eq!(
            names.len(),
            port.steps.len(),
            "the picture of {}",
            port.port
        );
        assert!(
            names
                .iter()
                .zip(&port.steps)
                .all(|(name, step)| name.starts_with(&step.name)),
            "{names:?}"
        );
        let bars = browser.evaluate(&format!(
            "document.querySelectorAll('#p{index} svg rect').length"
        ));
        assert_eq!(bars, json!(port.steps.len()));
        let rows = browser.evaluate(&format!(
            "document.querySelectorAll('#p{index} tbody tr').length"
        ));
        assert_eq!(rows, json!(port.steps.len()), "the table of {}", port.port);
        let lines = texts(&mut browser, &format!("#p{index} .dialogue li code"));
        let said: Vec<&str> = port
            .dialogue
            .iter()
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(lines, json!(said), "the dialogue of {}", port.port);
        assert_eq!(
            texts(&mut browser, &format!("#p{index} svg title"))
                .as_array()
                .map(Vec::len),
            Some(1)
        );
    }
    assert_eq!(
        texts(&mut browser, "#sender .publish dd"),
        json!(["_dmarc.example.test", "TXT", "v=DMARC1; p=none"])
    );
    assert_eq!(
        browser.evaluate("document.querySelectorAll('script, img, link, iframe, object').length"),
        json!(0)
    );
}

#[test]
fn what_a_server_says_stays_a_text() {
    let mut browser = Browser::start();
    let page = hostile();
    let seen = browser.look(
        &page.render(),
        Screen {
            width: DESK,
            dark: false,
        },
    );
    assert_eq!(seen.errors, Vec::<String>::new());
    assert_eq!(
        browser.evaluate(
            "window.stolen === undefined && document.querySelectorAll('script, img').length"
        ),
        json!(0)
    );
    let greeting = browser.evaluate("document.querySelector('#p0 h4 + p code').textContent");
    assert!(
        greeting
            .as_str()
            .is_some_and(|text| text.starts_with("220 </script><script>window.stolen=1")),
        "{greeting}"
    );
}

#[test]
fn the_command_writes_a_page_of_a_server_that_wants_to_be_more_than_text() {
    let dns = DnsServer::start(World::parse(
        "mail.example.test. A 127.0.0.1\nexample.test. MX 0 mail.example.test.\nexample.test. TXT \"v=spf1 +all\"",
    ));
    let server = one_session(|line| match line {
        "greeting" => "220 </script><script>window.stolen=1</script>".into(),
        line if line.starts_with("EHLO") => {
            let offer = "<img src=http://127.0.0.1:9/ onerror=stolen=1>";
            format!("250-mail.example.test {offer}\r\n250 {offer}")
        }
        _ => "221 Bye".into(),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.html");
    let output = Command::new(program())
        .args([
            "check",
            "--security",
            "none",
            "--from",
            "me@example.test",
            "--json",
            "--server",
        ])
        .args([
            &format!("mail.example.test:{}", server.address().port()),
            "--resolver",
            &dns.address().to_string(),
            "--html",
        ])
        .arg(&file)
        .output()
        .expect("the command starts");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert_eq!(told["sender"]["domain"], "example.test");
    assert_eq!(told["sender"]["worst"], "problem");
    let findings = told["sender"]["findings"].as_array().expect("findings");
    let codes: Vec<&str> = findings
        .iter()
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    assert!(
        codes.contains(&"spf-all-pass") && codes.contains(&"dmarc-missing"),
        "{codes:?}"
    );

    let html = fs::read_to_string(&file).expect("the page");
    let mut browser = Browser::start();
    let seen = browser.look(
        &html,
        Screen {
            width: PHONE,
            dark: true,
        },
    );
    let nothing: [Vec<String>; 4] = Default::default();
    assert_eq!(
        [seen.requests, seen.errors, seen.faint, seen.misplaced],
        nothing
    );
    assert_eq!(seen.over, 0);
    let stolen = "window.stolen === undefined && document.querySelectorAll('script, img').length";
    assert_eq!(browser.evaluate(stolen), json!(0));
    assert_eq!(
        browser.evaluate("document.querySelector('h1').textContent"),
        told["verdict"]["summary"]
    );
    let steps = browser.evaluate(
        "[...document.querySelectorAll('#p0 svg .name')].map(e => e.textContent.split(' ')[0])",
    );
    for step in ["DNS", "Connect", "Greeting", "EHLO"] {
        assert!(
            steps
                .as_array()
                .is_some_and(|steps| steps.contains(&json!(step))),
            "{step}: {steps}"
        );
    }
    assert_eq!(
        browser.evaluate("document.querySelectorAll('#sender .finding').length"),
        json!(codes.len())
    );
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn a_password_that_the_server_repeats_is_not_on_the_page() {
    let password = smtp_canary::canary();
    let server = one_session(|line| match line {
        "greeting" => "220 mail.example.test".into(),
        line if line.starts_with("EHLO") => "250-mail.example.test\r\n250 AUTH PLAIN".into(),
        line if line.starts_with("AUTH") => {
            let told = line
                .rsplit(' ')
                .next()
                .and_then(|text| STANDARD.decode(text).ok())
                .unwrap_or_default();
            format!(
                "535 5.7.8 {line} means {}",
                String::from_utf8_lossy(&told).replace('\0', " ")
            )
        }
        _ => "221 Bye".into(),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let (file, secret) = (
        folder.path().join("report.html"),
        folder.path().join("password"),
    );
    fs::write(&secret, &password).expect("the password's file");
    let output = Command::new(program())
        .args([
            "check",
            "--json",
            "--security",
            "none",
            "--dangerous-plaintext-auth",
            "--user",
            "me",
            "--server",
        ])
        .arg(server.address().to_string())
        .args([
            Path::new("--password-file"),
            &secret,
            Path::new("--html"),
            &file,
        ])
        .output()
        .expect("the command starts");
    assert_eq!(
        output.status.code(),
        Some(77),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let html = fs::read_to_string(&file).expect("the page");
    assert!(
        html.contains("535 5.7.8 AUTH PLAIN [redacted] means  me [redacted]"),
        "the reply is not there"
    );
    assert!(
        !smtp_canary::leaks(&html, &password),
        "the password is there"
    );
}

#[test]
fn a_place_where_no_page_can_be_written_is_told_before_anything_is_tried() {
    let missing = Path::new("/nowhere/at/all/report.html");
    for (option, value, status) in [
        ("--html", missing, 64),
        ("--from", Path::new("not an address"), 65),
    ] {
        let output = Command::new(program())
            .args(["check", "--json", "--server", "127.0.0.1:9", option])
            .arg(value)
            .output()
            .expect("the command starts");
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(output.status.code(), Some(status), "{told}");
        assert_eq!(told["ports"], json!([]));
        assert!(
            told["verdict"]["summary"]
                .as_str()
                .is_some_and(|text| text.contains(option)),
            "{told}"
        );
    }
}

/// A server for one session.
fn one_session(mut answer: impl FnMut(&str) -> String + Send + 'static) -> Tables {
    Tables::answering([move |line: &str| Some(answer(line).into())])
}

/// What the tests above look for is found where it is planted.
#[test]
fn the_browser_sees_what_is_wrong_with_a_page() {
    let mut browser = Browser::start();
    let planted = "<!doctype html><meta name=viewport content='width=device-width'><body style='margin:0'><div style='width:500px'>wide</div>\
                   <p style='color:#999'>faint</p><img src='http://127.0.0.1:9/picture'>\
                   <svg width='100' height='20'><text x='90' y='12'>over the edge</text><text x='92' y='12'>over it</text>\
                   <text class='name' x='0' y='12'>name</text><rect x='1' width='5' height='9'></rect></svg>\
                   <script>console.error('told'); undefinedFunction()</script>";
    let seen = browser.look(
        planted,
        Screen {
            width: PHONE,
            dark: false,
        },
    );
    assert_eq!(seen.requests, ["http://127.0.0.1:9/picture"]);
    assert!(
        seen.errors
            .iter()
            .any(|error| error.contains("undefinedFunction")),
        "{:?}",
        seen.errors
    );
    assert!(
        seen.errors.iter().any(|error| error.contains("told")),
        "{:?}",
        seen.errors
    );
    assert!(seen.over >= 140, "{}", seen.over);
    assert!(
        seen.faint.iter().any(|text| text.contains("faint")),
        "{:?}",
        seen.faint
    );
    for kind in ["over the edge", "one over another", "under a bar"] {
        assert!(
            seen.misplaced.iter().any(|found| found.starts_with(kind)),
            "{kind}: {:?}",
            seen.misplaced
        );
    }
}
