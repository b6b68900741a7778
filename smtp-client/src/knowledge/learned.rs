//! What the words of a reply make likely, if no rule with a clear verdict fits it.
//!
//! A linear model (multinomial logistic regression over hashed features) whose weights are learned
//! from `tests/data/causes.jsonl`: each word, pair of words, code and phase counts for some causes
//! and against others. `tests/src/learn.rs` learns them; a test compares the result with the file.

use mailwright_proto::reply::Reply;

use super::rule::Facts;
use crate::{Cause, Stage};

/// The causes that the model knows, in the order of the weights.
pub static CAUSES: [Cause; 26] = [
    Cause::AccountBlocked,
    Cause::AppPasswordRequired,
    Cause::AuthMechanism,
    Cause::AuthNotOffered,
    Cause::AuthRequired,
    Cause::ConditionalAccess,
    Cause::ContentRejected,
    Cause::CredentialsRejected,
    Cause::IpReputation,
    Cause::MailboxFull,
    Cause::MessageTooLarge,
    Cause::ProtocolError,
    Cause::RecipientRejected,
    Cause::RecipientUnknown,
    Cause::RelayDenied,
    Cause::SendAsDenied,
    Cause::SenderAuthentication,
    Cause::SenderRejected,
    Cause::ServiceUnavailable,
    Cause::SmtpAuthDisabled,
    Cause::StarttlsRejected,
    Cause::TemporaryServerFailure,
    Cause::Throttled,
    Cause::TlsRequired,
    Cause::Unknown,
    Cause::Unsupported,
];

/// The number of values that the hash of a feature has.
pub const BUCKETS: usize = 8192;

/// A weight in the file is this many times the model's.
pub const SCALE: f32 = 24.0;

/// For each value of the hash, the weight of each cause as a signed octet.
static WEIGHTS: &[u8; BUCKETS * CAUSES.len()] = include_bytes!("learned/weights.bin");

/// A feature of a reply: its hash, and how much it counts.
pub type Feature = (usize, f32);

/// Returns the features of a reply.
pub fn features(reply: &Reply, phase: Option<Stage>) -> Vec<Feature> {
    of_facts(&Facts::of(reply, phase))
}

/// The number of words below which the codes say more.
const LEAST_WORDS: usize = 3;

/// Returns the most likely cause and its probability, if there are words to weigh.
pub(super) fn guess(facts: &Facts) -> Option<(Cause, f32)> {
    facts.words.words().nth(LEAST_WORDS - 1)?;
    most_likely(&probabilities(
        |place| WEIGHTS.get(place).map_or(0.0, |octet| weight(*octet)),
        &of_facts(facts),
    ))
}

/// Returns the weight that an octet of the file stands for.
pub fn weight(octet: u8) -> f32 {
    f32::from(octet.cast_signed()) / SCALE
}

/// Returns the probability of each cause (softmax). `weight` gets the place of a weight: that of
/// the cause, after all causes of the buckets before.
pub fn probabilities(weight: impl Fn(usize) -> f32, features: &[Feature]) -> [f32; CAUSES.len()] {
    let mut scores = [0.0; CAUSES.len()];
    for &(bucket, value) in features {
        for (cause, score) in scores.iter_mut().enumerate() {
            *score += value * weight(bucket * CAUSES.len() + cause);
        }
    }
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - highest).exp());
    let sum: f32 = scores.iter().sum();
    scores.map(|score| score / sum)
}

/// Returns the cause with the highest probability.
pub fn most_likely(probabilities: &[f32; CAUSES.len()]) -> Option<(Cause, f32)> {
    let of_causes = CAUSES.iter().copied().zip(probabilities.iter().copied());
    of_causes.max_by(|(_, one), (_, other)| one.total_cmp(other))
}

fn of_facts(facts: &Facts) -> Vec<Feature> {
    let phase = facts.stage.map_or("", Stage::name).as_bytes();
    let code = facts.code.to_string();
    let class = code.as_bytes().get(..1).unwrap_or_default();
    let mut features = vec![
        (bucket(&[b"bias"]), 1.0),
        (bucket(&[b"code", code.as_bytes()]), 1.0),
        (bucket(&[b"class", class]), 1.0),
    ];
    if let Some((subject, detail)) = facts.status {
        let (subject, detail) = (subject.to_string(), detail.to_string());
        features.push((bucket(&[b"subject", subject.as_bytes()]), 1.0));
        features.push((
            bucket(&[b"status", subject.as_bytes(), b".", detail.as_bytes()]),
            1.0,
        ));
    }
    if facts.stage.is_some() {
        features.push((bucket(&[b"phase", phase]), 1.5));
    }
    let words: Vec<&[u8]> = facts.words.words().take(MOST_WORDS).collect();
    let mut distinct = words.clone();
    distinct.sort_unstable();
    distinct.dedup();
    for word in distinct {
        features.push((bucket(&[b"word", word]), 1.0));
        features.push((bucket(&[b"stem", start(word, 4)]), 0.7));
        features.push((bucket(&[b"at", class, start(word, 5)]), 0.5));
        if facts.stage.is_some() {
            features.push((bucket(&[b"at", phase, start(word, 5)]), 0.5));
        }
    }
    for pair in words.windows(2) {
        if let [first, second] = pair {
            let pair = bucket(&[b"pair", start(first, 6), b" ", start(second, 6)]);
            features.push((pair, 0.7));
        }
    }
    features
}

/// The number of words of a reply that count: what matters is said first.
const MOST_WORDS: usize = 120;

fn start(word: &[u8], octets: usize) -> &[u8] {
    word.get(..octets).unwrap_or(word)
}

/// FNV-1a.
fn bucket(parts: &[&[u8]]) -> usize {
    let octets = parts.iter().flat_map(|part| part.iter().chain(&[0]));
    let hash = octets.fold(0x811c_9dc5_u32, |hash, octet| {
        (hash ^ u32::from(*octet)).wrapping_mul(0x0100_0193)
    });
    // The upper bits are mixed best.
    (hash ^ (hash >> 15)) as usize % BUCKETS
}

/// The replies that the rules were made from, with their causes.
pub fn examples() -> impl Iterator<Item = (Cause, &'static str, Option<Stage>)> {
    super::tables().into_iter().flat_map(|(_, rules)| {
        rules
            .iter()
            .map(|rule| (rule.cause, rule.example, rule.at.first().copied()))
    })
}
