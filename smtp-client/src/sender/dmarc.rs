//! DMARC (RFC 9989): what receivers do with mail that neither SPF nor DKIM vouches for in the domain's own name.

use super::dkim::{self, tags};
use super::finding::{Finding, Severity, Topic};
use super::lookup::{Lookups, Trouble};
use super::service::Service;
use super::spf;

/// A policy record that was found.
struct Policy {
    /// The domain that has it.
    domain: String,
    /// As they stand there: more than one is an error.
    records: Vec<Vec<u8>>,
    /// Those of the first.
    tags: Vec<(String, String)>,
}

impl Policy {
    fn tag(&self, name: &str) -> Option<String> {
        self.tags
            .iter()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_ascii_lowercase())
    }
}

pub(super) async fn examine(
    domain: &str,
    service: Option<&Service>,
    spf: &spf::State,
    dkim: &dkim::State,
    lookups: &mut Lookups,
) -> Vec<Finding> {
    let name = format!("_dmarc.{domain}");
    let new = |severity, code, summary: String| {
        Finding::new(Topic::Dmarc, severity, code, &name, summary)
    };
    let policies = match walk(domain, lookups).await {
        Ok(policies) => policies,
        Err(Trouble::NoName) => Vec::new(),
        Err(Trouble::Failed(why)) => {
            let summary =
                format!("The DMARC policy of {domain} could not be looked up: {why}. Try again.");
            return vec![new(Severity::Warning, "dmarc-unknown", summary)];
        }
    };
    let organization = organization(domain, &policies);
    let own = policies.iter().find(|found| found.domain == domain);
    let Some(policy) = own.or_else(|| policies.iter().find(|found| found.domain == organization))
    else {
        let summary = format!(
            "{domain} has no DMARC policy. Google, Yahoo and Microsoft ask senders of much mail for one; begin with \
             `p=none` and read the reports."
        );
        let value = format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}");
        return vec![new(Severity::Warning, "dmarc-missing", summary).publish(&name, "TXT", value)];
    };
    let (asked, finding) = judge(domain, policy);
    let mut findings = vec![finding.found(&policy.records)];
    let mut has_key = dkim.has_key;
    if has_key == Some(false)
        && organization != domain
        && policy.tag("adkim").as_deref() != Some("s")
    {
        // By the relaxed rule a signature of the organization's own domain counts as well.
        has_key = dkim::examine(&organization, service, lookups).await.has_key;
    }
    findings.extend(aligned(domain, service, spf.passes, has_key, policy, asked));
    findings
}

/// What a policy asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Quarantine,
    Reject,
}

fn judge(domain: &str, policy: &Policy) -> (Asked, Finding) {
    let name = format!("_dmarc.{}", policy.domain);
    let new = |severity, code, summary: String| {
        Finding::new(Topic::Dmarc, severity, code, &name, summary)
    };
    if policy.records.len() > 1 {
        let summary = format!(
            "{name} has more than one DMARC policy, and receivers then take none. Keep one."
        );
        return (
            Asked::Nothing,
            new(Severity::Problem, "dmarc-several", summary),
        );
    }
    let inherited = policy.domain != domain;
    let wanted = if inherited {
        policy.tag("sp").or(policy.tag("p"))
    } else {
        policy.tag("p")
    };
    let of = if inherited {
        format!("{domain}, by {}", policy.domain)
    } else {
        domain.to_owned()
    };
    match wanted.as_deref() {
        Some("reject") => {
            let summary = format!("DMARC of {of}: mail that nobody vouches for is to be refused.");
            (Asked::Reject, new(Severity::Good, "dmarc", summary))
        }
        Some("quarantine") => {
            let summary =
                format!("DMARC of {of}: mail that nobody vouches for goes to the spam folder.");
            (Asked::Quarantine, new(Severity::Good, "dmarc", summary))
        }
        Some("none") => {
            let summary = format!(
                "DMARC of {of} asks for nothing (`p=none`). Once the reports show that all your mail passes, make it \
                 `p=quarantine`."
            );
            (Asked::Nothing, new(Severity::Note, "dmarc-none", summary))
        }
        Some(_) | None => {
            let summary = format!(
                "The DMARC policy at {name} cannot be read: `p=` is not none, quarantine or reject."
            );
            let value = format!("v=DMARC1; p=none; rua=mailto:postmaster@{}", policy.domain);
            (
                Asked::Nothing,
                new(Severity::Problem, "dmarc-syntax", summary).publish(&name, "TXT", value),
            )
        }
    }
}

/// Whether something vouches for the domain in its own name. SPF was looked for at this very domain, so that it counts
/// by the strict rule as by the relaxed one where the envelope has the same sender as the message.
fn aligned(
    domain: &str,
    service: Option<&Service>,
    spf_passes: Option<bool>,
    has_key: Option<bool>,
    policy: &Policy,
    asked: Asked,
) -> Option<Finding> {
    let name = format!("_dmarc.{}", policy.domain);
    let through = service.map_or("this server", |service| service.title);
    let new = |severity, code, summary: String| {
        Finding::new(Topic::Dmarc, severity, code, &name, summary)
    };
    match (spf_passes, has_key) {
        (Some(true), Some(true)) => {
            let summary =
                format!("SPF and DKIM both vouch for {domain} by its own name, as DMARC wants it.");
            Some(new(Severity::Good, "dmarc-aligned", summary))
        }
        (_, Some(true)) => {
            let summary =
                format!("DKIM vouches for {domain} by its own name, which is enough for DMARC.");
            Some(new(Severity::Good, "dmarc-aligned", summary))
        }
        (Some(true), Some(false)) => {
            let summary = format!(
                "DMARC of {domain} rests on SPF alone: mail that is forwarded fails it. Publish the DKIM keys as well."
            );
            let severity = if asked == Asked::Nothing {
                Severity::Note
            } else {
                Severity::Warning
            };
            Some(new(severity, "dmarc-spf-alone", summary))
        }
        (Some(false), Some(false)) => {
            let (severity, fate) = match asked {
                Asked::Nothing => (
                    Severity::Warning,
                    "fails DMARC, which receivers hold against it",
                ),
                Asked::Quarantine => (
                    Severity::Problem,
                    "goes to the spam folder by the domain's own policy",
                ),
                Asked::Reject => (Severity::Problem, "is refused by the domain's own policy"),
            };
            let summary = format!(
                "Neither SPF nor DKIM vouches for mail of {domain} through {through}: it {fate}. Publish the records above."
            );
            Some(new(severity, "dmarc-not-aligned", summary))
        }
        _ => None,
    }
}

/// The tree walk of RFC 9989 section 4.10: the policies from the domain upwards.
async fn walk(domain: &str, lookups: &mut Lookups) -> Result<Vec<Policy>, Trouble> {
    let labels: Vec<&str> = domain
        .split('.')
        .filter(|label| !label.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut keep = labels.len();
    while keep > 0 {
        let at = labels
            .get(labels.len() - keep..)
            .unwrap_or_default()
            .join(".");
        let texts = match lookups.txt(&format!("_dmarc.{at}")).await {
            Ok(texts) => texts,
            Err(Trouble::NoName) => Vec::new(),
            Err(failed) => return Err(failed),
        };
        let records: Vec<Vec<u8>> = texts.into_iter().filter(|text| is_dmarc(text)).collect();
        if !records.is_empty() {
            let tags = records
                .first()
                .map(|record| tags(record))
                .unwrap_or_default();
            let policy = Policy {
                domain: at,
                records,
                tags,
            };
            let ends = matches!(policy.tag("psd").as_deref(), Some("y" | "n"));
            found.push(policy);
            if ends {
                break;
            }
        }
        // Names of eight labels and more go on with seven.
        keep = if keep > MOST_LABELS {
            MOST_LABELS
        } else {
            keep - 1
        };
    }
    Ok(found)
}

const MOST_LABELS: usize = 7;

/// RFC 9989 section 4.10.2: the domain that says `psd=n`, else the one below one that says `psd=y`, else the uppermost.
fn organization(domain: &str, policies: &[Policy]) -> String {
    for policy in policies {
        match policy.tag("psd").as_deref() {
            Some("n") => return policy.domain.clone(),
            Some("y") if policy.domain != domain => {
                let below = domain
                    .strip_suffix(&policy.domain)
                    .unwrap_or(domain)
                    .trim_end_matches('.');
                let label = below.rsplit('.').next().unwrap_or_default();
                return format!("{label}.{}", policy.domain);
            }
            _ => {}
        }
    }
    policies
        .last()
        .map_or(domain, |policy| &policy.domain)
        .to_owned()
}

/// `v=DMARC1` comes first, and is case-sensitive (RFC 9989 section 4.7).
fn is_dmarc(text: &[u8]) -> bool {
    tags(text)
        .first()
        .is_some_and(|(tag, value)| tag == "v" && value == "DMARC1")
}
