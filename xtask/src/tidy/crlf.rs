//! Only `command` ends a line.

use super::{File, Kind, Place, Rule, Token, Tree};

pub(super) const RULE: Rule = Rule {
    name: "crlf-in-command-alone",
    why: "whoever can write a CR can write a command: line ends are written in `command`, and in `body` within a \
          message; elsewhere they may only be looked for",
    scope: |file| file.is_core() && !HOLDERS.iter().any(|(module, _)| file.family() == *module),
    check,
};

/// The modules that may hold a CR in whatever way, with their parts, and what for.
const HOLDERS: [(&str, &str); 3] = [
    ("command", "ends every command"),
    (
        "body",
        "ends the lines of a message, and the message; its scan counts them",
    ),
    (
        "fuzzing",
        "plays the servers, whose lines have ends, and writes to nobody",
    ),
];

/// What looks for its argument, and writes nothing.
const SEEKERS: [&str; 9] = [
    "strip_suffix",
    "strip_prefix",
    "ends_with",
    "starts_with",
    "contains",
    "memchr",
    "memchr2",
    "memchr_iter",
    "memchr2_iter",
];

fn check(_: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    for file in files {
        let code = file.code();
        // For each open bracket: whether it holds the arguments of a seeker.
        let mut brackets = Vec::new();
        for (at, token) in code.iter().enumerate() {
            match token.text.as_str() {
                "(" if token.kind == Kind::Mark => brackets.push(at > 0 && is_seeker(code[at - 1])),
                "[" | "{" if token.kind == Kind::Mark => brackets.push(false),
                ")" | "]" | "}" if token.kind == Kind::Mark => drop(brackets.pop()),
                text if holds_cr(token) && brackets.last() != Some(&true) => {
                    places.push(Place::new(
                        file,
                        token.line,
                        format!("{text} is or holds a CR"),
                    ));
                }
                _ => {}
            }
        }
    }
    places
}

fn is_seeker(token: &Token) -> bool {
    token.kind == Kind::Word && SEEKERS.contains(&token.text.as_str())
}

/// In any spelling: `"\r"`, `'\u{d}'`, and the bare number 13 as well.
fn holds_cr(token: &Token) -> bool {
    match &token.kind {
        Kind::Octets(octets) => octets.contains(&b'\r'),
        Kind::Number(number) => *number == Some(u128::from(b'\r')),
        Kind::Word | Kind::Mark => false,
    }
}
