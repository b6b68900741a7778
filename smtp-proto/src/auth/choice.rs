//! Which mechanism is tried, and which one next.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::{AuthOffer, Binding, Credentials, Exchange, Mechanism, MechanismUnusable, begin};

/// The mechanisms that may still be tried with the same credentials, the best first.
#[derive(Debug)]
pub(crate) struct Choice {
    credentials: Credentials,
    exporter: Option<[u8; 32]>,
    allowed: Vec<Mechanism>,
    left: VecDeque<Mechanism>,
}

impl Choice {
    /// All that both sides have. The exporter's value is what a login is bound to the TLS connection by, if it can be.
    pub(crate) fn new(
        offer: &AuthOffer,
        credentials: Credentials,
        exporter: Option<[u8; 32]>,
    ) -> Self {
        Self {
            credentials,
            exporter,
            allowed: offer.allowed.clone(),
            left: offer.common().collect(),
        }
    }

    /// The next one that is fit, at work. Those that were not are told behind `unfit`.
    pub(crate) fn next(
        &mut self,
        unfit: &mut Vec<(Mechanism, MechanismUnusable)>,
    ) -> Option<(Mechanism, Box<dyn Exchange>)> {
        while let Some(mechanism) = self.left.pop_front() {
            let begun = self
                .binding(mechanism)
                .and_then(|binding| begin(mechanism, &self.credentials, binding));
            match begun {
                Ok(exchange) => return Some((mechanism, exchange)),
                Err(why) => unfit.push((mechanism, why)),
            }
        }
        None
    }

    /// A server that offers or knows no `-PLUS` of a mechanism is told that it could have been used, so that a real one,
    /// from whose offer somebody took it, notices: RFC 5802 section 6.
    fn binding(&self, mechanism: Mechanism) -> Result<Binding<'_>, MechanismUnusable> {
        let plus = mechanism
            .plus()
            .filter(|plus| self.allowed.contains(plus) && !self.left.contains(plus));
        match (&self.exporter, plus) {
            (Some(exporter), _) if mechanism.is_plus() => Ok(Binding::Exporter(exporter)),
            (Some(exporter), _) if matches!(mechanism, Mechanism::Custom(_)) => {
                Ok(Binding::Exporter(exporter))
            }
            (None, _) if mechanism.is_plus() => Err(MechanismUnusable::NoChannelBinding),
            (Some(_), Some(_)) => Ok(Binding::NotOffered),
            _ => Ok(Binding::None),
        }
    }
}
