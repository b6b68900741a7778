//! A refused login: what was tried, what else the server offers, and what to do about it.

use std::borrow::Cow;
use std::fmt;

use mailwright_proto::{auth::Mechanism, ehlo::Capabilities, reply::Reply};

use crate::cause::Cause;
use crate::knowledge::{self, Context, Explanation};
use crate::stage::Stage;

/// A login that the server refused.
#[derive(Debug)]
pub(crate) struct RefusedLogin {
    /// `None` if the session ended before the final reply.
    pub(crate) reply: Option<Reply>,
    pub(crate) host: String,
    pub(crate) mechanism: Mechanism,
    /// The names of the mechanisms that the server offers.
    pub(crate) offered: Vec<String>,
    /// Whether the login was over TLS.
    pub(crate) over_tls: bool,
    /// Whether the password that was sent begins or ends with a blank.
    pub(crate) blank: bool,
    /// The server's error within the exchange, escaped for display.
    pub(crate) said: Option<String>,
}

/// What to do if the server refuses the mechanism itself.
const REFUSED_MECHANISM: &[&str] = &[
    "Log in with another mechanism that the server offers.",
    "Ask the server's operator why it offers a mechanism that it does not accept.",
];

/// What to do if a digest of the password was refused.
const REFUSED_DIGEST: &[&str] = &[
    "Check the user name: many servers want the whole mail address.",
    "Check the password, by a login elsewhere.",
    "If both are right, log in with another mechanism: CRAM-MD5 and SCRAM fail if the server keeps only another hash of \
     the password, and PLAIN over TLS does not.",
    "Where multi-factor login is on, use an app password or an access token.",
];

impl RefusedLogin {
    pub(crate) fn explanation(&self) -> Explanation {
        let token = is_for_tokens(self.mechanism);
        let Some(reply) = &self.reply else {
            return Explanation::of_cause(if token {
                Cause::OAuthTokenRejected
            } else {
                Cause::CredentialsRejected
            });
        };
        let explanation = knowledge::explain(
            reply,
            Context {
                token,
                ..Context::at(Stage::Auth).from_host(&self.host)
            },
        );
        match explanation.cause {
            // The error within the exchange is more precise than the reply.
            Cause::TemporaryServerFailure | Cause::Unknown if token && self.said.is_some() => {
                Explanation {
                    retry: explanation.retry,
                    provider: explanation.provider,
                    source: explanation.source,
                    ..Explanation::of_cause(Cause::OAuthTokenRejected)
                }
            }
            Cause::AuthMechanism => Explanation {
                summary: Cow::Borrowed("The server refused the login mechanism that was used."),
                fix: REFUSED_MECHANISM,
                ..explanation
            },
            Cause::CredentialsRejected if self.simpler_mechanism().is_some() => Explanation {
                fix: REFUSED_DIGEST,
                ..explanation
            },
            _ => explanation,
        }
    }

    /// Returns the mechanism to try instead of a refused CRAM-MD5 or SCRAM: one that sends the
    /// password itself, over TLS only.
    pub(crate) fn simpler_mechanism(&self) -> Option<Mechanism> {
        use Mechanism as M;
        let sends_a_digest = matches!(
            self.mechanism,
            M::CramMd5 | M::ScramSha1 | M::ScramSha1Plus | M::ScramSha256 | M::ScramSha256Plus
        );
        let is_offered = |mechanism: &M| {
            self.offered
                .iter()
                .any(|name| name.eq_ignore_ascii_case(mechanism.name()))
        };
        [M::Plain, M::Login]
            .into_iter()
            .find(is_offered)
            .filter(|_| sends_a_digest && self.over_tls)
    }
}

impl fmt::Display for RefusedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.reply, &self.said) {
            (Some(reply), None) => write!(f, "the server answered: {reply}")?,
            (Some(reply), Some(said)) => write!(
                f,
                "the server answered: {reply}; within the login it said: {said}"
            )?,
            (None, said) => {
                let said = said.as_deref().unwrap_or_default();
                write!(
                    f,
                    "the server refused the login within the exchange, and gave no final reply: {said}"
                )?;
            }
        }
        write!(f, "; the mechanism was {}", self.mechanism)?;
        if !self.offered.is_empty() {
            write!(f, ", and the server offers {}", self.offered.join(", "))?;
        }
        if self.blank {
            f.write_str("; the password begins or ends with a blank, which was sent with it")?;
        }
        Ok(())
    }
}

/// Returns whether a mechanism takes an access token.
pub(crate) fn is_for_tokens(mechanism: Mechanism) -> bool {
    matches!(mechanism, Mechanism::OAuthBearer | Mechanism::XOAuth2)
}

/// Returns the names of the mechanisms that a server offers.
pub(crate) fn offered_by(capabilities: &Capabilities) -> Vec<String> {
    capabilities
        .mechanisms()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(
        mechanism: Mechanism,
        offered: &[&str],
        over_tls: bool,
        reply: &str,
    ) -> RefusedLogin {
        RefusedLogin {
            reply: Some(knowledge::read(reply.as_bytes()).expect("a reply")),
            host: "mx.test".to_owned(),
            mechanism,
            offered: offered.iter().copied().map(str::to_owned).collect(),
            over_tls,
            blank: false,
            said: None,
        }
    }

    #[test]
    fn a_refused_digest_suggests_plain_over_tls_only() {
        use Mechanism as M;
        let cases: [(M, &[&str], bool, Option<M>); 6] = [
            (
                M::CramMd5,
                &["LOGIN", "plain", "CRAM-MD5"],
                true,
                Some(M::Plain),
            ),
            (
                M::ScramSha256,
                &["SCRAM-SHA-256", "LOGIN"],
                true,
                Some(M::Login),
            ),
            (M::CramMd5, &["LOGIN", "PLAIN", "CRAM-MD5"], false, None),
            (M::CramMd5, &["CRAM-MD5"], true, None),
            (M::Plain, &["PLAIN", "LOGIN"], true, None),
            (M::XOAuth2, &["PLAIN", "XOAUTH2"], true, None),
        ];
        for (mechanism, offered, over_tls, simpler) in cases {
            let refused = refused(
                mechanism,
                offered,
                over_tls,
                "535 authentication failed (#5.7.1)",
            );
            assert_eq!(refused.simpler_mechanism(), simpler, "{refused}");
            let advises_another = refused
                .explanation()
                .fix
                .iter()
                .any(|fix| fix.contains("another mechanism"));
            assert_eq!(advises_another, simpler.is_some(), "{refused}");
        }
    }

    #[test]
    fn a_refused_mechanism_is_named_beside_those_offered() {
        let reply = "535 5.7.8 Error: authentication failed: Invalid authentication mechanism";
        let refused = refused(
            Mechanism::ScramSha256,
            &["PLAIN", "SCRAM-SHA-256"],
            true,
            reply,
        );
        let explanation = refused.explanation();
        assert_eq!(explanation.cause, Cause::AuthMechanism);
        assert!(
            !explanation.summary.contains("in common"),
            "{}",
            explanation.summary
        );
        let detail = refused.to_string();
        assert!(
            detail.contains("mechanism was SCRAM-SHA-256")
                && detail.contains("PLAIN, SCRAM-SHA-256"),
            "{detail}"
        );
    }
}
