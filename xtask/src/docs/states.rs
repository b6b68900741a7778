//! The states and transitions of the core, from its tables.

use std::fmt::Write;

use crate::failure::Failure;
use crate::tidy::{File, Kind, Token, Tree};

/// A file with a table, and the name of its enum of states.
struct Source {
    path: &'static str,
    states: &'static str,
}

const SESSION: Source = Source {
    path: "smtp-proto/src/state.rs",
    states: "State",
};

const TRANSACTION: Source = Source {
    path: "smtp-proto/src/transaction/stage.rs",
    states: "Stage",
};

/// Draws the session, then the transaction.
pub(super) fn draw(tree: &Tree) -> Result<String, Failure> {
    Ok(format!(
        "## Session\n\n{}\n## Transaction\n\n{}",
        SESSION.draw(tree)?,
        TRANSACTION.draw(tree)?
    ))
}

impl Source {
    /// A diagram, then every state and every trigger with its meaning.
    fn draw(&self, tree: &Tree) -> Result<String, Failure> {
        let file = tree
            .file(self.path)
            .ok_or_else(|| Failure::Work(format!("{} is missing", self.path)))?;
        let table = Table::read(file, self)?;
        Ok(format!(
            "{}\n{}\n{}",
            table.diagram(),
            table.states(),
            table.triggers()
        ))
    }
}

/// What the file says.
#[derive(Debug, PartialEq, Eq)]
struct Table {
    /// Each with its meaning.
    states: Vec<(String, String)>,
    triggers: Vec<(String, String)>,
    starts: Vec<String>,
    transitions: Vec<[String; 3]>,
}

impl Table {
    fn read(file: &File, source: &Source) -> Result<Self, Failure> {
        let table = Self {
            states: variants(file, source.states),
            triggers: variants(file, "Trigger"),
            starts: qualified(file, "STARTS"),
            transitions: qualified(file, "TRANSITIONS")
                .chunks_exact(3)
                .filter_map(|t| t.to_vec().try_into().ok())
                .collect(),
        };
        let knows =
            |list: &[(String, String)], name: &String| list.iter().any(|(known, _)| known == name);
        let is_whole = !table.starts.is_empty()
            && !table.transitions.is_empty()
            && table.starts.iter().all(|state| knows(&table.states, state))
            && table.transitions.iter().all(|[from, on, to]| {
                knows(&table.states, from) && knows(&table.triggers, on) && knows(&table.states, to)
            });
        if is_whole {
            Ok(table)
        } else {
            Err(Failure::Work(format!(
                "{} is not the table that it was: adapt xtask/src/docs/states.rs",
                source.path
            )))
        }
    }

    fn diagram(&self) -> String {
        let common = self.common();
        let is_common = |[_, on, to]: &[String; 3]| common.contains(&(on, to));
        let mut picture = String::from("```mermaid\nstateDiagram-v2\n");
        for start in &self.starts {
            let _ = writeln!(picture, "    [*] --> {start}");
        }
        for transition @ [from, on, to] in &self.transitions {
            let has_others = self.leaving(from).any(|other| !is_common(other));
            if !is_common(transition) || !has_others {
                let _ = writeln!(picture, "    {from} --> {to}: {on}");
            }
        }
        for (state, _) in self.states.iter().filter(|(state, _)| self.is_end(state)) {
            let _ = writeln!(picture, "    {state} --> [*]");
        }
        picture += "```\n";
        let common: Vec<String> = common
            .iter()
            .map(|(on, to)| format!("`{on}` leads to `{to}`"))
            .collect();
        if !common.is_empty() {
            let _ = writeln!(
                picture,
                "\nFrom every other state, too, {}.",
                common.join(", and ")
            );
        }
        picture
    }

    fn states(&self) -> String {
        let mut rows = String::from("| state | | on | next |\n|---|---|---|---|\n");
        for (state, meaning) in &self.states {
            let cell = |part: usize| {
                let parts: Vec<String> = self
                    .leaving(state)
                    .map(|t| format!("`{}`", t[part]))
                    .collect();
                parts.join("<br>")
            };
            let _ = writeln!(
                rows,
                "| `{state}` | {meaning} | {} | {} |",
                cell(1),
                cell(2)
            );
        }
        rows
    }

    fn triggers(&self) -> String {
        let rows = self
            .triggers
            .iter()
            .map(|(name, meaning)| format!("| `{name}` | {meaning} |\n"));
        format!("| trigger | |\n|---|---|\n{}", rows.collect::<String>())
    }

    fn leaving<'a>(&'a self, state: &'a str) -> impl Iterator<Item = &'a [String; 3]> {
        self.transitions
            .iter()
            .filter(move |[from, ..]| from == state)
    }

    fn is_end(&self, state: &str) -> bool {
        self.leaving(state).next().is_none()
    }

    /// What leads to the same state from every state that is not an end.
    fn common(&self) -> Vec<(&String, &String)> {
        let open = || {
            self.states
                .iter()
                .map(|(state, _)| state)
                .filter(|state| !self.is_end(state))
        };
        let mut pairs: Vec<_> = self
            .transitions
            .iter()
            .map(|[_, on, to]| (on, to))
            .collect();
        pairs.sort();
        pairs.dedup();
        pairs.retain(|(on, to)| {
            open().all(|state| self.leaving(state).any(|t| (&t[1], &t[2]) == (*on, *to)))
        });
        pairs
    }
}

/// The variants of an enum without fields, each with its documentation.
fn variants(file: &File, name: &str) -> Vec<(String, String)> {
    let code = file.code();
    let start = code
        .windows(2)
        .position(|pair| pair[0].text == "enum" && pair[1].text == name);
    let body = start.map_or(&[][..], |start| &code[start + 2..]);
    let names = body
        .iter()
        .take_while(|token| token.text != "}")
        .filter(|token| token.kind == Kind::Word);
    names
        .map(|token| (token.text.clone(), documentation(file, token)))
        .collect()
}

fn documentation(file: &File, token: &Token) -> String {
    let mut lines = Vec::new();
    let above = |n: usize| token.line.checked_sub(n);
    while let Some(text) = file.rust.comments.iter().find_map(|(line, text)| {
        (Some(*line) == above(lines.len() + 1))
            .then(|| text.trim().strip_prefix("///"))
            .flatten()
    }) {
        lines.push(text.trim());
    }
    lines.reverse();
    lines.join(" ")
}

/// The names behind `::` in the value of a constant, in order.
fn qualified(file: &File, constant: &str) -> Vec<String> {
    let code = file.code();
    let start = code.iter().position(|token| token.text == constant);
    let rest = start.map_or(&[][..], |start| &code[start..]);
    let value = rest
        .iter()
        .skip_while(|token| token.text != "=")
        .take_while(|token| token.text != ";");
    let value: Vec<&&Token> = value.collect();
    let is_behind = |pair: &&[&&Token]| pair[0].text == ":" && pair[1].kind == Kind::Word;
    value
        .windows(2)
        .filter(is_behind)
        .map(|pair| pair[1].text.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "
        pub enum State {
            /// The first,
            /// of many.
            A,
            /// Last.
            B,
            Z,
        }
        enum Trigger { /** not taken */ Go, Fail }
        const STARTS: &[State] = &[S::A];
        const TRANSITIONS: &[T] = &[(S::A, T::Go, S::B), (S::A, T::Fail, S::Z), (S::B, T::Fail, S::Z)];
    ";

    fn drawn(text: &str) -> Result<String, Failure> {
        SESSION.draw(&Tree::of([(SESSION.path.to_owned(), text.to_owned())]))
    }

    #[test]
    fn a_table_becomes_a_diagram_and_two_tables() {
        let picture = drawn(SMALL).expect("it is a table");
        let expected = "```mermaid\nstateDiagram-v2\n    [*] --> A\n    A --> B: Go\n    B --> Z: Fail\n    Z --> [*]\n```\n\n\
                        From every other state, too, `Fail` leads to `Z`.\n";
        assert!(picture.starts_with(expected), "{picture}");
        assert!(
            picture.contains("| `A` | The first, of many. | `Go`<br>`Fail` | `B`<br>`Z` |\n"),
            "{picture}"
        );
        assert!(picture.contains("| `Z` |  |  |  |\n"), "{picture}");
    }

    #[test]
    fn changed_transaction_table_changes_the_page() {
        let stages = SMALL.replace("State {", "Stage {");
        let page = |stages: &str| {
            let file = |source: Source, text: &str| (source.path.to_owned(), text.to_owned());
            draw(&Tree::of([file(SESSION, SMALL), file(TRANSACTION, stages)])).ok()
        };
        let drawn = page(&stages);
        assert!(drawn.is_some());
        for (from, to) in [
            (", (S::B, T::Fail, S::Z)", ""),
            ("(S::A, T::Go, S::B)", "(S::A, T::Go, S::Z)"),
            ("&[(S::A", "&[(S::B, T::Go, S::Z), (S::A"),
        ] {
            assert_ne!(page(&stages.replace(from, to)), drawn, "{from}");
        }
        assert_eq!(page(SMALL), None);
    }

    #[test]
    fn another_table_is_another_picture_and_none_is_a_failure() {
        let other = SMALL.replace("(S::A, T::Go, S::B)", "(S::A, T::Go, S::Z)");
        assert_ne!(drawn(SMALL).ok(), drawn(&other).ok());
        assert!(drawn(&SMALL.replace("T::Go", "T::Gone")).is_err());
        assert!(drawn("pub enum State { A }").is_err());
    }
}
