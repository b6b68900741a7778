//! The real servers that `cargo xtask test` starts, and how to send through them.

mod attempt;
mod command;
mod driver;
mod mailbox;
mod message;
mod plain;

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

pub use attempt::{Attempt, Face, Login, Verdict};
pub use command::program;
pub use driver::{Sent, client};
pub use message::Message;
pub use plain::PlainServer;

/// The variable that names the file with the servers' facts.
const FACTS: &str = "SMTP_TEST_SERVERS";

/// The domain's two accounts.
pub const USER: &str = "user@example.test";
/// May log in, and may not send as [`USER`].
pub const OTHER: &str = "other@example.test";

/// The ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Submission with STARTTLS and a login.
    Submission,
    /// Submission over implicit TLS.
    Smtps,
    /// Mail exchange for `example.test` alone, without logins.
    Smtp,
    /// No STARTTLS, and logins offered in the clear.
    Old,
}

/// Where the running servers are.
#[derive(Clone, Debug)]
pub struct Servers {
    facts: HashMap<String, String>,
}

impl Servers {
    /// Those that `cargo xtask test` has started.
    ///
    /// # Panics
    ///
    /// Where there are none.
    pub fn running() -> Self {
        let Ok(path) = std::env::var(FACTS) else {
            panic!("{FACTS} is not set: these tests need real servers, so run `cargo xtask test`");
        };
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
        let facts = text.lines().filter_map(|line| line.split_once('='));
        Self {
            facts: facts
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// The host and the port of a door.
    pub fn address(&self, door: Door) -> (&str, u16) {
        let key = match door {
            Door::Submission => "submission",
            Door::Smtps => "smtps",
            Door::Smtp => "smtp",
            Door::Old => "old",
        };
        let (host, port) = self
            .fact(key)
            .split_once(':')
            .expect("an address has a port");
        (host, port.parse().expect("a port is a number"))
    }

    /// The address of Dovecot's LMTP, in words for `--server`: its UNIX socket, and its TCP port.
    pub fn lmtp(&self) -> [String; 2] {
        [
            format!("unix:{}", self.fact("lmtp_socket")),
            self.fact("lmtp").to_owned(),
        ]
    }

    /// The certificate authority's certificate, in PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.fact("ca_file").into()
    }

    /// What the file of a secret holds.
    pub fn secret(&self, key: &str) -> String {
        let path = self.fact(key);
        fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
    }

    /// Where the OAuth server is.
    pub fn oauth(&self) -> &str {
        self.fact("oauth")
    }

    /// Returns the address of the other OAuth server, `oidc-provider-mock`.
    pub fn oauth_mock(&self) -> &str {
        self.fact("oauth_mock")
    }

    /// The tenant that the addresses of the OAuth server name.
    pub fn oauth_tenant(&self) -> &str {
        self.fact("oauth_tenant")
    }

    /// What the OAuth server has told so far: a line of JSON for each grant.
    ///
    /// # Panics
    ///
    /// Where there is no such file.
    pub fn oauth_log(&self) -> String {
        fs::read_to_string(self.fact("oauth_log")).expect("the OAuth server's log")
    }

    fn fact(&self, key: &str) -> &str {
        self.facts
            .get(key)
            .unwrap_or_else(|| panic!("the file that {FACTS} names has no line `{key}=`"))
    }
}
