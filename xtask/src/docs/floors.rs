//! The floors of the core, with the imports between its modules.

use std::fmt::Write;

use crate::failure::Failure;
use crate::tidy::{CORE, FLOORS, Tree, family_imports, reaches};

/// One box a floor, the highest on top. An arrow that others imply is left out.
pub(super) fn draw(tree: &Tree) -> Result<String, Failure> {
    let imports = family_imports(tree, CORE);
    let mut picture = String::from("```mermaid\nflowchart TB\n");
    for (below, modules) in FLOORS.iter().enumerate().rev() {
        let floor = below + 1;
        let boxes: String = modules
            .iter()
            .map(|module| format!("        {module}\n"))
            .collect();
        let _ = write!(
            picture,
            "    subgraph floor{floor} [floor {floor}]\n{boxes}    end\n"
        );
    }
    for (from, all) in &imports {
        let implied = |to: &&String| {
            !all.iter()
                .any(|other| other != *to && reaches(&imports, other, to))
        };
        for to in all.iter().filter(implied) {
            let _ = writeln!(picture, "    {from} --> {to}");
        }
    }
    Ok(picture + "```\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_that_others_imply_is_left_out_and_a_circle_is_drawn() {
        let files = [
            ("command", "use crate::{auth::A, secret::B};"),
            ("auth", "use crate::secret::B;"),
            ("config", "use crate::error::C;"),
            ("error", "use crate::config::D;"),
        ];
        let files =
            files.map(|(module, text)| (format!("smtp-proto/src/{module}.rs"), text.to_owned()));
        let picture = draw(&Tree::of(files)).expect("nothing is missing");
        let arrows: Vec<&str> = picture
            .lines()
            .filter(|line| line.contains("-->"))
            .map(str::trim)
            .collect();
        assert_eq!(
            arrows,
            [
                "auth --> secret",
                "command --> auth",
                "config --> error",
                "error --> config"
            ]
        );
        assert!(picture.contains("subgraph floor1 [floor 1]\n        address\n"));
    }
}
