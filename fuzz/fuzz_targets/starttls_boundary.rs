#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailwright_proto::fuzzing::starttls_boundary(
    input,
    smtp_fuzz::starttls_boundary
));
