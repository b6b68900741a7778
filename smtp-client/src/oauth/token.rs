//! A token, and for how long it is good.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oauth2::basic::BasicTokenType;
use oauth2::{StandardTokenResponse, TokenResponse};
use smtp_proto::Secret;

use crate::utc::Utc;

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
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    pub(super) obtained: SystemTime,
    pub(super) expires: Option<SystemTime>,
    pub(super) scopes: Vec<String>,
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

    /// The same as people and JSON write it: a date and time of RFC 3339.
    pub fn expires_text(&self) -> Option<String> {
        let since = self.expires?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Utc(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)).to_string())
    }

    /// What it allows: as granted, or as it was asked for where the issuer said nothing else.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether it can be used now, with time to spare. A clock that was set back makes it doubtful.
    pub(super) fn is_fresh(&self, now: SystemTime) -> bool {
        if now < self.obtained {
            return false;
        }
        let Some(expires) = self.expires else {
            return self.obtained.checked_add(UNKNOWN_LIFE).is_some_and(|end| now < end);
        };
        let life = expires.duration_since(self.obtained).unwrap_or_default();
        let margin = MARGIN.min(life / MARGIN_SHARE);
        now.checked_add(margin).is_some_and(|then| then < expires)
    }

    /// Whether it may still be good: it has not expired as far as is known.
    pub(super) fn may_be_good(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// What an issuer gave at a request that began at `began`. What it leaves out stays as it was asked for, and the
    /// refresh token as it was before (RFC 6749 section 6).
    pub(super) fn of_response(
        response: &StandardTokenResponse<oauth2::EmptyExtraTokenFields, BasicTokenType>,
        began: SystemTime,
        asked: &[String],
        before: Option<&Secret>,
    ) -> Self {
        let secret = |text: &str| Secret::from(text.to_owned());
        let scopes = response.scopes().filter(|scopes| !scopes.is_empty());
        Self {
            access: secret(response.access_token().secret()),
            refresh: response.refresh_token().map(|token| secret(token.secret())).or(before.map(copy)),
            obtained: began,
            // Counted from before the request: the issuer's own count began later.
            expires: response.expires_in().and_then(|life| began.checked_add(life.min(MAX_LIFE))),
            scopes: scopes
                .map_or_else(|| asked.to_vec(), |scopes| scopes.iter().map(|scope| scope.to_string()).collect()),
        }
    }
}

/// The same secret once more.
pub(super) fn copy(secret: &Secret) -> Secret {
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
        for (now, fresh) in [(1_000, true), (4_299, true), (4_300, false), (4_600, false), (9_999, false), (999, false)]
        {
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

    #[test]
    fn what_an_answer_leaves_out_is_as_it_was() {
        let answer = |text: &str| serde_json::from_str(text).unwrap();
        let asked = ["mail".to_owned()];
        let before = Secret::from(String::from("refresh"));
        let bare = answer(r#"{"access_token":"t","token_type":"Bearer"}"#);
        let token = Token::of_response(&bare, at(5), &asked, Some(&before));
        assert_eq!((token.expires, token.scopes.as_slice()), (None, &asked[..]));
        assert_eq!(token.refresh.as_ref().map(Secret::expose), Some(b"refresh".as_slice()));
        let full = answer(
            r#"{"access_token":"t","token_type":"bearer","expires_in":18446744073709551615,"refresh_token":"new","scope":"a b"}"#,
        );
        let token = Token::of_response(&full, at(5), &asked, Some(&before));
        assert_eq!(token.refresh.as_ref().map(Secret::expose), Some(b"new".as_slice()));
        assert_eq!((token.expires, token.scopes.join(" ").as_str()), (Some(at(5) + MAX_LIFE), "a b"));
    }

    #[test]
    fn a_token_shows_no_secret() {
        assert!(!format!("{:?}", token(1, Some(2))).contains("canary"));
    }
}
