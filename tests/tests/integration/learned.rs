//! The weights of the knowledge base: learned from the replies in `tests/data`, and how far they
//! carry over.

use std::path::Path;
use std::{env, fs};

use mailwright::knowledge::learned::{CAUSES, examples, features};
use mailwright::knowledge::read;
use mailwright::{Cause, Stage};
use serde_json::Value;
use smtp_tests::learn::{Sample, learn, most_likely};

/// Set to write the weights, which `knowledge/learned.rs` includes.
const RECORD: &str = "RECORD_WEIGHTS";

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
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/causes.jsonl");
    let text = fs::read_to_string(path).expect("the file is there");
    let known = |line: &str| {
        let object: Value = serde_json::from_str(line).expect("an object");
        let name = object["cause"].as_str().expect("a cause").to_owned();
        let cause = *CAUSES.iter().find(|cause| cause.name() == name)?;
        let phase = object["phase"].as_str().map(|name| {
            let is_it = |stage: &Stage| stage.name() == name;
            STAGES.into_iter().find(is_it).expect(name)
        });
        let also = object["also"].as_array().into_iter().flatten();
        let also = also.filter_map(Value::as_str).map(str::to_owned);
        let right = [name].into_iter().chain(also).collect();
        of(
            object["reply"].as_str().expect("a reply"),
            phase,
            cause,
            right,
        )
    };
    text.lines().filter_map(known).collect()
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
            let likely =
                |sample: &Sample| most_likely(&weights, &sample.features).name().to_owned();
            all += known.samples.len();
            right += known
                .samples
                .iter()
                .filter(|one| known.right.contains(&likely(one)))
                .count();
        }
    }
    let share = 100 * right / all.max(1);
    println!("{right} of {all} explained by the words alone: {share} %");
    assert!(share >= 80, "{share} %");
}
