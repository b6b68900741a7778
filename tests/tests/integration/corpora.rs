//! Replays every seed of the fuzz targets, and every input that they ever found; and draws some anew.

use std::io::Write;
use std::path::Path;
use std::{fs, io};

use mailwright_proto::fuzzing::{self, Tamper, honest};
use proptest::prelude::*;
use proptest::sample::select;

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
    assert_eq!(
        folders,
        TARGETS.len(),
        "a target has no seeds, or seeds have no target"
    );
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

/// What checks take for choices and lengths, and what servers say.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&[u8]> = vec![
        b"220 mx\r\n",
        b"250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 AUTH PLAIN LOGIN\r\n",
        b"250 ok\r\n",
        b"334 VXNlcm5hbWU6\r\n",
        b"354 go on\r\n",
        b"421 4.3.2 bye\r\n",
        b"550 5.1.1 nobody\r\n",
        b"a@example.test",
        b"\r\n.\r\n",
    ];
    let said = select(words).prop_map(|words| {
        let length = u8::try_from(words.len()).expect("a short one");
        // The length ahead of it makes it one that is received as a whole.
        [&[0, length], words, &[255]].concat()
    });
    let piece = prop_oneof![2 => said, 1 => prop::collection::vec(0_u8..12, 1..4), 1 => prop::collection::vec(any::<u8>(), 1..8)];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn every_check_holds_for_inputs_that_were_never_seen(input in pieces()) {
        TARGETS.iter().for_each(|(_, check)| check(&input, honest));
    }
}
