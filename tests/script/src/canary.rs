//! Secrets in dialogues: random where they can be, and all of them known to whoever looks for them in what is printed.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::escape::unescape;

/// What stands for a secret that no other run has.
const WORD: &str = "canary";

static DRAWN: LazyLock<String> = LazyLock::new(smtp_canary::canary);

/// The same dialogue with a random secret in the place of [`WORD`], also where either side says it in base64. What is
/// secret in it all the same, as a hash allows no other, is entered as such.
pub(super) fn draw(text: &str) -> String {
    let is_drawn = text
        .lines()
        .filter_map(secret_of)
        .any(|secret| secret == WORD);
    let lines = text
        .lines()
        .map(|line| match (secret_of(line), spoken(line)) {
            (Some(WORD), _) => replaced(line),
            (Some(secret), _) => {
                // What cannot be unescaped is told by whoever reads the line.
                unescape(secret).iter().for_each(enter);
                line.to_owned()
            }
            (None, Some(_)) if is_drawn => {
                line.split(' ').map(draw_word).collect::<Vec<_>>().join(" ")
            }
            (None, Some(words)) => {
                words
                    .split(' ')
                    .filter_map(decoded)
                    .for_each(|octets| enter_proof(&octets));
                line.to_owned()
            }
            (None, None) => line.to_owned(),
        });
    lines.collect::<Vec<_>>().join("\n")
}

/// `password USER SECRET` or `token USER SECRET`: the secret.
fn secret_of(line: &str) -> Option<&str> {
    let named = line
        .strip_prefix("password ")
        .or_else(|| line.strip_prefix("token "))?;
    named.split_once(' ').map(|(_, secret)| secret)
}

/// What either side says.
fn spoken(line: &str) -> Option<&str> {
    let (side, words) = line.split_once(' ')?;
    side.starts_with(['C', 'S']).then_some(words)
}

fn draw_word(word: &str) -> String {
    match decoded(word).and_then(|octets| String::from_utf8(octets).ok()) {
        Some(text) if text.contains(WORD) => STANDARD.encode(replaced(&text)),
        _ => replaced(word),
    }
}

/// The last of them: the user may be named so, too.
fn replaced(text: &str) -> String {
    match text.rsplit_once(WORD) {
        Some((before, behind)) => [before, &DRAWN, behind].concat(),
        None => text.to_owned(),
    }
}

fn decoded(word: &str) -> Option<Vec<u8>> {
    STANDARD.decode(word).ok()
}

/// SCRAM's proof, `client-final-message` of RFC 5802 section 7; or CRAM-MD5's, `user SP digest` of RFC 2195 section 2.
fn enter_proof(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    let proof = match text.rsplit_once(",p=") {
        Some((_, proof)) => Some(proof),
        None => text
            .rsplit_once(' ')
            .map(|(_, digest)| digest)
            .filter(|digest| is_digest(digest)),
    };
    proof
        .map(|proof| proof.as_bytes().to_vec())
        .iter()
        .for_each(enter);
}

fn is_digest(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// A short one would be found anywhere: it is the proofs made of it that tell.
fn enter(secret: &Vec<u8>) {
    if secret.len() >= smtp_canary::LEAST {
        smtp_canary::register(secret);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_becomes_a_random_secret_raw_and_in_base64_alike() {
        let text = "password canary canary\n\nC: AUTH PLAIN AGNhbmFyeQBjYW5hcnk=\nS: 535 canary\n== EVENTS ==\nclosed canary";
        let plain = STANDARD.encode(format!("\0canary\0{}", *DRAWN));
        let drawn = format!(
            "password canary {0}\n\nC: AUTH PLAIN {plain}\nS: 535 {0}\n== EVENTS ==\nclosed canary",
            *DRAWN
        );
        assert_eq!(draw(text), drawn);
    }

    #[test]
    fn a_dialogue_without_the_word_is_kept_as_it_is() {
        let text = "password user pencil\n\nC: biws,cD0=\nS: 334 Y2FuYXJ5";
        assert_eq!(draw(text), text);
    }

    #[test]
    fn a_digest_is_told_from_other_words() {
        assert!(is_digest("b913a602c7eda7a495b4e6e7334d3890"));
        assert!(!is_digest("b913a602c7eda7a495b4e6e7334d389"));
        assert!(!is_digest("b913a602c7eda7a495b4e6e7334d389g"));
    }
}
