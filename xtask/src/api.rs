//! `cargo xtask api`: compares the public API of the libraries with the committed listing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use public_api::Builder;

use crate::failure::Failure;
use crate::step;
use crate::tally::Tally;

/// The libraries that other programs build on.
const LIBRARIES: [&str; 4] = [
    "mailwright-proto",
    "mailwright",
    "mailwright-oauth",
    "mailwright-lettre",
];

/// The listings, one a library. Each begins with the compiler that wrote it.
const LISTINGS: &str = "docs/api";

/// Modules that are public for the project's own fuzz targets.
const NOT_PUBLISHED: [&str; 1] = ["mailwright_proto::fuzzing"];

/// `cargo xtask api [--record]`.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<ExitCode, Failure> {
    match options {
        [] => {
            let mut tally = Tally::default();
            if let Some(why) = check(root, &mut tally)? {
                println!("not compared: {why}");
            }
            println!("{tally}");
            Ok(if tally.failed == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        ["--record"] => {
            for library in LIBRARIES {
                let path = listing(root, library);
                let text = format!("{}\n{}", compiler()?, api(root, library)?);
                fs::write(&path, text).map_err(Failure::io(path.display()))?;
                println!("{}: written", path.display());
            }
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Failure::Usage("`api` accepts only `--record`".into())),
    }
}

/// Compares every listing, prints the differences, and counts each library once. Returns why
/// nothing was compared, if the listings are another compiler's.
pub(crate) fn check(root: &Path, tally: &mut Tally) -> Result<Option<String>, Failure> {
    let compiler = compiler()?;
    for library in LIBRARIES {
        let path = listing(root, library);
        let text = fs::read_to_string(&path).map_err(Failure::io(path.display()))?;
        let (recorded_by, recorded) = text.split_once('\n').unwrap_or_default();
        if recorded_by != compiler {
            return Ok(Some(format!(
                "the listings are of {recorded_by}, and this is {compiler}"
            )));
        }
        let differences = differences(recorded, &api(root, library)?);
        for difference in &differences {
            println!("{library}: {difference}");
        }
        if differences.is_empty() {
            println!("{library}: as recorded, {} items", recorded.lines().count());
            tally.passed += 1;
        } else {
            println!("{library}: if the change is meant, run `cargo xtask api --record`");
            tally.failed += 1;
        }
    }
    Ok(None)
}

fn listing(root: &Path, library: &str) -> PathBuf {
    root.join(LISTINGS).join(format!("{library}.txt"))
}

/// Returns the items that were removed (`-`) and added (`+`).
fn differences(recorded: &str, current: &str) -> Vec<String> {
    let without = |of: &str, other: &str, sign: char| {
        let missing = of
            .lines()
            .filter(|line| other.lines().all(|one| one != *line));
        missing
            .map(|line| format!("{sign} {line}"))
            .collect::<Vec<_>>()
    };
    [
        without(recorded, current, '-'),
        without(current, recorded, '+'),
    ]
    .concat()
}

/// Returns the library's public items with all features, one a line.
fn api(root: &Path, library: &str) -> Result<String, Failure> {
    let output = step::cargo()
        .args(["rustdoc", "--quiet", "--all-features", "-p", library])
        .args(["--", "-Zunstable-options", "--output-format", "json"])
        // rustdoc's JSON is not stable yet; the compiler is named in the listing.
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(root)
        .output()
        .map_err(Failure::io("cannot run cargo rustdoc"))?;
    if !output.status.success() {
        return Err(Failure::Work(format!(
            "cargo rustdoc -p {library} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    let json = step::target(root)
        .join("doc")
        .join(library.replace('-', "_"))
        .with_extension("json");
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| Failure::Work(format!("the listing of {library}: {error}")))?;
    let mut items: Vec<String> = api.items().map(ToString::to_string).collect();
    items.retain(|item| !NOT_PUBLISHED.iter().any(|module| item.contains(module)));
    items.dedup();
    Ok(items.join("\n") + "\n")
}

fn compiler() -> Result<String, Failure> {
    let output = Command::new("rustc")
        .arg("--version")
        .output()
        .map_err(Failure::io("cannot run rustc"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_and_added_items_are_differences() {
        let found = differences("pub fn a()\npub fn b()\n", "pub fn b()\npub fn c()\n");
        assert_eq!(found, ["- pub fn a()", "+ pub fn c()"]);
        assert!(differences("pub fn a()\n", "pub fn a()\n").is_empty());
    }
}
