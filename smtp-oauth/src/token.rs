//! A token, and for how long it is good.

use std::fmt;
use std::time::{Duration, SystemTime};

use mailwright_proto::Secret;

use crate::answer::Fields;
use crate::error::{Error, Fault};

/// How long before its end a token is replaced: clocks differ by minutes, and a login may wait for its turn. Google's
/// and Microsoft's libraries take five minutes, too.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// Of a token that does not live long, at least this part of its life is used.
const MARGIN_SHARE: u32 = 4;

/// For a token without an end of its own, which RFC 6749 section 5.1 allows: it is replaced after this where it can be.
const UNKNOWN_LIFE: Duration = Duration::from_secs(10 * 60);

/// An issuer that claims more is not believed: what is kept must be able to count.
const MAX_LIFE: Duration = Duration::from_secs(10 * 366 * 86_400);

/// An access token, with what renews it.
pub struct Token {
    pub(crate) access: Secret,
    pub(crate) refresh: Option<Secret>,
    pub(crate) obtained: SystemTime,
    pub(crate) expires: Option<SystemTime>,
    pub(crate) scopes: Vec<String>,
}

impl Token {
    /// The access token itself.
    pub fn access(&self) -> &Secret {
        &self.access
    }

    /// Whether there is a refresh token: it renews this one without a person.
    pub fn can_be_refreshed(&self) -> bool {
        self.refresh.is_some()
    }

    /// Until when it is good, by this machine's clock, if the issuer said so.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// Returns whether the token has expired by this machine's clock. A token without a known end
    /// has not.
    pub fn has_expired(&self) -> bool {
        !self.may_be_good(SystemTime::now())
    }

    /// What it allows: as granted, or as it was asked for where the issuer said nothing else.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether it can be used now, with time to spare. A clock that was set back makes it doubtful.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        if now < self.obtained {
            return false;
        }
        let Some(expires) = self.expires else {
            return self
                .obtained
                .checked_add(UNKNOWN_LIFE)
                .is_some_and(|end| now < end);
        };
        let life = expires.duration_since(self.obtained).unwrap_or_default();
        let margin = MARGIN.min(life / MARGIN_SHARE);
        now.checked_add(margin).is_some_and(|then| then < expires)
    }

    /// Whether it may still be good: it has not expired as far as is known.
    pub(crate) fn may_be_good(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// The tokens that an issuer granted. They are separate, because an unusable access token may come
/// with a refresh token that replaces the spent one.
pub(crate) struct Granted {
    pub(crate) token: Result<Token, Error>,
    pub(crate) refresh: Option<Secret>,
}

impl Granted {
    /// Reads the tokens that `host` granted to a request sent at `began`. Missing scopes are those
    /// requested, and a missing refresh token is the previous one (RFC 6749 section 6).
    pub(crate) fn read(
        mut fields: Fields,
        host: &str,
        began: SystemTime,
        asked: &[String],
        before: Option<&Secret>,
    ) -> Self {
        let refresh = fields.secret("refresh_token");
        // RFC 6749 section 5.1 requires it; without one, most issuers mean Bearer.
        let other_type = fields
            .text("token_type")
            .filter(|kind| !kind.trim().eq_ignore_ascii_case("bearer"));
        let token = match (fields.secret("access_token"), other_type) {
            (None, _) => Err(Fault::NoToken {
                host: host.to_owned(),
            }
            .into()),
            (Some(_), Some(kind)) => Err(Fault::TokenType {
                host: host.to_owned(),
                kind,
            }
            .into()),
            (Some(access), None) => Ok(Token {
                access,
                refresh: refresh.as_ref().or(before).map(copy),
                obtained: began,
                // Counted from before the request: the issuer's own count began later.
                expires: fields
                    .seconds("expires_in")
                    .and_then(|life| began.checked_add(life.min(MAX_LIFE))),
                scopes: fields.words("scope").unwrap_or_else(|| asked.to_vec()),
            }),
        };
        Self { token, refresh }
    }
}

impl From<Token> for Granted {
    fn from(token: Token) -> Self {
        Self {
            token: Ok(token),
            refresh: None,
        }
    }
}

/// The same secret once more.
pub(crate) fn copy(secret: &Secret) -> Secret {
    Secret::from(secret.expose().to_vec())
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("expires", &self.expires)
            .field("can_be_refreshed", &self.can_be_refreshed())
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn token(obtained: u64, expires: Option<u64>) -> Token {
        Token {
            access: Secret::from(String::from("canary-of-a-token")),
            refresh: None,
            obtained: at(obtained),
            expires: expires.map(at),
            scopes: Vec::new(),
        }
    }

    #[test]
    fn a_token_is_fresh_until_its_margin_begins() {
        let hour = token(1_000, Some(4_600));
        for (now, fresh) in [
            (1_000, true),
            (4_299, true),
            (4_300, false),
            (4_600, false),
            (9_999, false),
            (999, false),
        ] {
            assert_eq!(hour.is_fresh(at(now)), fresh, "at {now}");
        }
        let brief = token(1_000, Some(1_008));
        for (now, fresh) in [(1_000, true), (1_005, true), (1_006, false)] {
            assert_eq!(brief.is_fresh(at(now)), fresh, "at {now}");
        }
        assert!(!token(1_000, Some(1_000)).is_fresh(at(1_000)));
        assert!(!token(1_000, Some(900)).is_fresh(at(1_000)));
    }

    #[test]
    fn a_token_without_an_end_is_replaced_after_a_while_and_never_known_to_be_bad() {
        let endless = token(1_000, None);
        assert!(endless.is_fresh(at(1_599)) && !endless.is_fresh(at(1_600)));
        assert!(endless.may_be_good(at(1_000_000)));
        assert!(token(1, Some(5)).may_be_good(at(4)) && !token(1, Some(5)).may_be_good(at(5)));
    }

    fn granted(answer: &str, before: Option<&Secret>) -> Granted {
        let fields = Fields::parse(answer.as_bytes()).unwrap();
        Granted::read(
            fields,
            "login.example.test",
            at(5),
            &["mail".to_owned()],
            before,
        )
    }

    #[test]
    fn what_an_answer_leaves_out_is_as_it_was() {
        let before = Secret::from(String::from("refresh"));
        for bare in [
            r#"{"access_token":"t","token_type":"Bearer"}"#,
            r#"{"access_token":"t"}"#,
            r#"{"access_token":"t","token_type":null,"refresh_token":"","scope":"","expires_in":-1}"#,
            r#"{"access_token":"t","token_type":" bearer","refresh_token":null,"scope":[],"expires_in":null}"#,
        ] {
            let token = granted(bare, Some(&before)).token.unwrap();
            assert_eq!(
                (token.expires, token.scopes.as_slice()),
                (None, &["mail".to_owned()][..]),
                "{bare}"
            );
            assert_eq!(
                token.refresh.as_ref().map(Secret::expose),
                Some(b"refresh".as_slice()),
                "{bare}"
            );
        }
        let full = r#"{"access_token":"t","token_type":"BEARER","expires_in":18446744073709551615,"refresh_token":"new","scope":"a b"}"#;
        let token = granted(full, Some(&before)).token.unwrap();
        assert_eq!(
            token.refresh.as_ref().map(Secret::expose),
            Some(b"new".as_slice())
        );
        assert_eq!(
            (token.expires, token.scopes.join(" ").as_str()),
            (Some(at(5) + MAX_LIFE), "a b")
        );
    }

    #[test]
    fn unusable_access_token_leaves_the_refresh_token() {
        for (answer, why) in [
            (
                r#"{"access_token":"t","token_type":"DPoP","refresh_token":"new"}"#,
                "type \"DPoP\"",
            ),
            (
                r#"{"access_token":"t","token_type":"mac","refresh_token":"new"}"#,
                "type \"mac\"",
            ),
            (r#"{"refresh_token":"new"}"#, "no access_token"),
            (
                r#"{"access_token":"","refresh_token":"new"}"#,
                "no access_token",
            ),
            (
                r#"{"access_token":["t"],"refresh_token":"new"}"#,
                "no access_token",
            ),
        ] {
            let granted = granted(answer, None);
            assert_eq!(
                granted.refresh.as_ref().map(Secret::expose),
                Some(b"new".as_slice()),
                "{answer}"
            );
            let error = granted.token.unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn a_token_shows_no_secret() {
        assert!(!format!("{:?}", token(1, Some(2))).contains("canary"));
    }
}
