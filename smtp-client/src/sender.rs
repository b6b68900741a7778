//! What the DNS says of a sender's domain: MX, SPF, DKIM and DMARC, with what to add. Feature `sender-dns`.
//!
//! A message that its server accepted may still be refused further on, because nobody vouches for its sender. Who does
//! is in the DNS of the sender's domain. [`examine`] reads it as a receiver would, with the mail service in mind that
//! the message goes through, and says of each record whether it is there, whether it can work, and what to publish.
//!
//! Every answer is taken as hostile: look-ups, records, includes and time are bounded, and what is shown is escaped.

mod dkim;
mod dmarc;
mod finding;
mod lookup;
mod mx;
mod service;
mod spf;

use std::net::SocketAddr;
use std::time::Duration;

use mailwright_proto::address::Mailbox;

pub use finding::{DnsRecord, Finding, Severity, Topic};
use lookup::Lookups;
use service::Service;

/// What is known of a sender's domain.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SenderReport {
    /// The domain, as it was given.
    pub domain: String,
    /// The mail service that the server belongs to, if it is a known one.
    pub service: Option<&'static str>,
    /// What was found, topic by topic.
    pub findings: Vec<Finding>,
    /// How many questions were asked of the resolver.
    pub asked: usize,
}

impl SenderReport {
    /// The worst of all findings.
    ///
    /// ```
    /// use mailwright::sender::{SenderReport, Severity};
    /// fn may_be_refused(report: &SenderReport) -> bool {
    ///     report.worst() == Severity::Problem
    /// }
    /// ```
    pub fn worst(&self) -> Severity {
        self.findings
            .iter()
            .map(|finding| finding.severity)
            .max()
            .unwrap_or(Severity::Good)
    }
}

/// Reads what the DNS says of the domain of `sender`, whose mail goes out through the host `server`.
///
/// It asks the name server `resolver` alone, or else this system's. `patience` bounds all look-ups together. What could
/// not be looked up is a finding, too. SPF speaks of the envelope's sender, DMARC of the `From` field: both are taken to
/// be `sender`.
///
/// ```no_run
/// use std::time::Duration;
/// use mailwright::sender;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let sender = "me@example.com".parse()?;
/// let report = sender::examine(&sender, Some("smtp.office365.com"), None, Duration::from_secs(15)).await;
/// for finding in &report.findings {
///     println!("{}: {}", finding.severity.name(), finding.summary);
///     if let Some(record) = &finding.publish {
///         println!("  publish {} {} {}", record.name, record.kind, record.value);
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub async fn examine(
    sender: &Mailbox,
    server: Option<&str>,
    resolver: Option<SocketAddr>,
    patience: Duration,
) -> SenderReport {
    let domain = sender.domain().to_ascii_lowercase();
    let service = server.and_then(service::of_host);
    let mut lookups = Lookups::new(resolver, patience);
    let findings = match of_domain_alone(&domain, service) {
        Some(finding) => vec![finding],
        None => of_records(&domain, service, &mut lookups).await,
    };
    SenderReport {
        domain,
        service: service.map(|service| service.title),
        findings,
        asked: lookups.asked(),
    }
}

/// Where the domain's own records do not matter: nobody who reads this can change them.
fn of_domain_alone(domain: &str, service: Option<&Service>) -> Option<Finding> {
    if domain.starts_with('[') {
        let summary = "The sender is at an address, not at a domain: there is no DNS to vouch for it, and most servers \
                       refuse such a sender. Use an address at a domain.";
        return Some(Finding::new(
            Topic::Domain,
            Severity::Problem,
            "address-literal",
            domain,
            summary,
        ));
    }
    let owner = service::owner_of(domain)?;
    if service.is_some_and(|service| service.title == owner.title) {
        let summary = format!(
            "{domain} belongs to {}, which publishes its records itself.",
            owner.title
        );
        return Some(Finding::new(
            Topic::Domain,
            Severity::Good,
            "service-owns-domain",
            domain,
            summary,
        ));
    }
    let summary = format!(
        "{domain} belongs to {}: mail from it that goes out anywhere else is refused by many or taken for spam. Send \
         through {}, or from a domain of your own.",
        owner.title, owner.title
    );
    Some(Finding::new(
        Topic::Domain,
        Severity::Problem,
        "foreign-domain",
        domain,
        summary,
    ))
}

async fn of_records(
    domain: &str,
    service: Option<&Service>,
    lookups: &mut Lookups,
) -> Vec<Finding> {
    let mut findings = mx::examine(domain, lookups).await;
    if findings
        .iter()
        .any(|finding| finding.code == mx::NO_SUCH_DOMAIN)
    {
        return findings;
    }
    let spf = spf::examine(domain, service, lookups).await;
    let dkim = dkim::examine(domain, service, lookups).await;
    let dmarc = dmarc::examine(domain, service, &spf, &dkim, lookups).await;
    findings.extend(spf.findings);
    findings.extend(dkim.findings);
    findings.extend(dmarc);
    findings
}
