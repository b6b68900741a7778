#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), forbid(clippy::unwrap_used))]

mod error;

use lettre::address::Envelope as LettreEnvelope;
use mailwright::{Delivery, Envelope, MessageScan, Outcome, ReversePath};

pub use error::Error;
pub use mailwright;

/// A [`lettre::Transport`] that sends over a [`mailwright::Pool`].
///
/// A message is accepted if the server took it for at least one recipient; the [`Delivery`] has each
/// recipient's outcome.
#[derive(Debug)]
pub struct PoolTransport(mailwright::Pool);

impl PoolTransport {
    /// Returns a transport over `pool`.
    pub fn new(pool: mailwright::Pool) -> Self {
        Self(pool)
    }

    /// Returns the pool.
    pub fn pool(&self) -> &mailwright::Pool {
        &self.0
    }
}

impl lettre::Transport for PoolTransport {
    type Ok = Delivery;
    type Error = Error;

    fn send_raw(&self, envelope: &LettreEnvelope, email: &[u8]) -> Result<Delivery, Error> {
        let envelope = to_envelope(envelope, email)?;
        accepted(self.0.send(&envelope, email)?)
    }

    /// Sends QUIT over all connections, after the messages in progress. Later calls fail.
    fn shutdown(&self) {
        self.0.close();
    }
}

/// A [`lettre::AsyncTransport`] that sends over a [`mailwright::tokio::Pool`]. Feature `tokio`.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct AsyncPoolTransport(mailwright::tokio::Pool);

#[cfg(feature = "tokio")]
impl AsyncPoolTransport {
    /// Returns a transport over `pool`.
    pub fn new(pool: mailwright::tokio::Pool) -> Self {
        Self(pool)
    }

    /// Returns the pool.
    pub fn pool(&self) -> &mailwright::tokio::Pool {
        &self.0
    }
}

#[cfg(feature = "tokio")]
#[async_trait::async_trait]
impl lettre::AsyncTransport for AsyncPoolTransport {
    type Ok = Delivery;
    type Error = Error;

    async fn send_raw(&self, envelope: &LettreEnvelope, email: &[u8]) -> Result<Delivery, Error> {
        let envelope = to_envelope(envelope, email)?;
        accepted(self.0.send(&envelope, email).await?)
    }

    /// Sends QUIT over all connections, after the messages in progress. Later calls fail.
    async fn shutdown(&self) {
        self.0.close().await;
    }
}

/// Returns the envelope with what the message needs of the server: its size, 8BITMIME, SMTPUTF8.
fn to_envelope(envelope: &LettreEnvelope, email: &[u8]) -> Result<Envelope, Error> {
    let sender = match envelope.from() {
        Some(address) => {
            ReversePath::try_from(AsRef::<str>::as_ref(address)).map_err(Error::envelope)?
        }
        None => ReversePath::Null,
    };
    let recipients = envelope
        .to()
        .iter()
        .map(|address| AsRef::<str>::as_ref(address).parse());
    let recipients = recipients
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::envelope)?;
    let mut scan = MessageScan::default();
    scan.update(email);
    Ok(Envelope::new(sender, recipients)
        .map_err(Error::envelope)?
        .with_scan(&scan))
}

fn accepted(delivery: Delivery) -> Result<Delivery, Error> {
    if delivery.accepted() {
        Ok(delivery)
    } else if let Outcome::NotSent(Some(error)) = delivery.outcome {
        Err(Error::NotSent(error))
    } else {
        Err(Error::NotAccepted(delivery))
    }
}
