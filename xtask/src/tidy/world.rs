//! The core knows nothing of the world.

use super::{File, Kind, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "core-names-no-world",
    why: "the core has no clock, socket, random source or std: time-outs, bytes and nonces are handed in by its driver \
          (`core::time::Duration` and `core::net` are values, and may be named)",
    scope: File::is_core,
    check,
};

/// What a word stands for where it is used as a name.
const WORDS: [(&str, &[&str]); 4] = [
    ("std", &["std"]),
    (
        "a clock",
        &[
            "Instant",
            "SystemTime",
            "UNIX_EPOCH",
            "sleep",
            "chrono",
            "jiff",
        ],
    ),
    (
        "a socket",
        &[
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "UnixStream",
            "UnixListener",
            "ToSocketAddrs",
            "rustls",
            "tokio",
            "mio",
            "socket2",
            "libc",
        ],
    ),
    (
        "a random source",
        &[
            "rand",
            "rand_core",
            "getrandom",
            "fastrand",
            "OsRng",
            "thread_rng",
            "RandomState",
        ],
    ),
];

fn check(_: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    for file in files {
        for token in file
            .code()
            .into_iter()
            .filter(|token| token.kind == Kind::Word)
        {
            let kind = WORDS
                .iter()
                .find(|(_, words)| words.contains(&token.text.as_str()));
            let place = |(kind, _): &(&str, _)| {
                Place::new(file, token.line, format!("`{}` is {kind}", token.text))
            };
            places.extend(kind.map(place));
        }
    }
    places
}
