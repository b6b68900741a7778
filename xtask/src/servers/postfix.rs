//! Postfix: the SMTP server that the tests talk to.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::daemon::Daemon;
use super::dovecot::{LMTP_SOCKET, LOGIN_SOCKET};
use super::ports::Ports;
use super::site::Site;
use super::{shell, template};
use crate::failure::Failure;

/// `postfix start-fg` puts a shell before it and a session of its own around it: it would not be
/// our child, and would outlive us.
const MASTER: &str = "/usr/lib/postfix/sbin/master";

/// Configures and starts it. Dovecot runs already.
pub(super) fn start(site: &Site) -> Result<Daemon, Failure> {
    for folder in ["postfix", "spool", "data"] {
        site.folder(folder)?;
    }
    site.give("data", "postfix:root")?;
    let Ports {
        smtp,
        submission,
        smtps,
        old,
        ..
    } = site.ports;
    let values = [
        ("SITE", site.root()),
        ("LOGIN_SOCKET", site.text(LOGIN_SOCKET)),
        ("LMTP_SOCKET", site.text(LMTP_SOCKET)),
        ("SMTP", smtp.to_string()),
        ("SUBMISSION", submission.to_string()),
        ("SMTPS", smtps.to_string()),
        ("OLD", old.to_string()),
    ];
    let main = template::fill(include_str!("templates/main.cf"), &values)?;
    let master = template::fill(include_str!("templates/master.cf"), &values)?;
    site.write("postfix/main.cf", &main)?;
    site.write("postfix/master.cf", &master)?;
    let configuration = site.text("postfix");
    shell::run("postfix", ["-c", &configuration, "check"], b"")?;

    let log = site.path("log/postfix.log");
    let own_log = log.clone();
    Daemon::start(
        "Postfix",
        &[MASTER, "-c", &configuration, "-s"],
        site.path("log/postfix.out"),
        log,
        // The log comes first: a connection to a port where nobody listens yet may be given that
        // very port as its own, and Postfix could not have it any more.
        move || has_started(&own_log) && [smtp, submission, old].into_iter().all(greets),
    )
}

fn has_started(log: &Path) -> bool {
    fs::read_to_string(log).is_ok_and(|text| text.contains("daemon started"))
}

fn greets(port: u16) -> bool {
    let greeting = || {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok()?;
        Some(line)
    };
    greeting().is_some_and(|line| line.starts_with("220 "))
}
