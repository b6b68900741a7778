//! The SMTP client protocol (RFC 5321 and its extensions) as a pure state machine.
//!
//! No sockets, no clock, no randomness: bytes go in, bytes and facts come out. Whoever holds the
//! socket drives a [`Connection`] by one loop, and that loop is the same whether it blocks or awaits:
//!
//! ```
//! use mailwright_proto::{Config, Connection, Event, Outcome, Output, Security};
//! use mailwright_proto::address::EhloName;
//! use mailwright_proto::envelope::Envelope;
//! use std::sync::Arc;
//!
//! // A server that is a list of replies; a socket would stand here.
//! let mut server = [
//!     "220 mx.example.test ready\r\n",
//!     "250-mx.example.test\r\n250 PIPELINING\r\n",
//!     "250 sender ok\r\n250 recipient ok\r\n354 go on\r\n",
//!     "250 2.0.0 queued as 4F2A\r\n",
//!     "221 bye\r\n",
//! ]
//! .into_iter();
//! let mut wire = Vec::new();
//! let mut accepted = None;
//!
//! let config = Config::new(EhloName::try_from("client.example.test")?).security(Security::None);
//! let mut connection = Connection::new(Arc::new(config));
//! let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
//! loop {
//!     match connection.poll()? {
//!         Output::Event(Event::Finished { outcome, .. }) => accepted = Some(outcome),
//!         Output::Event(_) => {}
//!         Output::Write => {
//!             wire.extend_from_slice(&connection.transmit());
//!             connection.transmitted(connection.transmit().len());
//!         }
//!         Output::Read => match server.next() {
//!             Some(reply) => connection.receive(reply.as_bytes()),
//!             None => connection.receive_eof(),
//!         },
//!         Output::Body(_) => {
//!             let framed = connection.body(b"Subject: hello\r\n\r\nHello.\n", true)?;
//!             let bytes = framed.to_vec();
//!             wire.extend_from_slice(&bytes);
//!             connection.transmitted(bytes.len());
//!         }
//!         Output::Idle if accepted.is_none() => drop(connection.send(&envelope)?),
//!         Output::Idle => connection.quit()?,
//!         Output::StartTls | Output::Authenticate => unreachable!("neither was asked for"),
//!         Output::Closed => break,
//!     }
//! }
//! assert!(matches!(accepted, Some(Outcome::Accepted(reply)) if reply.code() == 250));
//! assert!(wire.ends_with(b"Hello.\r\n.\r\nQUIT\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Config`] says what is wanted before the session begins: TLS, a login, limits. The session opens itself by it.
//! - [`Output`] is what the driver has to do, [`Event`] what was learned, [`Outcome`] what became of a message.
//! - A server's "no" is an event. [`Error`] is a session that is over: by a broken or hostile server, a policy that was
//!   not met, the network, or the clock. A call that fails changes nothing:
//!   with [`SendError`] the server's offer does not allow an envelope, with [`BodyError`] a chunk is not accepted, and
//!   [`Misuse`] is a call in the wrong state.
//! - [`Timer`] says when a deadline begins anew, and [`Phase`] how long it is by RFC 5321 section 4.5.3.2.
//!
//! The guide "Embedding mailwright-proto in your client", `docs/embedding.md` in the repository, goes through them step by
//! step: TLS, logins, many messages, early replies, deadlines, secrets, hostile servers.
//!
//! The session's own types stand here; the types of messages and replies are in modules, each useful
//! without a session:
//!
//! - [`address`] and [`envelope`]: who a message is from and for, and what the server is asked to do;
//! - [`reply`] and [`ehlo`]: replies framed and parsed, and a server's capabilities;
//! - [`auth`]: credentials, mechanisms, and why a login failed;
//! - [`body`]: dot-stuffing, line ends, and a scan of a message for its envelope;
//! - [`command`]: NOOP, RSET, VRFY, EXPN and HELP.

#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::exhaustive_enums, clippy::missing_errors_doc)]
#![cfg_attr(
    not(test),
    forbid(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod address;
pub mod auth;
pub mod body;
pub mod command;
mod confidential;
mod config;
mod connection;
pub mod ehlo;
pub mod envelope;
mod error;
mod event;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod pipeline;
mod redact;
pub mod reply;
mod secret;
mod security_layer;
mod state;
#[cfg(feature = "serde")]
pub mod stored;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod timeout;
mod transaction;

pub use config::{Config, Dangerous, Security, Transfer};
pub use connection::Connection;
pub use error::{
    BodyError, DeclaredLimit, Error, Extension, Misuse, PeerFault, PolicyViolation, SendError,
};
pub use event::{Event, Outcome, Output, TlsInfo, TransactionId, Transmit};
pub use redact::Redactor;
pub use secret::Secret;
pub use state::State;
pub use timeout::{Phase, Timer};
