//! What a rule of the knowledge base is: when it fits a reply, and what it then says.

use mailwright_proto::reply::Reply;

use super::text::{Links, Text};
use super::{Retry, Who};
use crate::{Cause, Stage};

/// One row of a table. What it leaves empty fits any reply.
#[derive(Debug)]
pub(super) struct Rule {
    /// Phrases, in lower case, of which one is enough: ` | ` stands between two, and `*` for any text. None: the words do
    /// not matter.
    pub(super) says: &'static str,
    /// Further phrases, written in the same way, of which one must occur too, before or after:
    /// usually the subject of which `says` has the verdict.
    pub(super) about: &'static str,
    /// Phrases, written in the same way, of which none may occur.
    pub(super) unless: &'static str,
    /// Where the reply came from. A reply of which that is not known fits no rule that asks for it.
    pub(super) at: &'static [Stage],
    /// Stages at which the rule does not apply.
    pub(super) not_at: &'static [Stage],
    /// The basic code; one digit stands for its class, and 0 for any.
    pub(super) code: u16,
    /// Subject and detail of the enhanced code, of which one is enough. [`ANY`] stands for every detail.
    pub(super) status: &'static [(u16, u16)],
    /// Whether others say the same and mean something else: then the table's own service has to be known. It has to be
    /// for a rule without phrases, too.
    pub(super) common: bool,
    /// What it means.
    pub(super) cause: Cause,
    /// What is to be said, where the cause's own words are not the best.
    pub(super) advice: Advice,
    /// The reply that the rule was made from. Its stage is the first of `at`.
    pub(super) example: &'static str,
}

/// What a row leaves out.
pub(super) const BASE: Rule = Rule {
    says: "",
    about: "",
    unless: "",
    at: &[],
    not_at: &[],
    code: 0,
    status: &[],
    common: false,
    cause: Cause::Unknown,
    advice: ADVICE,
    example: "",
};

/// Stands in the place of a detail for every detail of its subject.
pub(super) const ANY: u16 = u16::MAX;

/// What to say of a cause. What is empty here is said by the next in line: the service's words for the cause, then the
/// cause's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Advice {
    pub(super) summary: &'static str,
    pub(super) fix: &'static [&'static str],
    pub(super) who: Option<Who>,
    pub(super) retry: Option<Retry>,
    pub(super) source: Option<&'static str>,
}

/// Advice that says nothing of its own.
pub(super) const ADVICE: Advice = Advice {
    summary: "",
    fix: &[],
    who: None,
    retry: None,
    source: None,
};

/// A reply as rules look at it.
pub(super) struct Facts {
    /// The whole text.
    pub(super) text: Text,
    /// The same without paths and queries of links.
    pub(super) words: Text,
    pub(super) code: u16,
    pub(super) status: Option<(u16, u16)>,
    pub(super) stage: Option<Stage>,
}

impl Facts {
    /// Returns whether a link has more than a host's name.
    pub(super) fn has_links(&self) -> bool {
        self.text != self.words
    }

    pub(super) fn of(reply: &Reply, stage: Option<Stage>) -> Self {
        Self {
            text: Text::of(reply, Links::Whole),
            words: Text::of(reply, Links::HostOnly),
            code: reply.code().get(),
            status: reply
                .lines()
                .find_map(|line| status(line, reply.code().get() / 100))
                .or_else(|| status_of_code(reply.code().get())),
            stage,
        }
    }
}

/// Subject and detail of the first enhanced code in a line, wherever it stands: qmail has it at the end, as `(#5.1.1)`.
fn status(line: &[u8], class: u16) -> Option<(u16, u16)> {
    line.split(|byte| byte.is_ascii_whitespace())
        .find_map(|word| {
            let word = str::from_utf8(word)
                .ok()?
                .trim_matches(['(', ')', '#', ':', ',', '=', ';', '[', ']']);
            let parts: Vec<u16> = word
                .split('.')
                .map(|part| part.parse().ok())
                .collect::<Option<_>>()?;
            match parts[..] {
                [first, subject, detail] if first == class => Some((subject, detail)),
                _ => None,
            }
        })
}

/// Returns the enhanced code that a basic code outside of RFC 5321 stands for: some servers write
/// 5.1.1 as 511.
fn status_of_code(code: u16) -> Option<(u16, u16)> {
    matches!(code, 511..=513 | 516..=518 | 522 | 571).then_some((code / 10 % 10, code % 10))
}

impl Rule {
    /// Returns whether its words or codes occur in replies of one service only, and so identify it.
    /// Details from 50 on are not in the registry.
    pub(super) fn tells_its_service(&self) -> bool {
        let own_code = |&(_, detail): &(u16, u16)| (50..1000).contains(&detail);
        !self.common && (!self.says.is_empty() || self.status.iter().any(own_code))
    }

    /// Returns whether it matches a reply with this text.
    pub(super) fn fits(&self, facts: &Facts, text: &Text) -> bool {
        let of_status = |rule: &(u16, u16), status: (u16, u16)| {
            rule.0 == status.0 && [ANY, status.1].contains(&rule.1)
        };
        (self.at.is_empty() || facts.stage.is_some_and(|stage| self.at.contains(&stage)))
            && [0, facts.code, facts.code / 100].contains(&self.code)
            && (self.status.is_empty()
                || facts
                    .status
                    .is_some_and(|status| self.status.iter().any(|rule| of_status(rule, status))))
            && !facts
                .stage
                .is_some_and(|stage| self.not_at.contains(&stage))
            && (self.says.is_empty() || text.says_one_of(self.says))
            && (self.about.is_empty() || text.says_one_of(self.about))
            && (self.unless.is_empty() || !text.says_one_of(self.unless))
    }
}
