//! Whether anyone can answer the sender: MX, or an address of the domain itself.

use super::finding::{Finding, Severity, Topic};
use super::lookup::{Lookups, Trouble};

/// The domain is not in the DNS: nothing else of it is, either.
pub(super) const NO_SUCH_DOMAIN: &str = "no-such-domain";

/// How many exchangers are looked up: more than these are not tried first by anyone.
const MOST_HOSTS: usize = 5;

pub(super) async fn examine(domain: &str, lookups: &mut Lookups) -> Vec<Finding> {
    let finding =
        |severity, code, summary: String| Finding::new(Topic::Mx, severity, code, domain, summary);
    let hosts = match lookups.mx(domain).await {
        Ok(hosts) => hosts,
        Err(Trouble::NoName) => {
            let summary = format!(
                "{domain} does not exist in the DNS. Receivers refuse a sender whom nobody can answer."
            );
            return vec![Finding::new(
                Topic::Domain,
                Severity::Problem,
                NO_SUCH_DOMAIN,
                domain,
                summary,
            )];
        }
        Err(Trouble::Failed(why)) => {
            let summary =
                format!("The MX records of {domain} could not be looked up: {why}. Try again.");
            return vec![finding(Severity::Warning, "mx-unknown", summary)];
        }
    };
    let found = hosts
        .iter()
        .map(|mx| format!("{} {}.", mx.preference, mx.host));
    if hosts.is_empty() {
        return vec![without_mx(domain, lookups).await];
    }
    if hosts.iter().any(|mx| mx.host.is_empty()) {
        // RFC 7505 section 4.2: a sender of such a domain may be refused.
        let summary = format!(
            "{domain} says by a null MX that it takes no mail. Bounces get lost, and receivers may refuse its senders."
        );
        let host = "10 <host that takes mail for the domain>";
        return vec![
            finding(Severity::Problem, "mx-null", summary)
                .found(found)
                .publish(domain, "MX", host),
        ];
    }
    let mut lost = Vec::new();
    for mx in hosts.iter().take(MOST_HOSTS) {
        if matches!(
            lookups.has_address(&mx.host).await,
            Ok(false) | Err(Trouble::NoName)
        ) {
            lost.push(mx.host.as_str());
        }
    }
    if lost.is_empty() {
        return vec![
            finding(
                Severity::Good,
                "mx",
                format!("Mail to {domain} has somewhere to go."),
            )
            .found(found),
        ];
    }
    let severity = if lost.len() == hosts.len() {
        Severity::Problem
    } else {
        Severity::Warning
    };
    let summary = format!(
        "MX records of {domain} name hosts without an address: {}.",
        lost.join(", ")
    );
    vec![finding(severity, "mx-without-address", summary).found(found)]
}

/// Without MX the domain's own address counts (RFC 5321 section 5.1).
async fn without_mx(domain: &str, lookups: &mut Lookups) -> Finding {
    let (severity, code, summary) = match lookups.has_address(domain).await {
        Ok(true) => (
            Severity::Note,
            "mx-implicit",
            format!(
                "{domain} has no MX record: mail to it goes to the address of the domain itself."
            ),
        ),
        Ok(false) | Err(Trouble::NoName) => (
            Severity::Problem,
            "mx-missing",
            format!(
                "{domain} has no MX record and no address. Receivers refuse a sender whom nobody can answer."
            ),
        ),
        Err(Trouble::Failed(why)) => (
            Severity::Warning,
            "mx-unknown",
            format!("The addresses of {domain} could not be looked up: {why}."),
        ),
    };
    let finding = Finding::new(Topic::Mx, severity, code, domain, summary);
    if severity == Severity::Problem {
        return finding.publish(domain, "MX", "10 <host that takes mail for the domain>");
    }
    finding
}
