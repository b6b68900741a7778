//! The states and transitions of a transaction: one table.
//!
//! A transaction begins in [`Stage::Envelope`]; one that is pipelined with others begins in
//! [`Stage::Body`]. Its outcome removes it, from any state.

/// How far a transaction got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Replies to MAIL, RCPT and DATA are awaited.
    Envelope,
    /// The next part of the message may be sent.
    Body,
    /// The whole message was given to the driver. Its final reply is awaited.
    AwaitFinal,
    /// A lone dot ends the refused message that the server waits for. RFC 2920 section 3.1.
    LoneDot,
    /// MAIL was refused. The server must refuse the rest, and has no sender to forget.
    MailRefused,
    /// No recipient is left, or one of all was refused. The server may accept the rest.
    RcptRefused,
    /// DATA or a part of the message was refused. The server must refuse the rest.
    ContentRefused,
    /// As `MailRefused`, after the whole message was given to the driver.
    MailRefusedSent,
    /// As `RcptRefused`, after the whole message was given to the driver.
    RcptRefusedSent,
    /// As `ContentRefused`, after the whole message was given to the driver.
    ContentRefusedSent,
}

/// What moves a transaction on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// 354 to DATA. With BDAT: the whole envelope was answered.
    GoAhead,
    /// The last part of the message was given to the driver.
    Last,
    /// 4yz or 5yz to MAIL.
    RefuseMail,
    /// 4yz or 5yz to the RCPT that decides: the last one possible, or any of all or none.
    RefuseRcpt,
    /// 4yz or 5yz to DATA or BDAT.
    RefuseContent,
}

use Stage as S;
use Trigger as T;

/// Where a transaction begins: by itself, and pipelined with others.
pub(super) const STARTS: [Stage; 2] = [S::Envelope, S::Body];

/// Every transition there is. Any other trigger changes nothing.
const TRANSITIONS: &[(Stage, Trigger, Stage)] = &[
    (S::Envelope, T::GoAhead, S::Body),
    (S::Envelope, T::RefuseMail, S::MailRefused),
    (S::Envelope, T::RefuseRcpt, S::RcptRefused),
    (S::Envelope, T::RefuseContent, S::ContentRefused),
    (S::Body, T::Last, S::AwaitFinal),
    (S::Body, T::RefuseMail, S::MailRefused),
    (S::Body, T::RefuseRcpt, S::RcptRefused),
    (S::Body, T::RefuseContent, S::ContentRefused),
    (S::AwaitFinal, T::RefuseMail, S::MailRefusedSent),
    (S::AwaitFinal, T::RefuseRcpt, S::RcptRefusedSent),
    (S::AwaitFinal, T::RefuseContent, S::ContentRefusedSent),
    (S::RcptRefused, T::GoAhead, S::LoneDot),
    (S::RcptRefused, T::RefuseContent, S::ContentRefused),
    (S::RcptRefusedSent, T::RefuseContent, S::ContentRefusedSent),
];

impl Stage {
    /// Returns the state after a trigger.
    pub(super) fn after(self, trigger: Trigger) -> Self {
        let found = TRANSITIONS
            .iter()
            .find(|(from, on, _)| (*from, *on) == (self, trigger));
        found.map_or(self, |(_, _, to)| *to)
    }

    /// Returns whether the message will not be sent, independently of the outstanding replies.
    pub(crate) fn is_doomed(self) -> bool {
        !matches!(self, S::Envelope | S::Body | S::AwaitFinal)
    }

    /// Returns whether the whole message was given to the driver.
    pub(crate) fn is_handed_over(self) -> bool {
        matches!(
            self,
            S::AwaitFinal | S::MailRefusedSent | S::RcptRefusedSent | S::ContentRefusedSent
        )
    }

    pub(crate) fn mail_was_refused(self) -> bool {
        matches!(self, S::MailRefused | S::MailRefusedSent)
    }

    /// Returns whether the server has refused what every later part of the message depends on.
    pub(crate) fn must_not_go_on(self) -> bool {
        self.mail_was_refused() || matches!(self, S::ContentRefused | S::ContentRefusedSent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transition_stands_once_and_moves() {
        for (i, (from, on, to)) in TRANSITIONS.iter().enumerate() {
            let mut before = TRANSITIONS[..i].iter();
            assert!(
                !before.any(|(f, o, _)| (f, o) == (from, on)),
                "{from:?} {on:?}"
            );
            assert_ne!(from, to, "{on:?}");
            let is_reached = TRANSITIONS.iter().any(|(_, _, reached)| reached == from);
            assert!(STARTS.contains(from) || is_reached, "{from:?}");
        }
    }

    /// The same knowledge as flags, each set by one trigger.
    #[derive(Clone, Copy, Default)]
    struct Flags {
        body: bool,
        last: bool,
        mail: bool,
        rcpt: bool,
        content: bool,
        dot: bool,
    }

    impl Flags {
        fn set(&mut self, trigger: Trigger) {
            let goes_on = !(self.mail || self.rcpt || self.content);
            match trigger {
                T::GoAhead => {
                    self.body |= goes_on;
                    self.dot |= self.rcpt && !self.content && !self.last;
                }
                T::Last => self.last |= self.body && goes_on,
                T::RefuseMail => self.mail |= goes_on,
                T::RefuseRcpt => self.rcpt |= goes_on,
                T::RefuseContent => self.content |= !self.mail && !self.dot,
            }
        }

        fn assert_like(self, stage: Stage, path: &[Trigger]) {
            let is_doomed = self.mail || self.rcpt || self.content;
            assert_eq!(stage.is_doomed(), is_doomed, "{path:?}");
            assert_eq!(stage.is_handed_over(), self.last, "{path:?}");
            assert_eq!(stage.mail_was_refused(), self.mail, "{path:?}");
            assert_eq!(
                stage.must_not_go_on(),
                self.mail || self.content,
                "{path:?}"
            );
            assert_eq!(stage == S::LoneDot, self.dot, "{path:?}");
            let wants_content = self.body && !self.last && !is_doomed;
            assert_eq!(stage == S::Body, wants_content, "{path:?}");
        }
    }

    /// A transition that is added, removed or changed differs from the flags on some path.
    #[test]
    fn table_agrees_with_flags_on_every_path() {
        const TRIGGERS: [Trigger; 5] = [
            T::GoAhead,
            T::Last,
            T::RefuseMail,
            T::RefuseRcpt,
            T::RefuseContent,
        ];
        for (start, body) in [(STARTS[0], false), (STARTS[1], true)] {
            for number in 0..TRIGGERS.len().pow(5) {
                let path = [0, 1, 2, 3, 4].map(|at| TRIGGERS[number / TRIGGERS.len().pow(at) % 5]);
                let (mut stage, mut flags) = (
                    start,
                    Flags {
                        body,
                        ..Flags::default()
                    },
                );
                for (done, trigger) in (1..).zip(path) {
                    stage = stage.after(trigger);
                    flags.set(trigger);
                    flags.assert_like(stage, &path[..done]);
                }
            }
        }
    }
}
