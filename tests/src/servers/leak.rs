//! Looks for secrets where none may be.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

/// Whether `text` holds `secret`: as it is, or in base64 at any alignment, folded or not.
pub fn leaks(text: &str, secret: &str) -> bool {
    let text: String = text.split_whitespace().collect();
    forms(secret).iter().any(|form| text.contains(form))
}

/// Base64 works by groups of three octets: whatever stands before the secret, the groups that lie
/// wholly within it begin at its first, second or third octet.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    for start in 0..3 {
        let rest = secret.as_bytes().get(start..).unwrap_or_default();
        let groups = &rest[..rest.len() / 3 * 3];
        assert!(groups.len() >= 6, "a canary is longer than that");
        forms.push(BASE64_STANDARD.encode(groups));
        forms.push(BASE64_URL_SAFE.encode(groups));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_seen_at_every_alignment() {
        let secret = "canary-in-a-mine";
        for before in ["", "u", "us", "use", "user"] {
            let text = BASE64_STANDARD.encode(format!("{before}\0{secret}\0and more"));
            assert!(leaks(&format!("C: AUTH PLAIN {text}"), secret), "after {before:?}");
        }
        assert!(leaks("the password is canary-in-a-mine.", secret));
        assert!(!leaks("AUTH PLAIN [redacted]", secret));
    }
}
