//! The stored form of envelopes, addresses, replies and outcomes: the feature `serde`.
//!
//! Every value is rebuilt by the constructor that validates it, so that a stored row can neither
//! break a command line nor contradict itself. Secrets and [`Credentials`](crate::auth::Credentials) have
//! no stored form. The JSON below is stable: later versions read it, and add only optional fields.
//!
//! - An address is its text; the null reverse-path is `""`. A mailbox whose A-labels are known is
//!   `{"address": "info@bücher.example", "ascii_domain": "xn--bcher-kva.example"}`.
//! - A reply is `{"code": 550, "enhanced": "5.1.1", "text": "5.1.1 no such user"}`. Its lines are
//!   joined by LF; a text that is not UTF-8 is an array of octets. Each line is read back with CRLF
//!   and the separator of RFC 5321 section 4.2. An `enhanced` that the text does not have is refused.
//! - An outcome is `{"accepted": REPLY}`, `{"refused": {"phase": "rcpt", "reply": REPLY}}`,
//!   `"not_sent"` or `"unknown"`. A reply that does not fit its outcome is refused.
//! - An envelope is an object; all fields but the first two may be left out:
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use mailwright_proto::envelope::Envelope;
//! let stored = r#"{
//!     "reverse_path": "a@example.test",
//!     "recipients": [{
//!         "path": "b@example.test",
//!         "notify": "FAILURE,DELAY",
//!         "original_recipient": {"type": "rfc822", "address": "list@example.test"},
//!         "parameters": ["XFLAG"]
//!     }],
//!     "size": 1234,
//!     "body": "8bit",
//!     "all_or_none": true,
//!     "ret": "HDRS",
//!     "envelope_id": "order 66",
//!     "notify": "NEVER",
//!     "smtputf8": true,
//!     "require_tls": true,
//!     "authenticated_sender": "c@example.test",
//!     "priority": -3,
//!     "deliver_by": {"seconds": 3600, "late": "return"},
//!     "future_release": {"until": "2027-01-01T00:00:00Z"},
//!     "parameters": ["XVERP", "TRANSID=<12@a.test>"]
//! }"#;
//! let envelope: Envelope = serde_json::from_str(stored)?;
//! assert_eq!(envelope.recipients().len(), 1);
//! let tampered = stored.replace("a@example.test", r"a@example.test>\r\nRCPT TO:<x@example.test");
//! assert!(serde_json::from_str::<Envelope>(&tampered).is_err());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A field that this version does not know is refused: it may ask for something that must not be
//! dropped, such as verified TLS. The format must be self-describing, as JSON, CBOR and MessagePack are.

mod envelope;
mod outcome;
mod reply;
mod text;

/// Stores a type as another one, its row: `From<&Type>` makes it, and `TryFrom<Row>` checks it.
macro_rules! stored_as {
    ($($stored:ty => $row:ty),+ $(,)?) => {$(
        impl serde::Serialize for $stored {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$row>::from(self).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $stored {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let row = <$row as serde::Deserialize>::deserialize(deserializer)?;
                Self::try_from(row).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

use stored_as;

#[cfg(test)]
mod tests;
