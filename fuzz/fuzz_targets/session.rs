#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailwright_proto::fuzzing::session(
    input,
    smtp_fuzz::session
));
