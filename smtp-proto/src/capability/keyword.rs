//! The keywords of IANA's registry "SMTP Service Extensions", and VRFY, which servers list as well.

use core::fmt;

macro_rules! keywords {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A keyword of an EHLO answer.
        ///
        /// ```
        /// use smtp_proto::Keyword;
        /// assert_eq!(Keyword::from_bytes(b"starttls"), Some(Keyword::StartTls));
        /// assert_eq!(Keyword::StartTls.as_str(), "STARTTLS");
        /// assert_eq!(Keyword::from_bytes(b"X-EXPS"), None);
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Keyword {
            $($(#[$doc])* $name,)*
        }

        impl Keyword {
            /// Every keyword there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As the registry writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

keywords! {
    /// RFC 821, deprecated.
    Send = "SEND",
    /// RFC 821, deprecated.
    Soml = "SOML",
    /// RFC 821, deprecated.
    Saml = "SAML",
    /// RFC 821, deprecated.
    Turn = "TURN",
    /// Expand the mailing list; RFC 5321.
    Expn = "EXPN",
    /// Supply helpful information; RFC 5321.
    Help = "HELP",
    /// Verify the mailbox; RFC 5321.
    Vrfy = "VRFY",
    /// 8bit content; RFC 6152.
    EightBitMime = "8BITMIME",
    /// Message size declaration; RFC 1870.
    Size = "SIZE",
    /// Verbose.
    Verb = "VERB",
    /// One message alone.
    Onex = "ONEX",
    /// BDAT; RFC 3030.
    Chunking = "CHUNKING",
    /// Binary content; RFC 3030.
    BinaryMime = "BINARYMIME",
    /// Checkpoint and restart; RFC 1845.
    Checkpoint = "CHECKPOINT",
    /// Deliver by; RFC 2852.
    DeliverBy = "DELIVERBY",
    /// Command pipelining; RFC 2920.
    Pipelining = "PIPELINING",
    /// Delivery status notifications; RFC 3461.
    Dsn = "DSN",
    /// Extended TURN; RFC 1985.
    Etrn = "ETRN",
    /// Enhanced status codes; RFC 2034.
    EnhancedStatusCodes = "ENHANCEDSTATUSCODES",
    /// TLS; RFC 3207.
    StartTls = "STARTTLS",
    /// Notification of no soliciting; RFC 3865.
    NoSoliciting = "NO-SOLICITING",
    /// Message tracking; RFC 3885.
    Mtrk = "MTRK",
    /// Responsible submitter; RFC 4405.
    Submitter = "SUBMITTER",
    /// Authenticated TURN; RFC 2645.
    Atrn = "ATRN",
    /// Authentication; RFC 4954.
    Auth = "AUTH",
    /// Remote content; RFC 4468.
    Burl = "BURL",
    /// Future release; RFC 4865.
    FutureRelease = "FUTURERELEASE",
    /// Content conversion permission; RFC 4141.
    ConPerm = "CONPERM",
    /// Content conversion negotiation; RFC 4141.
    ConNeg = "CONNEG",
    /// Internationalized mail, experimental; RFC 5336, obsolete.
    Utf8Smtp = "UTF8SMTP",
    /// Internationalized mail; RFC 6531.
    SmtpUtf8 = "SMTPUTF8",
    /// Priority; RFC 6710.
    MtPriority = "MT-PRIORITY",
    /// Require recipient valid since; RFC 7293.
    Rrvs = "RRVS",
    /// Require TLS; RFC 8689.
    RequireTls = "REQUIRETLS",
    /// Limits; RFC 9422.
    Limits = "LIMITS",
}

impl Keyword {
    /// The keyword that these bytes are, in any case.
    pub fn from_bytes(word: &[u8]) -> Option<Self> {
        Self::at_start_of(word).filter(|(_, behind)| behind.is_empty()).map(|(keyword, _)| keyword)
    }

    /// The keyword that a line begins with, whole and in any case, and what is behind it.
    pub(super) fn at_start_of(line: &[u8]) -> Option<(Self, &[u8])> {
        let keyword = Self::by_beginning(line)?;
        let (word, behind) = line.split_at_checked(keyword.as_str().len())?;
        let ends = behind.first().is_none_or(u8::is_ascii_whitespace);
        (ends && word.eq_ignore_ascii_case(keyword.as_str().as_bytes())).then_some((keyword, behind))
    }

    /// The only keyword that can begin so: no two have their first four octets in common.
    fn by_beginning(line: &[u8]) -> Option<Self> {
        let mut beginning = match line {
            [a, b, c, d, ..] => [*a, *b, *c, *d],
            [a, b, c] => [*a, *b, *c, b' '],
            _ => return None,
        };
        beginning.make_ascii_uppercase();
        Some(match &beginning {
            b"SEND" => Self::Send,
            b"SOML" => Self::Soml,
            b"SAML" => Self::Saml,
            b"TURN" => Self::Turn,
            b"EXPN" => Self::Expn,
            b"HELP" => Self::Help,
            b"VRFY" => Self::Vrfy,
            b"8BIT" => Self::EightBitMime,
            b"SIZE" => Self::Size,
            b"VERB" => Self::Verb,
            b"ONEX" => Self::Onex,
            b"CHUN" => Self::Chunking,
            b"BINA" => Self::BinaryMime,
            b"CHEC" => Self::Checkpoint,
            b"DELI" => Self::DeliverBy,
            b"PIPE" => Self::Pipelining,
            [b'D', b'S', b'N', _] => Self::Dsn,
            b"ETRN" => Self::Etrn,
            b"ENHA" => Self::EnhancedStatusCodes,
            b"STAR" => Self::StartTls,
            b"NO-S" => Self::NoSoliciting,
            b"MTRK" => Self::Mtrk,
            b"SUBM" => Self::Submitter,
            b"ATRN" => Self::Atrn,
            b"AUTH" => Self::Auth,
            b"BURL" => Self::Burl,
            b"FUTU" => Self::FutureRelease,
            b"CONP" => Self::ConPerm,
            b"CONN" => Self::ConNeg,
            b"UTF8" => Self::Utf8Smtp,
            b"SMTP" => Self::SmtpUtf8,
            b"MT-P" => Self::MtPriority,
            b"RRVS" => Self::Rrvs,
            b"REQU" => Self::RequireTls,
            b"LIMI" => Self::Limits,
            _ => return None,
        })
    }

    /// A bit of its own.
    pub(super) fn bit(self) -> u64 {
        1_u64.wrapping_shl(self as u32)
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
