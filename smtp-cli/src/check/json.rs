//! What a check found, as `--json` shows it.

use mailwright::check::{CheckFailure, Port, Report, Verdict};
use mailwright::{Capabilities, Security, Stage};
use serde_json::{Map, Value, json};

use crate::certificate;
use crate::dialogue::milliseconds;
use crate::failure::Failure;
use crate::report::{reply_json, reply_text};
use crate::text;

/// The stages whose times are told, in their order.
const TIMED: [Stage; 7] = [
    Stage::Dns,
    Stage::Connect,
    Stage::Greeting,
    Stage::Ehlo,
    Stage::StartTls,
    Stage::Tls,
    Stage::Auth,
];

/// The object of a check: always the same keys, in the same order.
pub(super) fn report(report: &Report) -> Value {
    // Where the hosts differ each port says whose it is.
    let of_hosts = report.ports.iter().any(|port| port.host != report.host);
    json!({
        "host": report.host,
        "ports": report.ports.iter().map(|found| port(found, of_hosts)).collect::<Vec<_>>(),
        "compared": report.compared.iter().map(|found| port(found, true)).collect::<Vec<_>>(),
        "verdict": verdict(&report.verdict),
    })
}

/// The same where nothing was tried.
pub(super) fn refused(failure: &Failure) -> Value {
    json!({
        "host": null,
        "ports": [],
        "compared": [],
        "verdict": {
            "cause": failure.cause.name(),
            "summary": format!("{} {}", failure.summary, failure.detail),
            "fix": failure.fix,
            "use": null,
        },
    })
}

/// The word for a kind of security on the command line.
pub(super) fn security(security: Security) -> &'static str {
    match security {
        Security::StartTls => "starttls",
        Security::ImplicitTls => "tls",
        Security::Opportunistic => "opportunistic",
        Security::None => "none",
    }
}

fn port(port: &Port, with_host: bool) -> Value {
    let mut object = Map::new();
    if with_host {
        object.insert("host".to_owned(), json!(port.host));
    }
    let ms = TIMED.map(|stage| {
        (
            stage.name().to_owned(),
            json!(port.took(stage).map(milliseconds)),
        )
    });
    let facts = json!({
        "port": port.port,
        "address": port.address.map(|address| address.to_string()),
        "phase": port.stage.name(),
        "ms": ms.into_iter().collect::<Map<_, _>>(),
        "greeting": port.greeting.as_ref().map(|greeting| reply_text(greeting).join("\n")),
        "capabilities": {"plain": lines(port.plain.as_ref()), "tls": lines(port.secured.as_ref())},
        "tls": tls(port),
        "auth_mechanisms": port.auth_mechanisms(),
        "usable": port.usable,
        "failure": port.failure.as_ref().map(failure),
    });
    if let Value::Object(facts) = facts {
        object.extend(facts);
    }
    Value::Object(object)
}

fn lines(capabilities: Option<&Capabilities>) -> Vec<String> {
    capabilities
        .iter()
        .flat_map(|offered| offered.lines())
        .map(text::decode)
        .collect()
}

/// A certificate is shown also where the handshake failed over it: then there is neither version nor suite.
fn tls(port: &Port) -> Value {
    let Some(own) = port.certificates.first() else {
        return Value::Null;
    };
    json!({
        "version": port.tls.as_ref().map(|tls| tls.version),
        "cipher_suite": port.tls.as_ref().map(|tls| &tls.cipher_suite),
        "certificate": certificate::details(own),
    })
}

fn failure(failure: &CheckFailure) -> Value {
    json!({
        "phase": failure.stage.name(),
        "cause": failure.cause.name(),
        "summary": failure.summary,
        "detail": failure.detail,
        "fix": failure.fix,
        "reply": failure.reply.as_ref().map(reply_json),
        "source": failure.source,
    })
}

fn verdict(verdict: &Verdict) -> Value {
    let best = verdict.best.as_ref().map(|best| {
        json!({
            "port": best.port,
            "security": security(best.security),
            "auth": best.auth.map(|mechanism| mechanism.name()),
        })
    });
    json!({"cause": verdict.cause.name(), "summary": verdict.summary, "fix": verdict.fix, "use": best})
}
