//! A mail transaction: MAIL, RCPT, and the message by DATA or BDAT.

use std::fs;
use std::sync::mpsc::TrySendError;
use std::thread;
use std::time::Duration;

use super::Stored;
use super::command::{Chunk, Mail};
use super::path::Path;
use super::session::Session;
use super::store::{Failure, MAX_MESSAGE, Writer};
use super::unstuff::Unstuffer;
use super::wire::Gone;

/// Recipients of a message; RFC 5321 section 4.5.3.1.8 asks for 100 at least.
const MAX_RECIPIENTS: usize = 1000;

/// The pause before a full queue is tried again.
const QUEUE_CHECK: Duration = Duration::from_millis(10);

const TOO_LARGE: &str = "552 5.3.4 the message is larger than 157286400 octets";
const NEEDS_UTF8: &str = "553 5.6.7 that address needs SMTPUTF8";

/// A message on its way: from MAIL to the end of its data.
pub(super) struct Transaction {
    from: String,
    to: Vec<String>,
    binary: bool,
    utf8: bool,
    /// Since the first chunk.
    chunks: Option<Writer>,
}

impl Session<'_> {
    pub(super) fn mail(&mut self, mail: Mail) -> &'static str {
        if !self.greeted {
            return "503 5.5.1 send EHLO first";
        }
        if self.shared.account.is_some() && self.user.is_none() {
            return if self.offers_auth() {
                "530 5.7.0 log in first"
            } else {
                "530 5.7.0 send STARTTLS first, then log in"
            };
        }
        if self.transaction.is_some() {
            return "503 5.5.1 a mail transaction is under way: finish it, or send RSET";
        }
        if mail.size.is_some_and(|size| size > MAX_MESSAGE) {
            return TOO_LARGE;
        }
        if !mail.path.is_ascii() && !mail.utf8 {
            return NEEDS_UTF8;
        }
        self.transaction = Some(Transaction {
            from: mail.path.into_string(),
            to: Vec::new(),
            binary: mail.binary,
            utf8: mail.utf8,
            chunks: None,
        });
        "250 2.1.0 sender OK"
    }

    pub(super) fn rcpt(&mut self, path: Path) -> &'static str {
        let Some(transaction) = &mut self.transaction else {
            return "503 5.5.1 send MAIL first";
        };
        if transaction.chunks.is_some() {
            return "503 5.5.1 the message is on its way already";
        }
        if !path.is_ascii() && !transaction.utf8 {
            return NEEDS_UTF8;
        }
        if transaction.to.len() >= MAX_RECIPIENTS {
            return "452 4.5.3 too many recipients";
        }
        transaction.to.push(path.into_string());
        "250 2.1.5 recipient OK"
    }

    pub(super) fn data(&mut self) -> Result<(), Gone> {
        let refusal = match &self.transaction {
            None => Some("503 5.5.1 send MAIL first"),
            Some(open) if open.to.is_empty() => Some("503 5.5.1 send RCPT first"),
            Some(open) if open.chunks.is_some() => Some("503 5.5.1 DATA cannot follow BDAT"),
            Some(open) if open.binary => Some("503 5.5.1 BODY=BINARYMIME needs BDAT"),
            Some(_) => None,
        };
        if let Some(reply) = refusal {
            return self.wire.reply(reply);
        }
        self.wire
            .reply("354 send the message, and end it with a dot on a line of its own")?;
        let mut writer = self.shared.store.begin();
        let mut unstuffer = Unstuffer::new();
        let mut piece = Vec::new();
        loop {
            let input = self.wire.input()?;
            let end = unstuffer.feed(input, &mut piece);
            let used = end.unwrap_or(input.len());
            self.wire.consume(used);
            writer.take(&piece);
            piece.clear();
            if end.is_some() {
                return self.finish(writer);
            }
        }
    }

    pub(super) fn bdat(&mut self, chunk: Chunk) -> Result<(), Gone> {
        let mut writer = match &mut self.transaction {
            Some(open) if !open.to.is_empty() => Some(
                open.chunks
                    .take()
                    .unwrap_or_else(|| self.shared.store.begin()),
            ),
            _ => None,
        };
        // RFC 3030 section 2: the octets follow whether or not anybody wants them.
        let mut left = chunk.size;
        while left > 0 {
            let input = self.wire.input()?;
            let count = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
            if let Some(writer) = &mut writer {
                writer.take(&input[..count]);
            }
            self.wire.consume(count);
            left -= count as u64;
        }
        match (writer, &mut self.transaction) {
            (Some(writer), _) if chunk.last || writer.has_failed() => self.finish(writer),
            (Some(writer), Some(open)) => {
                open.chunks = Some(writer);
                self.wire
                    .reply(&format!("250 2.0.0 {} octets received", chunk.size))
            }
            (_, None) => self.wire.reply("503 5.5.1 send MAIL first"),
            (None, Some(_)) => self.wire.reply("503 5.5.1 send RCPT first"),
        }
    }

    /// The end of the data: whatever comes of it, the transaction is over.
    fn finish(&mut self, writer: Writer) -> Result<(), Gone> {
        let Some(transaction) = self.transaction.take() else {
            return self.wire.reply("503 5.5.1 send MAIL first");
        };
        let kept = match writer.finish() {
            Ok(kept) => kept,
            Err(Failure::TooLarge) => return self.wire.reply(TOO_LARGE),
            Err(Failure::Io(error)) => {
                return self
                    .wire
                    .reply(&format!("451 4.3.0 the message cannot be stored: {error}"));
            }
        };
        let reply = format!("250 2.0.0 stored as {}", kept.name);
        self.hand_over(Stored {
            from: transaction.from,
            to: transaction.to,
            size: kept.size,
            file: kept.file,
            tls: self.wire.is_tls(),
            auth: self.user.clone(),
            content: kept.content,
        })?;
        self.wire.reply(&reply)
    }

    /// Puts a message into the queue, once there is room in it.
    fn hand_over(&self, mut message: Stored) -> Result<(), Gone> {
        loop {
            message = match self.shared.stored.try_send(message) {
                Err(TrySendError::Full(message)) => message,
                // The receiver lives as long as the sink does.
                Ok(()) | Err(TrySendError::Disconnected(_)) => return Ok(()),
            };
            if self.wire.is_stopping() {
                // The client gets no acceptance, and will send the message again.
                let _ = message.file.map(fs::remove_file);
                return Err(Gone::Stopping);
            }
            thread::sleep(QUEUE_CHECK);
        }
    }
}
