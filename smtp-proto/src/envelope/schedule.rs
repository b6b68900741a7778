//! When a message is to be delivered, and how urgent it is: RFC 2852, RFC 4865, RFC 6710.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::parameter::InvalidParameter;

/// Nine digits: RFC 2852 section 4, RFC 4865 section 3.
const MAX_SECONDS: u32 = 999_999_999;

/// How urgent a message is: from -9 to 9, and 0 is what every other message has; RFC 6710 section 5.
///
/// ```
/// use mailwright_proto::envelope::Priority;
/// assert_eq!("-3".parse::<Priority>()?.get(), -3);
/// assert!("10".parse::<Priority>().is_err());
/// # Ok::<(), mailwright_proto::envelope::InvalidParameter>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(i8);

impl Priority {
    /// The number itself.
    pub fn get(self) -> i8 {
        self.0
    }
}

impl TryFrom<i8> for Priority {
    type Error = InvalidParameter;

    fn try_from(number: i8) -> Result<Self, InvalidParameter> {
        match number {
            -9..=9 => Ok(Self(number)),
            _ => Err(InvalidParameter::value(
                "MT-PRIORITY",
                "a number from -9 to 9",
            )),
        }
    }
}

impl FromStr for Priority {
    type Err = InvalidParameter;

    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        text.parse().unwrap_or(i8::MAX).try_into()
    }
}

/// By when a message is to be delivered, and what is to be done where it is not: RFC 2852 section 4.
///
/// ```
/// use mailwright_proto::envelope::DeliverBy;
/// assert_eq!(DeliverBy::or_return(3600)?.to_string(), "3600;R");
/// assert_eq!("-60n".parse(), Ok(DeliverBy::or_notify(-60)?));
/// # Ok::<(), mailwright_proto::envelope::InvalidParameter>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliverBy {
    seconds: i32,
    returns: bool,
}

impl DeliverBy {
    /// Returns the request to deliver within `seconds`, and else to return the message as undeliverable.
    ///
    /// # Errors
    ///
    /// Fails unless `seconds` is 1 to 999999999.
    pub fn or_return(seconds: u32) -> Result<Self, InvalidParameter> {
        match i32::try_from(seconds) {
            Ok(seconds @ 1..) if seconds.unsigned_abs() <= MAX_SECONDS => Ok(Self {
                seconds,
                returns: true,
            }),
            _ => Err(InvalidParameter::value(
                "BY",
                "1 to 999999999 seconds, where the message is to be returned",
            )),
        }
    }

    /// Returns the request to deliver within `seconds`, and else to notify the sender and go on trying. A number below
    /// zero says that the time is over already.
    ///
    /// # Errors
    ///
    /// Fails if `seconds` has more than nine digits.
    pub fn or_notify(seconds: i32) -> Result<Self, InvalidParameter> {
        match seconds.unsigned_abs() {
            0..=MAX_SECONDS => Ok(Self {
                seconds,
                returns: false,
            }),
            _ => Err(InvalidParameter::value("BY", "at most 999999999 seconds")),
        }
    }

    /// Returns the seconds.
    pub fn seconds(self) -> i32 {
        self.seconds
    }

    /// Returns whether late mail is returned, as [`or_return`](Self::or_return) asks, and not only its sender notified.
    pub fn returns(self) -> bool {
        self.returns
    }

    /// The seconds that a server's least is compared with: those of a message that is to be returned alone.
    pub(crate) fn bound(self) -> Option<u64> {
        u64::try_from(self.seconds).ok().filter(|_| self.returns)
    }
}

impl FromStr for DeliverBy {
    type Err = InvalidParameter;

    /// Seconds, and what comes of a delay: `r` to return the message, `n` to tell its sender, which is meant without either.
    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        const EXPECTED: InvalidParameter =
            InvalidParameter::value("BY", "seconds, perhaps with n or r behind them");
        let (digits, returns) = match text.as_bytes().last() {
            Some(b'r' | b'R') => (text.get(..text.len().saturating_sub(1)), true),
            Some(b'n' | b'N') => (text.get(..text.len().saturating_sub(1)), false),
            _ => (Some(text), false),
        };
        let digits = digits.unwrap_or_default();
        match returns {
            true => digits
                .parse()
                .map_err(|_| EXPECTED)
                .and_then(Self::or_return),
            false => digits
                .parse()
                .map_err(|_| EXPECTED)
                .and_then(Self::or_notify),
        }
    }
}

impl fmt::Display for DeliverBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{};{}",
            self.seconds,
            if self.returns { 'R' } else { 'N' }
        )
    }
}

/// Until when the server keeps a message before it sends it on: RFC 4865 section 3. Its Display text is the parameter.
///
/// ```
/// use mailwright_proto::envelope::FutureRelease;
/// assert_eq!(FutureRelease::seconds(3600)?.to_string(), "HOLDFOR=3600");
/// assert_eq!(FutureRelease::until("2027-01-01T00:00:00Z")?.to_string(), "HOLDUNTIL=2027-01-01T00:00:00Z");
/// # Ok::<(), mailwright_proto::envelope::InvalidParameter>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FutureRelease(Until);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Until {
    Seconds(u32),
    Moment(String),
}

impl FutureRelease {
    /// Returns the request to hold the message for `seconds`.
    ///
    /// # Errors
    ///
    /// Fails unless `seconds` is 1 to 999999999.
    pub fn seconds(seconds: u32) -> Result<Self, InvalidParameter> {
        match seconds {
            1..=MAX_SECONDS => Ok(Self(Until::Seconds(seconds))),
            _ => Err(InvalidParameter::value("HOLDFOR", "1 to 999999999 seconds")),
        }
    }

    /// Returns the request to hold the message until a moment in UTC: `2027-01-01T00:00:00Z`, as RFC 3339 section 5.6
    /// has it, without fractions.
    ///
    /// # Errors
    ///
    /// Fails if the moment has any other form.
    pub fn until(moment: &str) -> Result<Self, InvalidParameter> {
        match is_moment(moment.as_bytes()) {
            true => Ok(Self(Until::Moment(moment.to_owned()))),
            false => Err(InvalidParameter::value(
                "HOLDUNTIL",
                "a moment in UTC such as 2027-01-01T00:00:00Z",
            )),
        }
    }

    /// Returns the seconds of [`seconds`](Self::seconds).
    pub fn interval(&self) -> Option<u32> {
        match self.0 {
            Until::Seconds(seconds) => Some(seconds),
            Until::Moment(_) => None,
        }
    }

    /// Returns the moment of [`until`](Self::until).
    pub fn moment(&self) -> Option<&str> {
        match &self.0 {
            Until::Seconds(_) => None,
            Until::Moment(moment) => Some(moment),
        }
    }

    /// Whether it is within what a server said of its own limits. One that cannot be read is none.
    pub(crate) fn is_within(
        &self,
        max_interval: Option<u64>,
        max_date_time: Option<&[u8]>,
    ) -> bool {
        match &self.0 {
            Until::Seconds(seconds) => max_interval.is_none_or(|most| u64::from(*seconds) <= most),
            // In this one form the order of the texts is that of the moments.
            Until::Moment(moment) => {
                max_date_time.is_none_or(|last| !is_moment(last) || moment.as_bytes() <= last)
            }
        }
    }
}

impl fmt::Display for FutureRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Until::Seconds(seconds) => write!(f, "HOLDFOR={seconds}"),
            Until::Moment(moment) => write!(f, "HOLDUNTIL={moment}"),
        }
    }
}

/// Whether a text has the one form in which moments can be compared: `dddd-dd-ddTdd:dd:ddZ`.
fn is_moment(text: &[u8]) -> bool {
    const FORM: &[u8] = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = |(form, byte): (&u8, &u8)| {
        if *form == b'd' {
            byte.is_ascii_digit()
        } else {
            form == byte
        }
    };
    text.len() == FORM.len() && FORM.iter().zip(text).all(fits)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_priority_is_a_number_between_its_ends() {
        for text in ["-9", "0", "9"] {
            assert_eq!(
                text.parse::<Priority>()
                    .map(|priority| priority.get().to_string()),
                Ok(text.to_string())
            );
        }
        for text in ["-10", "10", "", "x", "1.5", "1\r\n", "999"] {
            let error = text.parse::<Priority>().expect_err(text);
            assert_eq!(
                error.to_string(),
                "MT-PRIORITY has to be a number from -9 to 9"
            );
        }
    }

    #[test]
    fn a_delivery_is_due_by_seconds_and_a_mode() {
        for (text, wire, bound) in [
            ("120", "120;N", None),
            ("120n", "120;N", None),
            ("-120N", "-120;N", None),
            ("120r", "120;R", Some(120)),
            ("1R", "1;R", Some(1)),
            ("999999999r", "999999999;R", Some(999_999_999)),
        ] {
            let by: DeliverBy = text.parse().expect(text);
            assert_eq!((by.to_string().as_str(), by.bound()), (wire, bound));
            assert_eq!(by.returns(), wire == alloc::format!("{};R", by.seconds()));
        }
        for text in [
            "",
            "r",
            "0r",
            "-1r",
            "1000000000r",
            "1000000000n",
            "-1000000000",
            "12x",
            "1;R",
            "1 r",
            "ü",
        ] {
            assert!(text.parse::<DeliverBy>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_message_is_kept_within_what_the_server_allows() {
        let hour = FutureRelease::seconds(3600).unwrap();
        assert_eq!((hour.interval(), hour.moment()), (Some(3600), None));
        assert!(hour.is_within(None, None) && hour.is_within(Some(3600), None));
        assert!(!hour.is_within(Some(3599), Some(b"2099-01-01T00:00:00Z")));
        assert!(
            FutureRelease::seconds(0).is_err() && FutureRelease::seconds(1_000_000_000).is_err()
        );
        let moment = FutureRelease::until("2027-06-30T12:00:00Z").unwrap();
        assert_eq!(moment.interval(), None);
        assert_eq!(moment.moment(), Some("2027-06-30T12:00:00Z"));
        assert!(
            moment.is_within(Some(1), None)
                && moment.is_within(None, Some(b"2027-06-30T12:00:00Z"))
        );
        assert!(!moment.is_within(None, Some(b"2027-06-30T11:59:59Z")));
        assert!(
            moment.is_within(None, Some(b"2027-06-30")),
            "a limit that cannot be read is none"
        );
        for text in [
            "",
            "2027-06-30",
            "2027-06-30T12:00:00+02:00",
            "2027-06-30T12:00:00Z\r\n",
            "2027-06-30 12:00:00Z",
        ] {
            assert!(FutureRelease::until(text).is_err(), "{text}");
        }
    }
}
