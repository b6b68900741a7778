//! The folder of one run: everything that both servers read and write.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use super::accounts::{Accounts, OTHER, USER};
use super::ports::Ports;
use super::{certificates, dovecot, oauth, shell};
use crate::failure::Failure;

/// Where things are. The folder goes away with it.
pub(super) struct Site {
    dir: TempDir,
    pub(super) ports: Ports,
    pub(super) accounts: Accounts,
}

impl Site {
    /// Makes the folder, with ports, certificates and secrets, and without configuration.
    pub(super) fn prepare() -> Result<Self, Failure> {
        // Not $TMPDIR: the servers' own users must get there, and a socket's path is short.
        let dir = tempfile::Builder::new()
            .prefix("smtp-servers-")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir_in("/tmp")
            .map_err(Failure::io("cannot make a folder in /tmp"))?;
        let site = Self {
            dir,
            ports: Ports::pick()?,
            accounts: Accounts::draw()?,
        };
        for folder in ["log", "mail", "sockets", "tls", "secrets"] {
            site.folder(folder)?;
        }
        certificates::make(&site.path("tls"))?;
        site.write("secrets/user-password", &site.accounts.user_password)?;
        site.write("secrets/other-password", &site.accounts.other_password)?;
        site.write("secrets/token", &site.accounts.token)?;
        site.write("secrets/broken-token", &site.accounts.broken_token)?;
        site.permit("secrets", 0o700)?;
        site.write("servers", &site.facts())?;
        Ok(site)
    }

    /// A path inside the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same as text, for a configuration file.
    pub(super) fn text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// The folder itself, as text.
    pub(super) fn root(&self) -> String {
        self.dir.path().to_string_lossy().into_owned()
    }

    /// Makes a folder, and those above it.
    pub(super) fn folder(&self, name: &str) -> Result<(), Failure> {
        let path = self.path(name);
        fs::create_dir_all(&path)
            .map_err(Failure::io(format_args!("cannot make {}", path.display())))
    }

    /// Writes a file.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path(name);
        fs::write(&path, text).map_err(Failure::io(format_args!("cannot write {}", path.display())))
    }

    /// Gives a file or folder, with all that is in it, to `owner` (`user:group`).
    pub(super) fn give(&self, name: &str, owner: &str) -> Result<(), Failure> {
        shell::run("chown", ["-R", owner, &self.text(name)], b"").map(drop)
    }

    /// Sets the permissions of a file or folder.
    pub(super) fn permit(&self, name: &str, mode: u32) -> Result<(), Failure> {
        let path = self.path(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(Failure::io(
            format_args!("cannot set permissions of {}", path.display()),
        ))
    }

    /// The file that holds [`Self::facts`].
    pub(super) fn facts_file(&self) -> PathBuf {
        self.path("servers")
    }

    /// What a test, or a person, needs to know: `key=value` lines.
    pub(super) fn facts(&self) -> String {
        let Ports {
            smtp,
            submission,
            smtps,
            old,
            lmtp,
            oauth,
            oauth_mock,
        } = self.ports;
        let file = |name: &str| self.text(name);
        [
            ("submission", format!("127.0.0.1:{submission}")),
            ("smtps", format!("127.0.0.1:{smtps}")),
            ("smtp", format!("127.0.0.1:{smtp}")),
            ("old", format!("127.0.0.1:{old}")),
            ("lmtp", format!("127.0.0.1:{lmtp}")),
            ("lmtp_socket", file(dovecot::LMTP_SOCKET)),
            ("ca_file", file("tls/ca.pem")),
            ("user", USER.to_owned()),
            ("user_password_file", file("secrets/user-password")),
            ("other", OTHER.to_owned()),
            ("other_password_file", file("secrets/other-password")),
            ("token_file", file("secrets/token")),
            ("broken_token_file", file("secrets/broken-token")),
            ("oauth", format!("https://localhost:{oauth}")),
            ("oauth_tenant", oauth::TENANT.to_owned()),
            ("oauth_log", file(oauth::LOG)),
            ("oauth_mock", format!("http://127.0.0.1:{oauth_mock}")),
            ("maildirs", file("mail")),
            ("logs", file("log")),
        ]
        .map(|(key, value)| format!("{key}={value}\n"))
        .concat()
    }
}
