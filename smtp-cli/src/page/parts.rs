//! The parts of the page that tell of a server: the verdict, the ports at a glance, and each port.

use super::html::Html;
use super::timeline::{self, MOST_STEPS, duration};
use super::view::{Certificate, Failure, Fate, Line, Page, Port, Step, Verdict};

/// More lines of a dialogue than these are counted, not shown.
const MOST_LINES: usize = 500;

/// More certificates than these no chain needs.
const MOST_CERTIFICATES: usize = 10;

/// More names of a certificate than these are counted, not shown.
const MOST_NAMES: usize = 25;

/// What is so and what to do, at the top of the page.
pub(super) fn verdict(html: &mut Html, page: &Page) {
    let Verdict {
        cause,
        good,
        summary,
        fix,
        settings,
        reply,
    } = &page.verdict;
    let class = if *good {
        "verdict good"
    } else {
        "verdict problem"
    };
    html.element("header", &[("class", class)], |html| {
        html.element("p", &[("class", "host")], |html| {
            html.text("Mail check of ");
            html.leaf("bdi", &[], &page.host);
        });
        html.leaf("h1", &[], summary);
        html.element("p", &[], |html| {
            let mark = if *good { "✓ " } else { "✕ " };
            html.leaf(
                "span",
                &[("class", "badge"), ("id", "cause")],
                &format!("{mark}{cause}"),
            );
        });
        if let Some(reply) = reply {
            html.element("p", &[], |html| code(html, reply));
        }
        if !settings.is_empty() {
            html.leaf("h2", &[], "Settings to use");
            html.element("dl", &[("class", "settings"), ("id", "use")], |html| {
                for (name, value) in settings {
                    html.element("div", &[], |html| {
                        html.leaf("dt", &[], name);
                        html.element("dd", &[], |html| html.leaf("bdi", &[], value));
                    });
                }
            });
        }
        if !good {
            what_to_do(html, fix);
        }
    });
}

/// Every port in one table.
pub(super) fn overview(html: &mut Html, page: &Page) {
    html.element("section", &[], |html| {
        html.leaf("h2", &[], "At a glance");
        table(
            html,
            &[
                ("Port", ""),
                ("Result", ""),
                ("Got as far as", "minor"),
                ("Took", ""),
            ],
            |html| {
                for port in &page.ports {
                    html.element("tr", &[], |html| {
                        html.leaf(
                            "th",
                            &[("scope", "row")],
                            &format!("{} {}", port.port, port.security),
                        );
                        html.element("td", &[], |html| result(html, port));
                        html.leaf("td", &[("class", "minor")], &port.stage);
                        html.leaf("td", &[("class", "number")], &duration(span(&port.steps)));
                    });
                }
            },
        );
    });
}

/// One port: the picture, its table, what is in the way, TLS, offers, dialogue.
pub(super) fn port(html: &mut Html, port: &Port, id: &str) {
    html.element("article", &[("class", "port"), ("id", id)], |html| {
        html.element("h3", &[], |html| {
            html.leaf("bdi", &[], &format!("{}:{}", port.host, port.port));
            html.text(" ");
            html.leaf("span", &[("class", "muted")], &port.security);
            html.text(" ");
            result(html, port);
        });
        if let Some(address) = &port.address {
            html.leaf(
                "p",
                &[("class", "muted")],
                &format!("Answered at {address}"),
            );
        }
        if let Some(it) = &port.failure {
            failure(html, it);
        }
        timeline::draw(html, port, id);
        steps(html, &port.steps);
        if let Some(greeting) = &port.greeting {
            html.leaf("h4", &[], "Greeting");
            html.element("p", &[], |html| code(html, greeting));
        }
        certificates(html, port);
        offers(html, port);
        dialogue(html, &port.dialogue);
    });
}

fn result(html: &mut Html, port: &Port) {
    match &port.failure {
        None if port.usable => html.leaf("span", &[("class", "badge good")], "✓ usable"),
        None => html.leaf("span", &[("class", "badge problem")], "✕ not usable"),
        Some(failure) => html.leaf(
            "span",
            &[("class", "badge problem")],
            &format!("✕ {}", failure.cause),
        ),
    }
}

fn failure(html: &mut Html, failure: &Failure) {
    html.element("div", &[("class", "failure")], |html| {
        html.leaf("p", &[], &failure.summary);
        if let Some(reply) = &failure.reply {
            html.element("p", &[], |html| code(html, reply));
        }
        if !failure.detail.is_empty() {
            html.element("p", &[], |html| code(html, &failure.detail));
        }
        what_to_do(html, &failure.fix);
        source(html, failure.source.as_deref());
    });
}

fn what_to_do(html: &mut Html, fix: &[String]) {
    if fix.is_empty() {
        return;
    }
    html.leaf("p", &[("class", "lead")], "What to do");
    html.element("ol", &[("class", "fix")], |html| {
        for step in fix {
            html.leaf("li", &[], step);
        }
    });
}

fn steps(html: &mut Html, steps: &[Step]) {
    if steps.is_empty() {
        return;
    }
    table(
        html,
        &[
            ("Step", ""),
            ("Result", ""),
            ("Began", "minor"),
            ("Took", ""),
        ],
        |html| {
            for step in steps.iter().take(MOST_STEPS) {
                html.element("tr", &[], |html| {
                    html.element("th", &[("scope", "row")], |html| {
                        html.text(&step.name);
                        if !step.subject.is_empty() {
                            html.text(" ");
                            html.leaf("bdi", &[("class", "muted")], &step.subject);
                        }
                    });
                    html.element("td", &[], |html| {
                        let (class, mark, word) = match step.fate {
                            Fate::Done => ("ok", "✓ ", ""),
                            Fate::Failed => ("bad", "✕ ", "failed"),
                            Fate::Unfinished => ("muted", "… ", "given up"),
                        };
                        html.leaf("span", &[("class", class)], mark);
                        html.leaf(
                            "bdi",
                            &[],
                            if step.note.is_empty() {
                                word
                            } else {
                                &step.note
                            },
                        );
                    });
                    html.leaf("td", &[("class", "number minor")], &duration(step.at_ms));
                    html.leaf("td", &[("class", "number")], &duration(step.took_ms));
                });
            }
        },
    );
    more(html, steps.len(), MOST_STEPS, "steps");
}

fn certificates(html: &mut Html, port: &Port) {
    if port.tls.is_none() && port.chain.is_empty() {
        return;
    }
    html.leaf("h4", &[], "TLS");
    if let Some(tls) = &port.tls {
        html.leaf("p", &[], &format!("{}, {}", tls.version, tls.cipher_suite));
    }
    html.element("ol", &[("class", "chain")], |html| {
        for certificate in port.chain.iter().take(MOST_CERTIFICATES) {
            html.element("li", &[], |html| one_certificate(html, certificate));
        }
    });
}

fn one_certificate(html: &mut Html, certificate: &Certificate) {
    html.element("dl", &[("class", "facts")], |html| {
        let validity = format!("{} to {}", certificate.not_before, certificate.not_after);
        let mut names = certificate
            .names
            .get(..MOST_NAMES)
            .unwrap_or(&certificate.names)
            .join(", ");
        if certificate.names.len() > MOST_NAMES {
            names.push_str(&format!(
                ", and {} more",
                certificate.names.len() - MOST_NAMES
            ));
        }
        for (name, value) in [
            ("Subject", &certificate.subject),
            ("Issuer", &certificate.issuer),
            ("Names", &names),
            ("Valid", &validity),
        ] {
            if !value.is_empty() {
                html.element("div", &[], |html| {
                    html.leaf("dt", &[], name);
                    html.element("dd", &[], |html| html.leaf("bdi", &[], value));
                });
            }
        }
    });
}

fn offers(html: &mut Html, port: &Port) {
    for (title, offers) in [
        ("Offered before TLS", &port.plain),
        ("Offered over TLS", &port.secured),
    ] {
        if !offers.is_empty() {
            html.leaf("h4", &[], title);
            html.element("ul", &[("class", "offers")], |html| {
                for offer in offers.iter().take(MOST_LINES) {
                    html.element("li", &[], |html| code(html, offer));
                }
            });
        }
    }
}

fn dialogue(html: &mut Html, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    html.element("details", &[("class", "dialogue")], |html| {
        html.leaf("summary", &[], &format!("Dialogue, {} lines", lines.len()));
        html.element("ol", &[], |html| {
            for line in lines.iter().take(MOST_LINES) {
                let (class, side, name) = if line.ours {
                    ("ours", "C:", "Client")
                } else {
                    ("theirs", "S:", "Server")
                };
                html.element("li", &[("class", class)], |html| {
                    html.leaf("span", &[("class", "at")], &duration(line.at_ms));
                    html.leaf("abbr", &[("title", name)], side);
                    code(html, &line.text);
                });
            }
        });
        more(html, lines.len(), MOST_LINES, "lines");
    });
}

/// What a server said, word for word.
pub(super) fn code(html: &mut Html, text: &str) {
    html.element("code", &[], |html| html.leaf("bdi", &[], text));
}

/// Where it stands.
pub(super) fn source(html: &mut Html, source: Option<&str>) {
    if let Some(source) = source {
        html.element("p", &[("class", "source")], |html| {
            html.text("More: ");
            html.link(source);
        });
    }
}

fn more(html: &mut Html, there: usize, shown: usize, what: &str) {
    if there > shown {
        html.leaf(
            "p",
            &[("class", "muted")],
            &format!("and {} more {what}", there - shown),
        );
    }
}

/// A table that scrolls by itself where it is wider than the page. A column that is `minor` is left out on a phone.
fn table(html: &mut Html, heads: &[(&str, &str)], rows: impl FnOnce(&mut Html)) {
    html.element(
        "div",
        &[
            ("class", "scroll"),
            ("tabindex", "0"),
            ("role", "region"),
            ("aria-label", "Table"),
        ],
        |html| {
            html.element("table", &[], |html| {
                html.element("thead", &[], |html| {
                    html.element("tr", &[], |html| {
                        for (head, class) in heads {
                            html.leaf("th", &[("scope", "col"), ("class", class)], head);
                        }
                    });
                });
                html.element("tbody", &[], rows);
            });
        },
    );
}

/// From the first step's beginning to the last one's end.
fn span(steps: &[Step]) -> f64 {
    let start = steps
        .iter()
        .map(|step| step.at_ms)
        .reduce(f64::min)
        .unwrap_or_default();
    steps
        .iter()
        .map(|step| step.at_ms + step.took_ms - start)
        .fold(0.0, f64::max)
}
