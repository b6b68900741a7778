//! What is drawn from the code is as the code is.

use super::{File, Place, Rule, Tree};
use crate::docs;

pub(super) const RULE: Rule = Rule {
    name: "pictures-are-current",
    why: "`cargo xtask docs` draws them from the code",
    scope: |file| docs::PAGES.iter().any(|page| file.path == page.path),
    check,
};

fn check(tree: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    for page in &docs::PAGES {
        let Some(file) = files.iter().find(|file| file.path == page.path) else {
            places.push(Place {
                path: page.path.into(),
                line: 1,
                what: "the page is missing".into(),
            });
            continue;
        };
        match page.drawn(tree) {
            Err(failure) => places.push(Place::new(file, 1, failure.to_string())),
            Ok(drawn) => places.extend(first_difference(file, &drawn)),
        }
    }
    places
}

fn first_difference(file: &File, drawn: &str) -> Option<Place> {
    let same = file
        .text
        .lines()
        .zip(drawn.lines())
        .take_while(|(is, ought)| is == ought)
        .count();
    let ought = drawn.lines().nth(same).unwrap_or("the end");
    (file.text != drawn)
        .then(|| Place::new(file, same + 1, format!("the code says `{}`", ought.trim())))
}
