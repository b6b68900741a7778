//! The driver in the README is short, and the code in documents is compiled.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The language of each block of code, and its lines.
fn blocks(document: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            blocks.push((
                language,
                lines.by_ref().take_while(|line| *line != "```").collect(),
            ));
        }
    }
    blocks
}

#[test]
fn a_whole_driver_in_the_readme_has_thirty_lines_at_most() {
    let readme = read("README.md");
    let (_, section) = readme.split_once("## Embed the core").unwrap();
    let (language, lines) = blocks(section).swap_remove(0);
    assert!(language.starts_with("rust"), "{language}");
    let lines = lines
        .iter()
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
        .count();
    assert!(lines <= 30, "{lines} lines");
}

#[test]
fn every_block_of_rust_is_compiled() {
    for document in [
        "README.md",
        "docs/embedding.md",
        "docs/microsoft-365.md",
        "smtp-oauth/README.md",
    ] {
        let text = read(document);
        let compiled = blocks(&text)
            .iter()
            .filter(|(language, _)| matches!(*language, "rust" | "rust,no_run"))
            .count();
        assert_eq!(compiled, text.matches("\n```rust").count(), "{document}");
        assert!(compiled > 0, "{document} has {compiled}");
        let list = read("tests/src/documents.rs");
        assert!(
            list.contains(&format!("include_str!(\"../../{document}\")")),
            "{document} is not compiled"
        );
    }
}
