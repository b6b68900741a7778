//! Checks that tests, functions, files, commands and options named in documents exist.

use std::collections::HashSet;

use super::{File, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "documents-name-what-exists",
    why: "a name that nothing has sends its reader nowhere: correct it, or leave it out",
    scope: File::is_prose,
    check,
};

/// The number of words from which a snake-case name is treated as a test or function.
const WORDS_OF_A_TEST: usize = 5;

fn check(tree: &Tree, files: &[&File]) -> Vec<Place> {
    let names = Names::of(tree);
    let mut places = Vec::new();
    for page in files {
        for (line, code) in spans(&page.text) {
            let missing = names.missing(page, code);
            places.extend(
                missing
                    .into_iter()
                    .map(|what| Place::new(page, line, format!("there is no {what}"))),
            );
        }
    }
    places
}

/// The names that exist.
struct Names<'t> {
    tree: &'t Tree,
    words: HashSet<&'t str>,
    functions: HashSet<&'t str>,
    /// Each package's name and folder.
    packages: Vec<(&'t str, &'t str)>,
}

impl<'t> Names<'t> {
    fn of(tree: &'t Tree) -> Self {
        let sources = || tree.files.iter().filter(|file| !file.is_prose());
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let words = sources()
            .flat_map(|file| file.text.split(move |c| !is_of_word(c)))
            .collect();
        let pairs = sources().flat_map(|file| file.rust.tokens.windows(2));
        let functions = pairs
            .filter(|pair| pair[0].text == "fn")
            .map(|pair| &*pair[1].text)
            .collect();
        let package = |file: &'t File| {
            let folder = file.path.strip_suffix("Cargo.toml")?;
            let name = file
                .text
                .lines()
                .find_map(|line| line.strip_prefix("name = \""))?;
            Some((name.trim_end_matches('"'), folder))
        };
        Self {
            tree,
            words,
            functions,
            packages: tree.files.iter().filter_map(package).collect(),
        }
    }

    /// Returns the names in a piece of code that do not exist, in words.
    fn missing(&self, page: &File, code: &str) -> Vec<String> {
        match code.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["cargo", arguments @ ..] => self.missing_of_cargo(arguments),
            ["smtp", arguments @ ..] => arguments
                .iter()
                .filter_map(|word| self.missing_option(word))
                .collect(),
            [word, ..] if word.starts_with("--") => self.missing_option(word).into_iter().collect(),
            [word] => self.missing_word(page, word).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn missing_word(&self, page: &File, word: &str) -> Option<String> {
        if is_snake_case(word) {
            let is_known = if word.split('_').count() >= WORDS_OF_A_TEST {
                self.functions.contains(word)
            } else {
                self.words.contains(word)
            };
            return (!is_known).then(|| format!("test or name `{word}`"));
        }
        let is_path = [".rs", ".md", ".toml", ".txt"]
            .iter()
            .any(|ending| word.ends_with(ending))
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
        let beside = beside(&page.path, word);
        // A name without a folder may stand anywhere; one with folders is read from the root, or from the page.
        let is_there = |file: &File| {
            if word.contains('/') {
                file.path == word || file.path == beside
            } else {
                file.path.rsplit('/').next() == Some(word)
            }
        };
        (is_path && !self.tree.files.iter().any(is_there)).then(|| format!("file `{word}`"))
    }

    /// Options are spelled out somewhere, or made from a field's name.
    fn missing_option(&self, word: &str) -> Option<String> {
        let option = word
            .split('=')
            .next()
            .unwrap_or(word)
            .trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let name = option
            .strip_prefix("--")
            .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))?;
        let is_known = self.words.contains(&*name.replace('-', "_"))
            || self
                .tree
                .files
                .iter()
                .any(|file| !file.is_prose() && file.text.contains(option));
        (!is_known).then(|| format!("option `{option}`"))
    }

    fn missing_of_cargo(&self, arguments: &[&str]) -> Vec<String> {
        let is_name = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
        let after = |option: &'static [&str]| {
            let pairs = arguments
                .windows(2)
                .filter(move |pair| option.contains(&pair[0]));
            pairs
                .map(|pair| pair[1])
                .filter(is_name)
                .collect::<Vec<_>>()
        };
        let mut missing = Vec::new();
        if let ["xtask", command, ..] = arguments
            && is_name(command)
            && !self
                .tree
                .file("xtask/src/main.rs")
                .is_some_and(|main| main.text.contains(&format!("[\"{command}\"")))
        {
            missing.push(format!("command `cargo xtask {command}`"));
        }
        let named = after(&["-p", "--package"]);
        let is_package = |name: &&str| self.packages.iter().any(|(package, _)| package == name);
        missing.extend(
            named
                .iter()
                .filter(|name| !is_package(name))
                .map(|name| format!("package `{name}`")),
        );
        let folders = self
            .packages
            .iter()
            .filter(|(name, _)| named.is_empty() || named.contains(name));
        let folders: Vec<&str> = folders.map(|(_, folder)| *folder).collect();
        for (option, kind) in [("--test", "tests"), ("--example", "examples")] {
            let targets = arguments
                .windows(2)
                .filter(|pair| pair[0] == option)
                .map(|pair| pair[1])
                .filter(is_name);
            let exists = |target: &str| {
                folders.iter().any(|folder| {
                    let file = format!("{folder}{kind}/{target}");
                    [".rs", "/main.rs"]
                        .iter()
                        .any(|end| self.tree.file(&format!("{file}{end}")).is_some())
                })
            };
            missing.extend(
                targets
                    .filter(|target| !exists(target))
                    .map(|target| format!("target `{option} {target}`")),
            );
        }
        for feature in after(&["--features"])
            .iter()
            .flat_map(|list| list.split(','))
        {
            let name = feature.rsplit('/').next().unwrap_or(feature);
            let declares = |file: &File| {
                file.text
                    .lines()
                    .any(|line| line.starts_with(&format!("{name} = [")))
            };
            if !self
                .tree
                .files
                .iter()
                .any(|file| file.path.ends_with("Cargo.toml") && declares(file))
            {
                missing.push(format!("feature `{feature}`"));
            }
        }
        missing
    }
}

/// Returns the path that `word` names, relative to the folder of `page`.
fn beside(page: &str, word: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in word.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn is_snake_case(word: &str) -> bool {
    word.contains('_')
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Returns the code between backticks, which may span lines, and each line of a block; with line
/// numbers.
fn spans(text: &str) -> Vec<(usize, &str)> {
    let mut spans = Vec::new();
    let (mut line, mut is_block) = (1, false);
    let mut rest = text;
    while !rest.is_empty() {
        let first = rest.split_inclusive('\n').next().unwrap_or(rest);
        if first.trim_start().starts_with("```") {
            is_block = !is_block;
        } else if is_block {
            spans.push((line, first.split(" #").next().unwrap_or(first)));
        } else {
            let paragraph = rest.find("\n\n").map_or(rest.len(), |end| end + 1);
            let end = rest
                .find("\n```")
                .map_or(paragraph, |block| paragraph.min(block + 1));
            let (paragraph, behind) = rest.split_at(end.max(first.len().min(rest.len())));
            let mut at = line;
            for (i, piece) in paragraph.split('`').enumerate() {
                if i % 2 == 1 {
                    spans.push((at, piece));
                }
                at += piece.matches('\n').count();
            }
            line += paragraph.matches('\n').count();
            rest = behind;
            continue;
        }
        line += 1;
        rest = rest.get(first.len()..).unwrap_or_default();
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_found_with_their_lines() {
        let text = "a `b` c\n`d\ne` f\n\n```sh\ncargo x # y\n```\n`g`\n";
        assert_eq!(
            spans(text),
            [(1, "b"), (2, "d\ne"), (6, "cargo x"), (8, "g")]
        );
    }
}
