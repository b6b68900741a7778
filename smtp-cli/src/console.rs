//! The one door through which words leave: standard output, standard error and the JSON object.
//!
//! It alone decides what is searched for the secret: whatever is quoted, and of the object every text but those of
//! [`OURS`]. Our own words are not, as a password may be one of them. No control character passes.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use mailwright::Redactor;
use mailwright_proto::reply::{Escaped, EscapedJson};
use serde_json::Value;

use crate::exit;
use crate::paint::{self, Paint};

/// The keys of the object whose text is this command's own, what its caller gave it, or one of a few set forms.
/// A key that is not among them is taken to quote the other side.
const OURS: [&str; 15] = [
    "address",
    "cause",
    "cipher_suite",
    "enhanced",
    "fix",
    "from",
    "host",
    "mechanism",
    "not_after",
    "not_before",
    "phase",
    "source",
    "summary",
    "user",
    "version",
];

/// What a [`Redactor`] writes in a secret's place.
const MARK: &str = "[redacted]";

/// Where the words of one run go. Clones share what became of them.
#[derive(Clone, Default)]
pub(crate) struct Console {
    redactor: Redactor,
    json: bool,
    /// Why standard output did not take the first part of the result that it did not take.
    lost: Arc<OnceLock<io::Error>>,
}

impl Console {
    /// With `json`, standard output is for the object alone.
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            ..Self::default()
        }
    }

    /// From now on, what `redactor` knows is replaced.
    pub(crate) fn conceal(&mut self, redactor: Redactor) {
        self.redactor = redactor;
    }

    /// What is known to be secret.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// A line of the result, for people: our own words, and what is quoted behind them.
    pub(crate) fn line(&self, ours: &str, quoted: &str) {
        match self.json {
            true => self.remark(ours, quoted),
            false => self.result(&self.shown(ours, quoted)),
        }
    }

    /// A line of the result in parts, each with its colour: our own words, and what is quoted behind them.
    pub(crate) fn painted(&self, parts: &[(Paint, &str, &str)]) {
        let has_colours = self.has_colours();
        let shown = parts.iter().map(|(paint, ours, quoted)| {
            let shown = self.shown(ours, quoted);
            if has_colours { paint.on(&shown) } else { shown }
        });
        let line: String = shown.collect();
        match self.json {
            // Nothing is left to tell it with.
            true => drop(write_line(io::stderr().lock(), &line)),
            false => self.result(&line),
        }
    }

    fn has_colours(&self) -> bool {
        let is_terminal = if self.json {
            io::stderr().is_terminal()
        } else {
            io::stdout().is_terminal()
        };
        is_terminal && paint::is_wanted()
    }

    /// A line beside the result, of the same two parts: a failure, the dialogue, a hint.
    pub(crate) fn remark(&self, ours: &str, quoted: &str) {
        // Nothing is left to tell it with.
        let _ = write_line(io::stderr().lock(), &self.shown(ours, quoted));
    }

    /// Shows `text` in the place of what stood on the terminal's last line.
    pub(crate) fn progress(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        // A terminal that is gone needs no progress.
        let _ = write!(stderr, "\r\u{1b}[K{}", self.shown(text, "")).and_then(|()| stderr.flush());
    }

    /// Whether somebody watches standard error.
    pub(crate) fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// The result as one JSON object, if it was asked for.
    pub(crate) fn object(&self, value: &Value) {
        if self.json {
            self.result(&EscapedJson(&format!("{:#}", self.concealed(value))).to_string());
        }
    }

    /// Notes how it went to write a part of the result.
    pub(crate) fn note(&self, written: io::Result<()>) {
        match written {
            // Whoever reads for people's sake may have read enough (`| head`); a script gets all or knows of it.
            Err(error) if self.json || error.kind() != ErrorKind::BrokenPipe => {
                drop(self.lost.set(error))
            }
            _ => {}
        }
    }

    /// Whether a part of the result could not be written.
    pub(crate) fn has_lost(&self) -> bool {
        self.lost.get().is_some()
    }

    /// The end of a run. What succeeded and could not be told has not succeeded for those who wait for the result.
    pub(crate) fn exit(&self, status: u8) -> ExitCode {
        let Some(error) = self.lost.get() else {
            return ExitCode::from(status);
        };
        self.remark(
            &format!("smtp: The result cannot be written to standard output: {error}"),
            "",
        );
        ExitCode::from(if status == exit::OK {
            exit::TRY_AGAIN
        } else {
            status
        })
    }

    fn result(&self, text: &str) {
        self.note(write_line(io::stdout().lock(), text));
    }

    fn shown(&self, ours: &str, quoted: &str) -> String {
        Escaped([ours, &self.conceal_in(quoted)].concat().as_bytes()).to_string()
    }

    // String by string: JSON's own escapes could hide a secret from a search in the whole.
    fn concealed(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.conceal_in(text)),
            Value::Array(items) => items.iter().map(|item| self.concealed(item)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(key, field)| (key.clone(), self.field(key, field)))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn field(&self, key: &str, value: &Value) -> Value {
        match OURS.contains(&key) {
            true => value.clone(),
            false => self.concealed(value),
        }
    }

    /// Most of it the client has searched before: its marks stay whole, though a short secret be a part of their word.
    fn conceal_in(&self, quoted: &str) -> String {
        quoted
            .split(MARK)
            .map(|part| self.redactor.redact(part))
            .collect::<Vec<_>>()
            .join(MARK)
    }
}

fn write_line(mut to: impl Write, line: &str) -> io::Result<()> {
    writeln!(to, "{line}").and_then(|()| to.flush())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailwright_proto::{Secret, auth::Credentials};
    use serde_json::json;

    fn console(password: &str) -> Console {
        let credentials =
            Credentials::password("u", Secret::from(password.to_owned())).expect("credentials");
        Console {
            redactor: Redactor::new(&credentials),
            ..Console::default()
        }
    }

    #[test]
    fn what_is_quoted_is_searched_and_what_is_ours_is_not() {
        let object = json!({
            "server": {"host": "red", "address": "red", "greeting": "red", "capabilities": ["X-RED red"]},
            "tls": {"version": "red", "certificate": {"subject": "red", "issuer": "red", "names": ["red"]}},
            "auth": {"mechanism": "red", "user": "red"},
            "failure": {"phase": "red", "cause": "red", "summary": "red", "detail": "red", "fix": ["red"],
                "reply": {"code": 550, "enhanced": "red", "text": ["red"]}, "source": "red"},
            "dialogue": [{"from": "red", "line": "red [redacted]"}],
        });
        let mark = MARK;
        let expected = json!({
            "server": {"host": "red", "address": "red", "greeting": mark, "capabilities": [format!("X-RED {mark}")]},
            "tls": {"version": "red", "certificate": {"subject": mark, "issuer": mark, "names": [mark]}},
            "auth": {"mechanism": "red", "user": "red"},
            "failure": {"phase": "red", "cause": "red", "summary": "red", "detail": mark, "fix": ["red"],
                "reply": {"code": 550, "enhanced": "red", "text": [mark]}, "source": "red"},
            "dialogue": [{"from": "red", "line": format!("{mark} {mark}")}],
        });
        assert_eq!(console("red").concealed(&object), expected);
    }

    #[test]
    fn a_line_is_searched_in_its_quoted_part_and_escaped_as_a_whole() {
        assert_eq!(
            console("red").shown("refused\u{1b}: ", "not red\u{7f}"),
            "refused\\x1b: not [redacted]\\x7f"
        );
    }
}
