//! A message, and the line of the log that tells of it.

use std::convert::Infallible;
use std::io;
use std::marker::PhantomData;
use std::time::Instant;

use mailwright_proto::envelope::Envelope;

use super::Engine;
use crate::delivery::Delivery;
use crate::drive::Io;
use crate::error::Error;
use crate::log::{Headed, message_id};
use crate::message::{BeforeEnd, Content, Open, Reading};

impl<I: Io> Engine<I> {
    /// Sends a message, and writes its line to the log if there is one.
    pub(super) async fn send_logged<O: Open>(
        &mut self,
        envelope: &Envelope,
        content: &mut Content<'_, O>,
        hook: &mut impl BeforeEnd,
    ) -> Result<Delivery, Error> {
        if self.books.options.log.is_none() {
            return self.send_content(envelope, content, hook).await;
        }
        let began = Instant::now();
        let is_rereadable = content.is_rereadable();
        let (message_id, result) = match content.begin().await {
            // The failure is reported where the message is needed.
            Err(_) => (None, self.send_content(envelope, content, hook).await),
            Ok(Reading::Memory(bytes)) => {
                let message_id = message_id(bytes);
                (message_id, self.send_content(envelope, content, hook).await)
            }
            Ok(Reading::Source(source)) => {
                // Read ahead: the line names the message even if none of it was sent.
                let headed = Headed::of(source).await;
                let message_id = headed.message_id();
                let result = if is_rereadable {
                    drop(headed);
                    self.send_content(envelope, content, hook).await
                } else {
                    let mut once = Content::<HeadedOnly<O>>::Once(Some(headed));
                    self.send_content(envelope, &mut once, hook).await
                };
                (message_id, result)
            }
        };
        self.books
            .write_down::<I>(envelope, message_id, began, &result)
            .await;
        result
    }
}

/// The type of messages whose beginning was read ahead. They are read once.
struct HeadedOnly<O>(Infallible, PhantomData<O>);

impl<O: Open> Open for HeadedOnly<O> {
    type Source = Headed<O::Source>;

    async fn open(&mut self) -> io::Result<Self::Source> {
        match self.0 {}
    }
}
