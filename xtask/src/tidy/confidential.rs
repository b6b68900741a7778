//! The proof that a channel is fit for secrets has one source.

use super::{File, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "confidential-from-layer-alone",
    why: "an encoder of AUTH trusts whoever holds a `Confidential`: only `security_layer` knows whether the channel is one",
    scope: |file| file.is_core() && file.core_module() != Some("security_layer"),
    check,
};

const MAKER: &str = "attested_by_layer";
const PROOF: &str = "Confidential";

fn check(_: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    for file in files {
        let code = file.code();
        for (at, token) in code.iter().enumerate() {
            let before = |n: usize| at.checked_sub(n).map_or("", |i| code[i].text.as_str());
            let what = match (before(1), token.text.as_str()) {
                ("fn", MAKER) => continue,
                (_, MAKER) => format!("`{MAKER}` is called"),
                ("for", PROOF) => format!("a trait for `{PROOF}` may be another way to make one"),
                ("struct", PROOF) if !derives_debug_alone(&code[..at]) => {
                    format!("`{PROOF}` has to derive Debug, and nothing that makes or copies one")
                }
                _ => continue,
            };
            places.push(Place::new(file, token.line, what));
        }
    }
    places
}

/// Whether the attributes that end just before `pub(crate) struct` are `#[derive(Debug)]` alone.
fn derives_debug_alone(before: &[&super::Token]) -> bool {
    let from = before
        .iter()
        .rposition(|token| matches!(token.text.as_str(), ";" | "}"))
        .map_or(0, |at| at + 1);
    let text: String = before[from..]
        .iter()
        .map(|token| token.text.as_str())
        .collect();
    text == "#[derive(Debug)]pub(crate)struct"
}
