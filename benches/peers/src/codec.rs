//! `smtp-codec`.

use std::hint::black_box;

use smtp_benches::{Answer, Candidate};
use smtp_codec::parse::response::Reply_line;

const NAME: &str = "smtp-codec";

/// It finds where a reply ends, and makes nothing of it: what is asserted is that it finds the right ends.
pub(crate) fn replies(input: &[u8]) -> Candidate {
    let (input, again) = (input.to_vec(), input.to_vec());
    Candidate::new(
        NAME,
        move || {
            let mut rest = black_box(input.as_slice());
            while let Ok((behind, reply)) = Reply_line(rest) {
                black_box(reply);
                rest = behind;
            }
        },
        move || {
            let mut rest = again.as_slice();
            let mut replies = Vec::new();
            while let Ok((behind, reply)) = Reply_line(rest) {
                let text = std::str::from_utf8(reply).map_err(|error| error.to_string())?;
                let code = text[..3].parse().map_err(|error| format!("{error}"))?;
                replies.push((
                    code,
                    text.lines().map(|line| line[4..].to_owned()).collect(),
                ));
                rest = behind;
            }
            match rest.is_empty() {
                true => Ok(Answer::Replies(replies)),
                false => Err(format!("it stops {} octets before the end", rest.len())),
            }
        },
    )
}
