//! The driver for tokio: the same loop as the blocking one's, where every wait is the reactor's. Feature `tokio`.
//!
//! It wants a runtime with `enable_time` and `enable_io`. A host's addresses race each other (RFC 8305), futures are
//! `Send`, and may be dropped: [`Client`] says what then is known.
//!
//! ```no_run
//! use mailwright::{Client, Credentials, Envelope, Secret};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let token = Secret::from(std::env::var("SMTP_TOKEN")?);
//! let mut client = Client::builder("smtp.office365.com", 587)
//!     .credentials(Credentials::token("user@example.test", token)?)
//!     .build_tokio();
//! let envelope = Envelope::new("user@example.test".parse()?, ["friend@example.test".parse()?])?;
//! let delivery = client.send(&envelope, b"Subject: Hello\r\n\r\nHello.\r\n").await?;
//! println!("{:?}", delivery.outcome);
//! client.quit().await?;
//! # Ok(())
//! # }
//! ```

mod client;
mod connect;
mod message;
mod pool;
mod wire;

pub use client::Client;
#[cfg(feature = "check")]
pub(crate) use client::on_another_thread;
pub use message::Message;
pub use pool::Pool;
pub use wire::Stream;
#[cfg(feature = "check")]
pub(crate) use wire::Wire;
