//! The sender's DNS beside a check: as JSON, and in words.

use mailwright::sender::{Finding, SenderReport, Severity};
use serde_json::{Value, json};

use crate::console::Console;
use crate::paint::Paint;

/// The object at the key `sender`.
pub(super) fn json(report: &SenderReport) -> Value {
    json!({
        "domain": report.domain,
        "service": report.service,
        "worst": report.worst().name(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "topic": finding.topic.name(),
        "severity": finding.severity.name(),
        "code": finding.code,
        "summary": finding.summary,
        "name": finding.name,
        "found": finding.found,
        "publish": finding.publish.as_ref().map(|record| {
            json!({"name": record.name, "type": record.kind, "value": record.value})
        }),
        "source": finding.source,
    })
}

/// Shows each finding, with what to publish.
pub(super) fn tell(report: &SenderReport, console: &Console) {
    console.painted(&[]);
    console.painted(&[(Paint::Strong, "The sender's DNS: ", &report.domain)]);
    for finding in &report.findings {
        let paint = match finding.severity {
            Severity::Good => Paint::Good,
            Severity::Problem => Paint::Bad,
            _ => Paint::Plain,
        };
        let head = format!(
            "  {:<7} {:<8} ",
            finding.topic.name(),
            finding.severity.name()
        );
        console.painted(&[(paint, &head, ""), (Paint::Plain, "", &finding.summary)]);
        if finding.severity > Severity::Good {
            for record in &finding.found {
                console.painted(&[(Paint::Faint, "    found: ", record)]);
            }
        }
        if let Some(record) = &finding.publish {
            let place = format!("    publish: {} {} ", record.name, record.kind);
            console.painted(&[(Paint::Plain, &place, &record.value)]);
        }
    }
}
