//! SPF (RFC 7208): which servers may send for the domain, and whether the service's are among them.

mod record;
mod walk;

use super::finding::{Finding, Severity, Topic, shown};
use super::lookup::{Lookups, Trouble};
use super::service::{Service, Spf, is_within};
use record::{Record, is_spf};
use walk::{MOST_TERMS, Reach};

/// What SPF comes to.
pub(super) struct State {
    pub(super) findings: Vec<Finding>,
    /// Whether the service's servers pass for this very domain; nothing where that cannot be told.
    pub(super) passes: Option<bool>,
}

pub(super) async fn examine(
    domain: &str,
    service: Option<&Service>,
    lookups: &mut Lookups,
) -> State {
    let texts = match lookups.txt(domain).await {
        Ok(texts) => texts,
        Err(Trouble::NoName) => Vec::new(),
        Err(Trouble::Failed(why)) => {
            let summary =
                format!("The SPF record of {domain} could not be looked up: {why}. Try again.");
            return State {
                findings: vec![new(domain, Severity::Warning, "spf-unknown", &summary)],
                passes: None,
            };
        }
    };
    let records: Vec<&[u8]> = texts
        .iter()
        .map(Vec::as_slice)
        .filter(|text| is_spf(text))
        .collect();
    match records.as_slice() {
        [] => missing(domain, service),
        [record] => one(domain, record, service, lookups).await,
        several => several_records(domain, several, service),
    }
}

fn new(domain: &str, severity: Severity, code: &'static str, summary: &str) -> Finding {
    Finding::new(Topic::Spf, severity, code, domain, summary)
}

fn missing(domain: &str, service: Option<&Service>) -> State {
    if let Some(Spf::OwnEnvelope { source }) = service.map(|service| service.spf) {
        let summary = own_envelope(service);
        let finding = new(domain, Severity::Note, "spf-of-the-service", &summary).source(source);
        return State {
            findings: vec![finding],
            passes: None,
        };
    }
    let summary =
        format!("{domain} has no SPF record: receivers cannot tell which servers may send for it.");
    let finding = new(domain, Severity::Problem, "spf-missing", &summary)
        .publish(domain, "TXT", advised(service))
        .source(source(service));
    State {
        findings: vec![finding],
        passes: Some(false),
    }
}

fn several_records(domain: &str, records: &[&[u8]], service: Option<&Service>) -> State {
    let summary = format!(
        "{domain} has {} SPF records. Receivers take that for an error, as if there were none: publish one that has the \
         terms of all.",
        records.len()
    );
    let finding = new(domain, Severity::Problem, "spf-several", &summary)
        .found(records)
        .publish(domain, "TXT", merged(records))
        .source(source(service));
    State {
        findings: vec![finding],
        passes: Some(false),
    }
}

async fn one(domain: &str, text: &[u8], service: Option<&Service>, lookups: &mut Lookups) -> State {
    let record = match Record::parse(text) {
        Ok(record) => record,
        Err(fault) => {
            let summary = format!(
                "The SPF record of {domain} cannot be read, and counts as an error: {fault}."
            );
            let finding = new(domain, Severity::Problem, "spf-syntax", &summary)
                .found([text])
                .source(source(service));
            return State {
                findings: vec![finding],
                passes: Some(false),
            };
        }
    };
    let reach = Reach::of(domain, &record, lookups).await;
    let mut findings = Vec::new();
    let mut add = |severity, code, summary: &str| {
        findings.push(new(domain, severity, code, summary).found([text]))
    };
    for fault in &reach.faults {
        add(
            Severity::Problem,
            "spf-include-broken",
            &format!("The SPF record of {domain} leads to an error: {fault}."),
        );
    }
    if reach.terms > MOST_TERMS {
        let count = if reach.endless {
            format!("more than {MOST_TERMS}, without end")
        } else {
            reach.terms.to_string()
        };
        let summary = format!(
            "The SPF record of {domain} takes {count} look-ups; receivers stop with an error after {MOST_TERMS}. Take out \
             includes of services that no longer send for you, and name addresses instead of `a` and `mx`."
        );
        add(Severity::Problem, "spf-too-many-lookups", &summary);
    }
    if !reach.unknown.is_empty() {
        let summary = format!(
            "Parts of the SPF record could not be looked up: {}.",
            reach.unknown.join("; ")
        );
        add(Severity::Warning, "spf-unknown", &summary);
    }
    if reach.ptr {
        add(
            Severity::Note,
            "spf-ptr",
            "The SPF record uses `ptr`, which is slow and which many receivers pass over.",
        );
    }
    if let Some((severity, code, summary)) = ending(&record) {
        add(severity, code, summary);
    }
    let sound = reach.faults.is_empty() && reach.terms <= MOST_TERMS;
    let passes =
        service_passes(domain, text, service, &reach, &mut findings).map(|passes| passes && sound);
    if findings.is_empty() {
        let summary = format!(
            "The SPF record of {domain} can be read, and takes {} of {MOST_TERMS} look-ups.",
            reach.terms
        );
        findings.push(new(domain, Severity::Good, "spf", &summary).found([text]));
    }
    State { findings, passes }
}

/// Whether the service is let through; tells where it is not.
fn service_passes(
    domain: &str,
    text: &[u8],
    service: Option<&Service>,
    reach: &Reach,
    findings: &mut Vec<Finding>,
) -> Option<bool> {
    let service = service?;
    let Spf::Include { any, source, .. } = service.spf else {
        findings.push(new(
            domain,
            Severity::Note,
            "spf-of-the-service",
            &own_envelope(Some(service)),
        ));
        return None;
    };
    let listed = |wanted: &&str| reach.domains.iter().any(|domain| is_within(domain, wanted));
    if any.iter().any(listed) {
        if findings.is_empty() {
            let summary = format!(
                "The SPF record of {domain} lets {} send, and takes {} of {MOST_TERMS} look-ups.",
                service.title, reach.terms
            );
            findings.push(
                new(domain, Severity::Good, "spf", &summary)
                    .found([text])
                    .source(source),
            );
        }
        return Some(true);
    }
    if reach.endless || !reach.unknown.is_empty() {
        return None;
    }
    let wanted = any.first().copied().unwrap_or_default();
    let summary = format!(
        "The SPF record of {domain} does not include `{wanted}`: mail that {} sends for it fails SPF.",
        service.title
    );
    findings.push(
        new(domain, Severity::Problem, "spf-service-missing", &summary)
            .found([text])
            .publish(domain, "TXT", with_include(text, wanted))
            .source(source),
    );
    Some(false)
}

fn ending(record: &Record) -> Option<(Severity, &'static str, &'static str)> {
    let redirects = record
        .effective()
        .any(|term| matches!(term, record::Term::Redirect(_)));
    match record.all() {
        Some('+') => Some((
            Severity::Problem,
            "spf-all-pass",
            "The SPF record ends in `+all`: it lets everybody send as this domain, and receivers mistrust it. End it in \
             `-all` or `~all`.",
        )),
        Some('?') => Some((
            Severity::Note,
            "spf-all-neutral",
            "The SPF record ends in `?all`, which says nothing of other servers. End it in `-all` or `~all`.",
        )),
        None if !redirects => Some((
            Severity::Warning,
            "spf-no-all",
            "The SPF record does not say what to do with other servers. End it in `-all` or `~all`.",
        )),
        _ => None,
    }
}

fn own_envelope(service: Option<&Service>) -> String {
    let title = service.map_or("The service", |service| service.title);
    format!(
        "{title} sends with an envelope sender of its own, unless one of yours is set up there: SPF then speaks of its \
         domain, and DMARC rests on DKIM."
    )
}

fn advised(service: Option<&Service>) -> String {
    match service.map(|service| service.spf) {
        Some(Spf::Include { any, all, .. }) => {
            format!(
                "v=spf1 include:{} {all}",
                any.first().copied().unwrap_or_default()
            )
        }
        _ => "v=spf1 include:<the domain that your mail service names> ~all".into(),
    }
}

fn source(service: Option<&Service>) -> &'static str {
    match service.map(|service| service.spf) {
        Some(Spf::Include { source, .. } | Spf::OwnEnvelope { source }) => source,
        None => "https://www.rfc-editor.org/rfc/rfc7208",
    }
}

/// The record with one more include, ahead of everything that could end it.
fn with_include(text: &[u8], wanted: &str) -> String {
    let text = shown(text);
    let rest = text.get("v=spf1".len()..).unwrap_or_default();
    format!("v=spf1 include:{wanted}{rest}")
}

/// One record out of many: each term once, and the strictest end.
fn merged(records: &[&[u8]]) -> String {
    let mut texts: Vec<String> = records.iter().map(|record| shown(record)).collect();
    // A resolver gives them in any order, and the advice should not change from one look to the next.
    texts.sort();
    let mut terms: Vec<&str> = Vec::new();
    for term in texts.iter().flat_map(|text| text.split(' ').skip(1)) {
        if !term.is_empty() && !is_all(term) && !terms.contains(&term) {
            terms.push(term);
        }
    }
    let ends = |all: &str| {
        texts
            .iter()
            .any(|text| text.split(' ').any(|term| term.eq_ignore_ascii_case(all)))
    };
    let end = if ends("-all") { "-all" } else { "~all" };
    let words: Vec<&str> = ["v=spf1"].into_iter().chain(terms).chain([end]).collect();
    words.join(" ")
}

fn is_all(term: &str) -> bool {
    term.trim_start_matches(['+', '-', '?', '~'])
        .eq_ignore_ascii_case("all")
}
