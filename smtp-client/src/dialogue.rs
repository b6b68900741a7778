//! The dialogue, line by line, for people to read: escaped, and without secrets.

mod transcript;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mailwright_proto::{Transmit, body::MessageScan, reply::Escaped};

use mailwright_proto::Redactor;

pub use transcript::Transcript;

/// Octets of a server's line that are kept for showing it before it ends. The core's limit is the same.
const LONGEST_LINE: usize = 2048;

/// One line of a dialogue, as [`ClientBuilder::on_dialogue`](crate::ClientBuilder::on_dialogue) shows it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DialogueLine {
    /// Who said it.
    pub from: Peer,
    /// What, without its line end: control characters and bytes that are not UTF-8 as `\xNN`, secrets as
    /// `[redacted]`. Of a message it has the size alone.
    pub text: String,
    /// When, since the connection was begun.
    pub at: Duration,
}

/// The two sides of a dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it takes two")]
pub enum Peer {
    /// This side.
    Client,
    /// The other.
    Server,
}

impl Peer {
    /// `client` or `server`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// Who watches a dialogue, or several in turn.
pub(crate) type Observer = Arc<Mutex<dyn FnMut(&DialogueLine) + Send>>;

/// Cuts what goes over the wire into lines, and shows them.
pub(crate) struct Dialogue {
    observer: Option<Observer>,
    redactor: Redactor,
    began: Instant,
    /// The line that the server has not ended.
    unfinished: Vec<u8>,
    /// What went out of the present message.
    message: MessageScan,
    /// What was said since it was last taken, if that is kept.
    kept: Option<Transcript>,
}

impl Dialogue {
    pub(crate) fn new(observer: Option<Observer>, redactor: Redactor, is_kept: bool) -> Self {
        Self {
            observer,
            redactor,
            began: Instant::now(),
            unfinished: Vec::new(),
            message: MessageScan::default(),
            kept: is_kept.then(Transcript::default),
        }
    }

    /// Returns what was kept since it was last taken.
    pub(crate) fn take(&mut self) -> Vec<DialogueLine> {
        self.kept
            .as_mut()
            .map(|kept| std::mem::take(kept).into_lines())
            .unwrap_or_default()
    }

    /// A new connection: time begins anew.
    pub(crate) fn restart(&mut self) {
        self.began = Instant::now();
        self.go_on();
    }

    /// A new connection in the place of one that failed: the clock runs on.
    pub(crate) fn go_on(&mut self) {
        self.unfinished.clear();
        self.message = MessageScan::default();
    }

    /// From now on another secret is kept out.
    pub(crate) fn conceal(&mut self, redactor: Redactor) {
        self.redactor = redactor;
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Commands went out.
    pub(crate) fn client(&mut self, bytes: &Transmit<'_>) {
        if !self.is_watched() {
            return;
        }
        self.lines(bytes.loggable(), bytes.loggable().len() < bytes.len());
    }

    /// Commands went out, none of which has a secret in it.
    pub(crate) fn commands(&mut self, bytes: &[u8]) {
        if self.is_watched() {
            self.lines(bytes, false);
        }
    }

    fn lines(&mut self, loggable: &[u8], is_secret: bool) {
        let mut lines: Vec<String> = loggable
            .lines_of()
            .map(|line| Escaped(line).to_string())
            .collect();
        match lines.last_mut().filter(|_| is_secret) {
            Some(last) => last.push_str("[redacted]"),
            None if is_secret => lines.push("[redacted]".to_owned()),
            None => {}
        }
        lines
            .into_iter()
            .for_each(|line| self.show(Peer::Client, line));
    }

    /// A part of a message is on its way, perhaps behind a command of its own; with `last`, its end too.
    pub(crate) fn body(&mut self, chunk: &[u8], last: bool, command: &[u8]) {
        if !self.is_watched() {
            return;
        }
        self.lines(command, false);
        self.message.update(chunk);
        if last {
            let octets = std::mem::take(&mut self.message).size();
            self.show(Peer::Client, format!("[message: {octets} octets]"));
            if command.is_empty() {
                self.show(Peer::Client, ".".to_owned());
            }
        }
    }

    /// The server said something.
    pub(crate) fn server(&mut self, mut bytes: &[u8]) {
        if !self.is_watched() {
            return;
        }
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end + 1);
            bytes = rest;
            self.unfinished.extend_from_slice(line);
            self.flush();
        }
        self.unfinished.extend_from_slice(bytes);
        if self.unfinished.len() > LONGEST_LINE {
            self.flush();
        }
    }

    /// Shows what the server said of a line, also where it left it unfinished.
    pub(crate) fn flush(&mut self) {
        let line = std::mem::take(&mut self.unfinished);
        let Some(text) = line.lines_of().next().map(|text| Escaped(text).to_string()) else {
            return;
        };
        match line.ends_with(b"\n") {
            true => self.show(Peer::Server, text),
            false => {
                let text = self.redactor.redact_cut(&text).into_owned();
                self.show(Peer::Server, text);
            }
        }
    }

    fn is_watched(&self) -> bool {
        #[cfg(feature = "tracing")]
        if tracing::enabled!(target: "mailwright::dialogue", tracing::Level::DEBUG) {
            return true;
        }
        self.observer.is_some() || self.kept.is_some()
    }

    fn show(&mut self, from: Peer, text: String) {
        let text = self.redactor.redact(&text).into_owned();
        let line = DialogueLine {
            from,
            text,
            at: self.began.elapsed(),
        };
        #[cfg(feature = "tracing")]
        tracing::debug!(target: "mailwright::dialogue", from = from.name(), line = line.text.as_str());
        if let Some(observer) = &self.observer {
            observer.lock().unwrap_or_else(PoisonError::into_inner)(&line);
        }
        if let Some(kept) = &mut self.kept {
            kept.push(&line);
        }
    }
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialogue")
    }
}

trait Lines {
    /// Lines without their ends; a last one that has none is one too.
    fn lines_of(&self) -> impl Iterator<Item = &[u8]>;
}

impl Lines for [u8] {
    fn lines_of(&self) -> impl Iterator<Item = &[u8]> {
        self.split_inclusive(|&byte| byte == b'\n')
            .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
    }
}

#[cfg(all(test, feature = "tracing"))]
mod tests;
