//! The JSON of an issuer, read leniently: a received token is never lost to another malformed
//! member.
//!
//! Seen in the wild: numbers as text (Azure AD, ADFS) or with a decimal point, -1 for no lifetime, `scope` as a list, a
//! byte order mark, no `token_type`, an error as an object (Google's and Facebook's APIs) or with status 200 (GitHub).

use std::time::Duration;

use mailwright_proto::{Redactor, Secret};
use serde_json::{Deserializer, Map, Value};

use crate::error::Refusal;
use crate::http::Response;
use crate::kinds::Kinds;

/// The mark that some servers write before their JSON, against RFC 8259 section 8.1.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The members of a JSON object.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads an object at the start of `body`, or returns `None`.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches(BYTE_ORDER_MARK);
        Deserializer::from_str(text)
            .into_iter()
            .next()?
            .ok()
            .map(Self)
    }

    /// Returns whether there is such a member.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Removes and returns a text, unless it is empty.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name)? {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Removes and returns a secret, unless it is empty.
    pub(crate) fn secret(&mut self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::from)
    }

    /// Returns a number of seconds. `None` if it is absent, negative or not a number.
    pub(crate) fn seconds(&self, name: &str) -> Option<Duration> {
        let seconds = match self.0.get(name)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|seconds: &f64| seconds.is_finite())?,
            _ => return None,
        };
        if seconds < 0.0 {
            return None;
        }
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }

    /// Returns the words of a text or of a list of texts. `None` if there are none.
    pub(crate) fn words(&self, name: &str) -> Option<Vec<String>> {
        let split = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let words = match self.0.get(name)? {
            Value::String(text) => split(text),
            Value::Array(list) => list
                .iter()
                .filter_map(Value::as_str)
                .flat_map(split)
                .collect(),
            _ => return None,
        };
        Some(words).filter(|words| !words.is_empty())
    }

    /// Returns the refusal, if the object has an `error` (RFC 6749 section 5.2).
    pub(crate) fn refusal(&self, issuer: Kinds, redactor: &Redactor) -> Option<Refusal> {
        let text = |fields: &Map<String, Value>, name: &str| {
            fields.get(name).and_then(Value::as_str).map(str::to_owned)
        };
        let (error, description) = match self.0.get("error")? {
            Value::String(error) if !error.is_empty() => {
                (error.clone(), text(&self.0, "error_description"))
            }
            Value::Object(error) => {
                let name = ["status", "type", "code"]
                    .into_iter()
                    .find_map(|name| text(error, name));
                (
                    name.unwrap_or_else(|| "error".to_owned()),
                    text(error, "message"),
                )
            }
            _ => return None,
        };
        // Google's additional reason, such as `invalid_rapt`.
        let reason = text(&self.0, "error_subtype");
        let description = match (description, reason) {
            (Some(said), Some(reason)) if !said.contains(&reason) => {
                Some(format!("{said} ({reason})"))
            }
            (said, reason) => said.or(reason),
        };
        Some(Refusal::new(
            issuer,
            &error,
            description.as_deref(),
            redactor,
        ))
    }
}

/// Returns whether the client's authentication was refused, which is checked before the grant
/// (RFC 6749 section 5.2).
pub(crate) fn refuses_client(response: &Response) -> bool {
    let error = Fields::parse(&response.body).and_then(|mut fields| fields.text("error"));
    match error {
        Some(error) => !response.is_success() && error == "invalid_client",
        None => response.is_unauthorized(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_of_all_kinds_are_read() {
        let cases = [
            ("3599", Some(3599)),
            ("\"3599\"", Some(3599)),
            ("\" 3599 \"", Some(3599)),
            ("3599.0", Some(3599)),
            ("\"3599.0\"", Some(3599)),
            ("3.599e3", Some(3599)),
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("99999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("\"-1\"", None),
            ("null", None),
            ("true", None),
            ("\"\"", None),
            ("\"never\"", None),
            ("\"inf\"", None),
            ("\"NaN\"", None),
            ("[3599]", None),
        ];
        for (value, expected) in cases {
            let fields = Fields::parse(format!("{{\"expires_in\": {value}}}").as_bytes()).unwrap();
            assert_eq!(
                fields.seconds("expires_in").map(|life| life.as_secs()),
                expected,
                "{value}"
            );
        }
    }

    #[test]
    fn scopes_of_all_kinds_are_read() {
        let cases = [
            ("\"a b\"", Some(vec!["a", "b"])),
            ("[\"a\", \"b c\", 1]", Some(vec!["a", "b", "c"])),
            ("\"  \"", None),
            ("\"\"", None),
            ("[]", None),
            ("null", None),
            ("7", None),
        ];
        for (value, expected) in cases {
            let fields = Fields::parse(format!("{{\"scope\": {value}}}").as_bytes()).unwrap();
            let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(fields.words("scope"), expected, "{value}");
        }
    }

    #[test]
    fn an_object_is_found_past_marks_and_rubbish() {
        for body in [
            &b"\xef\xbb\xbf{\"t\":\"x\"}"[..],
            b"\r\n {\"t\":\"x\"}\n",
            b"{\"t\":\"x\"}trailing",
            b"{\"o\":\"\xff\",\"t\":\"x\"}",
            b"{\"t\":1,\"t\":\"x\"}",
        ] {
            let text = Fields::parse(body).and_then(|mut fields| fields.text("t"));
            assert_eq!(text.as_deref(), Some("x"), "{body:?}");
        }
        for body in [&b""[..], b"<html>", b"[]", b"\"x\"", b"{\"t\":"] {
            assert!(Fields::parse(body).is_none(), "{body:?}");
        }
    }

    #[test]
    fn refusals_of_all_kinds_are_read() {
        let cases = [
            (r#"{"error":"invalid_grant"}"#, "invalid_grant"),
            (r#"{"error":"e","error_description":"d"}"#, "e: d"),
            (
                r#"{"error":"invalid_grant","error_description":"reauth","error_subtype":"invalid_rapt"}"#,
                "invalid_grant: reauth (invalid_rapt)",
            ),
            (
                r#"{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}"#,
                "PERMISSION_DENIED: m",
            ),
            (
                r#"{"error":{"message":"m","type":"OAuthException","code":100}}"#,
                "OAuthException: m",
            ),
        ];
        for (body, expected) in cases {
            let refusal = Fields::parse(body.as_bytes())
                .and_then(|fields| fields.refusal(Kinds::Own, &Redactor::default()));
            assert_eq!(refusal.unwrap().to_string(), expected);
        }
        assert!(
            Fields::parse(b"{\"error\":null}")
                .unwrap()
                .refusal(Kinds::Own, &Redactor::default())
                .is_none()
        );
    }
}
