//! Keeping a secret out of what is shown, in every form that a server may repeat it.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailwright_proto::{Credentials, Escaped, Reply, Secret};
use zeroize::Zeroizing;

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
/// use mailwright::{Credentials, Redactor, Secret};
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
    /// A redactor of the secrets in these credentials. The default one redacts nothing.
    pub fn new(credentials: &Credentials) -> Self {
        let mut forms = Vec::new();
        for secret in credentials.secrets().map(Secret::expose) {
            forms.extend(base64_forms(secret));
            let plain =
                Zeroizing::new([b"\0", credentials.user().as_bytes(), b"\0", secret].concat());
            forms.push(Zeroizing::new(STANDARD.encode(plain.as_slice())));
            let shown = Zeroizing::new(Escaped(secret).to_string());
            forms.push(Zeroizing::new(shown.replace('/', "\\/")));
            forms.push(shown);
            forms.push(Zeroizing::new(String::from_utf8_lossy(secret).into_owned()));
            forms.push(percent_encoded(secret));
        }
        Self {
            forms: Arc::new(forms),
        }
    }

    /// The text without the secret.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut clean = String::new();
        let mut copied = 0;
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            match self.length_at(rest) {
                0 => at += rest.chars().next().map_or(1, char::len_utf8),
                length => {
                    clean.push_str(text.get(copied..at).unwrap_or_default());
                    clean.push_str(REDACTED);
                    at += length;
                    copied = at;
                }
            }
        }
        match copied {
            0 => Cow::Borrowed(text),
            _ => Cow::Owned(clean + text.get(copied..).unwrap_or_default()),
        }
    }

    /// The text without the secret, where the text was cut off and may end in the middle of it.
    pub(crate) fn redact_cut<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let ends = text.char_indices().map(|(at, _)| at);
        let cut = ends.filter(|&at| {
            let end = text.get(at..).unwrap_or_default();
            end.len() >= LEAST_BASE64
                && self.forms.iter().any(|form| common(form, end) == end.len())
        });
        match cut.min() {
            Some(at) => {
                Cow::Owned(self.redact(text.get(..at).unwrap_or_default()).into_owned() + REDACTED)
            }
            None => self.redact(text),
        }
    }

    /// A reply without the secret. Where it is not in it, the reply is the same to the byte.
    pub(crate) fn redact_reply(&self, reply: Reply) -> Reply {
        if self.forms.is_empty() {
            return reply;
        }
        let code = reply.code();
        let lines: Vec<String> = reply
            .lines()
            .map(|line| Escaped(line).to_string())
            .collect();
        let clean: Vec<Cow<'_, str>> = lines.iter().map(|line| self.redact(line)).collect();
        let joined = clean.join(" ");
        let texts = match self.redact(&joined) {
            // A secret with a blank in it, told on two lines.
            Cow::Owned(joined) => vec![joined],
            Cow::Borrowed(_) if clean.iter().all(|line| matches!(line, Cow::Borrowed(_))) => {
                return reply;
            }
            Cow::Borrowed(_) => clean.into_iter().map(Cow::into_owned).collect(),
        };
        let last = texts.len() - 1;
        let line = |(i, text)| format!("{code}{}{text}\r\n", if i == last { ' ' } else { '-' });
        let raw: String = texts.iter().enumerate().map(line).collect();
        // Only a line that grew beyond the limit of the core is not taken back.
        Reply::parse(raw.as_bytes())
            .or_else(|_| Reply::parse(format!("{code} {REDACTED}\r\n").as_bytes()))
            .unwrap_or(reply)
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
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte))
            }
            // Writing to a string cannot fail.
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailwright_proto::Secret;

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
    fn a_secret_told_on_two_lines_is_found() {
        let reply = Reply::parse(b"535-correct\r\n535 horse battery\r\n").unwrap();
        assert_eq!(
            redactor(b"correct horse").redact_reply(reply).to_string(),
            "535 [redacted] battery"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_found_as_they_are_shown() {
        let shown = redactor(b"\xff\x01abc")
            .redact("said \\xff\\x01abc")
            .into_owned();
        assert_eq!(shown, "said [redacted]");
    }

    #[test]
    fn a_reply_that_repeats_the_secret_is_kept_without_it() {
        let reply = Reply::parse(b"535-\xfc not hunter2\r\n535 5.7.8 aHVudGVyMg==\r\n").unwrap();
        let clean = redactor(b"hunter2").redact_reply(reply.clone());
        assert_eq!(
            clean.to_string(),
            "535 \\xfc not [redacted] 5.7.8 [redacted]"
        );
        assert_eq!(redactor(b"other").redact_reply(reply.clone()), reply);
        let long = format!("535 {}\r\n", "hunter2".repeat(290));
        let clean = redactor(b"hunter2").redact_reply(Reply::parse(long.as_bytes()).unwrap());
        assert_eq!(clean.to_string(), "535 [redacted]");
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
}
