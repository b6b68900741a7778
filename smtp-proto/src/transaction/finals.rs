//! Whose replies are due behind a message by LMTP: RFC 2033 section 4.2.

use alloc::collections::VecDeque;

use crate::event::Outcome;
use crate::reply::Reply;
use crate::timeout::Phase;

/// The recipients that RCPT accepted, in their order, and what was said of them since.
#[derive(Debug, Default)]
pub(crate) struct Finals {
    due: VecDeque<usize>,
    accepted: Option<Reply>,
    refused: Option<Reply>,
}

impl Finals {
    /// This recipient was accepted, and will have a reply of its own.
    pub(super) fn expect(&mut self, index: usize) {
        self.due.push_back(index);
    }

    /// Whose reply this is, the next one's that is due; with the last of them what became of the message: it was accepted
    /// where it was for anyone. Nothing where nobody's is due.
    pub(crate) fn answered(&mut self, reply: &Reply) -> Option<(usize, Option<Outcome>)> {
        let index = self.due.pop_front()?;
        let place = if reply.code().is_negative() {
            &mut self.refused
        } else {
            &mut self.accepted
        };
        place.get_or_insert_with(|| reply.clone());
        let refused = || {
            self.refused.clone().map(|reply| Outcome::Refused {
                phase: Phase::EndOfData,
                reply,
            })
        };
        let outcome = || {
            self.accepted
                .clone()
                .map(Outcome::Accepted)
                .or_else(refused)
        };
        Some((index, self.due.is_empty().then(outcome).flatten()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(line: &str) -> Reply {
        Reply::parse(alloc::format!("{line}\r\n").as_bytes()).unwrap()
    }

    fn of(indexes: &[usize]) -> Finals {
        let mut finals = Finals::default();
        indexes.iter().for_each(|&index| finals.expect(index));
        finals
    }

    #[test]
    fn replies_are_of_those_accepted_in_their_order() {
        let mut finals = of(&[0, 2, 3]);
        assert_eq!(finals.answered(&reply("452 full")), Some((0, None)));
        assert_eq!(finals.answered(&reply("250 two")), Some((2, None)));
        let accepted = Outcome::Accepted(reply("250 two"));
        assert_eq!(
            finals.answered(&reply("250 three")),
            Some((3, Some(accepted)))
        );
        assert_eq!(finals.answered(&reply("250 four")), None);
    }

    #[test]
    fn a_message_that_nobody_got_is_refused_by_the_first_refusal() {
        let mut finals = of(&[1, 4]);
        assert_eq!(finals.answered(&reply("552 first")), Some((1, None)));
        let refused = Outcome::Refused {
            phase: Phase::EndOfData,
            reply: reply("552 first"),
        };
        assert_eq!(
            finals.answered(&reply("452 second")),
            Some((4, Some(refused)))
        );
        assert_eq!(of(&[]).answered(&reply("250 nobody")), None);
    }
}
