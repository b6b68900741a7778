//! Points in time: as the log has them, and as people ask for them.

use std::str::FromStr;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(OffsetDateTime);

impl Moment {
    /// Whether it is not after that one.
    pub(super) fn is_before(self, other: Self) -> bool {
        self.0 <= other.0
    }
}

impl FromStr for Moment {
    type Err = time::error::Parse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OffsetDateTime::parse(text, &Rfc3339).map(Self)
    }
}

/// `2026-11-21T12:00:00Z`, or so long ago: `2h`.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    if let Some(ago) = span(text) {
        let since = OffsetDateTime::now_utc().checked_sub(ago);
        return since
            .map(Moment)
            .ok_or_else(|| "that is longer ago than there is a calendar for".to_owned());
    }
    text.parse().map_err(|_| {
        "a time such as 2026-11-21T12:00:00Z is needed, or a span such as 90s, 30m, 2h, 3d or 1w".to_owned()
    })
}

fn span(text: &str) -> Option<time::Duration> {
    let unit = text.chars().last()?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let number = text
        .strip_suffix(unit)
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    let seconds = number.parse::<u64>().ok()?.checked_mul(seconds)?;
    time::Duration::try_from(Duration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_that_of_rfc_3339_or_a_span() {
        let at = |text: &str| moment(text).expect(text);
        assert!(at("2026-11-21T12:00:00Z").is_before(at("2026-11-21T13:00:01+01:00")));
        assert!(!at("2026-11-21T12:00:01Z").is_before(at("2026-11-21T13:00:00+01:00")));
        let noon = at("2026-11-21T12:00:00Z");
        assert!(
            noon.is_before(noon),
            "a message of that very second is one from then on"
        );
        for (earlier, later) in [
            ("1w", "6d"),
            ("1d", "23h"),
            ("1h", "59m"),
            ("2m", "119s"),
            ("1s", "0s"),
        ] {
            assert!(at(earlier).is_before(at(later)), "{earlier} {later}");
        }
        for text in [
            "",
            "2",
            "h",
            "2y",
            "-2h",
            "2.5h",
            "yesterday",
            "2026-11-21",
            "99999999999999999999d",
            "999999999w",
            "é",
        ] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
