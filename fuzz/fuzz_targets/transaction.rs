#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| smtp_proto::fuzzing::transaction(
    input,
    smtp_fuzz::transaction
));
