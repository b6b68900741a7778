//! A crate imports only the crates that the table in ARCHITECTURE.md allows.

use std::collections::BTreeSet;

use super::{File, Kind, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "crates-import-as-in-architecture",
    why: "each crate is usable by itself, so it depends only on the crates that its row in ARCHITECTURE.md names",
    scope: |file| file.path == ARCHITECTURE || is_of_a_crate(file),
    check,
};

const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// Published crates have folders of this prefix.
const PREFIX: &str = "smtp-";

fn is_of_a_crate(file: &File) -> bool {
    !file.is_test
        && file
            .module()
            .is_some_and(|(folder, _)| folder.starts_with(PREFIX))
}

/// A row of the table: `| `smtp-oauth` | `mailwright_oauth` | `mailwright_proto` | … |`.
struct Row<'t> {
    folder: &'t str,
    library: &'t str,
    imports: Vec<&'t str>,
    line: usize,
}

fn rows(page: &File) -> Vec<Row<'_>> {
    page.lines()
        .filter_map(|(line, text)| row(line, text))
        .collect()
}

fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> = text.split('|').map(str::trim).collect();
    let ["", folder, library, imports, _, ""] = cells[..] else {
        return None;
    };
    let folder = folder.trim_matches('`');
    folder.starts_with(PREFIX).then(|| Row {
        folder,
        library: library.trim_matches('`'),
        imports: imports.split('`').skip(1).step_by(2).collect(),
        line,
    })
}

fn check(tree: &Tree, files: &[&File]) -> Vec<Place> {
    let page = tree.file(ARCHITECTURE);
    let rows = page.map(rows).unwrap_or_default();
    let known: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.imports.iter().copied().chain([row.library]))
        .collect();
    let mut places = Vec::new();
    for file in files.iter().filter(|file| is_of_a_crate(file)) {
        let folder = file.module().map_or("", |(folder, _)| folder);
        let Some(row) = rows.iter().find(|row| row.folder == folder) else {
            let what = format!("the table of crates in {ARCHITECTURE} has no row for `{folder}`");
            places.push(Place::new(file, 1, what));
            continue;
        };
        for (name, line) in crates(file) {
            let is_allowed = name == row.library || row.imports.contains(&name);
            if known.contains(name) && !is_allowed {
                let what = format!("`{folder}` may not import `{name}`");
                places.push(Place::new(file, line, what));
            }
        }
    }
    let is_there = |row: &&Row<'_>| {
        let root = format!("{}/src/lib.rs", row.folder);
        tree.file(&root).is_some()
    };
    if let Some(page) = page {
        let gone = rows.iter().filter(|row| !is_there(row));
        places.extend(gone.map(|row| {
            Place::new(
                page,
                row.line,
                format!("there is no crate `{}`", row.folder),
            )
        }));
    }
    places
}

/// Returns the names that may stand for a crate: the first of each path, and what `use` or
/// `extern crate` names alone.
fn crates(file: &File) -> Vec<(&str, usize)> {
    let code = file.code();
    let text = |at: Option<usize>| {
        at.and_then(|at| code.get(at))
            .map(|token| token.text.as_str())
    };
    let mut found = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let (before, after) = (text(at.checked_sub(1)), text(at.checked_add(1)));
        let begins_path = after == Some(":") && text(at.checked_add(2)) == Some(":");
        let is_inside = before == Some(":") && text(at.checked_sub(2)) == Some(":");
        let is_alone = matches!(before, Some("use" | "crate"));
        if token.kind == Kind::Word && !is_inside && (begins_path || is_alone) {
            found.push((token.text.as_str(), token.line));
        }
    }
    found
}
