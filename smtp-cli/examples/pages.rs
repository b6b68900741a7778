//! Man pages and shell completions of the `smtp` command, for whoever packs it:
//! `cargo run --example pages -- FOLDER` writes `FOLDER/man` and `FOLDER/completions`.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use clap_complete::Shell;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("name the folder to write to")?;

    let man = folder.join("man");
    fs::create_dir_all(&man)?;
    clap_mangen::generate_to(mailwright_cli::command(), &man)?;

    let completions = folder.join("completions");
    fs::create_dir_all(&completions)?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut mailwright_cli::command(), "smtp", &completions)?;
    }

    for made in [man, completions] {
        println!("{}: {} files", made.display(), fs::read_dir(&made)?.count());
    }
    Ok(())
}
