//! Who waits for something, the first to come first.

use std::collections::VecDeque;
use std::task::Waker;

/// A line of those who wait. Who may go is told by [`is_first`](Self::is_first), not by being woken.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: VecDeque<(Ticket, Waker)>,
    next: u64,
}

/// Whose place in the line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

impl Line {
    /// Whether nobody stands before this one, or before whoever has no place yet.
    pub(super) fn is_first(&self, ticket: Option<Ticket>) -> bool {
        self.waiting
            .front()
            .is_none_or(|(first, _)| Some(*first) == ticket)
    }

    /// Takes a place at the end, or keeps the one that it has.
    pub(super) fn wait(&mut self, ticket: Option<Ticket>, waker: &Waker) -> Ticket {
        if let Some((ticket, known)) = ticket.and_then(|ticket| self.place(ticket)) {
            known.clone_from(waker);
            return *ticket;
        }
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting.push_back((ticket, waker.clone()));
        ticket
    }

    /// Leaves the line.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        if let Ok(at) = self
            .waiting
            .binary_search_by_key(&ticket, |(ticket, _)| *ticket)
        {
            self.waiting.remove(at);
        }
    }

    /// Who is to be woken where the first may go.
    pub(super) fn first(&self) -> Option<Waker> {
        self.waiting.front().map(|(_, waker)| waker.clone())
    }

    /// All who wait.
    pub(super) fn all(&self) -> impl Iterator<Item = Waker> {
        self.waiting.iter().map(|(_, waker)| waker.clone())
    }

    fn place(&mut self, ticket: Ticket) -> Option<&mut (Ticket, Waker)> {
        let at = self
            .waiting
            .binary_search_by_key(&ticket, |(ticket, _)| *ticket)
            .ok()?;
        self.waiting.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_come_is_the_first_and_who_leaves_holds_nobody_up() {
        let mut line = Line::default();
        assert!(line.is_first(None));
        let [a, b, c] = [(); 3].map(|()| line.wait(None, Waker::noop()));
        assert!(line.is_first(Some(a)) && !line.is_first(Some(b)) && !line.is_first(None));
        assert_eq!(line.wait(Some(a), Waker::noop()), a);
        assert_eq!(line.all().count(), 3);
        line.leave(b);
        line.leave(b);
        line.leave(a);
        assert!(line.is_first(Some(c)) && !line.is_first(None));
        line.leave(c);
        assert!(line.is_first(None) && line.first().is_none());
    }
}
