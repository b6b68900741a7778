//! How a session ends: by QUIT, by the network, by a policy that is not met, or by an error.

use alloc::boxed::Box;

use super::Connection;
use crate::command;
use crate::error::{Error, PeerFault, PolicyViolation};
use crate::event::Event;
use crate::pipeline::Expect;
use crate::state::Trigger;
use crate::timeout::Phase;

impl Connection {
    pub(super) fn on_eof(&mut self) {
        match self.pipeline.front() {
            Some(Expect::Quit) => self.end_quit(),
            _ => {
                let phase = self.phase();
                self.fail(self.hopeless(phase).unwrap_or(Error::Closed { phase }));
            }
        }
    }

    /// Where a server falls silent in the middle of a line that is no reply's: that it is none says more than the silence.
    pub(super) fn hopeless(&self, phase: Phase) -> Option<Error> {
        let error = self.session.reader.hopeless()?;
        Some(Error::Peer {
            phase,
            fault: PeerFault::Malformed(error),
        })
    }

    /// Says QUIT, and nothing behind it.
    pub(super) fn say_quit(&mut self) {
        self.pipeline.push(Expect::Quit, command::quit);
        self.advance(Trigger::Quit);
    }

    /// QUIT is answered, or will not be: now an error that was held back surfaces.
    pub(super) fn end_quit(&mut self) {
        self.advance(if self.error.is_some() {
            Trigger::Fail
        } else {
            Trigger::Close
        });
    }

    /// Ends the session in order, but without QUIT.
    pub(super) fn close(&mut self) {
        self.cut_off_messages();
        self.end_quit();
    }

    /// Reports a refusal within a login that gets no final reply any more.
    fn cut_off_login(&mut self) {
        let Some(mut login) = self.login.take() else {
            return;
        };
        if let Some(refusal) = login.exchange.failure() {
            let (mechanism, detail) = (login.mechanism, Box::new(refusal));
            self.events
                .push_back(Event::LoginUnanswered { mechanism, detail });
        }
    }

    /// A policy of ours is not met: nothing is said any more but QUIT.
    pub(super) fn violate(&mut self, violation: PolicyViolation) {
        self.error = Some(Box::new(Error::Policy(violation)));
        self.say_quit();
    }

    /// Ends the session by an error. One that is known already is what brought it to its end, and stays.
    pub(super) fn fail(&mut self, error: Error) {
        if self.state.is_over() {
            return;
        }
        self.cut_off_login();
        self.cut_off_messages();
        self.error.get_or_insert_with(|| Box::new(error));
        self.advance(Trigger::Fail);
    }
}
