//! DKIM (RFC 6376): whether the service's signatures have a key under this domain.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::finding::{Finding, Severity, Topic, shown};
use super::lookup::{Lookups, Trouble};
use super::service::{Dkim, Service};

/// What DKIM comes to.
pub(super) struct State {
    pub(super) findings: Vec<Finding>,
    /// Whether there is a key under this very domain; nothing where that cannot be told.
    pub(super) has_key: Option<bool>,
}

/// Nobody could say whether there is a key.
const UNKNOWN: &str = "dkim-unknown";

/// What many services and programs call their selectors, for where the service is not known.
const COMMON: [&str; 8] = [
    "selector1",
    "google",
    "default",
    "dkim",
    "mail",
    "s1",
    "k1",
    "fm1",
];

pub(super) async fn examine(
    domain: &str,
    service: Option<&Service>,
    lookups: &mut Lookups,
) -> State {
    match service.map(|service| (service, service.dkim)) {
        Some((
            service,
            Dkim::Selectors {
                names,
                kind,
                source,
            },
        )) => {
            let mut state = State {
                findings: Vec::new(),
                has_key: Some(false),
            };
            for (selector, value) in names {
                let value = value
                    .replace("{domain}", domain)
                    .replace("{dashes}", &domain.replace('.', "-"));
                let wanted = Wanted {
                    domain,
                    selector,
                    kind,
                    value,
                    title: service.title,
                    source,
                };
                state.take(wanted.examine(lookups).await);
            }
            state
        }
        Some((service, Dkim::Secret { source })) => {
            let summary = format!(
                "{} gives each customer DKIM selectors of its own: whether their records are there is told on its own \
                 pages, or by `s=` and `d=` in the DKIM-Signature field of a message that it sent.",
                service.title
            );
            unknown(domain, &summary, Some(source))
        }
        None => common(domain, lookups).await,
    }
}

impl State {
    fn take(&mut self, (finding, has_key): (Finding, Option<bool>)) {
        self.findings.push(finding);
        self.has_key = match (self.has_key, has_key) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (None, _) | (_, None) => None,
            _ => Some(false),
        };
    }
}

/// A selector that a service signs by.
struct Wanted<'a> {
    domain: &'a str,
    selector: &'a str,
    kind: &'static str,
    value: String,
    title: &'static str,
    source: &'static str,
}

impl Wanted<'_> {
    async fn examine(&self, lookups: &mut Lookups) -> (Finding, Option<bool>) {
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        let new = |severity, code, summary: String| {
            Finding::new(Topic::Dkim, severity, code, &name, summary).source(self.source)
        };
        let texts = match lookups.txt(&name).await {
            Ok(texts) => texts,
            Err(Trouble::NoName) => Vec::new(),
            Err(Trouble::Failed(why)) => {
                let summary =
                    format!("The DKIM key at {name} could not be looked up: {why}. Try again.");
                return (new(Severity::Warning, UNKNOWN, summary), None);
            }
        };
        if let Some(text) = texts.first() {
            let (severity, code, words) = judge(text);
            return (
                new(severity, code, format!("{name} {words}")).found([text]),
                Some(is_usable(severity)),
            );
        }
        if let Ok(Some(target)) = lookups.alias(&name).await {
            let summary = format!(
                "{name} leads to {}, where there is no key: DKIM is not switched on yet at {}, or the record is wrong.",
                shown(target.as_bytes()),
                self.title
            );
            let found = [format!("CNAME {target}.")];
            return (
                new(Severity::Problem, "dkim-target-missing", summary).found(found),
                Some(false),
            );
        }
        let summary = format!(
            "There is no DKIM key at {name}. {} shows the value to publish, which has to be there before DKIM is switched \
             on; without it, it signs by a domain of its own, if at all, and that does not count for DMARC.",
            self.title
        );
        (
            new(Severity::Warning, "dkim-missing", summary).publish(&name, self.kind, &self.value),
            Some(false),
        )
    }
}

async fn common(domain: &str, lookups: &mut Lookups) -> State {
    for selector in COMMON {
        let name = format!("{selector}._domainkey.{domain}");
        let texts = match lookups.txt(&name).await {
            Ok(texts) => texts,
            Err(Trouble::NoName) => continue,
            Err(Trouble::Failed(why)) => {
                let summary =
                    format!("The DKIM keys of {domain} could not be looked up: {why}. Try again.");
                let finding = Finding::new(Topic::Dkim, Severity::Warning, UNKNOWN, &name, summary);
                return State {
                    findings: vec![finding],
                    has_key: None,
                };
            }
        };
        if let Some(text) = texts.first() {
            let (severity, code, words) = judge(text);
            let finding = Finding::new(
                Topic::Dkim,
                severity,
                code,
                &name,
                format!("{name} {words}"),
            )
            .found([text]);
            return State {
                findings: vec![finding],
                has_key: Some(is_usable(severity)),
            };
        }
    }
    let summary = format!(
        "No DKIM key was found under the usual selectors of {domain}. A selector can have any name: it is `s=` in the \
         DKIM-Signature field of a message that was sent."
    );
    unknown(domain, &summary, None)
}

fn unknown(domain: &str, summary: &str, source: Option<&'static str>) -> State {
    let name = format!("_domainkey.{domain}");
    let finding = Finding::new(
        Topic::Dkim,
        Severity::Note,
        "dkim-selector-unknown",
        &name,
        summary,
    )
    .source(source);
    State {
        findings: vec![finding],
        has_key: None,
    }
}

/// What a key record comes to: how bad, its stable name, and the end of a sentence that begins with its own name.
fn judge(text: &[u8]) -> (Severity, &'static str, String) {
    let tags = tags(text);
    let tag = |name: &str| {
        tags.iter()
            .find(|(tag, _)| tag == name)
            .map(|(_, value)| value.as_str())
    };
    if tag("v").is_some_and(|version| version != "DKIM1") {
        return (
            Severity::Problem,
            "dkim-syntax",
            "is no DKIM key: it does not begin with `v=DKIM1`.".into(),
        );
    }
    let Some(key) = tag("p") else {
        return (
            Severity::Problem,
            "dkim-syntax",
            "has no key: `p=` is missing.".into(),
        );
    };
    if key.is_empty() {
        return (
            Severity::Problem,
            "dkim-revoked",
            "is revoked: its `p=` is empty, and its signatures fail.".into(),
        );
    }
    let Ok(key) = STANDARD.decode(key) else {
        return (
            Severity::Problem,
            "dkim-syntax",
            "has a key that is not whole: `p=` is no base64.".into(),
        );
    };
    let testing = tag("t").is_some_and(|flags| flags.split(':').any(|flag| flag == "y"));
    if testing {
        return (
            Severity::Note,
            "dkim-testing",
            "has a key that is marked as a test by `t=y`: take that out.".into(),
        );
    }
    if tag("k").is_none_or(|kind| kind == "rsa") {
        if key.len() < RSA_1024 {
            let words = "has an RSA key of less than 1,024 bits, which receivers do not accept.";
            return (Severity::Problem, "dkim-weak", words.into());
        }
        if key.len() < RSA_2048 {
            let words = "has an RSA key of less than 2,048 bits: have a longer one made.";
            return (Severity::Note, "dkim-short", words.into());
        }
    }
    (Severity::Good, "dkim", "has a key.".into())
}

/// Returns whether receivers accept signatures by a key that is judged so.
fn is_usable(severity: Severity) -> bool {
    severity < Severity::Problem
}

/// Octets of a key of 1,024 bits as SubjectPublicKeyInfo, the header a little short of the 22 to 24 that it takes.
const RSA_1024: usize = 128 + 12;

/// The same for 2,048 bits (RFC 8301 section 3.2).
const RSA_2048: usize = 256 + 12;

/// `tag-list = tag-spec *( ";" tag-spec ) [ ";" ]` (RFC 6376 section 3.2); white space does not count here.
pub(super) fn tags(text: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(text);
    let parts = text.split(';').filter_map(|part| part.split_once('='));
    parts
        .map(|(tag, value)| {
            (
                tag.trim().to_owned(),
                value.split_ascii_whitespace().collect::<String>(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_judged_by_its_tags_and_length() {
        let key = |octets: usize, more: &str| {
            let key = STANDARD.encode(vec![0; octets]);
            judge(format!("v=DKIM1; {more} p={key}").as_bytes()).1
        };
        for (octets, more, code) in [
            (RSA_1024 - 1, "", "dkim-weak"),
            (RSA_1024, "", "dkim-short"),
            (RSA_2048 - 1, "k=rsa;", "dkim-short"),
            (RSA_2048, "", "dkim"),
            (32, "k=ed25519;", "dkim"),
            (RSA_2048, "t=s;", "dkim"),
            (RSA_2048, "t=s:y;", "dkim-testing"),
        ] {
            assert_eq!(key(octets, more), code, "{octets} {more}");
        }
        for (text, code) in [
            ("v=DKIM2; p=AAAA", "dkim-syntax"),
            ("v=DKIM1", "dkim-syntax"),
            ("p=", "dkim-revoked"),
            ("p=A", "dkim-syntax"),
        ] {
            assert_eq!(judge(text.as_bytes()).1, code, "{text}");
        }
    }

    #[test]
    fn key_is_there_if_one_is_usable_and_unknown_if_one_is() {
        let has = |keys: &[Option<bool>]| {
            let mut state = State {
                findings: Vec::new(),
                has_key: Some(false),
            };
            for key in keys {
                let name = "s._domainkey.a.test";
                let finding = Finding::new(Topic::Dkim, Severity::Note, UNKNOWN, name, "");
                state.take((finding, *key));
            }
            state.has_key
        };
        assert!(is_usable(Severity::Warning) && !is_usable(Severity::Problem));
        assert_eq!(has(&[]), Some(false));
        assert_eq!(has(&[Some(false), Some(false)]), Some(false));
        assert_eq!(has(&[Some(false), None]), None);
        assert_eq!(has(&[None, Some(false)]), None);
        assert_eq!(has(&[None, Some(true)]), Some(true));
        assert_eq!(has(&[Some(true), None]), Some(true));
    }
}
