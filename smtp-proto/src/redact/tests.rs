use std::format;

use super::*;

/// Its forms are written out below, and so it is no random one.
fn redactor(secret: &[u8]) -> Redactor {
    if secret.len() >= smtp_canary::LEAST {
        smtp_canary::register(secret);
    }
    Redactor::new(
        &Credentials::password("user@example.test", Secret::from(secret.to_vec())).unwrap(),
    )
}

#[test]
fn a_secret_is_found_in_every_form_that_a_server_may_repeat() {
    let secret = "c4nary/p+ss wörd%";
    let redactor = redactor(secret.as_bytes());
    let plain = STANDARD.encode(format!("\0user@example.test\0{secret}"));
    let forms = [
        secret.to_owned(),
        STANDARD.encode(secret),
        STANDARD.encode(format!("x{secret}")),
        STANDARD.encode(format!("xy{secret}z")),
        plain,
        "c4nary%2Fp%2Bss%20w%C3%B6rd%25".to_owned(),
    ];
    for form in forms {
        let shown = redactor.redact(&form).into_owned();
        assert!(shown.contains(REDACTED), "{form} is shown as {shown}");
        // At most two characters at each end depend on what stands around.
        let left: usize = shown.replace(REDACTED, "").len();
        assert!(
            left <= form.len() - secret.len() + 2,
            "{form} is shown as {shown}"
        );
    }
}

#[test]
fn a_long_secret_is_found_where_it_is_cut_off_or_spelled_otherwise() {
    let redactor = redactor(b"ya29.a0AfH6SMBx/yz-0123456789");
    for echo in [
        "unrecognized: ya29.a0AfH6SMB\u{2026}",
        "unrecognized: YA29.A0AFH6SMBX/YZ-0123456789",
        "unrecognized: eWEyOS5hMEFmSDZTTUJ4",
        "{\"token\":\"ya29.a0AfH6SMBx\\/yz-0123456789\"}",
    ] {
        let shown = redactor.redact(echo).into_owned();
        assert!(
            shown.contains(REDACTED) && !shown.contains("H6SM") && !shown.contains("0123"),
            "{shown}"
        );
    }
    assert_eq!(redactor.redact_cut("535 no: ya29.a0"), "535 no: [redacted]");
    assert_eq!(redactor.redact_cut("535 no"), "535 no");
}

#[test]
fn bytes_that_are_no_text_are_found_as_they_are_shown() {
    let shown = redactor(b"\xff\x01abc")
        .redact("said \\xff\\x01abc")
        .into_owned();
    assert_eq!(shown, "said [redacted]");
}

#[test]
fn other_text_is_left_alone() {
    let text = "535 5.7.8 authentication failed";
    assert!(matches!(
        redactor(b"hunter2").redact(text),
        Cow::Borrowed(_)
    ));
    assert!(matches!(Redactor::default().redact(text), Cow::Borrowed(_)));
}

#[test]
fn short_secret_is_found_at_every_base64_alignment() {
    let redactor = redactor(b"hunter2");
    for before in ["", "x", "xy", "xyz"] {
        for after in ["", "z", "zz"] {
            let encoded = STANDARD.encode(format!("{before}hunter2{after}"));
            assert!(
                redactor.redact(&encoded).contains(REDACTED),
                "{before}, {after}: {encoded}"
            );
        }
    }
    assert_eq!(format!("{redactor:?}"), "Redactor");
}

#[test]
fn long_secret_in_base64_is_redacted_to_its_end() {
    let secret = "correct horse battery staple";
    let redactor = redactor(secret.as_bytes());
    for before in ["", "x", "xy", "xyz"] {
        let shown = redactor
            .redact(&STANDARD.encode(format!("{before}{secret}")))
            .replace(REDACTED, "");
        // Besides what stands before it: a character at its start, one at its end, and the padding.
        assert!(
            shown.trim_end_matches('=').len() <= before.len() * 4 / 3 + 2,
            "{before}: {shown}"
        );
    }
}
