//! What a server declares by LIMITS, kept: RFC 9422 section 4.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::Connection;
use crate::address::ForwardPath;
use crate::ehlo::{Keyword, ServerLimits};
use crate::envelope::Envelope;
use crate::error::{DeclaredLimit, SendError};

/// The domains of a connection's recipients, in lower case.
#[derive(Debug, Default)]
pub(super) struct Domains(BTreeSet<String>);

impl Connection {
    /// Which of an envelope's recipients, by their indexes, a message may have that is started now: as many as the server's
    /// LIMITS allow, from the first on. All of them, where it declares none. None at all, where the connection has had as
    /// many messages as it may: then a new one is needed.
    ///
    /// ```
    /// # use mailwright_proto::{Config, Connection, Output, Security, SendError};
    /// # use mailwright_proto::address::EhloName;
    /// # use mailwright_proto::envelope::Envelope;
    /// # let name = EhloName::try_from("client.example.test")?;
    /// # let mut connection = Connection::new(Config::new(name).security(Security::None).into());
    /// # let mut replies = ["220 mx\r\n", "250-mx\r\n250 LIMITS RCPTMAX=2\r\n"].into_iter();
    /// # loop {
    /// #     match connection.poll()? {
    /// #         Output::Write => connection.transmitted(connection.transmit().len()),
    /// #         Output::Read => connection.receive(replies.next().unwrap().as_bytes()),
    /// #         Output::Idle => break,
    /// #         _ => {}
    /// #     }
    /// # }
    /// // The server has said LIMITS RCPTMAX=2.
    /// let to = ["a@x.test", "b@x.test", "c@x.test"].map(|text| text.parse());
    /// let envelope = Envelope::new("me@x.test".parse()?, to.into_iter().collect::<Result<Vec<_>, _>>()?)?;
    /// assert!(matches!(connection.send(&envelope), Err(SendError::BeyondLimit(_))));
    /// let fitting = connection.within_limits(&envelope);
    /// assert_eq!(fitting, [0, 1]);
    /// connection.send(&envelope.subset(&fitting)?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn within_limits(&self, envelope: &Envelope) -> Vec<usize> {
        let recipients = envelope.recipients();
        let Some(limits) = self.declared_limits() else {
            return (0..recipients.len()).collect();
        };
        if limits
            .mail_max
            .is_some_and(|most| self.next_message >= most)
        {
            return Vec::new();
        }
        let most = limits.rcpt_max.map_or(usize::MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        });
        let before = self.domains.as_deref();
        let mut room = limits.rcpt_domain_max.map(|most| Room {
            most,
            before,
            new: BTreeSet::new(),
        });
        let fitting = recipients.iter().enumerate();
        let fitting =
            fitting.filter(|&(_, path)| room.as_mut().is_none_or(|room| room.takes(path)));
        fitting.take(most).map(|(index, _)| index).collect()
    }

    /// Refuses an envelope that does not fit as a whole.
    pub(super) fn check_limits(&self, envelope: &Envelope) -> Result<(), SendError> {
        let Some(limits) = self.declared_limits() else {
            return Ok(());
        };
        let wanted = envelope.recipients().len();
        let fitting = self.within_limits(envelope).len();
        let beyond = |limit: Option<DeclaredLimit>| {
            limit.map_or(Ok(()), |limit| Err(SendError::BeyondLimit(limit)))
        };
        match fitting {
            _ if fitting == wanted => Ok(()),
            0 => beyond(limits.mail_max.map(DeclaredLimit::Messages)),
            _ if limits
                .rcpt_max
                .is_some_and(|most| u64::try_from(wanted).is_ok_and(|wanted| wanted > most)) =>
            {
                beyond(limits.rcpt_max.map(DeclaredLimit::Recipients))
            }
            _ => beyond(limits.rcpt_domain_max.map(DeclaredLimit::Domains)),
        }
    }

    /// A message is begun.
    pub(super) fn spend(&mut self, envelope: &Envelope) {
        let Some(limits) = self.declared_limits() else {
            return;
        };
        if limits.rcpt_domain_max.is_some() {
            let domains = self.domains.get_or_insert_default();
            domains.0.extend(
                envelope
                    .recipients()
                    .iter()
                    .filter_map(domain_of)
                    .map(Cow::into_owned),
            );
        }
    }

    /// What the server declares and means: no limit is zero.
    fn declared_limits(&self) -> Option<ServerLimits> {
        let offered = self
            .capabilities()
            .filter(|offered| offered.offers(Keyword::Limits))?;
        let limits = offered.limits()?;
        let above_zero = |limit: Option<u64>| limit.filter(|&most| most > 0);
        Some(ServerLimits {
            rcpt_max: above_zero(limits.rcpt_max),
            mail_max: above_zero(limits.mail_max),
            rcpt_domain_max: above_zero(limits.rcpt_domain_max),
        })
    }
}

/// The domains that one more message may use.
struct Room<'c> {
    most: u64,
    /// The domains of earlier messages.
    before: Option<&'c Domains>,
    new: BTreeSet<Cow<'c, str>>,
}

impl<'c> Room<'c> {
    /// Returns whether the recipient's domain is known, or another one may be used.
    fn takes(&mut self, path: &'c ForwardPath) -> bool {
        let Some(domain) = domain_of(path) else {
            return true;
        };
        let before = self.before.map_or(0, |domains| domains.0.len());
        if self
            .before
            .is_some_and(|domains| domains.0.contains(&*domain))
            || self.new.contains(&domain)
        {
            return true;
        }
        let is_free =
            u64::try_from(before.saturating_add(self.new.len())).is_ok_and(|used| used < self.most);
        if is_free {
            self.new.insert(domain);
        }
        is_free
    }
}

/// Returns a recipient's domain in lower case. `Postmaster` has none.
fn domain_of(path: &ForwardPath) -> Option<Cow<'_, str>> {
    let ForwardPath::Mailbox(mailbox) = path else {
        return None;
    };
    let domain = mailbox.ascii_domain().unwrap_or(mailbox.domain());
    let has_upper_case = domain.bytes().any(|byte| byte.is_ascii_uppercase());
    Some(if has_upper_case {
        Cow::Owned(domain.to_ascii_lowercase())
    } else {
        Cow::Borrowed(domain)
    })
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::config::{Config, Security};
    use crate::event::Output;

    /// An open session with a server that declares this.
    fn open(limits: &str) -> Connection {
        let name = "client.example.test".parse().unwrap();
        let mut connection = Connection::new(Config::new(name).security(Security::None).into());
        let answer = format!("250-mx\r\n250-PIPELINING\r\n250 {limits}\r\n");
        let mut replies = ["220 mx\r\n", answer.as_str()].into_iter();
        loop {
            match connection.poll().unwrap() {
                Output::Write => connection.transmitted(connection.transmit().len()),
                Output::Read => connection.receive(replies.next().unwrap().as_bytes()),
                Output::Idle => return connection,
                _ => {}
            }
        }
    }

    fn to(recipients: &[&str]) -> Envelope {
        Envelope::new(
            "a@b.test".parse().unwrap(),
            recipients.iter().map(|path| path.parse().unwrap()),
        )
        .unwrap()
    }

    fn beyond(limit: DeclaredLimit) -> Result<(), SendError> {
        Err(SendError::BeyondLimit(limit))
    }

    #[test]
    fn a_server_without_limits_takes_what_comes() {
        let mut connection = open("HELP");
        let many = to(&["a@x.test"; 500]);
        assert_eq!(connection.within_limits(&many).len(), 500);
        connection.spend(&many);
        assert_eq!(connection.check_limits(&many), Ok(()));
        let zero = open("LIMITS RCPTMAX=0 MAILMAX=0 RCPTDOMAINMAX=0");
        assert_eq!(zero.check_limits(&many), Ok(()), "no limit is zero");
    }

    #[test]
    fn recipients_are_counted_by_message() {
        let mut connection = open("LIMITS RCPTMAX=2");
        let three = to(&["a@x.test", "b@x.test", "c@x.test"]);
        assert_eq!(connection.within_limits(&three), [0, 1]);
        assert_eq!(
            connection.check_limits(&three),
            beyond(DeclaredLimit::Recipients(2))
        );
        let two = to(&["a@x.test", "b@x.test"]);
        connection.spend(&two);
        assert_eq!(connection.check_limits(&two), Ok(()));
        let connection = open("LIMITS RCPTMAX=2 RCPTDOMAINMAX=1");
        assert_eq!(
            connection.check_limits(&to(&["a@x.test", "b@y.test"])),
            beyond(DeclaredLimit::Domains(1))
        );
    }

    #[test]
    fn messages_are_counted_by_connection() {
        let mut connection = open("LIMITS MAILMAX=2");
        let one = to(&["a@x.test"]);
        connection.next_message += 1;
        assert_eq!(connection.check_limits(&one), Ok(()));
        connection.next_message += 1;
        assert_eq!(
            connection.check_limits(&one),
            beyond(DeclaredLimit::Messages(2))
        );
        assert!(connection.within_limits(&one).is_empty());
    }

    #[test]
    fn domains_are_counted_by_connection_and_each_once() {
        let mut connection = open("LIMITS RCPTDOMAINMAX=2");
        let mixed = to(&["a@x.test", "b@Y.test", "c@z.test", "d@X.TEST", "postmaster"]);
        assert_eq!(connection.within_limits(&mixed), [0, 1, 3, 4]);
        assert_eq!(
            connection.check_limits(&mixed),
            beyond(DeclaredLimit::Domains(2))
        );
        connection.spend(&to(&["a@x.test"]));
        connection.spend(&to(&["b@z.test"]));
        assert_eq!(connection.within_limits(&mixed), [0, 2, 3, 4]);
        let labelled = "i@bücher.test".parse::<crate::address::Mailbox>().unwrap();
        let labelled = labelled.with_ascii_domain("z.test").unwrap();
        let same = Envelope::new("a@b.test".parse().unwrap(), [labelled.into()]).unwrap();
        assert_eq!(connection.check_limits(&same), Ok(()));
    }
}
