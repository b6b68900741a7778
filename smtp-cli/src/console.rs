//! The one door through which words leave: standard output, standard error and the JSON object.
//!
//! Whatever passes is rid of the secret, and a line for people of control characters.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;
use smtp_client::Redactor;
use smtp_proto::Escaped;

/// Where the words of one run go.
#[derive(Clone, Default)]
pub(crate) struct Console {
    redactor: Redactor,
    json: bool,
}

impl Console {
    /// With `json`, standard output is for the object alone.
    pub(crate) fn new(json: bool) -> Self {
        Self { redactor: Redactor::default(), json }
    }

    /// From now on, what `redactor` knows is replaced.
    pub(crate) fn conceal(&mut self, redactor: Redactor) {
        self.redactor = redactor;
    }

    /// A line of the result, for people.
    pub(crate) fn line(&self, text: &str) {
        match self.json {
            true => self.remark(text),
            false => write_line(io::stdout().lock(), &self.clean(text)),
        }
    }

    /// A line beside the result: a failure, the dialogue, a hint.
    pub(crate) fn remark(&self, text: &str) {
        write_line(io::stderr().lock(), &self.clean(text));
    }

    /// Shows `text` in the place of what stood on the terminal's last line.
    pub(crate) fn progress(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        // A terminal that is gone needs no progress.
        let _ = write!(stderr, "\r\u{1b}[K{}", self.clean(text)).and_then(|()| stderr.flush());
    }

    /// Whether somebody watches standard error.
    pub(crate) fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// The result as one JSON object, if it was asked for.
    pub(crate) fn object(&self, value: &Value) {
        if self.json {
            write_line(io::stdout().lock(), &format!("{:#}", self.redacted(value)));
        }
    }

    fn clean(&self, text: &str) -> String {
        Escaped(self.redactor.redact(text).as_bytes()).to_string()
    }

    // String by string: JSON's own escapes could hide a secret from a search in the whole.
    fn redacted(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redactor.redact(text).into_owned()),
            Value::Array(items) => items.iter().map(|item| self.redacted(item)).collect(),
            Value::Object(fields) => fields.iter().map(|(key, field)| (key.clone(), self.redacted(field))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

/// A reader that has gone away (`| head`) is no failure of ours.
fn write_line(mut to: impl Write, line: &str) {
    let _ = writeln!(to, "{line}").and_then(|()| to.flush());
}
