//! Questions to the DNS, as many as are sensible and no more.

use std::net::SocketAddr;
use std::time::Duration;

use mailwright_proto::reply::Escaped;
use tokio::time::{Instant, timeout_at};

use crate::dns::{Exchanger, NoRecord, Resolver};

/// The resolver, and how much it may still be asked.
pub(super) struct Lookups {
    /// Or why it cannot be asked.
    resolver: Result<Resolver, NoRecord>,
    deadline: Instant,
    asked: usize,
}

/// Why there is no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The DNS says that there is no such name.
    NoName,
    /// Nobody could say: why, in a few words.
    Failed(String),
}

/// SPF needs at most 41 here, DMARC 8, DKIM and MX a dozen: who asks more was led astray.
const MOST_LOOKUPS: usize = 100;

/// One answer is not waited for longer, so that a name server that is silent at one name leaves time for the others.
const PATIENCE: Duration = Duration::from_secs(5);

const A_DAY: Duration = Duration::from_secs(86_400);

impl Lookups {
    /// Asks one name server alone, or else this system's.
    pub(super) fn new(server: Option<SocketAddr>, patience: Duration) -> Self {
        let now = Instant::now();
        // A time that no clock can show is one that never comes: a day will do.
        let deadline = now.checked_add(patience).unwrap_or(now + A_DAY);
        let resolver = match server {
            Some(server) => Resolver::at(server, patience.min(PATIENCE)),
            None => Resolver::of_system(patience.min(PATIENCE)),
        };
        Self {
            resolver,
            deadline,
            asked: 0,
        }
    }

    pub(super) fn asked(&self) -> usize {
        self.asked
    }

    /// The texts at a name; none where there are none.
    pub(super) async fn txt(&mut self, name: &str) -> Result<Vec<Vec<u8>>, Trouble> {
        self.ask(name, async |resolver, name| resolver.texts(name).await)
            .await
    }

    /// The mail exchangers of a domain, best first, without final dots; the null MX is an empty name.
    pub(super) async fn mx(&mut self, name: &str) -> Result<Vec<Exchanger>, Trouble> {
        self.ask(name, async |resolver, name| resolver.exchangers(name).await)
            .await
    }

    /// Whether a name has an address of either family.
    pub(super) async fn has_address(&mut self, name: &str) -> Result<bool, Trouble> {
        let v4 = self
            .ask(name, async |resolver, name| {
                resolver.addresses(name, false).await
            })
            .await?;
        if !v4.is_empty() {
            return Ok(true);
        }
        let v6 = self
            .ask(name, async |resolver, name| {
                resolver.addresses(name, true).await
            })
            .await?;
        Ok(!v6.is_empty())
    }

    /// Where a name leads, if it is an alias.
    pub(super) async fn alias(&mut self, name: &str) -> Result<Option<String>, Trouble> {
        let found = self
            .ask(name, async |resolver, name| resolver.aliases(name).await)
            .await?;
        Ok(found.into_iter().next())
    }

    async fn ask<T>(
        &mut self,
        name: &str,
        question: impl AsyncFn(&Resolver, &str) -> Result<Vec<T>, NoRecord>,
    ) -> Result<Vec<T>, Trouble> {
        if self.asked == MOST_LOOKUPS {
            return Err(Trouble::Failed(format!(
                "{MOST_LOOKUPS} look-ups were made, and that is enough"
            )));
        }
        let resolver = self.resolver.as_ref().map_err(in_words)?;
        self.asked += 1;
        match timeout_at(self.deadline, question(resolver, name)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(NoRecord::NoneOfThisKind)) => Ok(Vec::new()),
            Ok(Err(NoRecord::NoSuchName)) => Err(Trouble::NoName),
            Ok(Err(why)) => Err(in_words(&why)),
            Err(_) => Err(Trouble::Failed("there was no answer in time".into())),
        }
    }
}

fn in_words(why: &NoRecord) -> Trouble {
    Trouble::Failed(Escaped(why.to_string().as_bytes()).to_string())
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    fn block_on(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(work);
    }

    #[test]
    fn one_span_of_time_bounds_all_questions() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        block_on(async {
            let begun = Instant::now();
            let mut lookups = Lookups::new(silent.local_addr().ok(), Duration::from_millis(400));
            for asked in 0..100 {
                assert!(lookups.txt(&format!("name{asked}.test")).await.is_err());
            }
            // Each by itself would take 400 ms.
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{:?}",
                begun.elapsed()
            );
        });
    }

    #[test]
    fn no_more_than_100_questions_are_asked() {
        block_on(async {
            // No answer is waited for: the time is over from the start.
            let mut lookups = Lookups::new(Some(([127, 0, 0, 1], 9).into()), Duration::ZERO);
            for asked in 1..=100 {
                assert!(lookups.txt(&format!("name{asked}.test")).await.is_err());
                assert_eq!(lookups.asked(), asked);
            }
            for _ in 0..3 {
                let Err(Trouble::Failed(why)) = lookups.mx("one-more.test").await else {
                    panic!("an answer")
                };
                assert!(why.contains("100 look-ups"), "{why}");
                assert_eq!(lookups.asked(), 100);
            }
        });
    }
}
