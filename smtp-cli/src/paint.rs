//! Colours, on a terminal that wants them and only there.

use std::env;

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Good,
    Bad,
    Strong,
    Faint,
}

impl Paint {
    /// The text in its colour.
    pub(crate) fn on(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Good => format!("\u{1b}[32m{text}\u{1b}[0m"),
            Self::Bad => format!("\u{1b}[31m{text}\u{1b}[0m"),
            Self::Strong => format!("\u{1b}[1m{text}\u{1b}[0m"),
            Self::Faint => format!("\u{1b}[2m{text}\u{1b}[0m"),
        }
    }
}

/// Whether a terminal wants colours: <https://no-color.org>, and terminals that know none.
pub(crate) fn is_wanted() -> bool {
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    !no_color && !is_dumb
}
