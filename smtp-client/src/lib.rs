//! Send mail over SMTP: drivers of [`mailwright_proto`], blocking and for tokio, with sockets, deadlines and TLS by rustls.
//!
//! ```no_run
//! use mailwright::{Client, Credentials, Envelope, Secret};
//!
//! let password = Secret::from(std::env::var("SMTP_PASSWORD")?);
//! let mut client = Client::builder("smtp.office365.com", 587)
//!     .credentials(Credentials::password("user@example.test", password)?)
//!     .build();
//! let envelope = Envelope::new("user@example.test".parse()?, ["friend@example.test".parse()?])?;
//! let message = b"From: user@example.test\r\nTo: friend@example.test\r\nSubject: Hello\r\n\r\nHello.\r\n";
//! let delivery = client.send(&envelope, message)?;
//! println!("{:?}", delivery.outcome);
//! client.quit()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Pool`] is for many messages: several connections, shared by threads, within [`PoolLimits`].
//!
//! [`Client`] and [`Pool`] block; the feature `tokio` brings the same two as futures. They share one loop and one text.
//!
//! - What became of a message is a [`Delivery`]: accepted, refused, not sent, or unknown, and the reply to each recipient.
//! - Every failure has a [`Cause`] with something to do about it, and a [`Stage`] where it happened.
//! - What a reply means, and what to do about it, is in [`knowledge`], which needs no connection.
//! - STARTTLS with a verified certificate is the default, and there is no fallback from it. No password or token leaves
//!   without it, unless the builder is told so by a method whose name begins with `dangerous`.
//! - The dialogue goes to `tracing` at level DEBUG, target `mailwright::dialogue`, and to
//!   [`ClientBuilder::on_dialogue`], with secrets redacted.
//!
//! The protocol is in `mailwright_proto` alone: nothing here reads a reply or writes a command.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `ring` | yes | cryptography with ring |
//! | `aws-lc-rs` | no | cryptography with AWS-LC, which prefers post-quantum key exchange; it takes precedence over `ring` |
//! | `platform-verifier` | yes | [`Trust::System`]: whom the operating system trusts. Without it name [`Trust::Roots`] |
//! | `tracing` | yes | the dialogue as events of `tracing` |
//! | `check` | no | the module `check`: what is in the way between this machine and a server |
//! | `mx` | no | `Client::mx`: delivery to the hosts that take mail for a domain |
//! | `sender-dns` | no | the module `sender`: MX, SPF, DKIM and DMARC of a sender's domain, with what to add |
//! | `scram`, `saslprep`, `cram-md5` | no | these mechanisms; `saslprep` is for users and passwords beyond ASCII |
//! | `idna` | no | the module `idna`: domains beyond ASCII, for servers without SMTPUTF8 |
//! | `tokio` | no | the module `tokio`, with `ClientBuilder::build_tokio` and `ClientBuilder::build_tokio_pool` |
//!
//! Without `aws-lc-rs` and `ring` the process's own default provider of rustls is taken.
//!
//! # Which cryptography
//!
//! Both providers take their randomness from the operating system. At the first TLS session of a
//! process, AWS-LC also measures the processor's jitter, for about 20 ms. A long-running process
//! does not notice that, but one that is started for each message does. ring has no post-quantum
//! key exchange (X25519MLKEM768): a recorded connection may be decrypted once there are quantum
//! computers. Enable `aws-lc-rs` in a service, or for mail that has to stay secret that long. ring
//! also has no P-521 keys.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(not(test), forbid(clippy::unwrap_used))]

mod attempt;
pub mod blocking;
mod builder;
mod cause;
#[cfg(feature = "check")]
pub mod check;
mod chunks;
mod deadline;
mod delivery;
mod dialogue;
#[cfg(any(feature = "check", feature = "mx", feature = "sender-dns"))]
mod dns;
mod drive;
mod engine;
mod error;
mod facts;
#[cfg(feature = "idna")]
pub mod idna;
mod impostor;
pub mod knowledge;
mod ledger;
mod logins;
mod message;
#[cfg(feature = "mx")]
mod mx;
mod options;
mod pool;
mod probe;
mod protocol;
mod provider;
mod redact;
#[cfg(feature = "sender-dns")]
pub mod sender;
mod setting;
mod stage;
mod tls;
#[cfg(feature = "tokio")]
pub mod tokio;
mod utc;

pub use mailwright_proto;
pub use mailwright_proto::{
    Redactor, Secret, Security, Transfer,
    address::{AddressLiteral, EhloName, ForwardPath, Mailbox, ReversePath},
    auth::{
        Credentials, Exchange, LoginContext, Mechanism, MechanismName, MechanismUnusable,
        SaslMechanism,
    },
    body::MessageScan,
    ehlo::{Capabilities, Keyword},
    envelope::{
        BodyKind, DeliverBy, Envelope, EnvelopeId, FutureRelease, InvalidParameter, Notify,
        NotifyOn, OriginalRecipient, Parameter, Priority, Recipient, Ret,
    },
    reply::Reply,
};
pub use rustls::pki_types;

pub use attempt::DeliveryAttempt;
pub use blocking::{Client, Message, Pool};
pub use builder::ClientBuilder;
pub use cause::Cause;
pub use delivery::{Delivery, Outcome, RecipientOutcome};
pub use dialogue::{DialogueLine, Peer, Transcript};
pub use error::{Error, explain_tls};
pub use facts::{ConnectionInfo, Login, SkippedMechanism, TlsFacts};
pub use logins::NoCredentials;
#[cfg(feature = "mx")]
pub use mx::Attempt;
pub use pool::PoolLimits;
pub use provider::{Provider, ProviderLimits, UnknownProvider};
pub use setting::Setting;
pub use stage::Stage;
pub use tls::{TlsVersion, Trust};
