//! What the page shows, as plain texts and times.

use std::time::Duration;

use mail_builder::headers::date::Date;
use mailwright::check::{self, Report, StepOutcome};
use mailwright::mailwright_proto::{Security, auth::Mechanism, ehlo::Capabilities, reply::Reply};
use mailwright::sender::{Finding as SenderFinding, SenderReport, Severity};
use mailwright::{Peer, Redactor, Stage};

use crate::check::note;
use crate::report::one_line;
use crate::text;

/// A report, ready to be shown.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The host, or the domain whose mail exchangers were tried.
    pub host: String,
    /// When it was made, for people.
    pub made: String,
    /// How long the check took.
    pub took_ms: f64,
    /// What follows from all of it.
    pub verdict: Verdict,
    /// Each port.
    pub ports: Vec<Port>,
    /// Other servers beside it.
    pub compared: Vec<Port>,
    /// The sender's DNS, if it was asked for.
    pub sender: Option<Sender>,
}

/// The verdict.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Its stable name.
    pub cause: String,
    /// Whether a port is usable.
    pub good: bool,
    /// One sentence.
    pub summary: String,
    /// What to do.
    pub fix: Vec<String>,
    /// Settings to use, by their names.
    pub settings: Vec<(String, String)>,
    /// The reply that told the cause.
    pub reply: Option<String>,
}

/// One port of one host.
#[derive(Debug, Clone, Default)]
pub struct Port {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How TLS was to come about.
    pub security: String,
    /// The address that answered.
    pub address: Option<String>,
    /// Whether it can be used.
    pub usable: bool,
    /// How far it got.
    pub stage: String,
    /// The way there.
    pub steps: Vec<Step>,
    /// What is in the way.
    pub failure: Option<Failure>,
    /// The server's first words.
    pub greeting: Option<String>,
    /// What it offers before TLS.
    pub plain: Vec<String>,
    /// What it offers over TLS.
    pub secured: Vec<String>,
    /// How to log in there.
    pub mechanisms: Vec<String>,
    /// The connection's TLS.
    pub tls: Option<Tls>,
    /// Its certificate and those sent along.
    pub chain: Vec<Certificate>,
    /// What was said.
    pub dialogue: Vec<Line>,
}

/// One step.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// What kind.
    pub name: String,
    /// What of it.
    pub subject: String,
    /// When it began.
    pub at_ms: f64,
    /// How long it took.
    pub took_ms: f64,
    /// How it ended.
    pub fate: Fate,
    /// What came of it.
    pub note: String,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fate {
    /// As it should.
    #[default]
    Done,
    /// It did not work.
    Failed,
    /// It was given up when there was nothing more to learn from it.
    Unfinished,
}

/// What is in the way on a port.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// Its stable name.
    pub cause: String,
    /// One sentence.
    pub summary: String,
    /// The evidence.
    pub detail: String,
    /// What to do.
    pub fix: Vec<String>,
    /// The server's reply.
    pub reply: Option<String>,
    /// The provider's page about it.
    pub source: Option<String>,
}

/// A TLS connection.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Its version.
    pub version: String,
    /// Its cipher suite.
    pub cipher_suite: String,
}

/// What a certificate says of itself.
#[derive(Debug, Clone, Default)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// What it is good for.
    pub names: Vec<String>,
    /// From when on.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
}

/// One line of a dialogue.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Whether it is our side's.
    pub ours: bool,
    /// What was said.
    pub text: String,
    /// When.
    pub at_ms: f64,
}

/// The sender's DNS.
#[derive(Debug, Clone, Default)]
pub struct Sender {
    /// The domain.
    pub domain: String,
    /// The mail service in use, if it is a known one.
    pub service: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// One finding about the sender's domain.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// What it is about.
    pub topic: String,
    /// How bad it is: `good`, `note`, `warning` or `problem`.
    pub severity: String,
    /// One sentence.
    pub summary: String,
    /// The name in the DNS.
    pub name: String,
    /// The records there.
    pub found: Vec<String>,
    /// What to publish.
    pub publish: Option<Publish>,
    /// The page that says so.
    pub source: Option<String>,
}

/// A record to publish.
#[derive(Debug, Clone, Default)]
pub struct Publish {
    /// Where.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// What it says.
    pub value: String,
}

impl Page {
    /// The page of a check and of the sender's DNS, made now. What `redactor` knows is replaced wherever a server is
    /// quoted.
    ///
    /// ```
    /// use mailwright_cli::page::Page;
    /// use mailwright::Redactor;
    /// use mailwright::check::Report;
    ///
    /// fn page(report: &Report) -> String {
    ///     Page::of(report, None, &Redactor::default()).render()
    /// }
    /// ```
    pub fn of(report: &Report, sender: Option<&SenderReport>, redactor: &Redactor) -> Self {
        let port = |port: &check::Port| of_port(port, redactor);
        Self {
            host: report.host.clone(),
            made: Date::now().to_rfc822(),
            took_ms: ms(report.took),
            verdict: of_verdict(&report.verdict, redactor),
            ports: report.ports.iter().map(port).collect(),
            compared: report.compared.iter().map(port).collect(),
            sender: sender.map(of_sender),
        }
    }
}

fn of_verdict(verdict: &check::Verdict, redactor: &Redactor) -> Verdict {
    let settings = verdict.best.iter().flat_map(|best| {
        [
            ("Server", best.host.clone()),
            ("Port", best.port.to_string()),
            ("Security", security(best.security).to_owned()),
            (
                "Login",
                best.auth.map_or("none", Mechanism::name).to_owned(),
            ),
        ]
    });
    Verdict {
        cause: verdict.cause.name().into(),
        good: verdict.best.is_some(),
        summary: verdict.summary.clone(),
        fix: verdict.fix.clone(),
        settings: settings
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        reply: verdict.reply.as_ref().map(|reply| quoted(reply, redactor)),
    }
}

fn of_port(port: &check::Port, redactor: &Redactor) -> Port {
    let lines = |offered: Option<&Capabilities>| -> Vec<String> {
        let lines = offered.into_iter().flat_map(Capabilities::lines);
        lines
            .map(|line| redactor.redact(&text::decode(line)).into_owned())
            .collect()
    };
    let chain = port
        .certificates
        .iter()
        .filter_map(|der| check::Certificate::from_der(der));
    Port {
        host: port.host.clone(),
        port: port.port,
        security: security(port.security).into(),
        address: port.address.map(|address| address.to_string()),
        usable: port.usable,
        stage: name(port.stage).into(),
        steps: port.steps.iter().map(|step| of_step(step, port)).collect(),
        failure: port
            .failure
            .as_ref()
            .map(|failure| of_failure(failure, redactor)),
        greeting: port
            .greeting
            .as_ref()
            .map(|greeting| quoted(greeting, redactor)),
        plain: lines(port.plain.as_ref()),
        secured: lines(port.secured.as_ref()),
        mechanisms: port.auth_mechanisms(),
        tls: port.tls.as_ref().map(|tls| Tls {
            version: tls.version.into(),
            cipher_suite: tls.cipher_suite.clone(),
        }),
        chain: chain.map(of_certificate).collect(),
        dialogue: port
            .dialogue
            .iter()
            .map(|line| Line {
                ours: line.from == Peer::Client,
                text: line.text.clone(),
                at_ms: ms(line.at),
            })
            .collect(),
    }
}

fn of_step(step: &check::Step, port: &check::Port) -> Step {
    Step {
        name: name(step.stage).into(),
        subject: step.subject.clone(),
        at_ms: ms(step.at),
        took_ms: ms(step.took),
        fate: match step.outcome {
            StepOutcome::Done => Fate::Done,
            StepOutcome::Failed => Fate::Failed,
            _ => Fate::Unfinished,
        },
        note: note(step, port),
    }
}

fn of_failure(failure: &check::CheckFailure, redactor: &Redactor) -> Failure {
    Failure {
        cause: failure.cause.name().into(),
        summary: failure.summary.clone(),
        detail: redactor.redact(&failure.detail).into_owned(),
        fix: failure.fix.clone(),
        reply: failure.reply.as_ref().map(|reply| quoted(reply, redactor)),
        source: failure.source.map(str::to_owned),
    }
}

fn of_certificate(certificate: check::Certificate) -> Certificate {
    Certificate {
        subject: certificate.subject,
        issuer: certificate.issuer,
        names: certificate.names,
        not_before: certificate.not_before,
        not_after: certificate.not_after,
    }
}

fn of_sender(report: &SenderReport) -> Sender {
    Sender {
        domain: report.domain.clone(),
        service: report.service.map(str::to_owned),
        findings: report.findings.iter().map(of_finding).collect(),
    }
}

fn of_finding(finding: &SenderFinding) -> Finding {
    Finding {
        topic: finding.topic.name().into(),
        severity: Severity::name(finding.severity).into(),
        summary: finding.summary.clone(),
        name: finding.name.clone(),
        found: finding.found.clone(),
        publish: finding.publish.as_ref().map(|record| Publish {
            name: record.name.clone(),
            kind: record.kind.into(),
            value: record.value.clone(),
        }),
        source: finding.source.map(str::to_owned),
    }
}

fn quoted(reply: &Reply, redactor: &Redactor) -> String {
    redactor.redact(&one_line(reply)).into_owned()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// What people call a stage.
fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Dns => "DNS",
        Stage::Connect => "Connect",
        Stage::Greeting => "Greeting",
        Stage::Ehlo => "EHLO",
        Stage::StartTls => "STARTTLS",
        Stage::Tls => "TLS",
        Stage::Auth => "AUTH",
        Stage::Quit => "QUIT",
        other => other.name(),
    }
}

fn security(security: Security) -> &'static str {
    match security {
        Security::StartTls => "STARTTLS",
        Security::ImplicitTls => "TLS",
        Security::Opportunistic => "STARTTLS if offered",
        Security::None => "no TLS",
    }
}
