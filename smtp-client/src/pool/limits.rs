//! How much a pool may do at a time.

use std::time::Duration;

use crate::provider::{Provider, ProviderLimits};

/// Connections at the same time: what Nodemailer's pool has, too. Servers that count them allow 10 and more by default,
/// but for mailboxes.
const CONNECTIONS: usize = 5;

/// Messages over one connection: Nodemailer's number as well. What a connection costs is spread over enough by then.
const MESSAGES: u64 = 100;

/// How long a connection waits for its next message. RFC 5321 section 4.5.3.2.7 has servers wait for 5 minutes.
const IDLE: Duration = Duration::from_secs(2 * 60);

/// How long a connection is used: far less than the hour for which most access tokens are good.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// How often a message is begun: a server that hangs up each time has a reason.
const TRIES: u32 = 3;

/// How much a pool may do at a time, and how long it keeps what it has.
///
/// The number of a minute is one of any minute, not of those that a clock begins: so a burst is followed by a pause.
///
/// ```
/// use mailwright::{PoolLimits, Provider};
/// use std::time::Duration;
///
/// // Exchange Online: three connections, thirty messages a minute.
/// let limits = PoolLimits::from(&Provider::named("office365")?);
/// assert_eq!(limits, PoolLimits::default().connections(3).messages_per_minute(30));
/// let patient = limits.idle(Duration::from_secs(4 * 60)).messages_per_connection(20);
/// # let _ = patient;
/// # Ok::<(), mailwright::UnknownProvider>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLimits {
    pub(super) connections: usize,
    pub(super) messages_per_connection: u64,
    pub(super) messages_per_minute: Option<usize>,
    pub(super) idle: Duration,
    pub(super) lifetime: Duration,
    pub(super) tries: u32,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            messages_per_connection: MESSAGES,
            messages_per_minute: None,
            idle: IDLE,
            lifetime: LIFETIME,
            tries: TRIES,
        }
    }
}

impl PoolLimits {
    /// So many connections at the same time, those included that wait for a message. 5 unless this says otherwise, and 1
    /// at least.
    #[must_use]
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most.max(1);
        self
    }

    /// So many messages over one connection. 100 unless this says otherwise, 1 at least, and no more than the server
    /// allows by MAILMAX (RFC 9422).
    #[must_use]
    pub fn messages_per_connection(mut self, most: u64) -> Self {
        self.messages_per_connection = most.max(1);
        self
    }

    /// So many messages within any minute, over all connections together; a message that is begun again counts again.
    /// 1 at least. Without this as many as will go.
    #[must_use]
    pub fn messages_per_minute(mut self, most: usize) -> Self {
        self.messages_per_minute = Some(most.max(1));
        self
    }

    /// How long a connection is kept for its next message. 2 minutes unless this says otherwise.
    #[must_use]
    pub fn idle(mut self, time: Duration) -> Self {
        self.idle = time;
        self
    }

    /// How long after it was opened a connection still gets messages. 15 minutes unless this says otherwise.
    #[must_use]
    pub fn lifetime(mut self, time: Duration) -> Self {
        self.lifetime = time;
        self
    }

    /// How often a message is begun, where connections are lost before any of it can have been accepted. 3 times unless
    /// this says otherwise, and once at least.
    #[must_use]
    pub fn tries(mut self, most: u32) -> Self {
        self.tries = most.max(1);
        self
    }

    /// How many connections there may be at the same time.
    pub fn most_connections(&self) -> usize {
        self.connections
    }
}

/// What the provider's documentation allows, and this crate's own numbers where it names none.
impl From<&Provider> for PoolLimits {
    fn from(provider: &Provider) -> Self {
        let ProviderLimits {
            connections,
            messages_per_minute,
            ..
        } = provider.limits.unwrap_or_default();
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let limits = Self::default();
        let limits = connections.map_or(limits, |most| limits.connections(number(most)));
        messages_per_minute.map_or(limits, |most| limits.messages_per_minute(number(most)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_brings_its_providers_numbers_and_leaves_the_others() {
        let mut counted = 0;
        for provider in Provider::ALL {
            let limits = PoolLimits::from(provider);
            let theirs = provider.limits.unwrap_or_default();
            counted += usize::from(theirs.connections.is_some());
            assert_eq!(
                limits.connections,
                theirs.connections.map_or(CONNECTIONS, |most| most as usize)
            );
            assert_eq!(
                limits.messages_per_minute,
                theirs.messages_per_minute.map(|most| most as usize)
            );
            assert_eq!(limits.messages_per_connection, MESSAGES);
        }
        assert!(counted > 0, "no preset has a number of connections");
    }

    #[test]
    fn nothing_at_all_would_be_a_pool_that_waits_for_ever() {
        let none = PoolLimits::default()
            .connections(0)
            .messages_per_connection(0)
            .messages_per_minute(0)
            .tries(0);
        assert_eq!((none.connections, none.messages_per_connection), (1, 1));
        assert_eq!((none.messages_per_minute, none.tries), (Some(1), 1));
    }
}
