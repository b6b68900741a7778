//! Text for people: as wide as their terminal, with colours where it has them.

use std::env;

use mailwright_proto::reply::Escaped;

use crate::console::Console;
use crate::paint::Paint;

/// Writes paragraphs, each on as many lines as it takes.
pub(super) struct Paragraphs<'a> {
    console: &'a Console,
    width: usize,
}

/// What a line has where nobody says how wide the terminal is, and the most that reads well.
const WIDTH: usize = 100;

/// The narrowest that is still worth a line end.
const NARROWEST: usize = 40;

impl<'a> Paragraphs<'a> {
    pub(super) fn new(console: &'a Console) -> Self {
        let width = env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok())
            .unwrap_or(WIDTH);
        Self {
            console,
            width: width.clamp(NARROWEST, WIDTH),
        }
    }

    /// What the server said.
    pub(super) fn quote(&self, text: &str) {
        // Escaped before it is wrapped: an escape is longer than what it stands for.
        self.write(
            Paint::Faint,
            "> ",
            "> ",
            &Escaped(text.as_bytes()).to_string(),
        );
    }

    /// The sentence that matters.
    pub(super) fn heading(&self, paint: Paint, text: &str) {
        self.write(paint, "", "", text);
    }

    /// One of several things.
    pub(super) fn item(&self, text: &str) {
        self.write(Paint::Plain, "  - ", "    ", text);
    }

    /// A name, and what stands behind it.
    pub(super) fn field(&self, name: &str, text: &str) {
        self.write(Paint::Plain, &format!("{name}: "), "    ", text);
    }

    fn write(&self, paint: Paint, first: &str, others: &str, text: &str) {
        for line in wrapped(first, others, text, self.width) {
            self.console.painted(&[(paint, &line, "")]);
        }
    }
}

/// Lines of at most `width` characters, each with what it begins with. A word that is longer stays whole: it is an
/// address to be copied.
fn wrapped(first: &str, others: &str, text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut is_begun) = (first.to_owned(), false);
    for word in text.split_whitespace() {
        if is_begun && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, others.to_owned()));
            is_begun = false;
        }
        if is_begun {
            line.push(' ');
        }
        line.push_str(word);
        is_begun = true;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_long_words_stay_whole() {
        assert_eq!(
            wrapped("- ", "  ", "one two three", 9),
            ["- one two", "  three"]
        );
        assert_eq!(
            wrapped("", "", "a https://example.test/long b", 10),
            ["a", "https://example.test/long", "b"]
        );
        assert_eq!(wrapped("> ", "> ", "", 10), ["> "]);
    }
}
