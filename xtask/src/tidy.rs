//! `cargo xtask tidy`: the rules of the house as code.
//!
//! It reads text and compiles nothing, so that a rule speaks first where the compiler would, too.

mod citations;
mod crates;
mod crlf;
mod documents;
mod extensions;
mod imports;
mod leftovers;
mod literal;
mod pictures;
mod rust;
mod security;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::tally::Tally;
pub(crate) use imports::{CORE, FLOORS, family_imports, reaches};
pub(crate) use rust::{Kind, Token};
pub(crate) use tree::{File, Tree};

/// Something that must hold in the files that it is about.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    /// Why, for whoever broke it.
    pub(crate) why: &'static str,
    /// Which files it looks at.
    pub(crate) scope: fn(&File) -> bool,
    /// Where it is broken.
    pub(crate) check: fn(&Tree, &[&File]) -> Vec<Place>,
}

/// Where a rule is broken, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Place {
    pub(crate) fn new(file: &File, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: file.path.clone(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// Every rule there is.
const RULES: [Rule; 10] = [
    crlf::RULE,
    crates::RULE,
    imports::DOWNWARDS,
    imports::TABLE,
    pictures::RULE,
    citations::RULE,
    security::RULE,
    extensions::RULE,
    documents::RULE,
    leftovers::RULE,
];

/// `cargo xtask tidy`.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    let mut tally = Tally::default();
    check(root, &mut tally)?;
    println!("{tally}");
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Checks all rules, prints what each looked at and found, and counts each once.
pub(crate) fn check(root: &Path, tally: &mut Tally) -> Result<bool, Failure> {
    let tree = Tree::read(root)?;
    let failed_before = tally.failed;
    for rule in &RULES {
        let files: Vec<&File> = tree
            .files
            .iter()
            .filter(|file| (rule.scope)(file))
            .collect();
        let places = (rule.check)(&tree, &files);
        for Place { path, line, what } in &places {
            println!("{path}:{line}: {}: {what}; {}", rule.name, rule.why);
        }
        let holds = places.is_empty() && !files.is_empty();
        let verdict = if holds {
            "ok".to_owned()
        } else {
            format!("FAILED, {} places", places.len())
        };
        println!("{} in {} files: {verdict}", rule.name, files.len());
        tally.passed += u64::from(holds);
        tally.failed += u64::from(!holds);
    }
    Ok(tally.failed == failed_before)
}
