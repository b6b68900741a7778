//! What is known of one message of a batch.

use serde::{Deserialize, Serialize};

/// What became of a message.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// The server took it, for one recipient at least.
    Accepted,
    /// It was refused for good.
    Refused,
    /// All of it may be out, and what the server made of it is not known.
    Unknown,
    /// It was not sent, or refused for now.
    NotSent,
}

impl Fate {
    /// As JSON has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
        }
    }
}

/// What is known of a message, by all that was noted of it.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) fate: Fate,
    pub(super) detail: String,
    pub(super) left_out: Vec<String>,
    /// The digest of what was begun, if its end may have left.
    pub(super) begun: Option<String>,
    /// Whether the present attempt has begun it.
    is_begun: bool,
    /// Whether an attempt before that may have brought it there.
    may_be_there: bool,
}

impl Default for State {
    fn default() -> Self {
        let (detail, left_out, begun) = (String::new(), Vec::new(), None);
        Self {
            fate: Fate::NotSent,
            detail,
            left_out,
            begun,
            is_begun: false,
            may_be_there: false,
        }
    }
}

impl State {
    /// Its end is about to leave.
    pub(super) fn begin(&mut self, digest: String) {
        self.may_be_there = self.fate == Fate::Unknown;
        self.is_begun = true;
        "the run ended before the server's answer".clone_into(&mut self.detail);
        self.fate = Fate::Unknown;
        self.begun = Some(digest);
    }

    /// The run ended.
    pub(super) fn end_attempt(&mut self) {
        self.is_begun = false;
    }

    /// This came of an attempt. What may be there since an earlier one is not undone by its failure.
    pub(super) fn conclude(&mut self, fate: Fate, detail: String, left_out: Vec<String>) {
        let may_be_there = if self.is_begun {
            self.may_be_there
        } else {
            self.fate == Fate::Unknown
        };
        self.fate = if may_be_there && fate != Fate::Accepted {
            Fate::Unknown
        } else {
            fate
        };
        self.is_begun = false;
        self.detail = detail;
        self.left_out = left_out;
        if self.fate != Fate::Unknown {
            self.begun = None;
        }
    }

    /// Whether it is to be sent.
    pub(super) fn is_to_be_sent(&self, resend_unknown: bool) -> bool {
        match self.fate {
            Fate::NotSent => true,
            Fate::Unknown => resend_unknown,
            Fate::Accepted | Fate::Refused => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known after these: intents, and outcomes.
    fn after(steps: &[Option<Fate>]) -> Fate {
        let mut state = State::default();
        for step in steps {
            match step {
                None => state.begin("digest".to_owned()),
                Some(fate) => state.conclude(*fate, String::new(), Vec::new()),
            }
        }
        state.fate
    }

    #[test]
    fn what_was_begun_and_not_concluded_is_unknown_and_stays_so_but_for_an_acceptance() {
        use Fate::{Accepted, NotSent, Refused, Unknown};
        let cases: [(&[Option<Fate>], Fate); 10] = [
            (&[], NotSent),
            (&[None], Unknown),
            (&[None, Some(Accepted)], Accepted),
            (&[None, Some(Refused)], Refused),
            (&[Some(Refused)], Refused),
            (&[None, Some(NotSent)], NotSent),
            (&[None, Some(NotSent), None], Unknown),
            (&[None, Some(NotSent), None, Some(Refused)], Refused),
            (&[None, None, Some(NotSent)], Unknown),
            (&[None, Some(Unknown), None, Some(Accepted)], Accepted),
        ];
        for (steps, fate) in cases {
            assert_eq!(after(steps), fate, "{steps:?}");
        }
        assert_eq!(after(&[None, Some(Unknown), Some(NotSent)]), Unknown);
        assert_eq!(after(&[None, None, Some(Refused)]), Unknown);
        assert_eq!(after(&[None, Some(Unknown), None, Some(Refused)]), Unknown);
        assert_eq!(
            after(&[None, None, Some(NotSent), None, Some(NotSent)]),
            Unknown
        );
        let mut state = State::default();
        state.begin("digest".to_owned());
        state.end_attempt();
        state.conclude(NotSent, String::new(), Vec::new());
        assert_eq!(
            (state.fate, state.begun.is_some()),
            (Unknown, true),
            "a run's failure undid an earlier run's intent"
        );
    }
}
