//! The files that the rules look at.

use std::fs;
use std::path::{Path, PathBuf};

use super::rust::{Rust, Token};
use crate::failure::Failure;

/// Folders that are made, not written; a name with a slash is a path from the root.
const SKIPPED: [&str; 5] = [
    "target",
    ".git",
    "fuzz/corpus",
    "fuzz/artifacts",
    "fuzz/coverage",
];
const EXTENSIONS: [&str; 4] = ["rs", "md", "toml", "txt"];
const CORE: &str = "smtp-proto/src/";

/// A text file of the project.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    /// What a Rust file consists of; empty for any other.
    pub(crate) rust: Rust,
    /// Whether all of it is compiled for tests and measurements alone.
    pub(crate) is_test: bool,
}

impl File {
    /// Whether it is written in Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it is documentation.
    pub(crate) fn is_prose(&self) -> bool {
        self.path.ends_with(".md")
    }

    /// Whether it is the protocol core's, tests apart.
    pub(crate) fn is_core(&self) -> bool {
        self.is_rust() && !self.is_test && self.path.starts_with(CORE)
    }

    /// Its name as a module of the core: `connection/sending`.
    pub(crate) fn core_module(&self) -> Option<&str> {
        self.path.strip_prefix(CORE)?.strip_suffix(".rs")
    }

    /// Returns the crate's folder and the name of the module: `smtp-oauth` and `store/profile`.
    pub(crate) fn module(&self) -> Option<(&str, &str)> {
        let (folder, module) = self.path.strip_suffix(".rs")?.split_once("/src/")?;
        Some((folder, module)).filter(|_| !folder.contains('/'))
    }

    /// Returns the first part of the module's name, or an empty text for a file that is no module.
    pub(crate) fn family(&self) -> &str {
        self.module()
            .and_then(|(_, module)| module.split('/').next())
            .unwrap_or_default()
    }

    /// Its tokens, those for tests left out.
    pub(crate) fn code(&self) -> Vec<&Token> {
        self.rust
            .tokens
            .iter()
            .filter(|token| !token.is_test)
            .collect()
    }

    /// Its lines with their numbers.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line))
    }
}

/// All of them, sorted by path.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads what lies below `root`.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let mut texts = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            let doing = || Failure::io(format!("cannot read {}", folder.display()));
            for entry in fs::read_dir(&folder).map_err(doing())? {
                let path = entry.map_err(doing())?.path();
                let name = relative(root, &path);
                let is_made = SKIPPED
                    .iter()
                    .any(|made| name == *made || name.ends_with(&format!("/{made}")));
                if path.is_symlink() || is_made {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|ending| EXTENSIONS.iter().any(|known| ending == *known))
                {
                    let text = fs::read_to_string(&path)
                        .map_err(Failure::io(format!("cannot read {name}")))?;
                    texts.push((name, text));
                }
            }
        }
        Ok(Self::of(texts))
    }

    /// A tree of these files.
    pub(crate) fn of(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut files: Vec<File> = texts
            .into_iter()
            .map(|(path, text)| file(path, text))
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let tests: Vec<String> = files.iter().flat_map(declared_for_tests).collect();
        for file in &mut files {
            let module = file.path.trim_end_matches(".rs");
            file.is_test |= tests
                .iter()
                .any(|test| module == test || file.path.starts_with(&format!("{test}/")));
        }
        Self { files }
    }

    /// One file.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

fn file(path: String, text: String) -> File {
    let is_rust = path.ends_with(".rs");
    // The compiler reports a file without a valid syntax.
    let rust = is_rust
        .then(|| Rust::read(&text).ok())
        .flatten()
        .unwrap_or_default();
    let is_test = is_rust
        && path
            .split('/')
            .rev()
            .skip(1)
            .any(|folder| !is_shipped(folder))
        && !in_sources(&path);
    File {
        path,
        text,
        rust,
        is_test,
    }
}

fn is_shipped(folder: &str) -> bool {
    !matches!(folder, "tests" | "benches" | "fuzz")
}

/// Within `src` a folder's name says nothing: only a declaration makes a test. The packages of tests are tests.
fn in_sources(path: &str) -> bool {
    path.split_once("/src/")
        .is_some_and(|(package, _)| is_shipped(package))
}

/// Where the modules stand that this file declares for tests alone, without their ending.
fn declared_for_tests(file: &File) -> Vec<String> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let own = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => file.path.trim_end_matches(".rs").to_owned(),
    };
    file.rust
        .test_modules
        .iter()
        .map(|module| format!("{own}/{module}"))
        .collect()
}

fn relative(root: &Path, path: &Path) -> String {
    let relative: PathBuf = path.strip_prefix(root).unwrap_or(path).into();
    relative.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_test_by_its_declaration_and_not_by_its_name() {
        let texts = [
            ("smtp-proto/src/lib.rs", "mod a; mod tests;"),
            ("smtp-proto/src/tests.rs", ""),
            ("smtp-proto/src/a.rs", "#[cfg(test)] mod checks;"),
            ("smtp-proto/src/a/checks.rs", ""),
            ("smtp-proto/src/a/checks/more.rs", ""),
            ("smtp-cli/tests/command.rs", ""),
            ("tests/src/lib.rs", ""),
            ("benches/reply.rs", ""),
        ];
        let tree = Tree::of(texts.map(|(path, text)| (path.to_owned(), text.to_owned())));
        let shipped: Vec<&str> = tree
            .files
            .iter()
            .filter(|file| !file.is_test)
            .map(|file| &*file.path)
            .collect();
        assert_eq!(
            shipped,
            [
                "smtp-proto/src/a.rs",
                "smtp-proto/src/lib.rs",
                "smtp-proto/src/tests.rs"
            ]
        );
    }
}
