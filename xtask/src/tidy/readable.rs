//! What cannot be taken apart cannot be checked.

use super::{File, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "rust-can-be-read",
    why: "no other rule can look into such a file",
    scope: File::is_rust,
    check,
};

fn check(_: &Tree, files: &[&File]) -> Vec<Place> {
    let unreadable = |file: &&File| {
        file.unreadable
            .as_ref()
            .map(|(line, why)| Place::new(file, *line, why.clone()))
    };
    files.iter().filter_map(unreadable).collect()
}
