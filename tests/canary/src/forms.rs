//! The forms in which a secret may show up.

use base64::Engine;
use base64::prelude::{
    BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD,
};

/// Octets of a secret from which on none of its forms is found by accident.
pub const LEAST: usize = 12;

/// Each form with its name; some may be the same.
pub(crate) fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    // What is searched has no white space either.
    let dense: Vec<u8> = secret
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let mut forms = vec![("raw", dense)];
    // Encoders differ in what they let stand: RFC 3986 section 2.3 lists the marks, a path has slashes too.
    for kept in [Some("-._~"), Some("-._~/"), None] {
        let upper = percent_encoded(secret, kept);
        forms.push(("percent-encoded", upper.to_lowercase().into_bytes()));
        forms.push(("percent-encoded", upper.into_bytes()));
    }
    // JSON may write a solidus so.
    forms.push((
        "raw",
        String::from_utf8_lossy(secret)
            .replace('/', "\\/")
            .into_bytes(),
    ));
    forms.push(("base64", BASE64_STANDARD_NO_PAD.encode(secret).into_bytes()));
    forms.push(("base64", BASE64_URL_SAFE_NO_PAD.encode(secret).into_bytes()));
    // Base64 works by groups of three octets: whatever stands before the secret, the groups that lie wholly within it
    // begin at its first, second or third octet.
    for start in 0..3 {
        let rest = secret.get(start..).unwrap_or_default();
        let groups = &rest[..rest.len() / 3 * 3];
        forms.push(("base64", BASE64_STANDARD.encode(groups).into_bytes()));
        forms.push(("base64", BASE64_URL_SAFE.encode(groups).into_bytes()));
    }
    forms
}

/// Letters, digits and the marks that are kept stand for themselves; without marks to keep nothing does.
fn percent_encoded(secret: &[u8], kept: Option<&str>) -> String {
    let stands = |byte: u8| {
        kept.is_some_and(|kept| byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte))
    };
    let encoded = |&byte: &u8| match stands(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    secret.iter().map(encoded).collect()
}
