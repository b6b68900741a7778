//! The part of the page that tells of the sender's DNS.

use super::html::Html;
use super::parts::{code, source};
use super::view::{Finding, Publish, Sender};

/// The topics, in the order of the page, and what people call them.
const TOPICS: [(&str, &str); 5] = [
    ("domain", "Domain"),
    ("mx", "MX: where mail to it goes"),
    ("spf", "SPF: who may send for it"),
    ("dkim", "DKIM: keys of its signatures"),
    ("dmarc", "DMARC: what happens to the rest"),
];

pub(super) fn section(html: &mut Html, sender: &Sender) {
    html.element("section", &[("id", "sender")], |html| {
        html.element("h2", &[], |html| {
            html.text("The sender’s DNS: ");
            html.leaf("bdi", &[], &sender.domain);
        });
        if let Some(service) = &sender.service {
            html.leaf(
                "p",
                &[("class", "muted")],
                &format!("For mail that goes out through {service}."),
            );
        }
        for (topic, title) in TOPICS {
            let findings: Vec<&Finding> = sender
                .findings
                .iter()
                .filter(|finding| finding.topic == topic)
                .collect();
            if !findings.is_empty() {
                html.element("article", &[("class", "topic")], |html| {
                    html.leaf("h3", &[], title);
                    for finding in findings {
                        one(html, finding);
                    }
                });
            }
        }
    });
}

fn one(html: &mut Html, finding: &Finding) {
    let (class, mark) = match finding.severity.as_str() {
        "good" => ("good", "✓ good"),
        "note" => ("note", "· note"),
        "warning" => ("warning", "! warning"),
        _ => ("problem", "✕ problem"),
    };
    html.element("div", &[("class", "finding")], |html| {
        html.element("p", &[], |html| {
            html.leaf("span", &[("class", &format!("badge {class}"))], mark);
            html.text(" ");
            html.leaf("bdi", &[], &finding.summary);
        });
        if !finding.found.is_empty() {
            html.element("details", &[], |html| {
                html.leaf("summary", &[], &format!("Found at {}", finding.name));
                for record in &finding.found {
                    html.element("p", &[], |html| code(html, record));
                }
            });
        }
        if let Some(record) = &finding.publish {
            publish(html, record);
        }
        source(html, finding.source.as_deref().filter(|_| class != "good"));
    });
}

fn publish(html: &mut Html, record: &Publish) {
    html.element("div", &[("class", "publish")], |html| {
        html.leaf("p", &[("class", "lead")], "Publish this record");
        html.element("dl", &[("class", "facts")], |html| {
            for (name, value) in [
                ("Name", &record.name),
                ("Type", &record.kind),
                ("Value", &record.value),
            ] {
                html.element("div", &[], |html| {
                    html.leaf("dt", &[], name);
                    html.element("dd", &[], |html| code(html, value));
                });
            }
        });
    });
}
