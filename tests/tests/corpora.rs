//! Replays every seed of the fuzz targets, and every input that they ever found.

use std::io::Write;
use std::path::Path;
use std::{fs, io};

use smtp_proto::fuzzing::{self, Tamper, honest};

type Check = fn(&[u8], Tamper);

const TARGETS: &[(&str, Check)] = &[
    ("reply_parser", fuzzing::reply_parser),
    ("ehlo_capabilities", fuzzing::ehlo_capabilities),
    ("command_injection", fuzzing::command_injection),
    ("body_roundtrip", fuzzing::body_roundtrip),
    ("auth_exchange", fuzzing::auth_exchange),
    ("session", fuzzing::session),
    ("starttls_boundary", fuzzing::starttls_boundary),
    ("transaction", fuzzing::transaction),
];

#[test]
fn every_seed_and_every_input_that_was_found_passes_its_check() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let folders = fs::read_dir(&seeds).unwrap().count();
    assert_eq!(folders, TARGETS.len(), "a target has no seeds, or seeds have no target");
    for (target, check) in TARGETS {
        let mut replayed = 0;
        for entry in fs::read_dir(seeds.join(target)).unwrap() {
            let path = entry.unwrap().path();
            // Kept by the harness, and shown with a panic: the input that it is about.
            println!("{}", path.display());
            check(&fs::read(&path).unwrap(), honest);
            replayed += 1;
        }
        // Straight to the terminal: the test harness would keep it to itself.
        let _ = writeln!(io::stderr(), "{target}: {replayed} inputs replayed");
        assert!(replayed > 0, "{target} has no seeds");
    }
}
