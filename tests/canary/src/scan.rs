//! The search for secrets in what was printed.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;

use crate::forms::forms;

/// A secret where none may be. It tells the place, never the secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// The line where it begins, counted from 1.
    pub line: usize,
    /// Raw, percent-encoded, or base64.
    pub form: &'static str,
}

/// Finds the secrets in a text, also where white space stands within them: folded lines are one.
pub fn scan<S: AsRef<[u8]>>(text: &[u8], secrets: impl IntoIterator<Item = S>) -> Vec<Leak> {
    let forms: Vec<_> = secrets
        .into_iter()
        .flat_map(|secret| forms(secret.as_ref()))
        .collect();
    let patterns = forms.iter().map(|(_, form)| form);
    let search = AhoCorasick::new(patterns).expect("as many forms as a run has secrets find room");
    let mut lines = Vec::new();
    let mut dense = Vec::with_capacity(text.len());
    for (i, line) in text.split(|&byte| byte == b'\n').enumerate() {
        lines.push((dense.len(), i + 1));
        dense.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
    }
    let found: BTreeSet<Leak> = search
        .find_overlapping_iter(&dense)
        .map(|found| {
            let line = lines[lines.partition_point(|&(start, _)| start <= found.start()) - 1].1;
            Leak {
                line,
                form: forms[found.pattern().as_usize()].0,
            }
        })
        .collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

    use super::*;
    use crate::canary;

    fn forms_found(text: &str, secret: &str) -> Vec<&'static str> {
        let leaks = scan(text.as_bytes(), [secret]);
        let mut forms: Vec<_> = leaks.into_iter().map(|leak| leak.form).collect();
        forms.dedup();
        forms
    }

    #[test]
    fn a_secret_is_seen_at_every_alignment_of_base64() {
        let secret = canary();
        for before in ["", "u", "us", "use", "user"] {
            for behind in ["", "\0", "\0and more"] {
                let octets = format!("{before}{secret}{behind}");
                for encoded in [
                    BASE64_STANDARD.encode(&octets),
                    BASE64_URL_SAFE_NO_PAD.encode(&octets),
                ] {
                    assert_eq!(
                        forms_found(&format!("C: AUTH PLAIN {encoded}"), &secret),
                        ["base64"],
                        "{before:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_secret_is_seen_raw_percent_encoded_and_folded() {
        let secret = canary();
        let encoded = secret
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        let (front, back) = secret.split_at(20);
        let cases = [
            (format!("the password is {secret}."), "raw"),
            (format!("{front}\n    {back}"), "raw"),
            (secret.replace('/', "\\/"), "raw"),
            (format!("?password={encoded}&x"), "percent-encoded"),
            (encoded.to_lowercase(), "percent-encoded"),
            (
                secret.replace('+', "%2B").replace('=', "%3D"),
                "percent-encoded",
            ),
            (
                secret.bytes().map(|byte| format!("%{byte:02x}")).collect(),
                "percent-encoded",
            ),
        ];
        for (text, form) in cases {
            assert!(
                forms_found(&text, &secret).contains(&form),
                "{form} in {text:?}"
            );
        }
    }

    #[test]
    fn a_leak_is_told_by_its_line_and_nothing_else_is_one() {
        let (secret, other) = (canary(), canary());
        let text = format!("one\ntwo\n\n  three {secret}\n{other}");
        assert_eq!(
            scan(text.as_bytes(), [&secret]),
            [Leak {
                line: 4,
                form: "raw"
            }]
        );
        assert_eq!(
            scan(b"AUTH PLAIN [redacted] canary-", [&secret, &other]),
            []
        );
        assert_eq!(scan(text.as_bytes(), [""; 0]), []);
    }
}
