//! Keeping a secret out of what is shown, in every form in which a server may repeat it.

#[cfg(test)]
mod tests;

use alloc::borrow::{Cow, ToOwned};
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::auth::Credentials;
use crate::reply::Escaped;
use crate::secret::Secret;

const REDACTED: &str = "[redacted]";

/// Shorter runs of base64 would be found in any text.
const LEAST_BASE64: usize = 4;

/// From this length on a form is found also where letters have another case, or base64 has its other alphabet.
const LOOSE: usize = 8;

/// From this length on a form is found also where a server cut it off, by so many of its first characters.
const LONG: usize = 16;
const LEAST_OF_LONG: usize = 12;

/// Replaces a password or token by `[redacted]`: raw, escaped, percent-encoded, and in base64 also as a part of
/// something longer, such as the response of AUTH PLAIN. Of a long secret its first part alone is enough.
///
/// ```
/// use mailwright_proto::{Redactor, Secret, auth::Credentials};
/// let credentials = Credentials::password("user", Secret::from(String::from("hunter2")))?;
/// let redactor = Redactor::new(&credentials);
/// assert_eq!(redactor.redact("535 not hunter2"), "535 not [redacted]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Redactor {
    forms: Arc<Vec<Zeroizing<String>>>,
}

impl Redactor {
    /// Returns a redactor of the secrets in these credentials. The default one redacts nothing.
    pub fn new(credentials: &Credentials) -> Self {
        let secrets = || credentials.secrets().map(Secret::expose);
        let plain = secrets().map(|secret| {
            let plain =
                Zeroizing::new([b"\0", credentials.user().as_bytes(), b"\0", secret].concat());
            Zeroizing::new(STANDARD.encode(plain.as_slice()))
        });
        Self {
            forms: Arc::new(secrets().flat_map(forms).chain(plain).collect()),
        }
    }

    /// Returns a redactor of secrets that are no credentials for SMTP. Empty ones are left out.
    ///
    /// ```
    /// use mailwright_proto::Redactor;
    /// let redactor = Redactor::of_secrets([b"refresh-token".as_slice()]);
    /// assert_eq!(redactor.redact("no refresh-token"), "no [redacted]");
    /// ```
    pub fn of_secrets<'s>(secrets: impl IntoIterator<Item = &'s [u8]>) -> Self {
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
        Self {
            forms: Arc::new(secrets.flat_map(forms).collect()),
        }
    }

    /// Returns the text without the secret.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut clean = String::new();
        let mut copied = 0;
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            match self.length_at(rest) {
                0 => at = at.saturating_add(rest.chars().next().map_or(1, char::len_utf8)),
                length => {
                    clean.push_str(text.get(copied..at).unwrap_or_default());
                    clean.push_str(REDACTED);
                    at = at.saturating_add(length);
                    copied = at;
                }
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        clean.push_str(text.get(copied..).unwrap_or_default());
        Cow::Owned(clean)
    }

    /// Returns the text without the secret. The text was cut off, and may end within the secret.
    pub fn redact_cut<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let ends = text.char_indices().map(|(at, _)| at);
        let cut = ends.filter(|&at| {
            let end = text.get(at..).unwrap_or_default();
            end.len() >= LEAST_BASE64
                && self.forms.iter().any(|form| common(form, end) == end.len())
        });
        let Some(at) = cut.min() else {
            return self.redact(text);
        };
        let mut clean = self.redact(text.get(..at).unwrap_or_default()).into_owned();
        clean.push_str(REDACTED);
        Cow::Owned(clean)
    }

    /// How much of a text, from its start, is the secret.
    fn length_at(&self, text: &str) -> usize {
        let found = self.forms.iter().map(|form| {
            let length = common(form, text);
            let least = if form.len() >= LONG {
                LEAST_OF_LONG
            } else {
                form.len()
            };
            if length >= least { length } else { 0 }
        });
        found.max().unwrap_or(0)
    }
}

/// How many octets a form and a text have in common, from their start on, up to a whole character.
fn common(form: &str, text: &str) -> usize {
    let fold = |byte: u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other.to_ascii_lowercase(),
    };
    let is_loose = form.len() >= LOOSE;
    let pairs = form.bytes().zip(text.bytes());
    let length = pairs
        .take_while(|&(a, b)| a == b || (is_loose && fold(a) == fold(b)))
        .count();
    (0..=length)
        .rev()
        .find(|&end| text.is_char_boundary(end))
        .unwrap_or(0)
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// Returns the forms in which a server may repeat a secret.
fn forms(secret: &[u8]) -> Vec<Zeroizing<String>> {
    let mut forms = base64_forms(secret);
    let shown = Zeroizing::new(Escaped(secret).to_string());
    forms.push(Zeroizing::new(shown.replace('/', "\\/")));
    forms.push(shown);
    forms.push(Zeroizing::new(String::from_utf8_lossy(secret).into_owned()));
    forms.push(percent_encoded(secret));
    forms
}

/// The secret in base64 behind none, one and two other octets: what of it does not depend on those around it.
fn base64_forms(secret: &[u8]) -> Vec<Zeroizing<String>> {
    let mut forms = Vec::from([Zeroizing::new(STANDARD.encode(secret))]);
    // The first octets of base64 that the others do not change: 8 bits each, in digits of 6.
    for (before, first) in [(&[] as &[u8], 0), (&[0], 2), (&[0, 0], 3)] {
        let octets = Zeroizing::new([before, secret].concat());
        let encoded = Zeroizing::new(STANDARD.encode(octets.as_slice()));
        let last = octets.len().saturating_mul(8) / 6;
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
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte))
            }
            // Writing to a string cannot fail.
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}
