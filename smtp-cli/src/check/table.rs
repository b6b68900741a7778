//! What a check found, for people: the ports as a table, each one's steps as a timeline, and the verdict.

use std::time::Duration;

use mailwright::check::{Port, Report, Step, StepOutcome, Verdict};
use mailwright::{Cause, Stage};

use super::json::security;
use crate::certificate;
use crate::console::Console;
use crate::dialogue::milliseconds;
use crate::paint::Paint;

/// Columns of a timeline.
const WIDTH: usize = 32;

/// Shows the report.
pub(super) fn tell(report: &Report, console: &Console) {
    let all = || report.ports.iter().chain(&report.compared);
    let widest = all().map(|port| port.host.len()).max().unwrap_or_default();
    for port in all() {
        row(port, widest, console);
    }
    let mut not_found = Vec::new();
    for port in all() {
        // A name that was not found is told once, and not for each port again.
        if port.stage == Stage::Dns {
            if not_found.contains(&&port.host) {
                continue;
            }
            not_found.push(&port.host);
        }
        console.painted(&[]);
        timeline(port, console);
    }
    console.painted(&[]);
    verdict(&report.verdict, console);
}

/// One port on one line.
fn row(port: &Port, widest: usize, console: &Console) {
    let (paint, sign) = if port.usable {
        (Paint::Good, "usable")
    } else {
        (Paint::Bad, "no")
    };
    let what = match &port.failure {
        Some(failure) => format!("{} ({})", failure.cause, failure.stage),
        None => {
            let tls = port.tls.as_ref().map_or("no TLS", |tls| tls.version);
            let login = port
                .login
                .as_ref()
                .map(|login| format!(", logged in by {}", login.mechanism.name()));
            format!("{tls}{}", login.unwrap_or_default())
        }
    };
    let offered = port.auth_mechanisms().join(" ");
    let offered = if offered.is_empty() || !port.usable {
        offered
    } else {
        format!(", AUTH {offered}")
    };
    let place = format!(
        "{:widest$}  {:>5}  {:<13}  ",
        port.host,
        port.port,
        security(port.security)
    );
    let quoted = if port.usable { offered.as_str() } else { "" };
    console.painted(&[
        (Paint::Plain, &place, ""),
        (paint, &format!("{sign:<6}  "), ""),
        (Paint::Plain, &what, quoted),
    ]);
    for passed_over in &port.passed_over {
        console.line(
            &format!("{:widest$}  passed over for the login: {passed_over}", ""),
            "",
        );
    }
}

/// The steps of one port, each with its time on a common scale, and what is in the way.
fn timeline(port: &Port, console: &Console) {
    let address = port
        .address
        .map_or_else(String::new, |address| format!(" at {address}"));
    console.painted(&[(
        Paint::Strong,
        &format!("Port {} of {}{address}", port.port, port.host),
        "",
    )]);
    let begin = port
        .steps
        .iter()
        .map(|step| step.at)
        .min()
        .unwrap_or_default();
    let end = port
        .steps
        .iter()
        .map(|step| step.at.saturating_add(step.took))
        .max()
        .unwrap_or_default();
    for step in &port.steps {
        let (paint, sign) = match step.outcome {
            StepOutcome::Done => (Paint::Good, "ok"),
            StepOutcome::Failed => (Paint::Bad, "failed"),
            _ => (Paint::Faint, "-"),
        };
        let name = format!("  {:<9}", step.stage.to_string());
        let bar = bar(step, begin, end);
        let time = format!(" {:>9.1} ms  ", milliseconds(step.took));
        let note = format!("{} {}", step.subject, note(step, port));
        console.painted(&[
            (Paint::Plain, &name, ""),
            (paint, &format!("{sign:<7}"), ""),
            (paint, &bar, ""),
            (Paint::Plain, &time, note.trim()),
        ]);
    }
    if let Some(own) = port.certificates.first() {
        let details = certificate::details(own);
        let text = |key: &str| details[key].as_str().unwrap_or_default().to_owned();
        let names: Vec<&str> = details["names"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            .collect();
        let shown = format!(
            "{} from {} until {}, issued by {}",
            names.join(" "),
            text("not_before"),
            text("not_after"),
            text("issuer")
        );
        console.painted(&[(Paint::Plain, "  certificate: ", &shown)]);
    }
    if let Some(failure) = &port.failure {
        console.painted(&[(Paint::Bad, &format!("  {}", failure.summary), "")]);
        console.painted(&[(Paint::Plain, "  ", &failure.detail)]);
    }
}

/// Where the step lies between the first step's beginning and the last one's end.
fn bar(step: &Step, begin: Duration, end: Duration) -> String {
    let whole = end.saturating_sub(begin).as_secs_f64();
    let column = |time: Duration| {
        let share = if whole > 0.0 {
            time.saturating_sub(begin).as_secs_f64() / whole
        } else {
            0.0
        };
        (share * WIDTH as f64) as usize
    };
    let first = column(step.at).min(WIDTH - 1);
    let last = column(step.at.saturating_add(step.took)).clamp(first + 1, WIDTH);
    format!(
        "|{}{}{}|",
        " ".repeat(first),
        "=".repeat(last - first),
        " ".repeat(WIDTH - last)
    )
}

/// What came of the step, where it does not say so itself.
pub(crate) fn note(step: &Step, port: &Port) -> String {
    match step.stage {
        _ if !step.note.is_empty() || step.outcome != StepOutcome::Done => step.note.clone(),
        Stage::Tls => port.tls.as_ref().map_or_else(String::new, |tls| {
            format!("{} {}", tls.version, tls.cipher_suite)
        }),
        Stage::Auth => port
            .login
            .as_ref()
            .map_or_else(String::new, |login| login.mechanism.name().to_owned()),
        _ => String::new(),
    }
}

fn verdict(verdict: &Verdict, console: &Console) {
    match &verdict.best {
        Some(best) => {
            console.painted(&[(Paint::Good, &verdict.summary, "")]);
            let auth = best.auth.map_or_else(String::new, |mechanism| {
                format!(" --auth {}", mechanism.name())
            });
            let host = if best.host.contains(':') {
                format!("[{}]", best.host)
            } else {
                best.host.clone()
            };
            let setting = format!(
                "  --server {host}:{} --security {}{auth}",
                best.port,
                security(best.security)
            );
            console.painted(&[(Paint::Strong, &setting, "")]);
        }
        None => {
            console.painted(&[(
                Paint::Bad,
                &format!("{} ({})", verdict.summary, verdict.cause),
                "",
            )]);
            for fix in verdict.fix.iter().filter(|_| verdict.cause != Cause::Ok) {
                console.painted(&[(Paint::Plain, &format!("  - {fix}"), "")]);
            }
        }
    }
}
