//! Prints secrets in every form: what the scanner is tried on.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

fn main() {
    println!("{}", smtp_canary::canary());
    println!(
        "{}",
        BASE64_STANDARD.encode(format!("\0user\0{}", smtp_canary::canary()))
    );
    eprintln!(
        "{}",
        smtp_canary::canary()
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D")
    );
}
