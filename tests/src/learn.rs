//! Learns the weights of `mailwright::knowledge::learned` from replies whose causes are known.
//!
//! Multinomial logistic regression by AdaGrad, in a fixed order: the same replies give the same
//! weights.

use mailwright::Cause;
use mailwright::knowledge::learned::{BUCKETS, CAUSES, Feature, SCALE, probabilities};

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
            let mut slopes = probabilities(|place| weights[place], &sample.features);
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

fn are_coprime(a: usize, b: usize) -> bool {
    if b == 0 {
        a == 1
    } else {
        are_coprime(b, a % b)
    }
}
