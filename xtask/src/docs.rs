//! `cargo xtask docs`: draws the pictures of the documentation from the code.
//!
//! The state table is read as text: what moves the machine is private to the core, and its
//! documentation comments, which no feature could hand out, belong in the picture.

mod floors;
mod states;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::tidy::Tree;

/// A page with a picture between two marks; the rest of it is written by hand.
#[derive(Debug)]
pub(crate) struct Page {
    /// From the root.
    pub(crate) path: &'static str,
    draw: fn(&Tree) -> Result<String, Failure>,
}

/// Every page with a picture.
pub(crate) const PAGES: [Page; 2] = [
    Page {
        path: "ARCHITECTURE.md",
        draw: floors::draw,
    },
    Page {
        path: "docs/states.md",
        draw: states::draw,
    },
];

const START: &str = "<!-- drawn by `cargo xtask docs` -->\n";
const END: &str = "<!-- end of the drawing -->\n";

impl Page {
    /// The page as it ought to be.
    pub(crate) fn drawn(&self, tree: &Tree) -> Result<String, Failure> {
        let page = tree
            .file(self.path)
            .ok_or_else(|| Failure::Work(format!("{} is missing", self.path)))?;
        let marks = page
            .text
            .split_once(START)
            .and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
        let (head, tail) = marks.ok_or_else(|| {
            Failure::Work(format!(
                "{} needs the lines {START:?} and {END:?}",
                self.path
            ))
        })?;
        Ok(format!(
            "{head}{START}\n{}\n{END}{tail}",
            (self.draw)(tree)?
        ))
    }
}

/// Writes every page anew, and says which have changed.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    let tree = Tree::read(root)?;
    for page in &PAGES {
        let drawn = page.drawn(&tree)?;
        let is_new = tree.file(page.path).is_none_or(|file| file.text != drawn);
        if is_new {
            fs::write(root.join(page.path), drawn)
                .map_err(Failure::io(format!("cannot write {}", page.path)))?;
        }
        println!(
            "{}: {}",
            page.path,
            if is_new { "drawn anew" } else { "is current" }
        );
    }
    Ok(ExitCode::SUCCESS)
}
