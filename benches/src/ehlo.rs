//! An EHLO answer, from octets to typed capabilities.

use std::hint::black_box;

use mailwright_proto::{
    ehlo::{Capabilities, Capability},
    reply::{BareLf, ReplyLimits, ReplyReader},
};

use crate::{Answer, Bench, Candidate, Entry, OURS, inputs, limit};

pub(crate) fn entries() -> Vec<Entry> {
    [
        ("Exchange Online", inputs::EXCHANGE_EHLO),
        ("Gmail", inputs::GMAIL_EHLO),
    ]
    .map(|(name, input)| Entry::new("ehlo", name, move || bench(name, input)))
    .into()
}

fn bench(name: &'static str, input: &'static [u8]) -> Bench {
    Bench {
        group: "ehlo",
        name,
        expected: Answer::Capabilities(expected(input)),
        candidates: vec![ours(input), limit::memchr(input.to_vec())],
        input: input.to_vec(),
    }
}

fn ours(input: &'static [u8]) -> Candidate {
    let mut warm = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
    Candidate::new(
        OURS,
        move || _ = black_box(read(&mut warm, black_box(input))),
        move || {
            let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
            let capabilities = read(&mut reader, input).ok_or("no reply was found")?;
            let mut names: Vec<String> = capabilities
                .iter()
                .map(|capability| name(&capability))
                .collect();
            names.sort();
            Ok(Answer::Capabilities(names))
        },
    )
}

fn read(reader: &mut ReplyReader, input: &[u8]) -> Option<Capabilities> {
    reader.receive(input);
    reader.next().ok()?.map(Capabilities::from_reply)
}

fn name(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Size(Some(octets)) => format!("SIZE {octets}"),
        Capability::Auth(names) => {
            let names: Vec<_> = names.clone().map(String::from_utf8_lossy).collect();
            format!("AUTH {}", names.join(" "))
        }
        other => other.keyword().map_or_else(
            || format!("{other:?}"),
            |keyword| keyword.as_str().to_owned(),
        ),
    }
}

/// These answers have no oddities: each line behind the first is its own normal form.
fn expected(input: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(input).expect("the inputs are ASCII");
    let mut lines: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| line[4..].to_owned())
        .collect();
    lines.sort();
    lines
}
