//! OAuth 2.0 access tokens: got from whoever gives them out, kept in a file, refreshed before they expire.
//!
//! An [`Issuer`] gives tokens out, an [`Application`] is what it knows this program as, and a [`Flow`] is the way to a
//! [`Token`]. A [`Profile`] keeps one login in a file, so that a person logs in once and programs send from then on:
//!
//! ```no_run
//! use mailwright::oauth::Store;
//! use mailwright::{Client, NoCredentials};
//!
//! let profile = Store::of_user()?.profile("work")?;
//! let client = Client::builder("smtp.office365.com", 587)
//!     .credentials_with(move || profile.credentials().map_err(|error| NoCredentials::new(error.cause(), error)))
//!     .build();
//! # let _ = client;
//! # Ok::<(), mailwright::oauth::Error>(())
//! ```
//!
//! `credentials_with` asks for each new connection, so that the token is fresh for each. Everything here blocks: on tokio
//! `ClientBuilder::credentials_with` calls it on a thread that may, and whoever calls it otherwise uses `spawn_blocking`.
//!
//! The way to the issuer is HTTPS, by rustls, with the same [`Trust`](crate::Trust) as a client's; HTTP without TLS goes to
//! this machine's own loopback addresses alone. No redirect is followed, and answers are bounded in size and time.

mod answer;
mod application;
mod authentication;
mod browser;
mod device;
mod endpoint;
mod entra;
mod error;
mod flow;
mod http;
mod issuer;
mod key;
mod login;
mod profile;
mod redirect;
mod store;
mod token;

pub use application::Application;
pub use authentication::ClientAuth;
pub use device::DevicePrompt;
pub use error::{Error, Refusal};
pub use flow::Flow;
pub use issuer::Issuer;
pub use login::Login;
pub use profile::{Profile, Revoked};
pub use store::Store;
pub use token::Token;
