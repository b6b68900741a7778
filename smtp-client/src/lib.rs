//! Send mail over SMTP: a driver of [`smtp_proto`] with sockets, deadlines and TLS by rustls.
//!
//! ```no_run
//! use smtp_client::{Client, Credentials, Envelope, Secret};
//!
//! let password = Secret::from(std::env::var("SMTP_PASSWORD")?);
//! let mut client = Client::builder("smtp.office365.com", 587)
//!     .credentials(Credentials::password("user@example.test", password)?)
//!     .build();
//! let envelope = Envelope::new("user@example.test".parse()?, ["friend@example.test".parse()?])?;
//! let message = b"From: user@example.test\r\nTo: friend@example.test\r\nSubject: Hello\r\n\r\nHello.\r\n";
//! let delivery = client.send(&envelope, message.as_slice())?;
//! println!("{:?}", delivery.outcome);
//! client.quit()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every failure has a [`Cause`] with something to do about it, and a [`Stage`] where it happened.
//! The protocol is in `smtp_proto` alone: nothing here reads a reply or writes a command.
//! The dialogue goes to `tracing` at level DEBUG, target `smtp_client::dialogue`, with secrets redacted.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod blocking;
mod builder;
mod cause;
mod chunks;
mod deadline;
mod delivery;
mod dialogue;
mod drive;
mod engine;
mod error;
mod facts;
mod ledger;
mod redact;
mod stage;
mod tls;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use smtp_proto;
pub use smtp_proto::{
    AddressLiteral, BodyKind, Capabilities, Credentials, EhloName, Envelope, ForwardPath, Mailbox, Mechanism, Reply,
    ReversePath, Secret, Security, Survey,
};

pub use blocking::Client;
pub use builder::Builder;
pub use cause::Cause;
pub use delivery::{Delivery, Outcome, RecipientOutcome};
pub use dialogue::{DialogueLine, Peer};
pub use error::Error;
pub use facts::{Facts, Login, TlsFacts};
pub use redact::Redactor;
pub use stage::Stage;
pub use tls::{TlsVersion, Trust};
