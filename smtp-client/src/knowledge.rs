//! What a server's reply means: a cause, a sentence, what to do, who can do it, and whether another try can help.
//!
//! Pure data and a search through it: no I/O, no clock. A rule is made from a reply that a real server gave. What is
//! trusted, in this order: words that only one service uses; stages and codes with one meaning;
//! subjects with their verdicts; general phrases, each only at the stages at which it can mean its cause; single words; words within a link; stage,
//! enhanced code and basic code. From the general phrases on, all words together can outweigh the
//! rule (`learned`). An enhanced code alone misleads: Exchange Online's 5.7.139 has seven meanings.

mod advice;
mod explanation;
#[doc(hidden)]
pub mod learned;
mod logged;
mod paste;
mod rule;
mod rules;
mod service;
#[cfg(test)]
mod tests;
mod text;

use mailwright_proto::reply::Reply;

pub use explanation::{Explanation, Retry, Who};
pub use logged::logged_stage;
pub use paste::{PasteError, read, read_ehlo};

use crate::{Cause, Stage};
use rule::{Facts, Rule};
use rules::{codes, limits, logins, loose, messages, peers, senders, stages, subjects};
use service::Service;
use text::Text;

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
        Self {
            phase: Some(phase),
            ..Self::default()
        }
    }

    /// The same, from this host.
    #[must_use]
    pub fn from_host(self, host: &'a str) -> Self {
        Self {
            host: Some(host),
            ..self
        }
    }
}

/// Says what a reply means.
///
/// It takes time in proportion to the reply's length, whatever the bytes.
///
/// ```
/// use mailwright::knowledge::{self, Context, Who};
/// use mailwright::{Cause, Reply};
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
    let spoke = context
        .host
        .and_then(Service::of_host)
        .or_else(|| Service::of_words(&facts));
    let found = find(&facts, spoke);
    let service = spoke.or(found.service);
    // Exchange's codes for this refusal leave no doubt, even if a login is not known of.
    let is_certain = matches!(facts.status, Some((7, 60) | (2, 252)));
    let (rule, cause) = found.verdict(&facts);
    let cause = match cause {
        Cause::CredentialsRejected if context.token => Cause::OAuthTokenRejected,
        // Where nobody has logged in, no login can be the one that may not use a sender address.
        Cause::SendAsDenied if context.logged_in == Some(false) && !is_certain => {
            Cause::SenderRejected
        }
        cause => cause,
    };
    explanation::compose(cause, reply.code(), context.phase, service, rule)
}

/// The rule that decides, and the service whose table has it.
struct Found {
    rule: Option<&'static Rule>,
    service: Option<&'static Service>,
    trust: Trust,
}

/// Whether a rule decides against what the words make likely. Measured by table, on 353 replies
/// that neither had seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Words of one service, codes with one meaning, verdicts with their subjects: 9 of 10 were
    /// right, and the words did no better.
    Full,
    /// General phrases, of which 8 of 10 were right, single words and bare codes, of which half
    /// were.
    Partial,
}

/// The probability from which the words outweigh a rule.
const LIKELY: f32 = 0.65;

impl Found {
    /// Returns the cause, and the rule if it is the rule's.
    fn verdict(&self, facts: &Facts) -> (Option<&'static Rule>, Cause) {
        let of_rule = self.rule.map_or(Cause::Unknown, |rule| rule.cause);
        let guess = match self.trust {
            Trust::Partial if learned::CAUSES.contains(&of_rule) => learned::guess(facts),
            _ => None,
        };
        match guess {
            Some((likely, probability)) if likely != of_rule && probability >= LIKELY => {
                (None, likely)
            }
            _ => (self.rule, of_rule),
        }
    }
}

fn find(facts: &Facts, spoke: Option<&'static Service>) -> Found {
    let first =
        |rules: &'static [Rule], text: &Text| rules.iter().find(|rule| rule.fits(facts, text));
    if facts.code < 400 {
        return Found {
            rule: first(stages::POSITIVE, &facts.text),
            service: None,
            trust: Trust::Full,
        };
    }
    let own = spoke.and_then(|service| first(service.rules, &facts.text));
    if let Some(rule) = own {
        return Found {
            rule: Some(rule),
            service: spoke,
            trust: Trust::Full,
        };
    }
    let told = |service: &'static Service| {
        let rule = service
            .rules
            .iter()
            .find(|rule| rule.tells_its_service() && rule.fits(facts, &facts.text))?;
        Some(Found {
            rule: Some(rule),
            service: Some(service),
            trust: Trust::Full,
        })
    };
    let by_anyone = || {
        // If no other word matches, a word within a link may.
        let linked = |rules: &'static [Rule]| -> &'static [Rule] {
            if facts.has_links() { rules } else { &[] }
        };
        let (words, text) = (&facts.words, &facts.text);
        let tables: &[(&'static [Rule], &Text, Trust)] = if is_login(facts) {
            &[(logins::LOGINS, words, Trust::Partial)]
        } else {
            &[
                (stages::STAGES, words, Trust::Full),
                (subjects::SUBJECTS, words, Trust::Full),
                (peers::PEERS, words, Trust::Partial),
                (limits::LIMITS, words, Trust::Full),
                (senders::SENDERS, words, Trust::Partial),
                (messages::MESSAGES, words, Trust::Partial),
                (loose::LOOSE, words, Trust::Partial),
                (linked(peers::PEERS), text, Trust::Partial),
                (linked(messages::MESSAGES), text, Trust::Partial),
                (codes::CODES, words, Trust::Partial),
            ]
        };
        let found = tables
            .iter()
            .find_map(|(rules, text, trust)| Some((first(rules, text)?, *trust)));
        Found {
            rule: found.map(|(rule, _)| rule),
            service: None,
            trust: found.map_or(Trust::Partial, |(_, trust)| trust),
        }
    };
    service::ALL.iter().find_map(told).unwrap_or_else(by_anyone)
}

/// All tables, with their services.
fn tables() -> Vec<(Option<&'static Service>, &'static [Rule])> {
    let of_anyone = [
        stages::POSITIVE,
        stages::STAGES,
        subjects::SUBJECTS,
        logins::LOGINS,
        peers::PEERS,
        limits::LIMITS,
        senders::SENDERS,
        messages::MESSAGES,
        loose::LOOSE,
        codes::CODES,
    ];
    let of_services = service::ALL
        .iter()
        .map(|service| (Some(service), service.rules));
    of_services
        .chain(of_anyone.into_iter().map(|rules| (None, rules)))
        .collect()
}

/// Returns whether the reply answers a login. If the stage is unknown, its code or words must occur
/// in replies to logins only.
fn is_login(facts: &Facts) -> bool {
    match facts.stage {
        Some(stage) => stage == Stage::Auth,
        None => {
            matches!(facts.code, 432 | 435 | 534 | 535 | 538)
                || facts.words.says_one_of(LOGIN_WORDS) && !facts.words.says_one_of(NO_LOGIN_WORDS)
        }
    }
}

/// Phrases that occur only in replies to a login.
const LOGIN_WORDS: &str = "auth mechanism* | auth mode* | authentication mechanism* | authentication type | authentication exchange* | \
    authentication cancel* | authentication aborted | authentication rejected | authentication unsuccessful | \
    auth command* | auth not available* | command \"auth\" | auth * not advertised | *base64 | base64* | username or passw* | username and passw* | \
    user name and passw* | incorrect authentication data | bad auth attempts | \
    identity changes permitted | auth not allowed* | unknown mechanism | invalid mechanism | invalid credential* | mechanism * not supported | login denied | login failed* | user has no permission | cram-md5 | sasl | user name or password* | \
    username or password* | bad user name | wrong password | incorrect password | invalid password | \
    activated the smtp service | authentication not enabled | authentication * not enabled | bad authentication | authentication failed | \
    authentication failure | could not authenticate";

/// Phrases of replies that mention a login and answer another command.
const NO_LOGIN_WORDS: &str = "dmarc* | dkim* | spf | arc | mail* | email* | domain* | relay* | sender* | message* | \
    client not authenticated | issue an auth* | before sending";
