//! The layers of each crate: no file imports one of a higher layer, and there is no cycle.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, Kind, Place, Rule, Token, Tree};

/// Which modules stand on which floor, the lowest first. ARCHITECTURE.md has the same, and says what each knows.
pub(crate) const FLOORS: [&[&str]; 7] = [
    &["address", "reply", "secret"],
    &["auth", "body", "ehlo", "envelope", "timeout"],
    &[
        "command",
        "confidential",
        "config",
        "error",
        "event",
        "redact",
    ],
    &["pipeline", "security_layer", "transaction"],
    &["connection", "state"],
    &["stored", "testing"],
    &["fuzzing"],
];

/// The layers of the crates that declare them, the lowest first.
const LAYERS: [(&str, &[&[&str]]); 3] = [
    (CORE, &FLOORS),
    (
        "smtp-oauth",
        &[
            &["client_auth", "crypto", "flow", "kinds"],
            &["error"],
            &["endpoint", "http", "redirect"],
            &["answer", "issuer", "key", "token"],
            &["application", "authentication", "browser", "device"],
            &["login"],
            &["store"],
        ],
    ),
    ("smtp-lettre", &[&["error"]]),
];

pub(crate) const CORE: &str = "smtp-proto";

pub(super) const DOWNWARDS: Rule = Rule {
    name: "imports-go-down",
    why: "each floor is useful alone, and can be read without those above it",
    scope: has_floor,
    check: downwards,
};

pub(super) const TABLE: Rule = Rule {
    name: "floors-as-in-architecture",
    why: "the table of floors in ARCHITECTURE.md is what a reader goes by",
    scope: |file| file.path == ARCHITECTURE || is_core_module(file),
    check: table,
};

const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// The crate's root stands on all floors: it declares and re-exports.
fn has_floor(file: &File) -> bool {
    let is_layered = |folder| LAYERS.iter().any(|(layered, _)| *layered == folder);
    !file.is_test
        && file
            .module()
            .is_some_and(|(folder, module)| module != "lib" && is_layered(folder))
}

fn is_core_module(file: &File) -> bool {
    file.is_core() && has_floor(file)
}

/// Returns what each module of a crate imports, without its own parts.
pub(crate) fn family_imports<'t>(
    tree: &'t Tree,
    folder: &str,
) -> BTreeMap<&'t str, BTreeSet<String>> {
    let mut all = BTreeMap::<_, BTreeSet<_>>::new();
    for file in tree.files.iter().filter(|file| is_of(file, folder)) {
        let imports = imports(file).into_iter().map(|(name, _)| name);
        all.entry(file.family()).or_default().extend(imports);
    }
    all
}

fn is_of(file: &File, folder: &str) -> bool {
    has_floor(file) && file.module().is_some_and(|(own, _)| own == folder)
}

/// Whether `from` is or imports `to`, by however many steps. A circle does no harm.
pub(crate) fn reaches(graph: &BTreeMap<&str, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut left = vec![from];
    while let Some(module) = left.pop() {
        if module == to {
            return true;
        }
        left.extend(
            graph
                .get(module)
                .into_iter()
                .flatten()
                .map(String::as_str)
                .filter(|next| seen.insert(*next)),
        );
    }
    false
}

fn downwards(tree: &Tree, files: &[&File]) -> Vec<Place> {
    LAYERS
        .iter()
        .flat_map(|(folder, floors)| downwards_in(tree, files, folder, floors))
        .collect()
}

fn downwards_in(tree: &Tree, files: &[&File], folder: &str, floors: &[&[&str]]) -> Vec<Place> {
    let floor = |module: &str| floor(floors, module);
    let graph = family_imports(tree, folder);
    // Without an import upwards a circle stays on one floor: the others are not blamed for somebody's import.
    let mut level = graph.clone();
    level
        .iter_mut()
        .for_each(|(from, imports)| imports.retain(|to| floor(to) == floor(from)));
    let mut places = Vec::new();
    for file in files.iter().filter(|file| is_of(file, folder)) {
        let from = file.family();
        for (to, line) in imports(file) {
            let what = match (floor(from), floor(&to)) {
                (None, _) => format!("`{from}` has no floor in the table of `cargo xtask tidy`"),
                (_, None) if graph.contains_key(to.as_str()) => {
                    format!("`{to}` has no floor in the table of `cargo xtask tidy`")
                }
                (_, None) => {
                    format!("`crate::{to}` names no module: import from where it is declared")
                }
                (Some(own), Some(other)) if other > own => {
                    format!("`{from}` on floor {own} imports `{to}` on floor {other}")
                }
                (own, other) if own == other && reaches(&level, &to, from) => {
                    format!("`{from}` imports `{to}`, which imports it in turn")
                }
                _ => continue,
            };
            places.push(Place::new(file, line, what));
        }
    }
    places
}

fn table(tree: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    let rows = tree.file(ARCHITECTURE).map(rows).unwrap_or_default();
    for file in files.iter().filter(|file| file.path != ARCHITECTURE) {
        let module = file.core_module().unwrap_or_default();
        let is_meant = |name: &str| {
            name == module
                || name
                    .strip_suffix("/*")
                    .is_some_and(|of| of == parent(module))
        };
        match rows.iter().find(|row| is_meant(&row.name)) {
            None => places.push(Place::new(
                file,
                1,
                format!("no row of the table in {ARCHITECTURE} has `{module}`"),
            )),
            Some(row) if floor(&FLOORS, file.family()) != Some(row.floor) => {
                places.push(Place::new(
                    file,
                    1,
                    format!("`{module}` stands on floor {} in {ARCHITECTURE}", row.floor),
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(page) = tree.file(ARCHITECTURE) {
        let modules: Vec<&str> = files.iter().filter_map(|file| file.core_module()).collect();
        let is_there = |name: &str| match name.strip_suffix("/*") {
            Some(folder) => modules.iter().any(|module| parent(module) == folder),
            None => modules.contains(&name),
        };
        let gone = rows.iter().filter(|row| !is_there(&row.name));
        places.extend(gone.map(|row| {
            Place::new(
                page,
                row.line,
                format!("there is no file for `{}`", row.name),
            )
        }));
    }
    places
}

/// A name in the table of ARCHITECTURE.md.
struct Row {
    floor: usize,
    name: String,
    line: usize,
}

/// `| 1 | `address`, `address/*` | … |`: one for each name.
fn rows(page: &File) -> Vec<Row> {
    let mut rows = Vec::new();
    for (line, text) in page.lines() {
        let cells: Vec<&str> = text.split('|').map(str::trim).collect();
        let ["", floor, names, ..] = cells[..] else {
            continue;
        };
        let Ok(floor) = floor.parse() else { continue };
        rows.extend(names.split('`').skip(1).step_by(2).map(|name| Row {
            floor,
            name: name.to_owned(),
            line,
        }));
    }
    rows
}

fn parent(module: &str) -> &str {
    module.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Counted from one.
fn floor(floors: &[&[&str]], module: &str) -> Option<usize> {
    floors
        .iter()
        .position(|floor| floor.contains(&module))
        .map(|at| at + 1)
}

/// The modules that a file names, in imports and in the middle of its code, each with its line.
fn imports(file: &File) -> Vec<(String, usize)> {
    let code = file.code();
    let depth = file
        .module()
        .map_or(0, |(_, module)| module.split('/').count());
    let mut found = Vec::new();
    for at in 0..code.len() {
        let is_inside = at >= 2 && code[at - 1].text == ":" && code[at - 2].text == ":";
        let up = match code[at].text.as_str() {
            _ if is_inside || code[at].kind != Kind::Word => continue,
            "crate" => depth,
            "super" => code[at..]
                .chunks(3)
                .take_while(|step| step[0].text == "super")
                .count(),
            _ => continue,
        };
        // `crate::` is one word and two colons; each `super::` as well.
        let steps = if code[at].text == "crate" { 1 } else { up };
        if up >= depth {
            found.extend(heads(&code[at + 1 + 3 * (steps - 1)..]));
        }
    }
    found.retain(|(name, _)| name != file.family());
    found
}

/// The first names behind the root: of `::a::b` it is `a`, of `::{a::b, c}` they are `a` and `c`.
fn heads(path: &[&Token]) -> Vec<(String, usize)> {
    let [colon, _, first, rest @ ..] = path else {
        return Vec::new();
    };
    if colon.text != ":" {
        return Vec::new();
    }
    if first.text != "{" {
        return vec![(first.text.clone(), first.line)];
    }
    let mut depth = 0_usize;
    let mut heads = Vec::new();
    let mut is_head = true;
    for token in rest {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 0 => break,
            "}" => depth -= 1,
            "," if depth == 0 => is_head = true,
            _ if is_head => {
                heads.push((token.text.clone(), token.line));
                is_head = false;
            }
            _ => {}
        }
    }
    heads
}
