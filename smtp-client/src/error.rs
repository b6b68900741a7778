//! Why a session or a message failed: where, the cause, and what was said.

mod alert;
mod causes;
mod certificate;
mod connect;
mod handshake;
mod login;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use mailwright_proto::{
    BodyError, Misuse, PeerFault, Phase, PolicyViolation, SendError,
    auth::Mechanism,
    reply::{Escaped, Reply},
};

use self::causes::{is_for_now, session_cause};
use crate::cause::Cause;
use crate::knowledge::{self, Context, Explanation};
use crate::logins::NoCredentials;
use crate::message::Withheld;
#[cfg(feature = "mx")]
use crate::mx::Fault;
use crate::protocol::{self, Spoken};
use crate::setting::Setting;
use crate::stage::Stage;
pub use handshake::explain_tls;
pub(crate) use handshake::{Handshake, TlsFailure, alert_of};

pub(crate) use login::{RefusedLogin, is_for_tokens, offered_by};

/// Why something did not work.
///
/// ```
/// use mailwright::{Cause, Client, Stage};
/// let mut client = Client::builder("no-such-host.invalid", 587).build();
/// let error = client.connect().unwrap_err();
/// assert_eq!(error.stage(), Stage::Dns);
/// println!("{error}: {}", error.cause().fix()[0]);
/// ```
#[derive(Clone)]
pub struct Error(Arc<Kind>);

pub(crate) enum Kind {
    /// The options, or this system's.
    Config(String),
    Resolve {
        host: String,
        error: io::Error,
    },
    Connect {
        host: String,
        port: u16,
        /// Each address that was tried; at least one.
        attempts: Vec<(SocketAddr, io::Error)>,
    },
    /// A UNIX socket that cannot be connected to.
    Socket {
        path: PathBuf,
        error: io::Error,
    },
    Tls {
        host: String,
        handshake: Handshake,
    },
    /// The server said no to the session itself.
    Refused {
        stage: Stage,
        reply: Reply,
        host: String,
    },
    /// Those who know them had none to give.
    NoCredentials(NoCredentials),
    LoginRefused(RefusedLogin),
    /// What the core found.
    Session {
        /// Never shown itself: it may quote a server that repeats a secret.
        error: mailwright_proto::Error,
        /// The same in words, and what the driver knows of it besides, without secrets.
        shown: String,
        /// Whether it happened over TLS.
        over_tls: bool,
        /// Set if no greeting arrived in the clear.
        no_greeting: bool,
    },
    /// The server speaks another protocol.
    Foreign {
        host: String,
        stage: Stage,
        spoken: Spoken,
    },
    /// The message cannot be sent to this server.
    Message(SendError),
    /// A part of the message was not accepted.
    Body(BodyError),
    /// A call of the driver in the wrong state.
    Misuse(Misuse),
    /// The message cannot be read.
    Source(io::Error),
    /// What is between a domain and its hosts.
    #[cfg(feature = "mx")]
    Exchange(Fault),
    /// A call before this one was given up while it was at work.
    CutOff(Vec<mailwright_proto::Outcome>),
    /// The last logins of a pool were cancelled before the server had replied to them.
    LoginsCutOff,
    /// The pool was closed before.
    PoolClosed,
}

impl Error {
    /// Where it happened.
    pub fn stage(&self) -> Stage {
        match &*self.0 {
            Kind::Config(_) | Kind::PoolClosed => Stage::Config,
            Kind::Source(_) => Stage::Body,
            Kind::Resolve { .. } => Stage::Dns,
            Kind::Connect { .. } | Kind::Socket { .. } => Stage::Connect,
            Kind::Tls { handshake, .. } if handshake.is_injection() => Stage::StartTls,
            Kind::Tls { .. } => Stage::Tls,
            Kind::Refused { stage, .. } => *stage,
            Kind::NoCredentials(_) | Kind::LoginRefused(_) | Kind::LoginsCutOff => Stage::Auth,
            Kind::Session { error, .. } => error.phase().into(),
            Kind::Foreign { stage, .. } => *stage,
            Kind::Message(_) | Kind::Misuse(_) => Stage::Mail,
            Kind::Body(_) => Stage::Body,
            #[cfg(feature = "mx")]
            Kind::Exchange(fault) => fault.spokesman().map_or(Stage::Dns, Self::stage),
            Kind::CutOff(outcomes)
                if outcomes
                    .iter()
                    .all(|outcome| *outcome == mailwright_proto::Outcome::NotSent) =>
            {
                Stage::Config
            }
            Kind::CutOff(_) => Stage::Body,
        }
    }

    /// Its stable name, with something to do.
    pub fn cause(&self) -> Cause {
        match &*self.0 {
            Kind::Config(_) | Kind::Source(_) | Kind::PoolClosed => Cause::InvalidInput,
            Kind::Resolve { error, .. } if is_for_now(error) => Cause::DnsFailure,
            Kind::Resolve { .. } => Cause::HostNotFound,
            Kind::NoCredentials(error) => error.cause(),
            Kind::Connect { .. }
            | Kind::Socket { .. }
            | Kind::Tls { .. }
            | Kind::Refused { .. }
            | Kind::LoginRefused(_) => self.explanation().cause,
            Kind::Session { error, .. } => session_cause(error),
            Kind::Foreign { .. } => Cause::NotSmtp,
            Kind::Message(SendError::TooLarge { .. }) => Cause::MessageTooLarge,
            Kind::Message(
                SendError::Unsupported(_)
                | SendError::OutOfBounds { .. }
                | SendError::Unverified
                | SendError::BeyondLimit(_),
            ) => Cause::Unsupported,
            Kind::Message(_) | Kind::Body(_) | Kind::Misuse(_) => Cause::InvalidInput,
            #[cfg(feature = "mx")]
            Kind::Exchange(fault) => fault.cause(),
            Kind::CutOff(_) | Kind::LoginsCutOff => Cause::ConnectionClosed,
        }
    }

    /// What it means, and what to do about it: of a refusal all that the [`knowledge`] base has on the reply.
    pub fn explanation(&self) -> Explanation {
        match &*self.0 {
            Kind::Refused { stage, reply, host } => {
                knowledge::explain(reply, Context::at(*stage).from_host(host))
            }
            Kind::LoginRefused(login) => login.explanation(),
            Kind::Connect { attempts, .. } => {
                connect::explain(attempts.iter().map(|(_, error)| error))
            }
            Kind::Socket { error, .. } => connect::explain_socket(error),
            Kind::Tls { host, handshake } => handshake.explain(host),
            Kind::Session {
                error: mailwright_proto::Error::Policy(PolicyViolation::NotConfidential),
                over_tls: true,
                ..
            } => Explanation {
                settings: &[Setting::Roots, Setting::PlaintextAuth],
                ..Explanation::worded(
                    Cause::TlsRequired,
                    "There is TLS, but the server's certificate was not verified, and so no login is made: anyone \
                     could be at the other end.",
                    &[
                        "Have the certificate verified: give it, or that of its authority, as a trusted root, instead \
                         of accepting any.",
                        "If the danger is known and accepted, permit the login all the same.",
                    ],
                )
            },
            #[cfg(feature = "mx")]
            Kind::Exchange(fault) => fault.explanation(),
            Kind::Foreign { spoken, .. } => spoken.explanation(),
            Kind::Session {
                no_greeting: true, ..
            } => protocol::no_greeting(self.cause()),
            _ => Explanation::of_cause(self.cause()),
        }
    }

    /// Returns the mechanism to log in with instead, if the server refused CRAM-MD5 or SCRAM and
    /// offers over TLS a mechanism that sends the password itself.
    pub fn simpler_mechanism(&self) -> Option<Mechanism> {
        match &*self.0 {
            Kind::LoginRefused(login) => login.simpler_mechanism(),
            _ => None,
        }
    }

    /// The server's reply, if it was one that it failed by.
    pub fn reply(&self) -> Option<&Reply> {
        match &*self.0 {
            Kind::Refused { reply, .. } => Some(reply),
            Kind::LoginRefused(login) => login.reply.as_ref(),
            Kind::Session {
                error: mailwright_proto::Error::Policy(PolicyViolation::StartTlsRejected(reply)),
                ..
            } => Some(reply),
            #[cfg(feature = "mx")]
            Kind::Exchange(fault) => fault.spokesman().and_then(Self::reply),
            _ => None,
        }
    }

    /// Whether the server said goodbye where another reply was due.
    pub(crate) fn is_goodbye(&self) -> bool {
        let Kind::Session {
            error: mailwright_proto::Error::Peer { fault, .. },
            ..
        } = &*self.0
        else {
            return false;
        };
        match fault {
            PeerFault::UnexpectedReply(reply) | PeerFault::UnsolicitedReply(reply) => {
                matches!(reply.code().get(), 221 | 421)
            }
            _ => false,
        }
    }

    /// Returns whether a login was tried and failed, however it ended: a server that hangs up,
    /// closes with 421 or answers 454 may have counted a wrong password.
    pub(crate) fn is_failed_login(&self) -> bool {
        match &*self.0 {
            Kind::LoginRefused { .. }
            | Kind::Refused {
                stage: Stage::Auth, ..
            } => true,
            // A mechanism that is not offered was not tried.
            Kind::Session {
                error: mailwright_proto::Error::Policy(_),
                ..
            } => false,
            Kind::Session { error, .. } => error.phase() == Phase::Auth,
            _ => false,
        }
    }

    /// Returns the protocol that the server speaks instead of SMTP, if that is the reason.
    #[cfg(feature = "check")]
    pub(crate) fn spoken(&self) -> Option<&Spoken> {
        match &*self.0 {
            Kind::Foreign { spoken, .. } => Some(spoken),
            _ => None,
        }
    }

    /// Returns whether the issuer of the server's certificate is not trusted.
    #[cfg(feature = "check")]
    pub(crate) fn is_about_the_issuer(&self) -> bool {
        matches!(&*self.0, Kind::Tls { handshake, .. } if handshake.is_about_the_issuer())
    }

    /// Whether it is the message itself that could not be read.
    pub(crate) fn is_of_source(&self) -> bool {
        matches!(&*self.0, Kind::Source(_))
    }

    /// The evidence, in words: escaped, without secrets.
    pub fn detail(&self) -> String {
        // Hosts may come from the DNS, and system errors quote their texts: the whole text is
        // escaped.
        Escaped(self.unescaped_detail().as_bytes()).to_string()
    }

    fn unescaped_detail(&self) -> String {
        match &*self.0 {
            Kind::Config(text) => text.clone(),
            Kind::Resolve { host, error } => format!("looking up {host}: {error}"),
            Kind::Connect {
                host,
                port,
                attempts,
            } => {
                let tried: Vec<String> = attempts
                    .iter()
                    .map(|(address, error)| format!("{address}: {error}"))
                    .collect();
                format!(
                    "{host} port {port} cannot be reached ({})",
                    tried.join("; ")
                )
            }
            Kind::Socket { path, error } => format!(
                "the socket {} cannot be connected to: {error}",
                path.display()
            ),
            Kind::Tls { host, handshake } => format!("TLS with {host}: {handshake}"),
            Kind::NoCredentials(error) => format!("no credentials to log in with: {error}"),
            Kind::Refused { reply, .. } => format!("the server answered: {reply}"),
            Kind::LoginRefused(login) => login.to_string(),
            Kind::Session { shown, .. } => shown.clone(),
            Kind::Foreign { host, spoken, .. } => {
                format!("{host} does not speak SMTP in the clear; {spoken}")
            }
            Kind::Message(error) => error.to_string(),
            Kind::Body(error) => error.to_string(),
            Kind::Misuse(misuse) => misuse.to_string(),
            #[cfg(feature = "mx")]
            Kind::Exchange(fault) => fault.to_string(),
            Kind::Source(error) if Withheld::is(error) => error.to_string(),
            Kind::Source(error) => format!("the message cannot be read: {error}"),
            Kind::LoginsCutOff => {
                "the last logins were cancelled before the server replied, so they may \
                have failed; to avoid a locked account, the next one waits up to 15 minutes"
                    .to_owned()
            }
            Kind::PoolClosed => {
                "the pool was closed, and takes no more messages: make another one".to_owned()
            }
            Kind::CutOff(outcomes) => {
                let mut text =
                    "a call was given up while it was at work, and its connection with it"
                        .to_owned();
                if outcomes.is_empty() {
                    text.push_str("; no message was begun");
                }
                for outcome in outcomes {
                    text.push_str(&match outcome {
                        mailwright_proto::Outcome::NotSent => {
                            "; its message was not sent".to_owned()
                        }
                        mailwright_proto::Outcome::Unknown => {
                            "; all of its message was sent, and nobody knows whether it was taken"
                                .to_owned()
                        }
                        mailwright_proto::Outcome::Accepted(reply) => {
                            format!("; its message was accepted: {reply}")
                        }
                        mailwright_proto::Outcome::Refused { reply, .. } => {
                            format!("; its message was refused: {reply}")
                        }
                    });
                }
                text
            }
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Arc::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("stage", &self.stage())
            .field("cause", &self.cause())
            .field("detail", &self.detail())
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Kind::Resolve { error, .. } | Kind::Socket { error, .. } | Kind::Source(error) => {
                Some(error)
            }
            Kind::Tls {
                handshake:
                    Handshake {
                        failure: TlsFailure::Io(error),
                        ..
                    },
                ..
            } => Some(error),
            Kind::Message(error) => Some(error),
            Kind::Body(error) => Some(error),
            Kind::Misuse(misuse) => Some(misuse),
            Kind::NoCredentials(error) => Some(error.error()),
            #[cfg(feature = "mx")]
            Kind::Exchange(fault) => fault.spokesman().and_then(StdError::source),
            _ => None,
        }
    }
}
