//! Keeping a secret out of what is shown, in every form that a server may repeat it.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use smtp_proto::{Credentials, Escaped, Reply};
use zeroize::Zeroizing;

const REDACTED: &str = "[redacted]";

/// Shorter runs of base64 would be found in any text.
const LEAST_BASE64: usize = 4;

/// Replaces a password or token by `[redacted]`: raw, escaped, percent-encoded, and in base64 also as a part of
/// something longer, such as the response of AUTH PLAIN.
///
/// ```
/// use smtp_client::{Credentials, Redactor, Secret};
/// let credentials = Credentials::password("user", Secret::from(String::from("hunter2")))?;
/// let redactor = Redactor::new(&credentials);
/// assert_eq!(redactor.redact("535 not hunter2"), "535 not [redacted]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Redactor {
    /// The longest first, so that no part of one is left where another was cut out.
    forms: Arc<Vec<Zeroizing<String>>>,
}

impl Redactor {
    /// A redactor of the secret in these credentials. The default one redacts nothing.
    pub fn new(credentials: &Credentials) -> Self {
        let secret = credentials.secret().expose();
        let mut forms = base64_forms(secret);
        forms.push(Zeroizing::new(Escaped(secret).to_string()));
        forms.push(Zeroizing::new(String::from_utf8_lossy(secret).into_owned()));
        forms.push(percent_encoded(secret));
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms: Arc::new(forms) }
    }

    /// The text without the secret.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for form in self.forms.iter() {
            if text.contains(form.as_str()) {
                text = Cow::Owned(text.replace(form.as_str(), REDACTED));
            }
        }
        text
    }
}

impl Redactor {
    /// A reply without the secret. Where it is not in it, the reply is the same to the byte.
    pub(crate) fn redact_reply(&self, reply: Reply) -> Reply {
        if self.forms.is_empty() || !reply.lines().any(|line| self.is_in(line)) {
            return reply;
        }
        let code = reply.code();
        let lines: Vec<_> = reply.lines().map(|line| Escaped(line).to_string()).collect();
        let mut raw = String::new();
        for (i, line) in lines.iter().enumerate() {
            let separator = if i + 1 == lines.len() { ' ' } else { '-' };
            raw.push_str(&format!("{code}{separator}{}\r\n", self.redact(line)));
        }
        // Only a line that grew beyond the limit of the core is not taken back.
        Reply::parse(raw.as_bytes())
            .or_else(|_| Reply::parse(format!("{code} {REDACTED}\r\n").as_bytes()))
            .unwrap_or(reply)
    }

    fn is_in(&self, line: &[u8]) -> bool {
        let shown = Escaped(line).to_string();
        self.forms.iter().any(|form| shown.contains(form.as_str()))
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

/// The secret in base64 behind none, one and two other octets: what of it does not depend on those around it.
fn base64_forms(secret: &[u8]) -> Vec<Zeroizing<String>> {
    let mut forms = vec![Zeroizing::new(STANDARD.encode(secret))];
    for before in 0..3 {
        let octets = Zeroizing::new([&[0; 2][..before], secret].concat());
        let encoded = Zeroizing::new(STANDARD.encode(octets.as_slice()));
        let first = (before * 8).div_ceil(6);
        let last = octets.len() * 8 / 6;
        let form = encoded.get(first..last).unwrap_or_default();
        if form.len() >= LEAST_BASE64 {
            forms.push(Zeroizing::new(form.to_owned()));
        }
    }
    forms
}

fn percent_encoded(secret: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for &byte in secret {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use smtp_proto::Secret;

    fn redactor(secret: &[u8]) -> Redactor {
        Redactor::new(&Credentials::password("user@example.test", Secret::from(secret.to_vec())).unwrap())
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
            assert!(left <= form.len() - secret.len() + 2, "{form} is shown as {shown}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_found_as_they_are_shown() {
        let shown = redactor(b"\xff\x01abc").redact("said \\xff\\x01abc").into_owned();
        assert_eq!(shown, "said [redacted]");
    }

    #[test]
    fn a_reply_that_repeats_the_secret_is_kept_without_it() {
        let reply = Reply::parse(b"535-\xfc not hunter2\r\n535 5.7.8 aHVudGVyMg==\r\n").unwrap();
        let clean = redactor(b"hunter2").redact_reply(reply.clone());
        assert_eq!(clean.to_string(), "535 \\xfc not [redacted] 5.7.8 [redacted]");
        assert_eq!(redactor(b"other").redact_reply(reply.clone()), reply);
        let long = format!("535 {}\r\n", "hunter2".repeat(290));
        let clean = redactor(b"hunter2").redact_reply(Reply::parse(long.as_bytes()).unwrap());
        assert_eq!(clean.to_string(), "535 [redacted]");
    }

    #[test]
    fn other_text_is_left_alone() {
        let text = "535 5.7.8 authentication failed";
        assert!(matches!(redactor(b"hunter2").redact(text), Cow::Borrowed(_)));
        assert!(matches!(Redactor::default().redact(text), Cow::Borrowed(_)));
    }
}
