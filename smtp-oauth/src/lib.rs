//! OAuth 2.0 access tokens for mail: requested from an issuer, kept in a file, refreshed before they
//! expire.
//!
//! An [`Issuer`] grants tokens, an [`Application`] is this program as the issuer knows it, and a
//! [`Flow`] is the way to a [`Token`]. A [`Profile`] keeps one login in a file: a person logs in
//! once, and programs send mail from then on.
//!
//! ```no_run
//! use mailwright::Client;
//! use mailwright_oauth::Store;
//!
//! let profile = Store::of_user()?.profile("work")?;
//! let client = Client::builder("smtp.office365.com", 587)
//!     .credentials_with(move || Ok(profile.credentials()?))
//!     .build();
//! # let _ = client;
//! # Ok::<(), mailwright_oauth::Error>(())
//! ```
//!
//! `credentials_with` asks for each new connection, so each connection gets a valid token. All
//! functions here block. On tokio, `credentials_with` calls its closure on a blocking thread; other
//! callers need `spawn_blocking`.
//!
//! Requests to the issuer use HTTPS over rustls, with the operating system's authorities or those of
//! [`Application::roots`]. HTTP without TLS is used for loopback addresses only. Redirects are not
//! followed, and answers are limited in size and time.
//!
//! # Features
//!
//! | feature | default | effect |
//! |---|---|---|
//! | `ring` | yes | cryptography with ring |
//! | `aws-lc-rs` | no | cryptography with AWS-LC; it takes precedence over `ring` |
//! | `platform-verifier` | yes | trust in the operating system's authorities. Without it, [`Application::roots`] is required |
//!
//! Without `aws-lc-rs` and `ring`, the process's default provider of rustls is used.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(not(test), forbid(clippy::unwrap_used))]

mod answer;
mod application;
mod authentication;
mod browser;
mod client_auth;
mod crypto;
mod device;
mod endpoint;
mod error;
mod flow;
mod http;
mod issuer;
mod key;
mod kinds;
mod login;
mod redirect;
mod store;
mod token;

pub use mailwright_proto::{Secret, auth::Credentials};
pub use rustls::pki_types;

pub use application::Application;
pub use client_auth::ClientAuth;
pub use device::DevicePrompt;
pub use error::{Error, ErrorKind, Refusal};
pub use flow::Flow;
pub use issuer::Issuer;
pub use login::Login;
pub use store::{Profile, Revoked, Store};
pub use token::Token;
