//! What is said about a reply.

use std::borrow::Cow;
use std::time::Duration;

use mailwright_proto::reply::ReplyCode;

use super::advice;
use super::rule::Rule;
use super::service::Service;
use crate::{Cause, Setting, Stage};

/// What a reply means, and what to do about it. All of it is this library's own words: nothing of the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The stable name of what is wrong; [`Cause::Ok`] where nothing is.
    pub cause: Cause,
    /// One sentence, or two.
    pub summary: Cow<'static, str>,
    /// What to do, the likeliest first. There is always at least one thing.
    pub fix: &'static [&'static str],
    /// Who can do it.
    pub who: Who,
    /// Whether another try can help, and when.
    pub retry: Retry,
    /// The service that spoke, where its words or its name tell.
    pub provider: Option<&'static str>,
    /// The page of that service that says more.
    pub source: Option<&'static str>,
    /// A reply of the same kind, which the rule was made from that decided.
    pub example: Option<&'static str>,
    /// The settings of a client that `fix` is about.
    pub settings: &'static [Setting],
}

/// Who can do something about a refusal.
///
/// ```
/// use mailwright::knowledge::Who;
/// assert_eq!(Who::Admin.to_string(), "the administrator of the sender's mailbox or domain");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Who {
    /// Whoever sends.
    Sender,
    /// The administrator of the sender's mailbox or domain.
    Admin,
    /// The owner of the network that the mail comes from.
    Network,
    /// The recipient, or its administrator.
    Recipient,
    /// The operator of the server that refused.
    Operator,
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sender => "the sender",
            Self::Admin => "the administrator of the sender's mailbox or domain",
            Self::Network => "the owner of the network that the mail comes from",
            Self::Recipient => "the recipient's side",
            Self::Operator => "the operator of the server",
        })
    }
}

/// Whether another try can help, and when.
///
/// ```
/// use mailwright::knowledge::Retry;
/// assert_eq!(Retry::InMinutes.wait(), Some(std::time::Duration::from_secs(5 * 60)));
/// assert_eq!(Retry::AfterTheFix.wait(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// There is nothing to be tried again.
    NotNeeded,
    /// The same will fail again until something is done.
    AfterTheFix,
    /// At once, over a new connection or in another transaction.
    Reconnect,
    /// In some minutes.
    InMinutes,
    /// In some hours.
    InHours,
    /// On the next day.
    Tomorrow,
}

impl Retry {
    /// How long to wait before the next try; `None` where waiting alone does not help.
    pub fn wait(self) -> Option<Duration> {
        let minutes = match self {
            Self::NotNeeded | Self::AfterTheFix => return None,
            Self::Reconnect => 0,
            Self::InMinutes => 5,
            Self::InHours => 2 * 60,
            Self::Tomorrow => 24 * 60,
        };
        Some(Duration::from_secs(minutes * 60))
    }
}

impl std::fmt::Display for Retry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotNeeded => "nothing needs to be tried again",
            Self::AfterTheFix => "the same will fail again until something is done",
            Self::Reconnect => "at once, over a new connection or in another transaction",
            Self::InMinutes => "in some minutes",
            Self::InHours => "in some hours",
            Self::Tomorrow => "on the next day",
        })
    }
}

impl Explanation {
    /// Of a cause that no reply told.
    pub(crate) fn of_cause(cause: Cause) -> Self {
        Self {
            cause,
            summary: Cow::Borrowed(cause.summary()),
            fix: cause.fix(),
            who: advice::who(cause),
            retry: advice::retry(cause, false),
            provider: None,
            source: None,
            example: None,
            settings: &[],
        }
    }

    /// Returns the explanation of a cause in other words.
    pub(crate) fn worded(
        cause: Cause,
        summary: &'static str,
        fix: &'static [&'static str],
    ) -> Self {
        Self {
            summary: Cow::Borrowed(summary),
            fix,
            ..Self::of_cause(cause)
        }
    }
}

/// Takes what the rule says, and what it leaves open from the cause.
pub(super) fn compose(
    cause: Cause,
    code: ReplyCode,
    stage: Option<Stage>,
    service: Option<&'static Service>,
    decided: Option<&'static Rule>,
) -> Explanation {
    let rule = decided
        .filter(|rule| rule.cause == cause)
        .map(|rule| rule.advice);
    let summary = match (rule.map_or("", |advice| advice.summary), cause) {
        ("", Cause::Unknown) => Cow::Owned(of_class(code, stage)),
        ("", _) => Cow::Borrowed(cause.summary()),
        (own, _) => Cow::Borrowed(own),
    };
    let fix = rule.map(|advice| advice.fix).filter(|fix| !fix.is_empty());
    let page = service
        .filter(|_| code.is_negative())
        .map(|service| service.page);
    Explanation {
        cause,
        summary,
        fix: fix.unwrap_or(cause.fix()),
        who: rule
            .and_then(|advice| advice.who)
            .unwrap_or(advice::who(cause)),
        retry: rule
            .and_then(|advice| advice.retry)
            .unwrap_or(advice::retry(cause, code.is_transient())),
        provider: service.map(|service| service.name),
        source: rule.and_then(|advice| advice.source).or(page),
        example: decided.map(|rule| rule.example),
        settings: &[],
    }
}

/// What class and stage tell of a refusal whose words and codes do not.
fn of_class(code: ReplyCode, stage: Option<Stage>) -> String {
    let what = match stage {
        Some(Stage::Greeting) => "the connection",
        Some(Stage::Ehlo) => "this client's greeting",
        Some(Stage::StartTls | Stage::Tls) => "to begin with TLS",
        Some(Stage::Auth) => "the login",
        Some(Stage::Mail) => "the sender",
        Some(Stage::Rcpt) => "a recipient",
        Some(Stage::Data | Stage::Body) => "the message",
        _ => "what it was asked for",
    };
    let until = match code.is_transient() {
        true => "for now: the same may succeed later",
        false => "for good: the same will be refused again",
    };
    format!("The server refused {what} {until}. Its words name no reason that is known here.")
}
