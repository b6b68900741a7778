#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailwright_proto::fuzzing::ehlo_capabilities(
    input,
    smtp_fuzz::ehlo_capabilities
));
