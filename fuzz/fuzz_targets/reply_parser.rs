#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailwright_proto::fuzzing::reply_parser(
    input,
    smtp_fuzz::reply_parser
));
