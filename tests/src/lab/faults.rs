//! The faults, and what each must be told as.

mod logins;
mod names;
mod sessions;
mod transport;

use super::certificates::Shown;
use super::server::{Act, Door};
use super::{Ask, Fault};

/// All of them.
pub fn faults() -> Vec<Fault> {
    [
        names::faults(),
        transport::faults(),
        sessions::faults(),
        logins::faults(),
    ]
    .concat()
}

/// A fault that nothing is known of yet but what the server does.
fn fault(name: &'static str, door: Door, security: &'static str) -> Fault {
    Fault {
        name,
        world: None,
        doors: vec![(door, security)],
        compared: None,
        ask: Ask::Server,
        cause: "",
        phase: "",
        exit: 0,
        says: &[],
    }
}

impl Fault {
    /// What it must be told as.
    fn is(
        self,
        cause: &'static str,
        phase: &'static str,
        exit: i32,
        says: &'static [&'static str],
    ) -> Self {
        Self {
            cause,
            phase,
            exit,
            says,
            ..self
        }
    }

    fn asked(self, ask: Ask) -> Self {
        Self { ask, ..self }
    }
}

fn plain(name: &'static str, acts: &[Act]) -> Fault {
    fault(name, Door::Acts(acts.to_vec()), "starttls")
}

fn tls(name: &'static str, acts: &[Act]) -> Fault {
    fault(name, Door::Acts(acts.to_vec()), "tls")
}

const GREETING: Act = Act::Say(&["220 mail.example.test ESMTP"]);
const OFFER: Act = Act::Say(&["250-mail.example.test", "250-SIZE 1000000", "250 STARTTLS"]);
const GO: Act = Act::Say(&["220 2.0.0 go ahead"]);
const GOODBYE: [Act; 2] = [Act::Hear, Act::Say(&["221 2.0.0 goodbye"])];

/// Up to the handshake, which shows this certificate.
fn to_tls(greeting: Act, shown: Shown) -> Vec<Act> {
    vec![greeting, Act::Hear, OFFER, Act::Hear, GO, Act::Tls(shown)]
}

/// Up to the answer to EHLO over TLS.
fn to_ehlo(answer: &'static [&'static str]) -> Vec<Act> {
    let mut acts = to_tls(GREETING, Shown::Good);
    acts.extend([Act::Hear, Act::Say(answer)]);
    acts
}
