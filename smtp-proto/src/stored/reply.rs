//! Replies by code, enhanced code and text.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::stored_as;
use crate::command::end_line;
use crate::reply::{BareLf, EnhancedCode, InvalidCode, Reply, ReplyCode, ReplyLimits, ReplyReader};

#[derive(Serialize, Deserialize)]
pub(super) struct Number(u16);

impl From<&ReplyCode> for Number {
    fn from(code: &ReplyCode) -> Self {
        Self(code.get())
    }
}

impl TryFrom<Number> for ReplyCode {
    type Error = InvalidCode;

    fn try_from(number: Number) -> Result<Self, InvalidCode> {
        number.0.try_into()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    code: ReplyCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enhanced: Option<EnhancedCode>,
    text: Text,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Utf8(String),
    Octets(Vec<u8>),
}

impl From<&Reply> for Row {
    fn from(reply: &Reply) -> Self {
        let lines: Vec<&[u8]> = reply.lines().collect();
        Self {
            code: reply.code(),
            enhanced: reply.enhanced(),
            text: match String::from_utf8(lines.join(b"\n".as_slice())) {
                Ok(text) => Text::Utf8(text),
                Err(error) => Text::Octets(error.into_bytes()),
            },
        }
    }
}

impl TryFrom<Row> for Reply {
    type Error = &'static str;

    fn try_from(row: Row) -> Result<Self, &'static str> {
        // The session's limits may have been wider than the default ones, and the text is in memory by now.
        const LIMITS: ReplyLimits = ReplyLimits::DEFAULT
            .with_line(usize::MAX)
            .with_lines(usize::MAX)
            .with_reply(usize::MAX);
        let text = match row.text {
            Text::Utf8(text) => text.into_bytes(),
            Text::Octets(octets) => octets,
        };
        let mut reader = ReplyReader::new(LIMITS, BareLf::Refuse);
        let mut lines = text.split(|&octet| octet == b'\n').peekable();
        while let Some(line) = lines.next() {
            let separator = if lines.peek().is_some() { '-' } else { ' ' };
            let mut whole = alloc::format!("{}{separator}", row.code).into_bytes();
            whole.extend_from_slice(line);
            end_line(&mut whole);
            reader.receive(&whole);
        }
        let reply = reader.next().ok().flatten().ok_or("no reply")?;
        if row.enhanced.is_some() && row.enhanced != reply.enhanced() {
            return Err("the enhanced status code is not the one of the text");
        }
        Ok(reply.compact())
    }
}

stored_as! {
    Reply => Row,
    ReplyCode => Number,
}
