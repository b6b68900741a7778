use alloc::vec::Vec;

use super::*;

#[test]
fn every_check_passes_on_inputs_of_all_lengths() {
    // A small generator of its own: the same inputs in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    for length in 0..400 {
        let input: Vec<u8> = (0..length).map(|_| byte()).collect();
        for check in CHECKS {
            check(&input, honest);
        }
    }
}

#[test]
fn the_reader_agrees_with_the_naive_one_on_what_lies_at_its_edges() {
    let streams: &[&[u8]] = &[
        b"250 ok\r\n",
        b"250-a\r\n250-b\r\n250 c\r\n220 d\r\n",
        b"250-a\r\n251 b\r\n",
        b"250 ok\n250-x\n250 y\r\n",
        b"250\r\n334\r\n",
        b"2500\r\n",
        b"\r\n",
        b"250 \r\r\n",
        b"250-1\r\n250-2\r\n250-3\r\n250-4\r\n250-5\r\n250-6\r\n250-7\r\n250-8\r\n250 9\r\n",
        b"250 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
    ];
    for stream in streams {
        for choice in 0..2 {
            for step in 0..8 {
                reply_parser(&[&[choice, step], *stream].concat(), honest);
            }
        }
    }
}

const CHECKS: &[fn(&[u8], Tamper)] = &[
    reply_parser,
    ehlo_capabilities,
    command_injection,
    body_roundtrip,
    auth_exchange,
    session,
    starttls_boundary,
    transaction,
];
