//! The EHLO answer: every keyword of IANA's registry typed, unknown ones kept. RFC 5321 section 4.1.1.1.

mod keyword;

use alloc::collections::BTreeSet;
use core::fmt;

use crate::auth::Mechanism;
use crate::reply::{Escaped, Reply, TEXT_OFFSET, split_line};

pub use keyword::Keyword;

/// What a server offers, as its answer to EHLO says it.
///
/// ```
/// use mailwright_proto::{auth::Mechanism, ehlo::{Capabilities, Keyword}, reply::Reply};
/// let reply = Reply::parse(b"250-mx.example.test Hello\r\n250-SIZE 157286400\r\n250 AUTH LOGIN XOAUTH2\r\n")?;
/// let capabilities = Capabilities::from_reply(reply);
/// assert_eq!(capabilities.size(), Some(157_286_400));
/// assert!(capabilities.offers_mechanism(Mechanism::Login));
/// assert!(!capabilities.offers(Keyword::Pipelining));
/// # Ok::<(), mailwright_proto::reply::ReplyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    reply: Reply,
    /// How many lines of the reply, from its first on, are no keywords.
    not_keywords: usize,
    keywords: u64,
    /// 0 where no limit was named, which says the same.
    size: u64,
}

impl Capabilities {
    /// Reads the lines behind the first, which is the server's name and free text, never a keyword.
    pub fn from_reply(reply: Reply) -> Self {
        let (keywords, size) = summary(reply.raw());
        Self {
            reply,
            not_keywords: 1,
            keywords,
            size,
        }
    }

    /// What a server offers that answered HELO alone: nothing.
    pub(crate) fn none(reply: Reply) -> Self {
        Self {
            reply,
            not_keywords: usize::MAX,
            keywords: 0,
            size: 0,
        }
    }

    /// Returns the capabilities without these extensions. The lines stay as they were sent.
    pub(crate) fn without(self, ignored: &[Keyword]) -> Self {
        let keywords = ignored
            .iter()
            .fold(self.keywords, |kept, keyword| kept & !keyword.bit());
        let size = if keywords & Keyword::Size.bit() == 0 {
            0
        } else {
            self.size
        };
        Self {
            keywords,
            size,
            ..self
        }
    }

    /// What the server calls itself: the first word of the first line, whatever it is.
    pub fn host(&self) -> &[u8] {
        let line = self.reply.lines().next().unwrap_or_default();
        Words(line).next().unwrap_or_default()
    }

    /// The lines behind the first, as they were sent. The answer to HELO has none that say anything.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.reply.lines().skip(self.not_keywords)
    }

    /// Each line behind the first, typed.
    pub fn iter(&self) -> impl Iterator<Item = Capability<'_>> {
        self.lines().map(Capability::from_line)
    }

    /// Whether a keyword is offered.
    pub fn offers(&self, keyword: Keyword) -> bool {
        self.keywords & keyword.bit() != 0
    }

    /// The most octets a message may have; nothing where there is no limit, or none was named. RFC 1870 section 4.
    pub fn size(&self) -> Option<u64> {
        Some(self.size).filter(|&limit| limit > 0)
    }

    /// The names of the mechanisms of AUTH and of the old `AUTH=`, whole words, each once, in the server's order.
    pub fn mechanisms(&self) -> impl Iterator<Item = &[u8]> {
        let mut seen = BTreeSet::new();
        let names = self.iter().filter_map(|capability| match capability {
            Capability::Auth(names) if self.offers(Keyword::Auth) => Some(names),
            _ => None,
        });
        names
            .flatten()
            .filter(move |name| seen.insert(name.to_ascii_uppercase()))
    }

    /// Whether a mechanism is offered.
    pub fn offers_mechanism(&self, mechanism: Mechanism) -> bool {
        self.offers(Keyword::Auth)
            && self.iter().any(|capability| match capability {
                Capability::Auth(mut names) => {
                    names.any(|name| name.eq_ignore_ascii_case(mechanism.name().as_bytes()))
                }
                _ => false,
            })
    }

    /// The limits that the server declares; RFC 9422.
    pub fn limits(&self) -> Option<ServerLimits> {
        self.iter().find_map(|capability| match capability {
            Capability::Limits(limits) if self.offers(Keyword::Limits) => Some(limits),
            _ => None,
        })
    }

    /// The whole reply.
    pub fn reply(&self) -> &Reply {
        &self.reply
    }
}

/// One line of an EHLO answer.
///
/// A parameter that cannot be read counts as not given: no answer is refused for it.
///
/// ```
/// use mailwright_proto::ehlo::{Capability, Keyword};
/// assert_eq!(Capability::from_line(b"size 35882577"), Capability::Size(Some(35_882_577)));
/// assert_eq!(Capability::from_line(b"PIPELINING"), Capability::Plain(Keyword::Pipelining));
/// let Capability::Unknown { keyword, .. } = Capability::from_line(b"X-EXPS GSSAPI") else { panic!() };
/// assert_eq!(keyword, b"X-EXPS");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability<'a> {
    /// `SIZE [octets]`; RFC 1870. Zero and nothing both say that there is no fixed limit.
    Size(Option<u64>),
    /// `AUTH mechanism…`, also in its old form `AUTH=mechanism…`; RFC 4954.
    Auth(Words<'a>),
    /// `DELIVERBY [least seconds]`; RFC 2852.
    DeliverBy(Option<u64>),
    /// `FUTURERELEASE seconds date-time`; RFC 4865.
    FutureRelease {
        /// The longest interval, in seconds.
        max_interval: Option<u64>,
        /// The latest date and time, in the form of RFC 3339.
        max_date_time: Option<&'a [u8]>,
    },
    /// `MT-PRIORITY [profile]`; RFC 6710.
    MtPriority(Option<&'a [u8]>),
    /// `LIMITS name=value…`; RFC 9422.
    Limits(ServerLimits),
    /// `NO-SOLICITING [keywords]`; RFC 3865.
    NoSoliciting(Option<&'a [u8]>),
    /// `BURL [scheme…]`; RFC 4468.
    Burl(Words<'a>),
    /// Any other keyword of the registry: those have no parameters.
    Plain(Keyword),
    /// A keyword that the registry does not have, with whatever followed it.
    Unknown {
        /// The keyword, in the server's own case; empty for an empty line.
        keyword: &'a [u8],
        /// Its parameters.
        parameters: Words<'a>,
    },
}

impl<'a> Capability<'a> {
    /// `ehlo-line = ehlo-keyword *( SP ehlo-param )`, RFC 5321 section 4.1.1.1. Beyond it: any case, tabs, several blanks.
    pub fn from_line(line: &'a [u8]) -> Self {
        let line = line.trim_ascii_start();
        let Some((keyword, behind)) = Keyword::at_start_of(line) else {
            return Self::without_keyword(line);
        };
        let mut words = Words(behind);
        match keyword {
            Keyword::Size => Self::Size(words.next().and_then(number)),
            Keyword::Auth => Self::Auth(words),
            // RFC 2852 section 2: more may follow behind a comma.
            Keyword::DeliverBy => Self::DeliverBy(
                words
                    .next()
                    .and_then(|word| word.split(|&byte| byte == b',').next())
                    .and_then(number),
            ),
            Keyword::FutureRelease => Self::FutureRelease {
                max_interval: words.next().and_then(number),
                max_date_time: words.next(),
            },
            Keyword::MtPriority => Self::MtPriority(words.next()),
            Keyword::Limits => Self::Limits(ServerLimits::from_words(words)),
            Keyword::NoSoliciting => Self::NoSoliciting(words.next()),
            Keyword::Burl => Self::Burl(words),
            plain => Self::Plain(plain),
        }
    }

    /// `AUTH=LOGIN PLAIN`, which some servers say for clients older than RFC 2554; else something that nobody knows.
    fn without_keyword(line: &'a [u8]) -> Self {
        if let Some((key, names)) = line.split_at_checked(OLD_AUTH.len())
            && key.eq_ignore_ascii_case(OLD_AUTH)
        {
            return Self::Auth(Words(names));
        }
        let mut words = Words(line);
        Self::Unknown {
            keyword: words.next().unwrap_or_default(),
            parameters: words,
        }
    }

    /// The keyword, if the registry has it.
    pub fn keyword(&self) -> Option<Keyword> {
        Some(match self {
            Self::Size(_) => Keyword::Size,
            Self::Auth(_) => Keyword::Auth,
            Self::DeliverBy(_) => Keyword::DeliverBy,
            Self::FutureRelease { .. } => Keyword::FutureRelease,
            Self::MtPriority(_) => Keyword::MtPriority,
            Self::Limits(_) => Keyword::Limits,
            Self::NoSoliciting(_) => Keyword::NoSoliciting,
            Self::Burl(_) => Keyword::Burl,
            Self::Plain(keyword) => *keyword,
            Self::Unknown { .. } => return None,
        })
    }
}

const OLD_AUTH: &[u8] = b"AUTH=";

/// The keywords of whole lines, as bits, and the first SIZE with a limit.
///
/// A keyword that fills its line says where the line ends, which need not be searched for then.
fn summary(lines: &[u8]) -> (u64, u64) {
    let (mut keywords, mut size) = (0, None);
    let (_, mut rest) = split_line(lines);
    while let Some(text) = rest.get(TEXT_OFFSET..) {
        if let Some((keyword, next)) = Keyword::filling_line(text) {
            keywords |= keyword.bit();
            rest = next;
            continue;
        }
        let (line, next) = split_line(text);
        let capability = Capability::from_line(line);
        keywords |= capability.keyword().map_or(0, Keyword::bit);
        if let Capability::Size(limit) = capability {
            size = size.or(limit);
        }
        rest = next;
    }
    (keywords, size.unwrap_or(0))
}

/// Words between blanks and tabs, as an iterator: the parameters of a [`Capability`]. They are equal where their words are, whatever stands between.
#[derive(Clone)]
pub struct Words<'a>(&'a [u8]);

impl PartialEq for Words<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.clone().eq(other.clone())
    }
}

impl Eq for Words<'_> {}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.0.trim_ascii_start();
        let end = text
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }
}

impl fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.clone().map(|word| alloc::format!("{}", Escaped(word))))
            .finish()
    }
}

/// What one connection, or one message, may hold at most; RFC 9422 section 4.
/// [`Connection::within_limits`](crate::Connection::within_limits) keeps to them.
///
/// ```
/// use mailwright_proto::{ehlo::Capabilities, reply::Reply};
/// let reply = Reply::parse(b"250-mx.example.test\r\n250 LIMITS MAILMAX=20 RCPTMAX=1000\r\n")?;
/// let limits = Capabilities::from_reply(reply).limits().unwrap_or_default();
/// assert_eq!((limits.rcpt_max, limits.mail_max, limits.rcpt_domain_max), (Some(1000), Some(20), None));
/// # Ok::<(), mailwright_proto::reply::ReplyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ServerLimits {
    /// `RCPTMAX`: recipients of one message.
    pub rcpt_max: Option<u64>,
    /// `MAILMAX`: messages over one connection.
    pub mail_max: Option<u64>,
    /// `RCPTDOMAINMAX`: domains among the recipients over one connection.
    pub rcpt_domain_max: Option<u64>,
}

impl ServerLimits {
    fn from_words(words: Words<'_>) -> Self {
        let mut limits = Self::default();
        for word in words {
            let Some(equals) = word.iter().position(|&byte| byte == b'=') else {
                continue;
            };
            let (name, value) = (
                word.get(..equals).unwrap_or_default(),
                word.get(equals.saturating_add(1)..),
            );
            let value = value.and_then(number);
            match name {
                name if name.eq_ignore_ascii_case(b"RCPTMAX") => limits.rcpt_max = value,
                name if name.eq_ignore_ascii_case(b"MAILMAX") => limits.mail_max = value,
                name if name.eq_ignore_ascii_case(b"RCPTDOMAINMAX") => {
                    limits.rcpt_domain_max = value
                }
                _ => {}
            }
        }
        limits
    }
}

/// Digits alone: no sign, no overflow.
fn number(word: &[u8]) -> Option<u64> {
    let number = word.iter().try_fold(0_u64, |number, octet| {
        let digit = octet.checked_sub(b'0').filter(|&digit| digit <= 9)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    });
    number.filter(|_| !word.is_empty())
}

#[cfg(test)]
mod tests;
