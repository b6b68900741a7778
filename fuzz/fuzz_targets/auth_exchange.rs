#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailwright_proto::fuzzing::auth_exchange(
    input,
    smtp_fuzz::auth_exchange
));
