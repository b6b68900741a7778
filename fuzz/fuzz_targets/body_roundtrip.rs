#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailwright_proto::fuzzing::body_roundtrip(
    input,
    smtp_fuzz::body_roundtrip
));
