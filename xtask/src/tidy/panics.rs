//! The lints that forbid panics stay on.

use super::{File, Kind, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "panic-lints-stay-on",
    why: "what a server says must never end the embedder's program",
    scope: |file| file.is_rust() && !file.is_test,
    check,
};

/// What each lint is for stands in its name. The core denies them all.
const LINTS: [&str; 5] = [
    "unwrap_used",
    "expect_used",
    "panic",
    "indexing_slicing",
    "arithmetic_side_effects",
];
/// Groups that contain some of them.
const GROUPS: [&str; 2] = ["restriction", "warnings"];
const CORE: &str = "smtp-proto/src/lib.rs";

fn check(_: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places: Vec<Place> = files.iter().flat_map(|file| loosened(file)).collect();
    for file in files.iter().filter(|file| file.path == CORE) {
        let denied = attributes(file, &["deny", "forbid"]);
        let missing = LINTS
            .iter()
            .filter(|lint| !denied.iter().any(|(word, _)| word == *lint));
        places.extend(
            missing.map(|lint| {
                Place::new(file, 1, format!("the core does not deny `clippy::{lint}`"))
            }),
        );
    }
    places
}

fn loosened(file: &File) -> Vec<Place> {
    let place =
        |(word, line): (&str, usize)| Place::new(file, line, format!("`{word}` is switched off"));
    let is_meant = |(word, _): &(&str, usize)| LINTS.contains(word) || GROUPS.contains(word);
    attributes(file, &["allow", "expect", "warn"])
        .into_iter()
        .filter(is_meant)
        .map(place)
        .collect()
}

/// The words within `level(…)`, where that stands in an attribute.
fn attributes<'a>(file: &'a File, levels: &[&str]) -> Vec<(&'a str, usize)> {
    let code = file.code();
    let mut words = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let is_level = token.kind == Kind::Word && levels.contains(&token.text.as_str());
        let is_attribute = at > 0 && matches!(code[at - 1].text.as_str(), "[" | ",");
        if is_level && is_attribute && code.get(at + 1).is_some_and(|next| next.text == "(") {
            let inside = code[at + 2..].iter().take_while(|token| token.text != ")");
            words.extend(
                inside
                    .filter(|token| token.kind == Kind::Word)
                    .map(|token| (&*token.text, token.line)),
            );
        }
    }
    words
}
