//! The `smtp` command; everything it does stands in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    mailwright_cli::main()
}
