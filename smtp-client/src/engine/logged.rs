//! A message, and the line of the log that tells of it.

use std::time::Instant;

use mailwright_proto::Envelope;

use super::{Engine, Message};
use crate::chunks::{Content, ReadAhead, Source, Whole};
use crate::delivery::Delivery;
use crate::drive::Io;
use crate::error::Error;
use crate::log::{Headed, message_id};

impl<I: Io> Engine<I> {
    /// Sends, and writes down what came of it, where there is a log.
    pub(super) async fn send_logged(
        &mut self,
        envelope: &Envelope,
        message: impl Source,
    ) -> Result<Delivery, Error> {
        if self.books.options.log.is_none() {
            return self
                .send_chunks(envelope, &mut ReadAhead::new(message))
                .await;
        }
        let began = Instant::now();
        // Read ahead: also of a message that never got out it is told which it was.
        let message = Headed::of(message).await;
        let message_id = message.message_id();
        let result = self
            .send_chunks(envelope, &mut ReadAhead::new(message))
            .await;
        self.books
            .write_down::<I>(envelope, message_id, began, &result)
            .await;
        result
    }

    /// The same of a message that is in memory.
    pub(super) async fn send_whole_logged(
        &mut self,
        message: Message<'_>,
    ) -> Result<Delivery, Error> {
        let Message { envelope, content } = message;
        let began = Instant::now();
        let result = self.send_chunks(envelope, &mut Whole::new(content)).await;
        if self.books.options.log.is_some() {
            self.books
                .write_down::<I>(envelope, message_id(content), began, &result)
                .await;
        }
        result
    }

    /// The same of a message that may go by several transactions: it is one line all the same.
    pub(super) async fn send_parts_logged(
        &mut self,
        envelope: &Envelope,
        content: &mut impl Content,
    ) -> Result<Delivery, Error> {
        if self.books.options.log.is_none() {
            return self.send_parts(envelope, content).await;
        }
        let began = Instant::now();
        let message_id = match content.open().await {
            Ok(message) => Headed::of(message).await.message_id(),
            // It is told where the message is wanted.
            Err(_) => None,
        };
        let result = self.send_parts(envelope, content).await;
        self.books
            .write_down::<I>(envelope, message_id, began, &result)
            .await;
        result
    }
}
