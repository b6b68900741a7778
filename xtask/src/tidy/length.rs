//! A file is read as a whole.

use super::{File, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "file-of-450-lines",
    why: "a longer file wants to be two, one idea each",
    scope: File::is_rust,
    check,
};

const MOST: usize = 450;

fn check(_: &Tree, files: &[&File]) -> Vec<Place> {
    let too_long = |file: &&File| {
        let lines = file.lines().count();
        (lines > MOST).then(|| Place::new(file, MOST + 1, format!("the file has {lines} lines")))
    };
    files.iter().filter_map(too_long).collect()
}
