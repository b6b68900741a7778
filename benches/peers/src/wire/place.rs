//! Where the two ends run.

use std::sync::OnceLock;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// On one processor, or on two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    One,
    Two,
}

impl Place {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::One => "one CPU",
            Self::Two => "two CPUs",
        }
    }

    pub(super) fn of_the_client(self) -> usize {
        0
    }

    pub(super) fn of_the_server(self) -> usize {
        match self {
            Self::One => 0,
            Self::Two => 1,
        }
    }
}

/// Keeps this thread to one of the processors that the process was given, by its place among them.
pub(super) fn pin_to(place: usize) {
    // Asked for by the first thread, before anything is pinned: threads inherit what their parent is kept to.
    static GIVEN: OnceLock<Vec<usize>> = OnceLock::new();
    let given = GIVEN.get_or_init(|| {
        let set = sched_getaffinity(None).expect("the processors of this process");
        (0..CpuSet::MAX_CPU)
            .filter(|&cpu| set.is_set(cpu))
            .collect()
    });
    // On a machine with one processor both ends are there.
    let cpu = given.get(place).or(given.last()).expect("a processor");
    let mut only = CpuSet::new();
    only.set(*cpu);
    sched_setaffinity(None, &only).expect("a processor of this process");
}
