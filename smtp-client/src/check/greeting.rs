//! What a greeting shows about the server's clock, and about a firewall on the way.

use mailwright_proto::reply::Reply;

use crate::utc::Utc;

/// A run of these is what is left of a greeting that a firewall has overwritten.
const OVERWRITTEN: &[u8] = b"****";

/// Whether a firewall that inspects SMTP has overwritten it.
pub(super) fn is_overwritten(greeting: &Reply) -> bool {
    greeting.lines().any(|line| {
        line.windows(OVERWRITTEN.len())
            .any(|window| window == OVERWRITTEN)
    })
}

/// The server's clock when it greeted, in seconds since 1970: the date of RFC 5322 section 3.3 that many greetings end in.
pub(super) fn clock(greeting: &Reply) -> Option<i64> {
    let text = greeting
        .lines()
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join(" ");
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    words.windows(5).find_map(date)
}

/// `21 Nov 2026 08:11:54 +0100`
fn date(words: &[&str]) -> Option<i64> {
    let [day, month, year, time, zone] = words else {
        return None;
    };
    let day: i64 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = MONTHS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(month))?;
    let year: i64 = year
        .parse()
        .ok()
        .filter(|year| (1970..=9999).contains(year))?;
    let mut parts = time.split(':').map(|part| {
        part.parse::<i64>()
            .ok()
            .filter(|part| (0..=60).contains(part))
    });
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    Some(Utc::of_date(year, month, day).0 + hour * 3_600 + minute * 60 + second - offset(zone)?)
}

/// `+0100` in seconds.
fn offset(zone: &str) -> Option<i64> {
    let zone = zone.trim_end_matches([')', '.', ',']);
    if matches!(zone, "GMT" | "UTC" | "UT" | "Z") {
        return Some(0);
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    let seconds = number / 100 * 3_600 + number % 100 * 60;
    match sign {
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(text: &str) -> Reply {
        Reply::parse(format!("220 {text}\r\n").as_bytes()).unwrap()
    }

    #[test]
    fn the_clock_of_a_greeting_is_read() {
        let cases = [
            (
                "mx.example.test ESMTP Exim 4.96 Sat, 21 Nov 2026 09:11:54 +0100",
                Some("2026-11-21T08:11:54Z"),
            ),
            (
                "A.outlook.test Microsoft ESMTP MAIL Service ready at Tue, 29 Feb 2000 00:00:00 +0000",
                Some("2000-02-29T00:00:00Z"),
            ),
            (
                "mx ESMTP Sendmail; Thu, 1 Jan 1970 00:00:00 GMT",
                Some("1970-01-01T00:00:00Z"),
            ),
            (
                "mx; Mon, 31 Dec 2029 23:30:00 -0130",
                Some("2030-01-01T01:00:00Z"),
            ),
            ("mx.example.test ESMTP", None),
            ("mx 99 Nov 2026 09:11:54 +0100", None),
            ("mx 21 Nov 2026 09:11 +0100", None),
            ("mx 21 Nov 2026 09:11:54 \u{fc}0100", None),
        ];
        for (text, expected) in cases {
            let clock = clock(&greeting(text)).map(|seconds| Utc(seconds).to_string());
            assert_eq!(clock.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_greeting_tells_of_a_firewall() {
        assert!(is_overwritten(&greeting(
            "**********************2******0**"
        )));
        assert!(!is_overwritten(&greeting(
            "mx.example.test ESMTP *** no spam ***"
        )));
    }
}
