//! What a check found: each port, step by step, and the verdict over all.

use std::net::SocketAddr;
use std::time::Duration;

use mailwright_proto::{Security, auth::Mechanism, ehlo::Capabilities, reply::Reply};
use rustls::pki_types::CertificateDer;

use crate::cause::Cause;
use crate::dialogue::DialogueLine;
use crate::facts::{Login, SkippedMechanism, TlsFacts};
use crate::setting::Setting;
use crate::stage::Stage;

/// What a check found.
///
/// Every text in it that comes from the other side is escaped as [`DialogueLine::text`] is, replies and capabilities
/// apart, which are as they came. No secret is in any.
///
/// ```
/// use mailwright::check::Report;
/// fn settings(report: &Report) -> Option<(u16, &'static str)> {
///     let best = report.verdict.best.as_ref()?;
///     Some((best.port, best.auth.map_or("none", |mechanism| mechanism.name())))
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The host, or the domain whose mail exchangers were tried.
    pub host: String,
    /// In the order in which they were named.
    pub ports: Vec<Port>,
    /// Other servers beside it. They tell what this network lets through, and never make a port usable.
    pub compared: Vec<Port>,
    /// What follows from all that.
    pub verdict: Verdict,
    /// How long it took as a whole.
    pub took: Duration,
}

/// What a check found on one port.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Port {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How TLS was to come about there.
    pub security: Security,
    /// The address that answered.
    pub address: Option<SocketAddr>,
    /// How far it got: the last stage that was done, or the one that failed.
    pub stage: Stage,
    /// In the order in which they began. Some overlap: addresses are tried side by side.
    pub steps: Vec<Step>,
    /// What the server said first.
    pub greeting: Option<Reply>,
    /// What it answered to EHLO in the clear.
    pub plain: Option<Capabilities>,
    /// What it answered to EHLO over TLS.
    pub secured: Option<Capabilities>,
    /// The TLS connection, once its handshake was done.
    pub tls: Option<TlsFacts>,
    /// The server's certificate and those that it sent along, in DER, also where the handshake then failed.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Mechanisms that came to nothing before the one that was tried in the end.
    pub passed_over: Vec<SkippedMechanism>,
    /// The login, where one was asked for and made.
    pub login: Option<Login>,
    /// Whether it can be used for what was asked.
    pub usable: bool,
    /// What is in the way; nothing where it is usable.
    pub failure: Option<CheckFailure>,
    /// What was said, with the times of [`Step::at`].
    pub dialogue: Vec<DialogueLine>,
}

impl Port {
    pub(super) fn new(host: &str, port: u16, security: Security) -> Self {
        Self {
            host: host.to_owned(),
            port,
            security,
            address: None,
            stage: Stage::Config,
            steps: Vec::new(),
            greeting: None,
            plain: None,
            secured: None,
            tls: None,
            certificates: Vec::new(),
            passed_over: Vec::new(),
            login: None,
            usable: false,
            failure: None,
            dialogue: Vec::new(),
        }
    }

    /// Draws the conclusion from how it went, once the steps are known.
    pub(super) fn conclude(mut self, outcome: Result<(), CheckFailure>) -> Self {
        self.usable = outcome.is_ok();
        self.failure = outcome.err();
        let done = self
            .steps
            .iter()
            .filter(|step| step.outcome == StepOutcome::Done && step.stage != Stage::Quit);
        let last = done
            .map(|step| step.stage)
            .next_back()
            .unwrap_or(Stage::Config);
        // A refusal ends its step as any reply does.
        if let Some(failure) = &self.failure {
            let mut steps = self.steps.iter_mut().rev();
            if let Some(step) =
                steps.find(|step| step.stage == failure.stage && step.outcome == StepOutcome::Done)
                && !matches!(failure.stage, Stage::Dns | Stage::Connect)
            {
                step.outcome = StepOutcome::Failed;
            }
        }
        self.stage = self.failure.as_ref().map_or(last, |failure| failure.stage);
        if let Some(failure) = self
            .failure
            .as_ref()
            .filter(|failure| failure.stage == Stage::Greeting)
        {
            self.greeting = self.greeting.take().or(failure.reply.clone());
        }
        self
    }

    /// The names of the SASL mechanisms of the server's last answer to EHLO, each once.
    pub fn auth_mechanisms(&self) -> Vec<String> {
        let offered = self.secured.as_ref().or(self.plain.as_ref());
        let mut names = Vec::new();
        for name in offered.iter().flat_map(|offered| offered.mechanisms()) {
            let name = mailwright_proto::reply::Escaped(name).to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// How long a stage took here, all its steps together; nothing where it was not reached.
    pub fn took(&self, stage: Stage) -> Option<Duration> {
        let mut steps = self
            .steps
            .iter()
            .filter(|step| step.stage == stage)
            .peekable();
        let first = steps.peek()?.at;
        match stage {
            // They overlap: what counts is the time until the one that was needed was done.
            Stage::Dns | Stage::Connect => {
                let done = |step: &&Step| step.outcome == StepOutcome::Done;
                let end = |step: &Step| step.at.saturating_add(step.took);
                let all: Vec<&Step> = steps.collect();
                let needed = match stage {
                    Stage::Connect => all.iter().copied().filter(done).map(end).min(),
                    _ => None,
                };
                needed
                    .or(all.iter().copied().map(end).max())
                    .map(|end| end.saturating_sub(first))
            }
            _ => Some(steps.map(|step| step.took).sum()),
        }
    }
}

/// One step on the way through a port.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// What kind of step. EHLO may come twice: before TLS and after it.
    pub stage: Stage,
    /// What of it, in a word or two: the kind of record, the address, the mechanism. May be empty.
    pub subject: String,
    /// When it began, since the check did.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: StepOutcome,
    /// What came of it, in a few words, escaped.
    pub note: String,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepOutcome {
    /// As it should.
    Done,
    /// It did not work.
    Failed,
    /// Not yet, or it was given up when there was nothing more to learn from it.
    Unfinished,
}

/// What is in the way on a port.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckFailure {
    /// Where.
    pub stage: Stage,
    /// Its stable name.
    pub cause: Cause,
    /// One sentence.
    pub summary: String,
    /// The evidence, escaped.
    pub detail: String,
    /// What to do, the likeliest first.
    pub fix: Vec<String>,
    /// The server's reply, if it was one that it failed by.
    pub reply: Option<Reply>,
    /// The provider's own page about it.
    pub source: Option<&'static str>,
    /// The settings of a client that `fix` is about.
    pub settings: &'static [Setting],
}

impl CheckFailure {
    /// A failure with the words of its cause.
    pub(super) fn of(stage: Stage, cause: Cause, detail: String) -> Self {
        Self {
            stage,
            cause,
            summary: cause.summary().to_owned(),
            detail,
            fix: cause.fix().iter().copied().map(str::to_owned).collect(),
            reply: None,
            source: None,
            settings: &[],
        }
    }

    /// The same in other words, and what to do first.
    pub(super) fn saying(mut self, summary: String, fix: impl IntoIterator<Item = String>) -> Self {
        self.summary = summary;
        self.fix.splice(0..0, fix);
        self
    }
}

/// What follows from all ports together.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verdict {
    /// [`Cause::Ok`] where a port is usable.
    pub cause: Cause,
    /// One sentence or two.
    pub summary: String,
    /// What to do, the likeliest first.
    pub fix: Vec<String>,
    /// The port to use, if one is usable, and its settings.
    pub best: Option<Use>,
    /// The reply that told the cause, if one did.
    pub reply: Option<Reply>,
    /// The settings of a client that `fix` is about.
    pub settings: &'static [Setting],
}

/// Settings that work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Use {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How TLS comes about.
    pub security: Security,
    /// How to log in: as it was done, or else the best that is offered and known; nothing where no login is offered.
    pub auth: Option<Mechanism>,
}
