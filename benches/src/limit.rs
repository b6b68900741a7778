//! The least that the work could cost.

use std::hint::black_box;

use crate::{Candidate, LIMIT};

/// Finding the line ends of what is read. One by one: counting alone would not find where the lines are.
pub(crate) fn memchr(bytes: Vec<u8>) -> Candidate {
    Candidate::without_answer(LIMIT, move || {
        memchr::memchr_iter(b'\n', black_box(&bytes)).for_each(|at| _ = black_box(at));
    })
}

/// Copying what is written.
pub(crate) fn memcpy(bytes: Vec<u8>) -> Candidate {
    let mut copy = vec![0; bytes.len()];
    Candidate::without_answer(LIMIT, move || {
        copy.copy_from_slice(black_box(&bytes));
        black_box(&copy);
    })
}
