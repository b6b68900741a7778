//! What is measured, and the least that it could cost. The peers' side of it is in `peers`, a workspace of its own.
//!
//! A [`Bench`] is one input with its candidates: this project, the limit, and whoever else is put beside them. Each
//! candidate can say what it makes of the input, so that only those that do the same work are compared.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod body;
pub mod ehlo;
pub mod growth;
pub mod inputs;
mod limit;
pub mod reply;
pub mod session;

/// Who a candidate is.
pub const OURS: &str = "mailwright-proto";
/// The least that it could cost: memchr for what is read, memcpy for what is written.
pub const LIMIT: &str = "limit";

/// One input, and all who do the work.
pub struct Bench {
    /// The kind of work: `reply`, `ehlo`, `body`, `session`.
    pub group: &'static str,
    /// The input.
    pub name: &'static str,
    /// Its octets.
    pub input: Vec<u8>,
    /// What is right: the same for all that have an answer.
    pub expected: Answer,
    /// Those who do it.
    pub candidates: Vec<Candidate>,
}

impl Bench {
    /// Asserts that every candidate that has an answer has the right one, and drops from the list those that refuse the
    /// work, telling who and why.
    pub fn check(&mut self) -> Vec<String> {
        let mut refusals = Vec::new();
        let (group, name, expected) = (self.group, self.name, &self.expected);
        self.candidates
            .retain_mut(|candidate| match candidate.answer() {
                None => true,
                Some(Ok(answer)) => {
                    let expected = expected.as_far_as(candidate.knows);
                    // Either may have millions of octets: they are not shown.
                    assert!(
                        answer == expected,
                        "{group}/{name}: {} gives another answer",
                        candidate.name
                    );
                    true
                }
                Some(Err(reason)) => {
                    refusals.push(format!(
                        "{group}/{name}: {} cannot: {reason}",
                        candidate.name
                    ));
                    false
                }
            });
        refusals
    }
}

/// What came of the input, in a form that any implementation can be brought into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Codes and lines of text.
    Replies(Vec<(u16, Vec<String>)>),
    /// Keywords in alphabetical order, those with parameters that count with them.
    Capabilities(Vec<String>),
    /// Octets on the wire.
    Wire(Vec<u8>),
}

impl Answer {
    /// What is expected of somebody who types these capabilities alone.
    fn as_far_as(&self, keywords: Option<&[&str]>) -> Self {
        match (self, keywords) {
            (Self::Capabilities(names), Some(keywords)) => {
                let is_known = |name: &&String| {
                    name.split(' ')
                        .next()
                        .is_some_and(|name| keywords.contains(&name))
                };
                Self::Capabilities(names.iter().filter(is_known).cloned().collect())
            }
            _ => self.clone(),
        }
    }
}

type Run = Box<dyn FnMut(u64)>;
type Tell = Box<dyn FnMut() -> Result<Answer, String>>;

/// One implementation at work on one input.
pub struct Candidate {
    /// Who it is.
    pub name: &'static str,
    run: Run,
    tell: Option<Tell>,
    knows: Option<&'static [&'static str]>,
}

impl Candidate {
    /// Something that is timed alone: the limit.
    pub fn without_answer(name: &'static str, work: impl FnMut() + 'static) -> Self {
        Self {
            name,
            run: repeat(work),
            tell: None,
            knows: None,
        }
    }

    /// `work` is what is timed; `tell` does the same, and says what came of it.
    pub fn new(
        name: &'static str,
        work: impl FnMut() + 'static,
        tell: impl FnMut() -> Result<Answer, String> + 'static,
    ) -> Self {
        Self {
            name,
            run: repeat(work),
            tell: Some(Box::new(tell)),
            knows: None,
        }
    }

    /// Types these capabilities alone: no others are expected of it.
    pub fn knowing(self, keywords: &'static [&'static str]) -> Self {
        Self {
            knows: Some(keywords),
            ..self
        }
    }

    /// Does the work so many times.
    pub fn run(&mut self, times: u64) {
        (self.run)(times);
    }

    fn answer(&mut self) -> Option<Result<Answer, String>> {
        self.tell.as_mut().map(|tell| tell())
    }
}

/// The loop is within the call, so that a call through a pointer is not what is timed.
fn repeat(mut work: impl FnMut() + 'static) -> Run {
    Box::new(move |times| (0..times).for_each(|_| work()))
}

/// A bench that is not made yet: the inputs of some are large.
pub struct Entry {
    /// The kind of work.
    pub group: &'static str,
    /// The input.
    pub name: &'static str,
    make: Box<dyn FnOnce() -> Bench>,
}

impl Entry {
    fn new(
        group: &'static str,
        name: &'static str,
        make: impl FnOnce() -> Bench + 'static,
    ) -> Self {
        Self {
            group,
            name,
            make: Box::new(make),
        }
    }

    /// Makes it, with this project and the limit as its candidates.
    pub fn make(self) -> Bench {
        (self.make)()
    }
}

/// What an attachment of some size has.
pub const LARGE: usize = 10_000_000;

/// Every bench, with bodies of about so many octets.
pub fn all(body: usize) -> Vec<Entry> {
    [
        reply::entries(),
        ehlo::entries(),
        body::entries(body),
        session::entries(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Finding the line ends of any input: the one measure that instruction counts are compared with.
pub fn line_ends(input: Vec<u8>) -> Candidate {
    limit::memchr(input)
}
