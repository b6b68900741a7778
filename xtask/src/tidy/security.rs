//! What SECURITY.md promises can be run.

use super::{File, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "security-names-what-exists",
    why: "a defence that nothing shows is a hope: the last column names dialogues and tests that exist",
    scope: |file| file.path == "SECURITY.md",
    check,
};

fn check(tree: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    for page in files {
        for (line, text) in page.lines() {
            let [Some(shown_by), Some(_), Some(_)] = last_three_cells(text) else {
                continue;
            };
            if shown_by.starts_with("---") || shown_by == "shown by" {
                continue;
            }
            let names: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
            if names.is_empty() {
                places.push(Place::new(
                    page,
                    line,
                    "the row names nothing that shows it",
                ));
            }
            let missing = names.into_iter().filter(|name| !exists(tree, name));
            places.extend(missing.map(|name| {
                Place::new(page, line, format!("there is no {} `{name}`", kind(name)))
            }));
        }
    }
    places
}

fn last_three_cells(line: &str) -> [Option<&str>; 3] {
    let mut cells = line
        .strip_suffix('|')
        .unwrap_or_default()
        .split('|')
        .rev()
        .map(str::trim);
    [cells.next(), cells.next(), cells.next()]
}

/// A test is a function's name; a dialogue a file's, without underscores.
pub(super) fn kind(name: &str) -> &'static str {
    if name.contains('_') {
        "test"
    } else {
        "dialogue"
    }
}

pub(super) fn exists(tree: &Tree, name: &str) -> bool {
    if kind(name) == "dialogue" {
        let stems = tree.files.iter().filter_map(|file| {
            file.path
                .strip_prefix("tests/dialogues/")?
                .strip_suffix(".txt")
        });
        return stems.into_iter().any(|stem| matches(name, stem));
    }
    let is_test = |file: &File| {
        let mut pairs = file.rust.tokens.windows(2);
        pairs.any(|pair| {
            pair[0].text == "fn" && pair[1].text == name && (file.is_test || pair[0].is_test)
        })
    };
    tree.files.iter().any(is_test)
}

/// Whether `pattern`, in which each `*` stands for any text, is all of `text`.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|left| {
            left.char_indices()
                .map(|(i, _)| i)
                .chain([left.len()])
                .any(|i| matches(rest, &left[i..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, fits) in [
            ("reply-*-long", "reply-too-long", true),
            ("reply*", "reply", true),
            ("*", "", true),
            ("a-*", "b-a-c", false),
            ("a-*-c", "a-b", false),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
