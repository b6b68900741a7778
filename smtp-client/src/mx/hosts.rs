//! The look-ups: which hosts take a domain's mail, and where they are.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::Fault;
use crate::dns::{Exchanger, NoRecord, Resolver, Route};
use crate::error::{Error, Kind};
use crate::tls;

/// A domain that names more hosts than this for its mail has enough of them.
const MOST_HOSTS: usize = 10;

/// Addresses of one host that are tried: RFC 5321 section 5.1 asks for two at least.
const MOST_ADDRESSES: usize = 4;

/// A host that takes a domain's mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) preference: Option<u16>,
}

/// The hosts of a domain, in the order in which they are to be tried: RFC 5321 section 5.1.
pub(crate) async fn hosts_of(
    domain: &str,
    server: Option<SocketAddr>,
    patience: Duration,
) -> Result<Vec<Host>, Error> {
    let found = match resolver(server, patience) {
        Ok(resolver) => resolver.exchangers(domain).await,
        Err(why) => Err(why),
    };
    match Route::of(found) {
        Ok(Route::Hosts(exchangers)) => Ok(in_turn(exchangers, chance)),
        Ok(Route::Itself) => Ok(vec![Host {
            name: domain.to_owned(),
            preference: None,
        }]),
        Ok(Route::Nowhere) => Err(Kind::Exchange(Fault::NullMx(domain.to_owned())).into()),
        Err(why) => Err(fault(domain, "MX", why)),
    }
}

/// A host's addresses of both families, each once; at least one.
pub(crate) async fn addresses_of(
    host: &str,
    server: Option<SocketAddr>,
    patience: Duration,
) -> Result<Vec<IpAddr>, Error> {
    let (v6, v4) = match resolver(server, patience) {
        Ok(resolver) => tokio::join!(
            resolver.addresses(host, true),
            resolver.addresses(host, false)
        ),
        Err(why) => (Err(why.clone()), Err(why)),
    };
    let mut addresses: Vec<IpAddr> = Vec::new();
    let mut reason = NoRecord::NoneOfThisKind;
    // The families by turns, so that the limit leaves some of each.
    let (v6, v4) = (known(v6, &mut reason), known(v4, &mut reason));
    for i in 0..v6.len().max(v4.len()) {
        for address in [v6.get(i), v4.get(i)].into_iter().flatten() {
            if !addresses.contains(address) {
                addresses.push(*address);
            }
        }
    }
    addresses.truncate(MOST_ADDRESSES);
    if addresses.is_empty() {
        Err(fault(host, "A or AAAA", reason))
    } else {
        Ok(addresses)
    }
}

fn resolver(server: Option<SocketAddr>, patience: Duration) -> Result<Resolver, NoRecord> {
    match server {
        Some(server) => Resolver::at(server, patience),
        None => Resolver::of_system(patience),
    }
}

/// By preference, and at random within one, so that the hosts share the load.
fn in_turn(exchangers: Vec<Exchanger>, mut chance: impl FnMut() -> u64) -> Vec<Host> {
    let mut drawn: Vec<_> = exchangers
        .into_iter()
        .map(|exchanger| (exchanger.preference, chance(), exchanger))
        .collect();
    drawn.sort_by_key(|(preference, lot, _)| (*preference, *lot));
    let mut hosts: Vec<Host> = Vec::new();
    for (preference, _, exchanger) in drawn {
        if hosts.len() < MOST_HOSTS
            && hosts
                .iter()
                .all(|host| !host.name.eq_ignore_ascii_case(&exchanger.host))
        {
            hosts.push(Host {
                name: exchanger.host,
                preference: Some(preference),
            });
        }
    }
    hosts
}

/// Where there is no randomness to be had, the name server's order has to do.
fn chance() -> u64 {
    tls::random().map_or(0, u64::from_ne_bytes)
}

/// The addresses; or none, and the reason for that: that nobody knows outweighs that there is none.
fn known(found: Result<Vec<IpAddr>, NoRecord>, reason: &mut NoRecord) -> Vec<IpAddr> {
    found.unwrap_or_else(|why| {
        if !why.is_definite() || *reason == NoRecord::NoneOfThisKind {
            *reason = why;
        }
        Vec::new()
    })
}

fn fault(name: &str, kinds: &'static str, why: NoRecord) -> Error {
    Kind::Exchange(Fault::Lookup {
        name: name.to_owned(),
        kinds,
        why,
    })
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchanger(preference: u16, host: &str) -> Exchanger {
        Exchanger {
            preference,
            host: host.to_owned(),
        }
    }

    fn names(hosts: &[Host]) -> Vec<&str> {
        hosts.iter().map(|host| host.name.as_str()).collect()
    }

    #[test]
    fn hosts_stand_by_preference_and_by_lot_within_one() {
        let found = || {
            vec![
                exchanger(20, "c"),
                exchanger(10, "a"),
                exchanger(10, "b"),
                exchanger(20, "A"),
            ]
        };
        let mut lots = [1, 3, 2, 4].into_iter();
        assert_eq!(
            names(&in_turn(found(), || lots.next().unwrap())),
            ["b", "a", "c"]
        );
        let mut lots = [1, 2, 3, 4].into_iter();
        assert_eq!(
            names(&in_turn(found(), || lots.next().unwrap())),
            ["a", "b", "c"]
        );
        assert_eq!(
            names(&in_turn(found(), || 0)),
            ["a", "b", "c"],
            "without randomness in the order of the answer"
        );
    }

    #[test]
    fn no_more_hosts_are_tried_than_are_sensible_and_the_best_of_them() {
        let found = (0..30)
            .map(|i| exchanger(100 - i, &format!("mx{i}")))
            .collect();
        let hosts = in_turn(found, || 0);
        assert_eq!(hosts.len(), MOST_HOSTS);
        assert_eq!(
            hosts[0],
            Host {
                name: "mx29".to_owned(),
                preference: Some(71)
            }
        );
    }

    #[test]
    fn of_two_reasons_the_one_that_may_pass_is_told() {
        for (first, second, told) in [
            (NoRecord::NoneOfThisKind, NoRecord::Silent, NoRecord::Silent),
            (NoRecord::Silent, NoRecord::NoneOfThisKind, NoRecord::Silent),
            (
                NoRecord::NoSuchName,
                NoRecord::NoSuchName,
                NoRecord::NoSuchName,
            ),
            (
                NoRecord::NoneOfThisKind,
                NoRecord::NoneOfThisKind,
                NoRecord::NoneOfThisKind,
            ),
        ] {
            let mut reason = NoRecord::NoneOfThisKind;
            assert!(
                known(Err(first), &mut reason).is_empty()
                    && known(Err(second), &mut reason).is_empty()
            );
            assert_eq!(reason, told);
        }
    }
}
