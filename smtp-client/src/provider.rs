//! Presets: the settings of well-known mail services as data, each with the page that says so.

mod table;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;

use mailwright_proto::{Security, auth::Mechanism};

use crate::blocking::Client;
use crate::builder::ClientBuilder;

/// A mail service, and how to send through it.
///
/// It connects to nothing and holds no secret: it is the service's documentation as data.
///
/// ```
/// use mailwright::{Provider, Security};
///
/// let office = Provider::named("office365")?;
/// assert_eq!((&*office.server, office.port, office.security), ("smtp.office365.com", 587, Security::StartTls));
/// assert_eq!(office.auth, ["XOAUTH2", "LOGIN"]);
/// assert_eq!(office.limits.and_then(|limits| limits.connections), Some(3));
///
/// let ireland = Provider::named("amazon-ses:eu-west-1")?;
/// assert_eq!(ireland.server, "email-smtp.eu-west-1.amazonaws.com");
///
/// for provider in Provider::ALL {
///     println!("{}: {}", provider.name, provider.title);
/// }
/// # Ok::<(), mailwright::UnknownProvider>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provider {
    /// What it is asked for by: lower-case letters, digits and hyphens. A region that was asked for is not part of it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The host to connect to.
    pub server: Cow<'static, str>,
    /// The part of [`server`](Self::server) that names a region, where there is one: `NAME:REGION` asks for another.
    pub region: Option<Cow<'static, str>>,
    /// The port of that host.
    pub port: u16,
    /// How the connection comes by TLS there.
    pub security: Security,
    /// The names of the SASL mechanisms to log in by, the best first; none where there is no login.
    /// A name may be of a mechanism that [`Mechanism`] does not know.
    pub auth: &'static [&'static str],
    /// Who gives out access tokens for it (`microsoft`, `google`, …), where it takes them.
    pub oauth: Option<&'static str>,
    /// How much it takes, as far as that is the same for every account.
    pub limits: Option<ProviderLimits>,
    /// What to know before the first message, a sentence or two each.
    pub notes: &'static [&'static str],
    /// The service's own page about it.
    pub source: &'static str,
}

/// How much a [`Provider`] takes; `None` where its documentation gives no number that holds for every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProviderLimits {
    /// Connections at the same time.
    pub connections: Option<u32>,
    /// Messages a minute.
    pub messages_per_minute: Option<u32>,
    /// Octets of a whole message, attachments as they are encoded. A page's "MB" is read as 1,000,000 octets.
    pub message_size: Option<u64>,
}

impl Provider {
    /// All of them, in an order for reading.
    pub const ALL: &'static [Self] = table::ALL;

    /// The one of this name, in any case; `NAME:REGION` where its server has a region in its name.
    ///
    /// # Errors
    /// [`UnknownProvider`], with the names that come near.
    pub fn named(name: &str) -> Result<Self, UnknownProvider> {
        let (name, region) = match name.split_once(':') {
            Some((name, region)) => (name, Some(region)),
            None => (name, None),
        };
        let Some(provider) = Self::ALL
            .iter()
            .find(|provider| provider.name.eq_ignore_ascii_case(name))
        else {
            return Err(UnknownProvider::Name {
                name: name.to_owned(),
                near: near(name),
            });
        };
        match region {
            Some(region) => provider.in_region(region),
            None => Ok(provider.clone()),
        }
    }

    /// The mechanisms of [`auth`](Self::auth) that this crate speaks, in the same order.
    ///
    /// ```
    /// use mailwright::{Mechanism, Provider};
    /// let office = Provider::named("office365")?;
    /// assert_eq!(office.mechanisms(), [Mechanism::XOAuth2, Mechanism::Login]);
    /// # Ok::<(), mailwright::UnknownProvider>(())
    /// ```
    pub fn mechanisms(&self) -> Vec<Mechanism> {
        self.auth
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect()
    }

    /// A client of this service, which lacks its credentials alone.
    ///
    /// ```
    /// use mailwright::{Credentials, Provider, Secret};
    /// let login = Credentials::password("me@gmail.com", Secret::from(String::from("an app password")))?;
    /// let client = Provider::named("gmail")?.builder().credentials(login).build();
    /// assert!(client.facts().address.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(&self) -> ClientBuilder {
        let builder = Client::builder(&*self.server, self.port).security(self.security);
        match self.mechanisms() {
            none if none.is_empty() => builder,
            mechanisms => builder.mechanisms(mechanisms),
        }
    }

    fn in_region(&self, wanted: &str) -> Result<Self, UnknownProvider> {
        let Some(region) = &self.region else {
            return Err(UnknownProvider::NoRegions { name: self.name });
        };
        // One label and no more, so that a region cannot lead to another domain.
        let is_in_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if wanted.is_empty() || wanted.len() > MAX_LABEL || !wanted.bytes().all(is_in_label) {
            return Err(UnknownProvider::Region {
                name: self.name,
                region: wanted.to_owned(),
            });
        }
        let wanted = wanted.to_ascii_lowercase();
        let server = self.server.replacen(&**region, &wanted, 1);
        Ok(Self {
            server: server.into(),
            region: Some(wanted.into()),
            ..self.clone()
        })
    }
}

/// RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;

/// A name that no [`Provider`] has, or a region that it cannot be asked for in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownProvider {
    /// No preset has this name.
    Name {
        /// What was asked for.
        name: String,
        /// The names that come near it, the nearest first.
        near: Vec<&'static str>,
    },
    /// This preset's server has no region in its name.
    NoRegions {
        /// The preset.
        name: &'static str,
    },
    /// This is not the name of a region.
    Region {
        /// The preset.
        name: &'static str,
        /// What was asked for.
        region: String,
    },
}

impl fmt::Display for UnknownProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name, near } if near.is_empty() => {
                let all: Vec<_> = Provider::ALL.iter().map(|provider| provider.name).collect();
                write!(
                    f,
                    "there is no preset {name:?}: there are {}",
                    all.join(", ")
                )
            }
            Self::Name { name, near } => write!(
                f,
                "there is no preset {name:?}: did you mean {}?",
                near.join(" or ")
            ),
            Self::NoRegions { name } => write!(
                f,
                "{name} has no regions: leave the colon and what follows it out"
            ),
            Self::Region { name, region } => {
                write!(
                    f,
                    "{region:?} is no region of {name}: letters, digits and hyphens name one"
                )
            }
        }
    }
}

impl std::error::Error for UnknownProvider {}

/// The names that share most pairs of letters with this one, for their length.
fn near(wanted: &str) -> Vec<&'static str> {
    let wanted = wanted.to_ascii_lowercase();
    let likeness = |name: &str| {
        let pairs = wanted.as_bytes().windows(2);
        let shared = pairs
            .filter(|pair| name.as_bytes().windows(2).any(|other| other == *pair))
            .count();
        shared * SCALE / (wanted.len() + name.len())
    };
    let mut found: Vec<_> = Provider::ALL
        .iter()
        .map(|provider| (likeness(provider.name), provider.name))
        .collect();
    found.sort_by_key(|(likeness, _)| Reverse(*likeness));
    let most = found.first().map_or(0, |(likeness, _)| *likeness);
    found.retain(|(likeness, _)| *likeness > 0 && likeness * 4 >= most * 3);
    found
        .into_iter()
        .map(|(_, name)| name)
        .take(MAX_NEAR)
        .collect()
}

/// Keeps a fraction in a whole number.
const SCALE: usize = 1000;

/// More would be a list to read, not a hint.
const MAX_NEAR: usize = 3;

#[cfg(test)]
mod tests;
