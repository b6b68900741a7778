//! Stalwart's `smtp-proto`.

use std::hint::black_box;

use smtp_benches::{Answer, Candidate};
use stalwart::response::parser::ResponseReceiver;
use stalwart::{EhloResponse, Error};

const NAME: &str = "Stalwart smtp-proto";

pub(crate) fn replies(input: &[u8]) -> Candidate {
    let (input, again) = (input.to_vec(), input.to_vec());
    let mut warm = ResponseReceiver::default();
    Candidate::new(
        NAME,
        move || {
            let mut octets = black_box(&input).iter();
            while let Ok(reply) = warm.parse(&mut octets) {
                black_box(reply.code);
                warm.reset();
            }
        },
        move || {
            let mut receiver = ResponseReceiver::default();
            let mut octets = again.iter();
            let mut replies = Vec::new();
            loop {
                match receiver.parse(&mut octets) {
                    Ok(reply) => {
                        let enhanced = reply.esc.map(|part| part.to_string()).join(".");
                        replies.push((
                            reply.code,
                            reply.message.trim_end_matches(['\r', '\n']).to_owned(),
                            enhanced,
                        ));
                        receiver.reset();
                    }
                    Err(Error::NeedsMoreData { .. }) => break,
                    Err(error) => return Err(format!("{error:?}")),
                }
            }
            // It keeps the enhanced code apart, once for all lines: put back, they are the lines again.
            Ok(Answer::Replies(
                replies
                    .into_iter()
                    .map(|(code, message, enhanced)| {
                        let line = |line: &str| {
                            let line = line.trim_end_matches('\r');
                            if enhanced == "0.0.0" {
                                line.to_owned()
                            } else {
                                format!("{enhanced} {line}")
                            }
                        };
                        (code, message.split('\n').map(line).collect())
                    })
                    .collect(),
            ))
        },
    )
}

pub(crate) fn ehlo(input: &[u8]) -> Candidate {
    let (input, again) = (input.to_vec(), input.to_vec());
    Candidate::new(
        NAME,
        move || _ = black_box(EhloResponse::parse(&mut black_box(&input).iter())),
        move || {
            let answer =
                EhloResponse::parse(&mut again.iter()).map_err(|error| format!("{error:?}"))?;
            let mut names = Vec::new();
            for (bit, name) in [
                (stalwart::EXT_8BIT_MIME, "8BITMIME"),
                (stalwart::EXT_BINARY_MIME, "BINARYMIME"),
                (stalwart::EXT_CHUNKING, "CHUNKING"),
                (stalwart::EXT_DSN, "DSN"),
                (stalwart::EXT_ENHANCED_STATUS_CODES, "ENHANCEDSTATUSCODES"),
                (stalwart::EXT_PIPELINING, "PIPELINING"),
                (stalwart::EXT_SMTP_UTF8, "SMTPUTF8"),
                (stalwart::EXT_START_TLS, "STARTTLS"),
            ] {
                if answer.has_capability(bit) {
                    names.push(name.to_owned());
                }
            }
            if answer.has_capability(stalwart::EXT_SIZE) {
                names.push(format!("SIZE {}", answer.size));
            }
            if answer.auth() == stalwart::AUTH_LOGIN | stalwart::AUTH_XOAUTH2 {
                names.push("AUTH LOGIN XOAUTH2".into());
            }
            names.sort();
            Ok(Answer::Capabilities(names))
        },
    )
}
