//! Replies without the secrets that they repeat.

use std::borrow::Cow;

use mailwright_proto::{
    Redactor,
    reply::{Escaped, Reply},
};

/// Returns a reply without the secret. A reply that does not have it stays the same to the byte.
pub(crate) fn redact_reply(redactor: &Redactor, reply: Reply) -> Reply {
    let code = reply.code();
    let lines: Vec<String> = reply
        .lines()
        .map(|line| Escaped(line).to_string())
        .collect();
    let clean: Vec<Cow<'_, str>> = lines.iter().map(|line| redactor.redact(line)).collect();
    let joined = clean.join(" ");
    let texts = match redactor.redact(&joined) {
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
        .or_else(|_| Reply::parse(format!("{code} [redacted]\r\n").as_bytes()))
        .unwrap_or(reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailwright_proto::{Secret, auth::Credentials};

    fn redactor(secret: &[u8]) -> Redactor {
        let secret = Secret::from(secret.to_vec());
        Redactor::new(&Credentials::password("user@example.test", secret).unwrap())
    }

    #[test]
    fn a_secret_told_on_two_lines_is_found() {
        let reply = Reply::parse(b"535-correct\r\n535 horse battery\r\n").unwrap();
        assert_eq!(
            redact_reply(&redactor(b"correct horse"), reply).to_string(),
            "535 [redacted] battery"
        );
    }

    #[test]
    fn a_reply_that_repeats_the_secret_is_kept_without_it() {
        let reply = Reply::parse(b"535-\xfc not hunter2\r\n535 5.7.8 aHVudGVyMg==\r\n").unwrap();
        let clean = redact_reply(&redactor(b"hunter2"), reply.clone());
        assert_eq!(
            clean.to_string(),
            "535 \\xfc not [redacted] 5.7.8 [redacted]"
        );
        assert_eq!(redact_reply(&redactor(b"other"), reply.clone()), reply);
        let long = format!("535 {}\r\n", "hunter2".repeat(290));
        let clean = redact_reply(
            &redactor(b"hunter2"),
            Reply::parse(long.as_bytes()).unwrap(),
        );
        assert_eq!(clean.to_string(), "535 [redacted]");
    }
}
