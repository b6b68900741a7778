//! What README.md says of extensions can be seen.

use super::security::{exists, kind};
use super::{File, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "extensions-have-dialogues",
    why: "an extension that no dialogue shows may be there or not: the last column names one that exists",
    scope: |file| file.path == "README.md",
    check,
};

/// How the table begins.
const HEAD: &str = "| extension |";

fn check(tree: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    for page in files {
        let rows = page
            .lines()
            .skip_while(|(_, text)| !text.starts_with(HEAD))
            .skip(2);
        let rows: Vec<_> = rows.take_while(|(_, text)| text.starts_with('|')).collect();
        if rows.is_empty() {
            places.push(Place::new(page, 1, "there is no table of extensions"));
        }
        for (line, text) in rows {
            let last = text
                .trim_end_matches('|')
                .rsplit('|')
                .next()
                .unwrap_or_default();
            let names: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
            if names.is_empty() {
                places.push(Place::new(page, line, "the row names no dialogue"));
            }
            let missing = names
                .into_iter()
                .filter(|name| kind(name) != "dialogue" || !exists(tree, name));
            places.extend(
                missing
                    .map(|name| Place::new(page, line, format!("there is no dialogue `{name}`"))),
            );
        }
    }
    places
}
