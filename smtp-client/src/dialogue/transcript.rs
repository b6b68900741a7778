//! The bounded transcript of a dialogue.

use std::collections::VecDeque;

use super::{DialogueLine, Peer};

/// The number of lines kept: a message to ten thousand recipients has no more.
const MOST_LINES: usize = 20_000;

/// The octets of their texts: 50 for each line. A server that floods its client sends gigabytes.
const MOST_OCTETS: usize = 1024 * 1024;

/// The octets of one line's text: twice the longest line that the core accepts, as escapes make a
/// text longer.
const LONGEST_TEXT: usize = 4096;

/// The lines of a dialogue, kept within bounds: the first and the last of them, at most 20,000
/// lines and 1 MiB. If lines were left out, a line gives their number; a text longer than 4,096
/// octets is cut and marked as such.
///
/// ```
/// use mailwright::{Client, Transcript};
/// use std::sync::{Arc, Mutex};
/// let transcript = Arc::new(Mutex::new(Transcript::default()));
/// let kept = Arc::clone(&transcript);
/// let client = Client::builder("mail.example.test", 587)
///     .on_dialogue(move |line| kept.lock().unwrap().push(line))
///     .build();
/// # drop(client);
/// let lines = transcript.lock().unwrap().clone().into_lines();
/// assert!(lines.is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    first: Half,
    last: Half,
    left_out: usize,
}

/// Half of the bounds, filled with lines.
#[derive(Debug, Clone, Default)]
struct Half {
    lines: VecDeque<DialogueLine>,
    octets: usize,
}

impl Transcript {
    /// Adds a line.
    pub fn push(&mut self, line: &DialogueLine) {
        let line = cut(line);
        if self.last.lines.is_empty() && self.first.has_room_for(&line) {
            return self.first.push(line);
        }
        while !self.last.has_room_for(&line) && self.last.pop() {
            self.left_out += 1;
        }
        self.last.push(line);
    }

    /// Returns the lines in their order.
    pub fn into_lines(self) -> Vec<DialogueLine> {
        let at = self
            .last
            .lines
            .front()
            .map(|line| line.at)
            .unwrap_or_default();
        let text = format!("[{} lines left out]", self.left_out);
        let mark = (self.left_out > 0).then_some(DialogueLine {
            from: Peer::Client,
            text,
            at,
        });
        self.first
            .lines
            .into_iter()
            .chain(mark)
            .chain(self.last.lines)
            .collect()
    }

    /// Returns the lines that are kept, in their order, without the mark.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &DialogueLine> {
        self.first.lines.iter().chain(&self.last.lines)
    }
}

impl Half {
    fn has_room_for(&self, line: &DialogueLine) -> bool {
        self.lines.len() < MOST_LINES / 2 && self.octets + line.text.len() <= MOST_OCTETS / 2
    }

    fn push(&mut self, line: DialogueLine) {
        self.octets += line.text.len();
        self.lines.push_back(line);
    }

    fn pop(&mut self) -> bool {
        let popped = self.lines.pop_front();
        self.octets -= popped.as_ref().map_or(0, |line| line.text.len());
        popped.is_some()
    }
}

fn cut(line: &DialogueLine) -> DialogueLine {
    let octets = line.text.len();
    let end = (0..=LONGEST_TEXT)
        .rev()
        .find(|&end| line.text.is_char_boundary(end))
        .unwrap_or_default();
    match line.text.get(..end).filter(|_| octets > LONGEST_TEXT) {
        Some(text) => DialogueLine {
            text: format!("{text} [{} octets left out]", octets - end),
            ..line.clone()
        },
        None => line.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn kept(texts: impl Iterator<Item = String>) -> Vec<String> {
        let mut transcript = Transcript::default();
        texts.for_each(|text| {
            transcript.push(&DialogueLine {
                from: Peer::Server,
                text,
                at: Duration::ZERO,
            })
        });
        transcript
            .into_lines()
            .into_iter()
            .map(|line| line.text)
            .collect()
    }

    #[test]
    fn flood_leaves_the_first_and_last_lines_and_a_mark() {
        let all = kept((0..MOST_LINES).map(|i| i.to_string()));
        assert_eq!((all.len(), &*all[MOST_LINES - 1]), (MOST_LINES, "19999"));
        let some = kept((0..100_000).map(|i| i.to_string()));
        assert_eq!(some.len(), MOST_LINES + 1);
        assert_eq!(
            (&*some[0], &*some[MOST_LINES / 2], &*some[MOST_LINES]),
            ("0", "[80000 lines left out]", "99999")
        );
        let long = kept((0..100_000).map(|_| "x".repeat(2000)));
        assert!(long.iter().map(String::len).sum::<usize>() <= MOST_OCTETS + 100);
        assert_eq!(long.len(), 2 * (MOST_OCTETS / 2 / 2000) + 1);
    }

    #[test]
    fn long_line_is_cut_between_characters() {
        let lines = kept(
            ["x".repeat(LONGEST_TEXT), "é".repeat(LONGEST_TEXT)]
                .into_iter()
                .chain([format!("x{}", "é".repeat(LONGEST_TEXT))]),
        );
        assert_eq!(lines[0].len(), LONGEST_TEXT);
        assert!(lines[1].ends_with("é [4096 octets left out]"));
        assert!(lines[2].ends_with("é [4098 octets left out]"));
    }
}
