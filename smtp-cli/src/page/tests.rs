//! Whatever a server says, the page says it as text.

use mailwright_proto::reply::Escaped;
use proptest::prelude::*;

use super::{
    Certificate, Failure, Fate, Finding, Line, Page, Port, Publish, Sender, Step, Tls, Verdict,
};

/// A page with the same text in every place that has one.
fn page_of(text: &str) -> Page {
    let text = || text.to_owned();
    let step = Step {
        name: text(),
        subject: text(),
        at_ms: 1.0,
        took_ms: 2.0,
        fate: Fate::Failed,
        note: text(),
    };
    let failure = Failure {
        cause: text(),
        summary: text(),
        detail: text(),
        fix: vec![text()],
        reply: Some(text()),
        source: Some(text()),
    };
    let certificate = Certificate {
        subject: text(),
        issuer: text(),
        names: vec![text()],
        not_before: text(),
        not_after: text(),
    };
    let port = Port {
        host: text(),
        port: 587,
        security: text(),
        address: Some(text()),
        usable: false,
        stage: text(),
        steps: vec![step],
        failure: Some(failure),
        greeting: Some(text()),
        plain: vec![text()],
        secured: vec![text()],
        mechanisms: vec![text()],
        tls: Some(Tls {
            version: text(),
            cipher_suite: text(),
        }),
        chain: vec![certificate],
        dialogue: vec![Line {
            ours: false,
            text: text(),
            at_ms: 3.0,
        }],
    };
    let finding = Finding {
        topic: "spf".into(),
        severity: text(),
        summary: text(),
        name: text(),
        found: vec![text()],
        publish: Some(Publish {
            name: text(),
            kind: text(),
            value: text(),
        }),
        source: Some(text()),
    };
    Page {
        host: text(),
        made: text(),
        took_ms: 10.0,
        verdict: Verdict {
            cause: text(),
            good: false,
            summary: text(),
            fix: vec![text()],
            settings: vec![(text(), text())],
            reply: Some(text()),
        },
        ports: vec![port.clone()],
        compared: vec![port],
        sender: Some(Sender {
            domain: text(),
            service: Some(text()),
            findings: vec![finding],
        }),
    }
}

/// The page's bones: every tag and every name of an attribute, without texts and values.
fn bones(html: &str) -> Vec<String> {
    let (mut bones, mut rest) = (Vec::new(), html);
    while let Some(start) = rest.find('<') {
        let tag = &rest[start..];
        let (mut end, mut quoted) = (0, false);
        for (at, byte) in tag.bytes().enumerate() {
            quoted ^= byte == b'"';
            end = at;
            if byte == b'>' && !quoted {
                break;
            }
        }
        let parts = tag[..=end].split('"').step_by(2);
        bones.push(parts.collect::<Vec<_>>().concat());
        rest = &tag[end + 1..];
    }
    bones
}

#[test]
fn hostile_texts_do_not_change_the_bones_of_the_page() {
    let harmless = bones(&page_of("harmless").render());
    for text in [
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\" onload=\"alert(1)",
        "' onload='alert(1)",
        "</title></style></svg></code><!--",
        "]]>&lt;&#60;&amp;",
        "javascript:alert(1)",
        "http://example.test/",
        "nul\0 escape\x1b[2J bell\x07 return\r\nline\u{2028}",
        "\u{202e}reversed\u{2066}\u{200f}\u{feff}\u{200b}\u{e0041}",
        "\u{fffe}\u{ffff}\u{fdd0}\u{1ffff}",
        "שלום مرحبا",
    ] {
        let html = page_of(text).render();
        assert_eq!(bones(&html), harmless, "{text:?}");
        assert_fit_to_be_shown(&html);
    }
}

#[test]
fn only_addresses_of_the_web_become_links() {
    let page = page_of("https://example.test/?a=b&c=\"d\"");
    let html = page.render();
    assert!(html.contains("href=\"https://example.test/?a=b&amp;c=&quot;d&quot;\""));
    assert!(!page_of("javascript:alert(1)").render().contains("href"));
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let html = page_of("harmless").render();
    for forbidden in [
        "src=", "<script", "@import", "url(", "http://", "<link", "<iframe", "<base", " on",
        "style=\"",
    ] {
        let tags = bones(&html).join("\n");
        assert!(!tags.contains(forbidden), "{forbidden}");
    }
    assert!(
        !super::STYLE.contains("url(")
            && !super::STYLE.contains("@import")
            && !super::STYLE.contains("</")
    );
    assert!(html.contains("default-src &#39;none&#39;"));
}

#[test]
fn long_lists_are_cut_and_counted() {
    let mut page = page_of("harmless");
    let port = &mut page.ports[0];
    port.dialogue = vec![
        Line {
            ours: true,
            text: "NOOP".into(),
            at_ms: 1.0
        };
        700
    ];
    port.steps = vec![Step::default(); 100];
    port.chain[0].names = vec!["a.test".into(); 100];
    let html = page.render();
    for counted in ["and 200 more lines", "and 40 more steps", "and 75 more"] {
        assert!(html.contains(counted), "{counted}");
    }
}

#[test]
fn times_have_two_figures_that_matter() {
    for (ms, expected) in [
        (0.0, "0 ms"),
        (0.042, "0.04 ms"),
        (1.26, "1.3 ms"),
        (83.1, "83 ms"),
        (999.4, "999 ms"),
        (1_234.0, "1.2 s"),
        (15_004.0, "15 s"),
        (900_000.0, "15 min"),
        (10_800_000.0, "3 h"),
    ] {
        assert_eq!(super::timeline::duration(ms), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_changes_the_bones_of_the_page(text in "\\PC*|.*|[<>\"'&=/a-z \u{0}-\u{20}\u{202a}-\u{202e}]*") {
        // What is empty is left out, and so has other bones.
        let html = page_of(&format!("-{text}")).render();
        prop_assert!(bones(&html) == bones(&page_of("-").render()), "{text:?}");
        assert_fit_to_be_shown(&html);
    }

    #[test]
    fn no_times_lead_out_of_the_picture(at in any::<f64>(), took in any::<f64>(), other in 0.0..1e9_f64) {
        let mut page = page_of("-");
        page.ports[0].steps = vec![
            Step { at_ms: at, took_ms: took, ..Step::default() },
            Step { at_ms: other, took_ms: 1.0, ..Step::default() },
        ];
        let html = page.render();
        for place in html.split(" x=\"").skip(1).filter_map(|rest| rest.split_once('%')) {
            let x: f64 = place.0.parse().unwrap_or(f64::NAN);
            prop_assert!((0.0..=100.0).contains(&x), "{}", place.0);
        }
    }
}

fn assert_fit_to_be_shown(html: &str) {
    let unfit = |c: char| c != '\n' && Escaped::is_needed(c);
    assert!(
        !html.contains(unfit),
        "{:?}",
        html.chars().find(|c| unfit(*c))
    );
}
