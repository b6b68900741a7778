//! One message by several transactions, where a server's LIMITS want it: RFC 9422.

use mailwright_proto::{DeclaredLimit, Misuse, SendError, envelope::Envelope};

use super::Engine;
use crate::chunks::{ReadAhead, Whole};
use crate::delivery::{Delivery, Outcome, RecipientOutcome};
use crate::drive::{Io, Link};
use crate::error::{Error, Kind};
use crate::message::{Content, Guarded, Hooks, Open, Reading};

/// The number of recipients considered for each transaction. If a server declares a limit of one
/// recipient, considering all would copy all of them for each transaction; if all of these fit, the
/// limit is not small.
const WEIGHED: usize = 1000;

impl<I: Io> Engine<I> {
    /// Sends a message in one transaction, or in as many as the server's limits ask for if it can be
    /// read again.
    pub(super) async fn send_content(
        &mut self,
        envelope: &Envelope,
        content: &mut Content<'_, impl Open>,
        hooks: &mut impl Hooks,
    ) -> Result<Delivery, Error> {
        if !content.is_rereadable() {
            return self.send_part(envelope, content, hooks).await;
        }
        let was_open = self.is_open();
        self.open(None).await?;
        if let Some(link) = self.link.as_mut().filter(|_| !was_open) {
            link.opened_now();
        }
        let is_limited = self
            .facts()
            .capabilities
            .as_ref()
            .is_some_and(|offered| offered.limits().is_some());
        if is_limited {
            self.send_parts(envelope, content, hooks).await
        } else {
            self.send_part(envelope, content, hooks).await
        }
    }

    /// Sends a message in one transaction.
    async fn send_part(
        &mut self,
        envelope: &Envelope,
        content: &mut Content<'_, impl Open>,
        hooks: &mut impl Hooks,
    ) -> Result<Delivery, Error> {
        match content.begin().await.map_err(Kind::Source)? {
            Reading::Memory(bytes) => {
                self.send_chunks(envelope, &mut Guarded::new(Whole::new(bytes), hooks))
                    .await
            }
            Reading::Source(source) => {
                self.send_chunks(envelope, &mut Guarded::new(ReadAhead::new(source), hooks))
                    .await
            }
        }
    }

    async fn send_parts(
        &mut self,
        envelope: &Envelope,
        content: &mut Content<'_, impl Open>,
        hooks: &mut impl Hooks,
    ) -> Result<Delivery, Error> {
        let mut joined = Joined::of(envelope, &self.books.options.host);
        let mut left: Vec<usize> = (0..envelope.recipients().len()).collect();
        while !left.is_empty() {
            if let Err(error) = self.open(None).await {
                return joined.end(error);
            }
            let mut places = self.fitting(envelope, &left, WEIGHED);
            if places.len() == WEIGHED {
                places = self.fitting(envelope, &left, usize::MAX);
            }
            if places.is_empty() && self.link.as_ref().is_some_and(Link::was_used) {
                self.leave().await;
                continue;
            }
            // Where it does not fit at all, or goes to all or to none, the core says what is too much.
            if places.is_empty() || envelope.is_all_or_none() {
                places.clone_from(&left);
            }
            let Ok(part) = envelope.subset(&places) else {
                break;
            };
            match self.send_part(&part, content, hooks).await {
                Err(error) => return joined.end(error),
                Ok(delivery) => {
                    if !joined.take(&places, delivery) {
                        break;
                    }
                    left.retain(|place| places.binary_search(place).is_err());
                }
            }
        }
        Ok(joined.into_delivery())
    }

    /// Returns which of the first `most` recipients in `left` the server takes in one transaction.
    fn fitting(&self, envelope: &Envelope, left: &[usize], most: usize) -> Vec<usize> {
        let weighed = left.get(..most.min(left.len())).unwrap_or_default();
        let (Some(link), Ok(envelope)) = (&self.link, envelope.subset(weighed)) else {
            return Vec::new();
        };
        let fitting = link.within_limits(&envelope);
        fitting
            .into_iter()
            .filter_map(|at| weighed.get(at).copied())
            .collect()
    }

    /// Begins a message, over a new connection where the present one has had as much as the server allows it.
    pub(super) async fn start(&mut self, envelope: &Envelope) -> Result<(), Error> {
        self.open_for_message().await?;
        loop {
            let Some(link) = &mut self.link else {
                return Err(Kind::Misuse(Misuse::Closed).into());
            };
            let was_used = link.was_used();
            match link.begin(envelope, &mut self.books) {
                Err(SendError::BeyondLimit(
                    DeclaredLimit::Messages(_) | DeclaredLimit::Domains(_),
                )) if was_used => {}
                begun => return Ok(begun.map_err(Kind::Message)?),
            }
            self.leave().await;
            self.open(None).await?;
            let Some(link) = &mut self.link else { continue };
            return Ok(link
                .begin(envelope, &mut self.books)
                .map_err(Kind::Message)?);
        }
    }

    /// Says goodbye to a connection that is not needed any more. Whether that is heard changes nothing.
    async fn leave(&mut self) {
        if let Some(link) = self.link.take() {
            let _ = link.quit(&mut self.books).await;
        }
    }
}

/// What became of the parts so far.
struct Joined {
    host: String,
    recipients: Vec<RecipientOutcome>,
    outcome: Option<Outcome>,
    /// The first refusal of a part that has recipients which were not refused themselves.
    refusal: Option<Error>,
    cut_short: Option<Error>,
}

impl Joined {
    fn of(envelope: &Envelope, host: &str) -> Self {
        let recipients = envelope.recipients().iter().cloned();
        let recipients = recipients
            .map(|path| RecipientOutcome::by_smtp(path, None, false))
            .collect();
        Self {
            host: host.to_owned(),
            recipients,
            outcome: None,
            refusal: None,
            cut_short: None,
        }
    }

    /// Takes in what became of the recipients at these places. False: there is no use in going on.
    fn take(&mut self, places: &[usize], delivery: Delivery) -> bool {
        if let Outcome::Refused { stage, reply } = &delivery.outcome
            && delivery
                .recipients
                .iter()
                .any(|recipient| recipient.refusal().is_none())
        {
            let refused = || {
                Kind::Refused {
                    stage: *stage,
                    reply: reply.clone(),
                    host: self.host.clone(),
                }
                .into()
            };
            self.refusal.get_or_insert_with(refused);
        }
        for (place, told) in places.iter().zip(delivery.recipients) {
            if let Some(recipient) = self.recipients.get_mut(*place) {
                *recipient = told;
            }
        }
        let goes_on = matches!(
            delivery.outcome,
            Outcome::Accepted(_) | Outcome::Refused { .. }
        );
        match (&self.outcome, delivery.outcome) {
            (Some(Outcome::Accepted(_)), Outcome::NotSent(error)) => self.cut_short = error,
            (Some(Outcome::Accepted(_)), Outcome::Accepted(_) | Outcome::Refused { .. }) => {}
            (Some(Outcome::Refused { .. }), Outcome::Refused { .. }) => {}
            (_, outcome) => self.outcome = Some(outcome),
        }
        goes_on
    }

    /// Ends by an error: what became of the parts before it is told all the same.
    fn end(mut self, error: Error) -> Result<Delivery, Error> {
        if self.outcome.is_none() {
            return Err(error);
        }
        self.cut_short = Some(error);
        Ok(self.into_delivery())
    }

    fn into_delivery(self) -> Delivery {
        let outcome = self.outcome.unwrap_or(Outcome::NotSent(None));
        // If no part was accepted, the outcome itself is the refusal.
        let refusal = self
            .refusal
            .filter(|_| matches!(outcome, Outcome::Accepted(_)));
        Delivery {
            outcome,
            recipients: self.recipients,
            cut_short: self.cut_short.or(refusal),
        }
    }
}
