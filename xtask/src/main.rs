//! The project's own commands: `cargo xtask COMMAND`.

mod failure;
mod interrupt;
mod servers;
mod step;
mod tally;
mod test;

use std::process::ExitCode;

use failure::Failure;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--without-servers]  everything that must hold: format, lints, docs, tests, real servers
  servers                   start the real servers and keep them until Ctrl-C or end of input
";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
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
    match arguments {
        ["test", options @ ..] => test::run(options),
        ["servers"] => servers::run(),
        ["servers", option, ..] => Err(Failure::Usage(format!("`servers` takes no options, and got `{option}`"))),
        ["help" | "--help" | "-h", ..] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        [other, ..] => Err(Failure::Usage(format!("there is no command `{other}`"))),
        [] => Err(Failure::Usage("no command was given".into())),
    }
}
