//! Look-ups in DNS itself, by hickory: the system's resolver gives addresses alone, and says of a failure only that it is one.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use mailwright_proto::reply::Escaped;

/// More records of a kind than any host has who means well.
const MOST_RECORDS: usize = 32;

/// What the DNS says of where a domain's mail goes.
#[cfg(any(feature = "check", feature = "mx"))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// To these hosts, the most preferred first.
    Hosts(Vec<Exchanger>),
    /// To the domain's own addresses, as it has no MX: RFC 5321 section 5.1.
    Itself,
    /// Nowhere, by the null MX: RFC 7505 section 3.
    Nowhere,
}

#[cfg(any(feature = "check", feature = "mx"))]
impl Route {
    /// From the answer to the question for MX.
    pub(crate) fn of(found: Result<Vec<Exchanger>, NoRecord>) -> Result<Self, NoRecord> {
        match found {
            Ok(found) if found.iter().all(|exchanger| exchanger.host.is_empty()) => {
                Ok(Self::Nowhere)
            }
            // A null MX does not stand beside others; where it does, it names no host.
            Ok(found) => Ok(Self::Hosts(
                found
                    .into_iter()
                    .filter(|exchanger| !exchanger.host.is_empty())
                    .collect(),
            )),
            Err(NoRecord::NoneOfThisKind) => Ok(Self::Itself),
            Err(why) => Err(why),
        }
    }
}

/// Asks this system's name servers, or one that was named.
#[derive(Clone)]
pub(crate) struct Resolver {
    inner: TokioResolver,
    patience: Duration,
}

/// Why there is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoRecord {
    /// There is no such name.
    NoSuchName,
    /// The name has no record of this kind.
    NoneOfThisKind,
    /// Nobody answered in time.
    Silent,
    /// Something else, in words fit to be shown.
    Failed(String),
}

/// Where mail for a domain goes, RFC 5321 section 5.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exchanger {
    pub(crate) preference: u16,
    /// Empty for the null MX of RFC 7505.
    pub(crate) host: String,
}

impl Resolver {
    /// The name servers that this system is told to ask, and its file of hosts.
    pub(crate) fn of_system(patience: Duration) -> Result<Self, NoRecord> {
        let builder = TokioResolver::builder_tokio().map_err(NoRecord::from)?;
        Self::build(builder, patience)
    }

    /// One name server, and nothing else.
    pub(crate) fn at(server: SocketAddr, patience: Duration) -> Result<Self, NoRecord> {
        let to_port = |mut connection: ConnectionConfig| {
            connection.port = server.port();
            connection
        };
        let mut name_server = NameServerConfig::udp_and_tcp(server.ip());
        name_server.connections = name_server.connections.into_iter().map(to_port).collect();
        let config = ResolverConfig::from_name_servers(vec![name_server]);
        let mut builder =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        Self::build(builder, patience)
    }

    fn build(
        mut builder: hickory_resolver::ResolverBuilder<TokioRuntimeProvider>,
        patience: Duration,
    ) -> Result<Self, NoRecord> {
        let options = builder.options_mut();
        // Twice within the time: an answer may get lost.
        options.timeout = (patience / 2).min(options.timeout);
        options.attempts = 1;
        let inner = builder.build().map_err(NoRecord::from)?;
        Ok(Self { inner, patience })
    }

    /// The host's addresses of one family: `A` or `AAAA`.
    pub(crate) async fn addresses(&self, host: &str, v6: bool) -> Result<Vec<IpAddr>, NoRecord> {
        let kind = if v6 { RecordType::AAAA } else { RecordType::A };
        let address = |record: &Record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        };
        self.lookup(host, kind, address).await
    }

    /// Where mail for a domain goes, the most preferred first.
    pub(crate) async fn exchangers(&self, domain: &str) -> Result<Vec<Exchanger>, NoRecord> {
        let exchanger = |record: &Record| match &record.data {
            RData::MX(mx) => {
                let host = mx.exchange.to_ascii();
                let host = host.trim_end_matches('.').to_owned();
                Some(Exchanger {
                    preference: mx.preference,
                    host,
                })
            }
            _ => None,
        };
        let mut found = self.lookup(domain, RecordType::MX, exchanger).await?;
        found.sort_by_key(|exchanger| exchanger.preference);
        Ok(found)
    }

    /// The texts of a name, the strings of each put together (RFC 7208 section 3.3).
    #[cfg(feature = "sender-dns")]
    pub(crate) async fn texts(&self, name: &str) -> Result<Vec<Vec<u8>>, NoRecord> {
        let text = |record: &Record| match &record.data {
            RData::TXT(text) => Some(text.txt_data.concat()),
            _ => None,
        };
        self.lookup(name, RecordType::TXT, text).await
    }

    /// Where a name leads that is an alias.
    #[cfg(feature = "sender-dns")]
    pub(crate) async fn aliases(&self, name: &str) -> Result<Vec<String>, NoRecord> {
        let alias = |record: &Record| match &record.data {
            RData::CNAME(target) => Some(target.to_ascii().trim_end_matches('.').to_owned()),
            _ => None,
        };
        self.lookup(name, RecordType::CNAME, alias).await
    }

    async fn lookup<T>(
        &self,
        name: &str,
        kind: RecordType,
        wanted: impl Fn(&Record) -> Option<T>,
    ) -> Result<Vec<T>, NoRecord> {
        let answer =
            tokio::time::timeout(self.patience, self.inner.lookup(rooted(name), kind)).await;
        let answer = answer.map_err(|_| NoRecord::Silent)??;
        let found: Vec<T> = answer
            .answers()
            .iter()
            .filter_map(wanted)
            .take(MOST_RECORDS)
            .collect();
        if found.is_empty() {
            Err(NoRecord::NoneOfThisKind)
        } else {
            Ok(found)
        }
    }
}

/// Returns the name with a final dot, which prevents look-ups in search domains: those would return
/// another domain's hosts.
pub(crate) fn rooted(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

impl From<NetError> for NoRecord {
    fn from(error: NetError) -> Self {
        match error {
            error if error.is_nx_domain() => Self::NoSuchName,
            error if error.is_no_records_found() => Self::NoneOfThisKind,
            NetError::Timeout | NetError::NoConnections => Self::Silent,
            NetError::Dns(DnsError::ResponseCode(code)) => {
                Self::Failed(format!("the name server answered {code}"))
            }
            error => Self::Failed(Escaped(error.to_string().as_bytes()).to_string()),
        }
    }
}

#[cfg(any(feature = "check", feature = "mx"))]
impl NoRecord {
    /// Whether it says that there is none, and not that nobody knows.
    pub(crate) fn is_definite(&self) -> bool {
        matches!(self, Self::NoSuchName | Self::NoneOfThisKind)
    }
}

impl fmt::Display for NoRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchName => "there is no such name",
            Self::NoneOfThisKind => "none",
            Self::Silent => "no name server answered in time",
            Self::Failed(why) => why,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::thread;

    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::Name;

    use super::*;

    /// Answers a number of questions as a name server that knows no name, and returns the names
    /// asked for.
    fn serve(socket: &UdpSocket, questions: usize) -> Vec<String> {
        let mut asked = Vec::new();
        let mut buffer = [0; 512];
        while asked.len() < questions {
            let (length, client) = socket.recv_from(&mut buffer).unwrap();
            let mut answer = Message::from_vec(&buffer[..length])
                .unwrap()
                .into_response();
            answer.metadata.response_code = ResponseCode::NXDomain;
            asked.extend(answer.queries.iter().map(|query| query.name().to_string()));
            socket.send_to(&answer.to_vec().unwrap(), client).unwrap();
        }
        asked
    }

    #[test]
    fn no_question_is_about_a_search_domain() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let port = socket.local_addr().unwrap().port();
        let server = thread::spawn(move || serve(&socket, 2));
        let mut at = NameServerConfig::udp(std::net::Ipv4Addr::LOCALHOST.into());
        at.connections
            .iter_mut()
            .for_each(|connection| connection.port = port);
        let config = ResolverConfig::from_parts(
            Some(Name::from_ascii("corp.test.").unwrap()),
            Vec::new(),
            vec![at],
        );
        let mut builder =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.options_mut().ndots = 5;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let found = runtime.block_on(async {
            let resolver = Resolver::build(builder, Duration::from_secs(10)).unwrap();
            [
                resolver.exchangers("example.test").await.err(),
                resolver.addresses("mx.example.test.", false).await.err(),
            ]
        });
        assert_eq!(
            found,
            [Some(NoRecord::NoSuchName), Some(NoRecord::NoSuchName)]
        );
        assert_eq!(
            server.join().unwrap(),
            ["example.test.", "mx.example.test."]
        );
    }
}
