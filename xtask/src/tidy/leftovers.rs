//! Nothing is left for later.

use super::{File, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "no-leftovers",
    why: "what is still to be done belongs in an issue, and what was for finding a fault goes when it is found",
    scope: |file| file.is_rust() || file.is_prose(),
    check,
};

/// Words of comments and documentation.
const NOTES: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];
/// Macros.
const MACROS: [&str; 3] = ["dbg", "todo", "unimplemented"];

fn check(_: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    for file in files {
        let comments = file
            .rust
            .comments
            .iter()
            .map(|(line, text)| (*line, text.as_str()));
        let prose = file.lines().filter(|_| file.is_prose());
        for (line, text) in comments.chain(prose) {
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            let note = words.find(|word| NOTES.contains(word));
            places.extend(note.map(|note| Place::new(file, line, format!("{note} in a text"))));
        }
        for pair in file
            .rust
            .tokens
            .windows(2)
            .filter(|pair| pair[1].text == "!")
        {
            let found = MACROS.iter().find(|name| pair[0].text == **name);
            places.extend(
                found.map(|name| Place::new(file, pair[0].line, format!("`{name}!` in code"))),
            );
        }
    }
    places
}
