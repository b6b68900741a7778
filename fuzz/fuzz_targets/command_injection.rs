#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailwright_proto::fuzzing::command_injection(
    input,
    smtp_fuzz::command_injection
));
