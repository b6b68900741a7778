//! One attempt to send a message, and what came of it, whoever makes it.

use std::sync::LazyLock;

use mailwright::{Mechanism, Security};

use super::{Door, Message, OTHER, Servers, USER, command, driver};
use crate::driver::Driver;

/// Who makes an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// `smtp send`.
    Command,
    /// A driver, from code.
    Driver(Driver),
}

impl Face {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::Command,
        Self::Driver(Driver::Blocking),
        Self::Driver(Driver::Tokio),
    ];

    /// Sends the message, or tries to.
    pub fn send(self, servers: &Servers, attempt: &Attempt<'_>) -> Verdict {
        match self {
            Self::Command => command::send(servers, attempt),
            Self::Driver(driver) => driver::send(servers, attempt, driver),
        }
    }
}

static WRONG: LazyLock<String> = LazyLock::new(smtp_canary::canary);

/// Whose credentials are presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Nobody's.
    None,
    /// The user's password.
    User,
    /// A password that is not the user's.
    WrongPassword,
    /// The other account's password.
    Other,
    /// The user's token.
    Token,
    /// A token with a signature that does not fit.
    BrokenToken,
}

impl Login {
    /// The user's name and the secret.
    pub fn credentials(self, servers: &Servers) -> Option<(&'static str, String)> {
        Some(match self {
            Self::None => return None,
            Self::User => (USER, servers.secret("user_password_file")),
            Self::WrongPassword => (USER, WRONG.clone()),
            Self::Other => (OTHER, servers.secret("other_password_file")),
            Self::Token => (USER, servers.secret("token_file")),
            Self::BrokenToken => (USER, servers.secret("broken_token_file")),
        })
    }

    /// Whether the secret is an access token.
    pub fn is_token(self) -> bool {
        matches!(self, Self::Token | Self::BrokenToken)
    }
}

/// What is to be sent, and how.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// Where to.
    pub door: Door,
    /// Under which security.
    pub security: Security,
    /// As whom.
    pub login: Login,
    /// By which mechanism alone, unless the choice is free.
    pub mechanism: Option<Mechanism>,
    /// The envelope's sender.
    pub from: &'a str,
    /// The envelope's recipients.
    pub to: &'a [&'a str],
    /// Whether the servers' certificate authority is trusted.
    pub trusting: bool,
    /// What is sent.
    pub message: &'a Message,
}

impl<'a> Attempt<'a> {
    /// From the user to the user, through the submission port, by whichever mechanism.
    pub fn ordinary(message: &'a Message) -> Self {
        Self {
            door: Door::Submission,
            security: Security::StartTls,
            login: Login::User,
            mechanism: None,
            from: USER,
            to: &[USER],
            trusting: true,
            message,
        }
    }
}

/// What came of an attempt.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Whether the message was accepted for anybody.
    pub accepted: bool,
    /// The recipients that it was not accepted for.
    pub refused: Vec<String>,
    /// Where it stopped.
    pub phase: Option<String>,
    /// Why.
    pub cause: Option<String>,
    /// The command's exit status; the driver has none.
    pub exit: Option<i32>,
    /// How the login was made.
    pub mechanism: Option<String>,
    /// The protocol's version, under TLS.
    pub tls: Option<String>,
    /// What the client sent, line by line, as the dialogue shows it.
    pub sent: Vec<String>,
    /// Everything that was printed, or can be.
    pub text: String,
}

impl Verdict {
    /// Whether the client sent a command that begins like this.
    pub fn has_sent(&self, verb: &str) -> bool {
        self.sent.iter().any(|line| line.starts_with(verb))
    }
}
