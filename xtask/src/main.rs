//! The project's own commands: `cargo xtask COMMAND`.

mod api;
mod bench;
mod deny;
mod dist;
mod docs;
mod failure;
mod features;
mod fuzz;
mod instructions;
mod interrupt;
mod minimal_versions;
mod mutants;
mod package;
mod servers;
mod step;
mod tally;
mod test;
mod tidy;
mod transcript;

use std::path::Path;
use std::process::ExitCode;

use failure::Failure;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--without-servers]  everything that must hold: format, lints, docs, rules, tests, real servers, a browser
  servers                   start the real servers and keep them until Ctrl-C or end of input
  fuzz [--seconds N] [--planted] [TARGET…]
                            run the fuzz targets; with --planted each has a defect that it has to find
  mutants [TARGET…]         plant defects one at a time, and count those that no test notices: in the core, or in
                            error, sender, mx, check of the client, oauth: hours
  instructions [--record]   count what the hot paths cost, and compare with what was agreed to, or write it down
  bench [--check]           measure this project beside its peers and the limit; with --check the goals have to be met
  api [--record]            compare the public API of the libraries with docs/api, or write it there
  tidy                      check the rules of the house, which compiles nothing
  docs                      draw the pictures of the documentation from the code

  dist                      man pages and shell completions, into target/dist
  package                   check what is in the packages of the crates, and build those that can be built alone
  features                  lint the crates with every combination of their features
  minimal-versions          build with the oldest dependencies that the manifests allow
  deny                      check licences, sources and advisories of all dependencies; needs cargo-deny
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(status) => status,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            if matches!(failure, Failure::Usage(_)) {
                eprint!("\n{USAGE}");
            }
            failure.status()
        }
    }
}

fn run(arguments: &[&str]) -> Result<ExitCode, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or_else(|| Failure::Work("the package `xtask` has no folder above it".into()))?;
    match arguments {
        ["test", options @ ..] => test::run(root, options),
        ["fuzz", options @ ..] => fuzz::run(root, options),
        ["instructions", options @ ..] => instructions::run(root, options),
        ["bench", options @ ..] => bench::run(root, options),
        ["api", options @ ..] => api::run(root, options),
        ["mutants", targets @ ..] => mutants::run(root, targets),
        ["help" | "--help" | "-h", ..] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        [command, option, ..] => Err(Failure::Usage(format!(
            "`{command}` takes no options, and got `{option}`"
        ))),
        ["servers"] => servers::run(root),
        ["tidy"] => tidy::run(root),
        ["docs"] => docs::run(root),
        ["dist"] => dist::run(root),
        ["package"] => package::run(root),
        ["features"] => features::run(root),
        ["minimal-versions"] => minimal_versions::run(root),
        ["deny"] => deny::run(root),
        [other] => Err(Failure::Usage(format!("there is no command `{other}`"))),
        [] => Err(Failure::Usage("no command was given".into())),
    }
}
