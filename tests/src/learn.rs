//! Learns the weights of `mailwright::knowledge::learned` from replies whose causes are known.
//!
//! Multinomial logistic regression by AdaGrad, in a fixed order: the same replies give the same
//! weights.

use mailwright::Cause;
use mailwright::knowledge::learned::{BUCKETS, CAUSES, Feature, SCALE};

/// A reply with a known cause.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What the model sees of it.
    pub features: Vec<Feature>,
    /// What it means.
    pub cause: Cause,
}

/// The number of times that all samples are looked at.
const ROUNDS: usize = 12;

/// The size of the first steps.
const RATE: f32 = 0.3;

/// How much a weight shrinks in each step.
const DECAY: f32 = 0.000_3;

/// Learns the weights, as the model has them: rounded, one octet each.
pub fn learn(samples: &[Sample]) -> Vec<u8> {
    let classes = CAUSES.len();
    let mut weights = vec![0.0_f32; BUCKETS * classes];
    let mut squares = vec![0.000_001_f32; BUCKETS * classes];
    let known: Vec<(&Sample, usize)> = samples
        .iter()
        .filter_map(|sample| {
            let class = CAUSES.iter().position(|cause| *cause == sample.cause)?;
            Some((sample, class))
        })
        .collect();
    // A stride that shares no factor with the number of samples visits each of them once.
    let stride = (known.len() / 3..)
        .find(|stride| *stride > 0 && are_coprime(*stride, known.len()))
        .unwrap_or(1);
    for round in 0..ROUNDS {
        for step in 0..known.len() {
            let (sample, class) = known[(step * stride + round) % known.len()];
            let mut slopes = probabilities(&weights, &sample.features);
            slopes[class] -= 1.0;
            for &(bucket, value) in &sample.features {
                let range = bucket * classes..(bucket + 1) * classes;
                let places = weights[range.clone()].iter_mut().zip(&mut squares[range]);
                for ((weight, square), slope) in places.zip(&slopes) {
                    let slope = slope * value + DECAY * *weight;
                    *square += slope * slope;
                    *weight -= RATE * slope / square.sqrt();
                }
            }
        }
    }
    let round = |weight: f32| (weight * SCALE).round().clamp(-127.0, 127.0) as i8;
    weights
        .into_iter()
        .map(|weight| round(weight).cast_unsigned())
        .collect()
}

/// Returns the most likely cause by these weights.
pub fn most_likely(weights: &[u8], features: &[Feature]) -> Cause {
    let weights: Vec<f32> = weights
        .iter()
        .map(|weight| f32::from(weight.cast_signed()) / SCALE)
        .collect();
    let probabilities = probabilities(&weights, features);
    let best = (0..CAUSES.len()).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    CAUSES[best.unwrap_or_default()]
}

fn probabilities(weights: &[f32], features: &[Feature]) -> Vec<f32> {
    let classes = CAUSES.len();
    let mut scores = vec![0.0; classes];
    for &(bucket, value) in features {
        let of_bucket = &weights[bucket * classes..(bucket + 1) * classes];
        for (score, weight) in scores.iter_mut().zip(of_bucket) {
            *score += value * weight;
        }
    }
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - highest).exp());
    let sum: f32 = scores.iter().sum();
    scores.into_iter().map(|score| score / sum).collect()
}

fn are_coprime(a: usize, b: usize) -> bool {
    if b == 0 {
        a == 1
    } else {
        are_coprime(b, a % b)
    }
}
