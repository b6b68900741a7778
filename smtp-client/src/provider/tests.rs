use super::*;

/// Every service that was asked for, and what is most characteristic of it.
const EXPECTED: [(&str, &str, u16, Security); 21] = [
    ("office365", "smtp.office365.com", 587, Security::StartTls),
    ("outlook", "smtp-mail.outlook.com", 587, Security::StartTls),
    (
        "microsoft365-hve",
        "smtp-hve.office365.com",
        587,
        Security::StartTls,
    ),
    (
        "azure-communication",
        "smtp.azurecomm.net",
        587,
        Security::StartTls,
    ),
    ("gmail", "smtp.gmail.com", 587, Security::StartTls),
    (
        "google-workspace-relay",
        "smtp-relay.gmail.com",
        587,
        Security::StartTls,
    ),
    (
        "godaddy-relay",
        "relay-hosting.secureserver.net",
        25,
        Security::None,
    ),
    (
        "godaddy",
        "smtpout.secureserver.net",
        465,
        Security::ImplicitTls,
    ),
    (
        "amazon-ses",
        "email-smtp.us-east-1.amazonaws.com",
        587,
        Security::StartTls,
    ),
    ("sendgrid", "smtp.sendgrid.net", 587, Security::StartTls),
    ("mailgun", "smtp.mailgun.org", 587, Security::StartTls),
    ("mailgun-eu", "smtp.eu.mailgun.org", 587, Security::StartTls),
    ("postmark", "smtp.postmarkapp.com", 587, Security::StartTls),
    ("brevo", "smtp-relay.brevo.com", 465, Security::ImplicitTls),
    ("yahoo", "smtp.mail.yahoo.com", 465, Security::ImplicitTls),
    ("icloud", "smtp.mail.me.com", 587, Security::StartTls),
    ("zoho", "smtp.zoho.com", 465, Security::ImplicitTls),
    ("yandex", "smtp.yandex.com", 465, Security::ImplicitTls),
    ("fastmail", "smtp.fastmail.com", 465, Security::ImplicitTls),
    ("proton", "smtp.protonmail.ch", 587, Security::StartTls),
    ("localhost", "localhost", 25, Security::None),
];

#[test]
fn every_service_is_there_with_its_server() {
    let is: Vec<_> = Provider::ALL
        .iter()
        .map(|row| (row.name, &*row.server, row.port, row.security))
        .collect();
    assert_eq!(is, EXPECTED);
}

#[test]
fn every_row_is_unique_and_complete() {
    for (i, row) in Provider::ALL.iter().enumerate() {
        let name = row.name;
        for other in &Provider::ALL[..i] {
            assert!(
                other.name != name && other.title != row.title && other.server != row.server,
                "{name}"
            );
        }
        assert!(
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        );
        assert!(
            row.source.starts_with("https://") && !row.source.contains(' '),
            "{name}"
        );
        assert!(
            row.notes.len() >= 2,
            "{name}: a login alone is seldom all there is to know"
        );
        for note in row.notes {
            assert!(
                note.ends_with('.') && !note.contains("  ") && note.is_ascii(),
                "{name}: {note}"
            );
        }
        assert!(
            row.limits != Some(ProviderLimits::default()),
            "{name}: limits without a number are none"
        );
    }
}

#[test]
fn a_login_goes_over_tls_and_by_a_mechanism_that_the_client_speaks() {
    const KNOWN: [&str; 6] = [
        "XOAUTH2",
        "OAUTHBEARER",
        "CRAM-MD5",
        "PLAIN",
        "LOGIN",
        "SCRAM-SHA-256",
    ];
    for row in Provider::ALL {
        assert!(
            row.auth.iter().all(|name| KNOWN.contains(name)),
            "{}",
            row.name
        );
        assert_eq!(
            row.auth.is_empty(),
            row.security == Security::None,
            "{}",
            row.name
        );
        assert_eq!(
            row.auth.is_empty(),
            row.mechanisms().is_empty(),
            "{}",
            row.name
        );
        let takes_tokens = row
            .auth
            .iter()
            .any(|name| ["XOAUTH2", "OAUTHBEARER"].contains(name));
        assert_eq!(takes_tokens, row.oauth.is_some(), "{}", row.name);
    }
}

#[test]
fn a_name_is_found_in_any_case() {
    assert_eq!(Provider::named("Office365").as_ref(), Ok(&Provider::ALL[0]));
}

#[test]
fn a_region_takes_its_place_in_the_server() {
    let provider = Provider::named("amazon-ses:EU-west-1").unwrap();
    assert_eq!(provider.server, "email-smtp.eu-west-1.amazonaws.com");
    assert_eq!(
        (provider.name, provider.region.as_deref()),
        ("amazon-ses", Some("eu-west-1"))
    );
    assert_eq!(
        provider.clone().in_region("us-east-1").as_ref(),
        Provider::named("amazon-ses").as_ref()
    );
    for row in Provider::ALL {
        let Some(region) = &row.region else { continue };
        assert_eq!(row.server.matches(&**region).count(), 1, "{}", row.name);
    }
}

#[test]
fn what_is_no_region_is_refused() {
    for region in ["", "a.b", "a/b", "a b", "a\r\n", "é", &"a".repeat(64)] {
        let error = Provider::named(&format!("amazon-ses:{region}")).unwrap_err();
        assert!(
            matches!(error, UnknownProvider::Region { .. }),
            "{region:?}"
        );
    }
    assert_eq!(
        Provider::named("gmail:eu"),
        Err(UnknownProvider::NoRegions { name: "gmail" })
    );
}

#[test]
fn an_unknown_name_is_told_with_those_that_come_near() {
    let cases = [
        ("gmial", "gmail"),
        ("o365", "office365"),
        ("outlook.com", "outlook"),
        ("ses", "amazon-ses"),
        ("GODADDY_RELAY", "godaddy-relay"),
    ];
    for (wanted, expected) in cases {
        let Err(UnknownProvider::Name { near, .. }) = Provider::named(wanted) else {
            panic!("{wanted} is known")
        };
        assert_eq!(near.first(), Some(&expected), "{wanted}");
        assert!(near.len() <= MAX_NEAR);
    }
}

#[test]
fn a_name_that_is_near_to_none_is_told_with_all() {
    let told = Provider::named("xx").unwrap_err().to_string();
    assert!(
        Provider::ALL
            .iter()
            .all(|provider| told.contains(provider.name)),
        "{told}"
    );
}

#[test]
fn a_client_of_a_preset_has_its_settings() {
    let options = Provider::named("office365").unwrap().builder().options;
    assert_eq!(
        (options.host.as_str(), options.port, options.security),
        ("smtp.office365.com", 587, Security::StartTls)
    );
    assert_eq!(
        options.mechanisms,
        Some(vec![Mechanism::XOAuth2, Mechanism::Login])
    );
    assert_eq!(
        Provider::named("godaddy-relay")
            .unwrap()
            .builder()
            .options
            .mechanisms,
        None
    );
}
