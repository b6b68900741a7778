//! What the knowledge base makes of replies of real servers: `tests/data` has them, and what they mean.

use std::fs;
use std::io::Write;
use std::path::Path;

use mailwright::knowledge::{self, Context, Explanation};
use mailwright::{Cause, Reply, Stage};
use proptest::prelude::*;
use serde_json::Value;

/// The objects of a file.
pub(crate) fn objects(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name);
    let text = fs::read_to_string(path).expect("the file is there");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect()
}

pub(crate) fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

const STAGES: [Stage; 9] = [
    Stage::Greeting,
    Stage::Ehlo,
    Stage::StartTls,
    Stage::Auth,
    Stage::Mail,
    Stage::Rcpt,
    Stage::Data,
    Stage::Body,
    Stage::Quit,
];

/// Returns the phase that an object names.
pub(crate) fn phase(object: &Value) -> Option<Stage> {
    let name = text(object, "phase")?;
    let is_named = |stage: &Stage| stage.name() == name;
    Some(STAGES.into_iter().find(is_named).expect(name))
}

/// Whether the phase that a file names is given too.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Given,
    Left,
}

/// A reply of a file, and what it is taken to mean.
fn explained(object: &Value, given: Phase) -> (Reply, Explanation) {
    let said = text(object, "reply").expect("a reply");
    let reply = knowledge::read(said.as_bytes()).unwrap_or_else(|error| panic!("{error}: {said}"));
    let phase = phase(object).filter(|_| given == Phase::Given);
    let explanation = knowledge::explain(
        &reply,
        Context {
            phase,
            ..Context::default()
        },
    );
    (reply, explanation)
}

/// Whether the cause is one of those that the object names.
fn is_right(object: &Value, cause: Cause) -> bool {
    let also = object
        .get("also")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    text(object, "cause")
        .into_iter()
        .chain(also)
        .any(|name| name == cause.name())
}

/// The share of a file's replies that is taken for what it is, in hundredths.
fn share(name: &str, given: Phase) -> f64 {
    let replies = objects(name);
    let mut wrong = Vec::new();
    for object in &replies {
        let (reply, explanation) = explained(object, given);
        if !is_right(object, explanation.cause) {
            wrong.push(format!(
                "{} is taken for {}: {reply}",
                text(object, "cause").expect("a cause"),
                explanation.cause
            ));
        }
    }
    let share = 100.0 * (replies.len() - wrong.len()) as f64 / replies.len() as f64;
    let _ = writeln!(
        std::io::stderr(),
        "{name}: {share:.1} % of {} replies\n{}",
        replies.len(),
        wrong.join("\n")
    );
    share
}

#[test]
fn replies_whose_cause_is_known_are_taken_for_what_they_are() {
    assert!(share("causes.jsonl", Phase::Given) >= 99.0);
}

#[test]
fn causes_are_mostly_right_without_the_phase() {
    assert!(share("causes.jsonl", Phase::Left) >= 98.0);
}

#[test]
fn few_refusals_of_real_servers_have_a_cause_that_nobody_knows() {
    let replies = objects("replies.jsonl");
    let unknown = replies
        .iter()
        .map(|object| explained(object, Phase::Given))
        .filter(|(_, explanation)| explanation.cause == Cause::Unknown);
    let unknown: Vec<_> = unknown.map(|(reply, _)| reply.to_string()).collect();
    let share = 100.0 * unknown.len() as f64 / replies.len() as f64;
    let _ = writeln!(
        std::io::stderr(),
        "{share:.1} % of {} are unknown:\n{}",
        replies.len(),
        unknown.join("\n")
    );
    assert!(share < 4.0);
}

#[test]
fn every_explanation_is_whole_and_has_none_of_the_servers_words() {
    for object in objects("replies.jsonl")
        .iter()
        .chain(&objects("causes.jsonl"))
    {
        let (reply, explanation) = explained(object, Phase::Given);
        assert!(
            explanation.summary.ends_with('.') && !explanation.fix.is_empty(),
            "{reply}: {explanation:?}"
        );
        assert_eq!(
            explanation.cause == Cause::Ok,
            !reply.code().is_negative() && !is_token_refusal(&reply),
            "{reply}"
        );
        assert!(
            !explanation.summary.contains("example.test"),
            "{explanation:?}"
        );
        assert!(
            explanation
                .source
                .is_none_or(|page| page.starts_with("https://")),
            "{explanation:?}"
        );
        assert!(
            explanation.source.is_none() || explanation.provider.is_some(),
            "{explanation:?}"
        );
    }
}

/// XOAUTH2 tells of a refused token in a challenge.
fn is_token_refusal(reply: &Reply) -> bool {
    reply.raw().starts_with(b"334 eyJ")
}

proptest! {
    #[test]
    fn any_bytes_are_explained_or_refused_by_line_and_byte(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..400),
        code in prop_oneof![Just(""), Just("250 "), Just("334 "), Just("421-"), Just("535 5.7.139 "), Just("550 ")],
        stage in 0..=STAGES.len(),
        token: bool,
        logged_in: Option<bool>,
        host in prop_oneof![Just(None), Just(Some("")), Just(Some("smtp.office365.com")), Just(Some(".."))],
    ) {
        bytes.splice(0..0, code.bytes());
        let context = Context { phase: STAGES.get(stage).copied(), host, token, logged_in };
        match knowledge::read(&bytes) {
            Ok(reply) => {
                let explanation = knowledge::explain(&reply, context);
                prop_assert!(!explanation.fix.is_empty() && !explanation.summary.is_empty());
                prop_assert!(!explanation.summary.contains(char::is_control));
            }
            Err(error) => {
                let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
                prop_assert!(error.line() >= 1 && error.line() <= lines);
                prop_assert!(error.byte() <= bytes.len());
                prop_assert!(!error.to_string().contains(char::is_control));
            }
        }
    }

    #[test]
    fn line_ends_and_a_missing_end_change_nothing(
        lines in proptest::collection::vec("[ -~]{0,60}", 1..6),
        code in prop_oneof![Just("421"), Just("550"), Just("554")],
    ) {
        let with = |end: &str| {
            let all = lines.iter().enumerate().map(|(number, line)| {
                format!("{code}{}{}", if number + 1 == lines.len() { ' ' } else { '-' }, line.trim())
            });
            all.collect::<Vec<_>>().join(end)
        };
        let whole = Reply::parse(format!("{}\r\n", with("\r\n")).as_bytes()).expect("a reply");
        let expected = knowledge::explain(&whole, Context::default());
        for text in [with("\n"), with("\r\n"), format!("{}\n\n", with("\n"))] {
            let read = knowledge::read(text.as_bytes()).expect("a reply");
            prop_assert_eq!(knowledge::explain(&read, Context::default()), expected.clone());
        }
    }
}

#[test]
fn replies_as_long_as_the_limits_allow_are_explained() {
    let lines = |words: &str| format!("550-{}\r\n", words.repeat(2000 / words.len())).repeat(32);
    for words in [
        "sender not ",
        "spam",
        "a@",
        "<",
        "5.7.1 ",
        "aspam",
        "user mailbox account ",
    ] {
        let reply = knowledge::read(lines(words).as_bytes()).expect("a reply");
        assert!(reply.raw().len() > 60_000);
        assert_ne!(
            knowledge::explain(&reply, Context::default()).cause,
            Cause::Ok
        );
    }
}
