//! By what name the server knows a message that it took: each has its own way to say it.

use mailwright_proto::reply::Reply;

/// The longest that is believed: Amazon's have 60 characters.
const LONGEST: usize = 128;

/// The identifier in a positive final reply, where it has one of the forms that are known.
pub(super) fn queue_id(reply: &Reply) -> Option<String> {
    if !reply.code().is_positive_completion() {
        return None;
    }
    let enhanced = reply
        .enhanced()
        .map(|code| code.to_string())
        .unwrap_or_default();
    reply.lines().find_map(|line| {
        let text = std::str::from_utf8(line).ok()?;
        let text = text.strip_prefix(&enhanced).unwrap_or(text).trim();
        let id = of_text(text)?;
        let is_one = id.len() <= LONGEST && id.bytes().any(|byte| byte.is_ascii_digit());
        (is_one
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.=+/@:".contains(&byte)))
        .then(|| id.to_owned())
    })
}

fn of_text(text: &str) -> Option<&str> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    match words.as_slice() {
        // Postfix, SendGrid: `Ok: queued as 4F1X2Y3Z`.
        [.., "queued", "as", id] => Some(id),
        // Gmail: `OK  1700000000 d2e1a72fcca58-6c1si1234567b3a.1 - gsmtp`.
        [.., id, "-", "gsmtp"] => Some(id),
        // Sendmail, OpenSMTPD: `5ALCBx1r012345 Message accepted for delivery`.
        [id, "Message", "accepted", "for", "delivery"] => Some(id),
        // Dovecot's LMTP: `<user@example.test> 6JwMBn3yPmfQDAAA Saved`.
        [_, id, "Saved"] => Some(id),
        // qmail: `ok 1700000000 qp 12345`.
        ["ok", _, "qp", id] => Some(id),
        // Amazon SES: `Ok 0102018c1234abcd-…-000000`.
        ["Ok", id] => Some(id),
        // Exim: `OK id=1r5abc-0001Xy-2Z`.
        ["OK", id] => id.strip_prefix("id="),
        // Exchange: `<…> [InternalId=123456, Hostname=…] … Queued mail for delivery`.
        words => {
            let id = words
                .iter()
                .find_map(|word| word.strip_prefix("[InternalId="))?;
            Some(id.trim_end_matches([',', ']']))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_servers_own_form_is_understood_and_nothing_is_made_up() {
        for (reply, id) in [
            ("250 2.0.0 Ok: queued as 4F1X2Y3Z", Some("4F1X2Y3Z")),
            ("250 Ok: queued as gK2-_abc1QTu", Some("gK2-_abc1QTu")),
            ("250 OK id=1r5abc-0001Xy-2Z", Some("1r5abc-0001Xy-2Z")),
            (
                "250 2.0.0 5ALCBx1r012345 Message accepted for delivery",
                Some("5ALCBx1r012345"),
            ),
            (
                "250 2.0.0 1a2b3c4d Message accepted for delivery",
                Some("1a2b3c4d"),
            ),
            (
                "250 2.6.0 <1@a.test> [InternalId=8589934592345, Hostname=X.EXAMPLE] 8563 bytes in 0.2, 40 KB/sec Queued mail for delivery",
                Some("8589934592345"),
            ),
            (
                "250 2.0.0 OK  1700000000 d2e1a72fcca58-6c1si1234567b3a.1 - gsmtp",
                Some("d2e1a72fcca58-6c1si1234567b3a.1"),
            ),
            (
                "250 Ok 0102018c1234abcd-11111111-000000",
                Some("0102018c1234abcd-11111111-000000"),
            ),
            (
                "250 2.0.0 <user@example.test> 6JwMBn3yPmfQDAAA Saved",
                Some("6JwMBn3yPmfQDAAA"),
            ),
            ("250 ok 1700000000 qp 12345", Some("12345")),
            ("250 2.0.0 Ok", None),
            ("250 Ok message", None),
            ("250 OK", None),
            ("250 Ok: queued as \x1b[2J1", None),
            ("250 2.0.0 mail queued as requested", None),
            ("550 5.7.1 not queued as 4F1X2Y3Z", None),
        ] {
            let parsed = Reply::parse(format!("{reply}\r\n").as_bytes()).unwrap();
            assert_eq!(queue_id(&parsed).as_deref(), id, "{reply}");
        }
        let long = format!("250 Ok: queued as {}\r\n", "7".repeat(LONGEST + 1));
        assert_eq!(queue_id(&Reply::parse(long.as_bytes()).unwrap()), None);
        let lines = Reply::parse(b"250-2.0.0 welcome\r\n250 2.0.0 Ok: queued as A1\r\n").unwrap();
        assert_eq!(queue_id(&lines).as_deref(), Some("A1"));
    }
}
