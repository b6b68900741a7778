//! What a server's reply means: a cause, a sentence, what to do, who can do it, and whether another try can help.
//!
//! Pure data and a search through it: no I/O, no clock. A rule is made from a reply that a real server gave. What is
//! trusted, in this order: words that only one service says; what the stage alone decides; words that anyone says; stage,
//! enhanced code and basic code. An enhanced code alone misleads: Exchange Online's 5.7.139 has seven meanings.

mod advice;
mod explanation;
mod paste;
mod rule;
mod rules;
mod service;
#[cfg(test)]
mod tests;
mod text;

use smtp_proto::Reply;

pub use explanation::{Explanation, Retry, Who};
pub use paste::{PasteError, read, read_ehlo};

use crate::{Cause, Stage};
use rule::{Facts, Rule};
use rules::{codes, logins, loose, messages, peers, stages};
use service::Service;

/// What is known of a reply besides its bytes. Nothing has to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context<'a> {
    /// What it answered.
    pub phase: Option<Stage>,
    /// The name of the host that gave it.
    pub host: Option<&'a str>,
    /// Whether the login is by access token.
    pub token: bool,
    /// Whether a login had succeeded before it.
    pub logged_in: Option<bool>,
}

impl<'a> Context<'a> {
    /// Of a reply at this stage.
    pub fn at(phase: Stage) -> Self {
        Self { phase: Some(phase), ..Self::default() }
    }

    /// The same, from this host.
    #[must_use]
    pub fn from_host(self, host: &'a str) -> Self {
        Self { host: Some(host), ..self }
    }
}

/// Says what a reply means.
///
/// It takes time in proportion to the reply's length, whatever the bytes.
///
/// ```
/// use smtp_client::knowledge::{self, Context, Who};
/// use smtp_client::{Cause, Reply};
/// let reply = Reply::parse(
///     b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.\r\n",
/// )?;
/// let explanation = knowledge::explain(&reply, Context::default());
/// assert_eq!(explanation.cause, Cause::SmtpAuthDisabled);
/// assert_eq!((explanation.provider, explanation.who), (Some("Exchange Online"), Who::Admin));
/// println!("{} {}", explanation.summary, explanation.fix[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain(reply: &Reply, context: Context<'_>) -> Explanation {
    let facts = Facts::of(reply, context.phase);
    let spoke = context.host.and_then(Service::of_host).or_else(|| Service::of_words(&facts));
    let found = find(&facts, spoke);
    let service = spoke.or(found.service);
    let cause = match found.rule.map_or(Cause::Unknown, |rule| rule.cause) {
        Cause::CredentialsRejected if context.token => Cause::OauthTokenRejected,
        // Where nobody has logged in, no login can be the one that may not use a sender address.
        Cause::SendAsDenied if context.logged_in == Some(false) => Cause::SenderRejected,
        cause => cause,
    };
    explanation::compose(cause, reply.code(), context.phase, service, found.rule)
}

/// The rule that decides, and the service whose table has it.
struct Found {
    rule: Option<&'static Rule>,
    service: Option<&'static Service>,
}

fn find(facts: &Facts, spoke: Option<&'static Service>) -> Found {
    let first = |rules: &'static [Rule]| rules.iter().find(|rule| rule.fits(facts));
    if facts.code < 400 {
        return Found { rule: first(stages::POSITIVE), service: None };
    }
    let own = spoke.and_then(|service| first(service.rules));
    if let Some(rule) = own {
        return Found { rule: Some(rule), service: spoke };
    }
    let told = |service: &'static Service| {
        let rule = service.rules.iter().find(|rule| rule.tells_its_service() && rule.fits(facts))?;
        Some(Found { rule: Some(rule), service: Some(service) })
    };
    let by_anyone = || {
        let tables: &[&'static [Rule]] = match is_login(facts) {
            true => &[logins::LOGINS],
            false => &[stages::STAGES, peers::PEERS, messages::MESSAGES, loose::LOOSE, codes::CODES],
        };
        Found { rule: tables.iter().find_map(|rules| first(rules)), service: None }
    };
    service::ALL.iter().find_map(told).unwrap_or_else(by_anyone)
}

/// Whether it answers a login. Where nobody says so, only the codes do that answer nothing else.
fn is_login(facts: &Facts) -> bool {
    match facts.stage {
        Some(stage) => stage == Stage::Auth,
        None => matches!(facts.code, 432 | 534 | 535 | 538),
    }
}
