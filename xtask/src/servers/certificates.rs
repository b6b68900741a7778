//! A certificate authority for one run, and the servers' certificate.

use std::fs;
use std::path::Path;

use super::shell;
use crate::failure::Failure;

const EXTENSIONS: &str = include_str!("templates/certificate.ext");

/// Writes `ca.pem`, `server.pem` and `server.key` into `dir`.
pub(super) fn make(dir: &Path) -> Result<(), Failure> {
    let path = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let extensions = path("certificate.ext");
    fs::write(&extensions, EXTENSIONS)
        .map_err(Failure::io(format_args!("cannot write {extensions}")))?;
    openssl(&format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=xtask-ca \
         -addext basicConstraints=critical,CA:TRUE \
         -addext keyUsage=critical,keyCertSign,cRLSign -keyout {} -out {}",
        path("ca.key"),
        path("ca.pem")
    ))?;
    openssl(&format!(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=mail.example.test \
         -keyout {} -out {}",
        path("server.key"),
        path("server.csr")
    ))?;
    openssl(&format!(
        "x509 -req -days 2 -in {} -CA {} -CAkey {} -CAcreateserial -extfile {extensions} -out {}",
        path("server.csr"),
        path("ca.pem"),
        path("ca.key"),
        path("server.pem")
    ))
}

fn openssl(arguments: &str) -> Result<(), Failure> {
    shell::run("openssl", arguments.split_ascii_whitespace(), b"").map(drop)
}
