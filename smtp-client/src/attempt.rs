//! An attempt to send a message, as its hook is called with it.

use std::time::Duration;

use mailwright_proto::envelope::Envelope;

use crate::delivery::Delivery;
use crate::dialogue::DialogueLine;
use crate::error::Error;
use crate::facts::ConnectionInfo;

/// One attempt to send a message, as
/// [`Message::after_attempt`](crate::blocking::Message::after_attempt) reports it.
#[derive(Debug)]
#[non_exhaustive]
pub struct DeliveryAttempt<'a> {
    /// The server's name, as it was given or as the MX records name it.
    pub host: &'a str,
    /// The server's port.
    pub port: u16,
    /// What is known of the connection.
    pub connection: &'a ConnectionInfo,
    /// The message's envelope.
    pub envelope: &'a Envelope,
    /// What the call returns, unless a pool begins the message again over another connection.
    pub result: &'a Result<Delivery, Error>,
    /// The time since the attempt began.
    pub elapsed: Duration,
    /// The dialogue since the attempt before it over the same connection, without secrets and
    /// without the message's text; empty without
    /// [`ClientBuilder::keep_dialogue`](crate::ClientBuilder::keep_dialogue).
    pub dialogue: &'a [DialogueLine],
}
