//! A second OAuth 2.0 server, PyPI's `oidc-provider-mock`, over HTTP on loopback: Authlib's idea of the RFCs.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::daemon::Daemon;
use super::site::Site;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step;

/// What is installed: versions are pinned, with checksums.
const REQUIREMENTS: &str = include_str!("oauth_mock/requirements.txt");

/// Written once all of it is installed.
const INSTALLED: &str = "installed.txt";

/// Installs it into a folder of its own, unless it is there; returns its Python.
pub(super) fn install(root: &Path, interrupt: &Interrupt) -> Result<PathBuf, Failure> {
    let folder = step::target(root).join("oauth-mock");
    let cannot = || {
        Failure::io(format!(
            "cannot install oidc-provider-mock into {}",
            folder.display()
        ))
    };
    let python = folder.join("bin/python");
    if fs::read_to_string(folder.join(INSTALLED)).is_ok_and(|old| old == REQUIREMENTS) {
        return Ok(python);
    }
    println!("== installing oidc-provider-mock: pip install");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&folder);
    run(venv, interrupt).map_err(cannot())?;
    let wanted = folder.join("requirements.txt");
    fs::write(&wanted, REQUIREMENTS).map_err(cannot())?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
    ])
    .args(["--require-hashes", "--requirement"])
    .arg(&wanted);
    run(pip, interrupt).map_err(cannot())?;
    fs::write(folder.join(INSTALLED), REQUIREMENTS).map_err(cannot())?;
    Ok(python)
}

fn run(mut command: Command, interrupt: &Interrupt) -> io::Result<()> {
    command.stdin(Stdio::null());
    let status = interrupt.run(&mut command, |_| Ok(()))?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "`{}` failed ({status})",
        command.get_program().to_string_lossy()
    )))
}

/// Starts the server.
pub(super) fn start(site: &Site, python: &Path) -> Result<Daemon, Failure> {
    let port = site.ports.oauth_mock;
    Daemon::start(
        "oidc-provider-mock",
        &[
            "setsid",
            &python.to_string_lossy(),
            "-m",
            "oidc_provider_mock",
            "--port",
            &port.to_string(),
        ],
        site.path("log/oauth-mock.out"),
        site.path("log/oauth-mock.log"),
        move || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(),
    )
}
