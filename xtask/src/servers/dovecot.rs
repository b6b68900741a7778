//! Dovecot: checks logins for Postfix, and stores the mail that Postfix delivers over LMTP.

use std::os::unix::net::UnixStream;

use super::daemon::Daemon;
use super::site::Site;
use super::template;
use crate::failure::Failure;

/// Where Postfix asks about logins, inside the site.
pub(super) const LOGIN_SOCKET: &str = "sockets/login";
/// Where Postfix delivers to, inside the site.
pub(super) const LMTP_SOCKET: &str = "sockets/lmtp";

/// Configures and starts it.
pub(super) fn start(site: &Site) -> Result<Daemon, Failure> {
    for folder in ["dovecot/run", "dovecot/keys/default/HS256"] {
        site.folder(folder)?;
    }
    let values = [
        ("SITE", site.root()),
        ("LOGIN_SOCKET", site.text(LOGIN_SOCKET)),
        ("LMTP_SOCKET", site.text(LMTP_SOCKET)),
        ("LMTP", site.ports.lmtp.to_string()),
    ];
    let conf = template::fill(include_str!("templates/dovecot.conf"), &values)?;
    let oauth2 = template::fill(include_str!("templates/oauth2.conf"), &values)?;
    site.write("dovecot/dovecot.conf", &conf)?;
    site.write("dovecot/oauth2.conf", &oauth2)?;
    site.write("dovecot/users", &site.accounts.password_file())?;
    site.write(
        "dovecot/keys/default/HS256/default",
        &site.accounts.token_key_file(),
    )?;
    site.give("dovecot/users", "root:dovecot")?;
    site.permit("dovecot/users", 0o640)?;
    site.give("dovecot/keys", "root:dovecot")?;
    site.permit("dovecot/keys", 0o750)?;
    site.give("mail", "nobody:nogroup")?;

    let sockets = [LOGIN_SOCKET, LMTP_SOCKET].map(|name| site.path(name));
    Daemon::start(
        "Dovecot",
        &[
            "setsid",
            "dovecot",
            "-F",
            "-c",
            &site.text("dovecot/dovecot.conf"),
        ],
        site.path("log/dovecot.out"),
        site.path("log/dovecot.log"),
        move || {
            sockets
                .iter()
                .all(|socket| UnixStream::connect(socket).is_ok())
        },
    )
}
