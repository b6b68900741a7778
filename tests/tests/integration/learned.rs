//! The weights of the knowledge base: learned from the replies in `tests/data`, and how far they
//! carry over.

use std::path::Path;
use std::{env, fs};

use mailwright::knowledge::learned::{
    CAUSES, examples, features, most_likely, probabilities, weight,
};
use mailwright::knowledge::read;
use mailwright::{Cause, Stage};
use serde_json::Value;
use smtp_tests::learn::{Sample, learn};

use super::knowledge::{objects, phase, text};

/// Set to write the weights, which `knowledge/learned.rs` includes.
const RECORD: &str = "RECORD_WEIGHTS";

/// A reply with its causes, with and without its phase.
struct Known {
    samples: Vec<Sample>,
    right: Vec<String>,
}

fn of(text: &str, phase: Option<Stage>, cause: Cause, right: Vec<String>) -> Option<Known> {
    let reply = read(text.as_bytes()).ok()?;
    if reply.code().get() < 400 {
        return None;
    }
    let phases = [None, phase];
    let phases = if phase.is_some() {
        &phases[..]
    } else {
        &phases[..1]
    };
    let sample = |phase: &Option<Stage>| Sample {
        features: features(&reply, *phase),
        cause,
    };
    Some(Known {
        samples: phases.iter().map(sample).collect(),
        right,
    })
}

/// The replies in `causes.jsonl`.
fn corpus() -> Vec<Known> {
    let known = |object: &Value| {
        let name = text(object, "cause").expect("a cause");
        let cause = *CAUSES.iter().find(|cause| cause.name() == name)?;
        let also = object["also"].as_array().into_iter().flatten();
        let names = [name].into_iter().chain(also.filter_map(Value::as_str));
        let right = names.map(str::to_owned).collect();
        of(
            text(object, "reply").expect("a reply"),
            phase(object),
            cause,
            right,
        )
    };
    objects("causes.jsonl").iter().filter_map(known).collect()
}

/// The replies in `causes.jsonl`, and those that the rules were made from.
fn samples() -> Vec<Sample> {
    let examples = examples().filter_map(|(cause, text, phase)| of(text, phase, cause, Vec::new()));
    let known = corpus().into_iter().chain(examples);
    known.flat_map(|known| known.samples).collect()
}

#[test]
fn weights_are_those_of_the_known_replies() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../smtp-client/src/knowledge/learned/weights.bin");
    let learned = learn(&samples());
    if env::var_os(RECORD).is_some() {
        fs::write(&path, &learned).expect("written");
    }
    let recorded = fs::read(&path).expect("the file is there");
    assert_eq!(recorded.len(), learned.len());
    // Exponentials may differ by their last bit from machine to machine.
    let is_close = |(a, b): (&u8, &u8)| a.cast_signed().abs_diff(b.cast_signed()) <= 2;
    let distant = recorded
        .iter()
        .zip(&learned)
        .filter(|pair| !is_close(*pair));
    let distant = distant.count();
    assert!(
        distant == 0,
        "{distant} weights differ: {RECORD}=1 cargo test -p smtp-tests --test integration learned:: writes them"
    );
}

/// Each fifth of the corpus is explained by what the other four teach.
#[test]
fn words_of_unseen_replies_mean_what_known_ones_teach() {
    const PARTS: usize = 5;
    let corpus = corpus();
    let (mut right, mut all) = (0, 0);
    for part in 0..PARTS {
        let is_taught = |place: &usize| place % PARTS != part;
        let taught: Vec<Sample> = (0..corpus.len())
            .filter(is_taught)
            .flat_map(|place| corpus[place].samples.clone())
            .collect();
        let weights = learn(&taught);
        for (_, known) in corpus
            .iter()
            .enumerate()
            .filter(|(place, _)| !is_taught(place))
        {
            let is_right = |sample: &&Sample| {
                let weight = |place: usize| weight(weights[place]);
                let likely = most_likely(&probabilities(weight, &sample.features));
                likely.is_some_and(|(cause, _)| known.right.iter().any(|name| name == cause.name()))
            };
            all += known.samples.len();
            right += known.samples.iter().filter(is_right).count();
        }
    }
    let share = 100 * right / all.max(1);
    println!("{right} of {all} explained by the words: {share} %");
    assert!(share >= 80, "{share} %");
}
