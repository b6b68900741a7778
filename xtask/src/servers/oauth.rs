//! An OAuth 2.0 server, npm's `oidc-provider`: it gives out tokens that Dovecot takes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::daemon::Daemon;
use super::site::Site;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step;

/// What its addresses name.
pub(super) const TENANT: &str = "example.test";
/// Where it tells what it granted, inside the site.
pub(super) const LOG: &str = "log/oauth.out";

/// What is installed: versions are pinned, with checksums.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("oauth/package.json")),
    ("package-lock.json", include_str!("oauth/package-lock.json")),
    ("server.mjs", include_str!("oauth/server.mjs")),
];

/// npm's own note of what it has installed.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// Installs it into the target folder, unless it is there; gives its program.
pub(super) fn install(root: &Path, interrupt: &Interrupt) -> Result<PathBuf, Failure> {
    let folder = step::target(root).join("oauth-server");
    let cannot = || {
        Failure::io(format!(
            "cannot install the OAuth server into {}",
            folder.display()
        ))
    };
    fs::create_dir_all(&folder).map_err(cannot())?;
    let is_there = folder.join(INSTALLED).exists()
        && FILES[..2].iter().all(|(name, text)| {
            fs::read_to_string(folder.join(name)).is_ok_and(|old| old == *text)
        });
    for (name, text) in FILES {
        fs::write(folder.join(name), text).map_err(cannot())?;
    }
    if !is_there {
        println!("== installing the OAuth server: npm ci");
        npm_ci(&folder, interrupt).map_err(cannot())?;
    }
    Ok(folder.join("server.mjs"))
}

fn npm_ci(folder: &Path, interrupt: &Interrupt) -> io::Result<()> {
    let mut command = Command::new("npm");
    command
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .stdin(Stdio::null());
    let status = interrupt.run(&mut command, |_| Ok(()))?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("`npm ci` failed ({status})")))
}

/// Configures and starts it. Dovecot is configured already: it signs with Dovecot's key.
pub(super) fn start(site: &Site, program: &Path) -> Result<Daemon, Failure> {
    let port = site.ports.oauth;
    let configuration = serde_json::json!({
        "port": port,
        "tenant": TENANT,
        "cert": site.text("tls/server.pem"),
        "key": site.text("tls/server.key"),
        "signing_key": site.text("dovecot/keys/default/HS256/default"),
    });
    site.write("oauth.json", &configuration.to_string())?;
    let output = site.path(LOG);
    Daemon::start(
        "the OAuth server",
        &[
            "setsid",
            "node",
            &program.to_string_lossy(),
            &site.text("oauth.json"),
        ],
        site.path(LOG),
        site.path("log/oauth.log"),
        move || fs::read_to_string(&output).is_ok_and(|text| text.contains("listening")),
    )
}
