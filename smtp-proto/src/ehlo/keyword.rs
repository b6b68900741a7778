//! The keywords of IANA's registry "SMTP Service Extensions", and VRFY, which servers list as well.

use core::fmt;

/// Each with its first four octets, which no two have in common, and as the registry writes it.
macro_rules! keywords {
    ($($(#[$doc:meta])* $name:ident = $beginning:pat, $text:literal;)*) => {
        /// A keyword of an EHLO answer.
        ///
        /// ```
        /// use mailwright_proto::ehlo::Keyword;
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

            /// The only keyword that begins with these octets.
            fn by_beginning(beginning: &[u8; 4]) -> Option<Self> {
                match beginning {
                    $($beginning => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The keyword that fills the first of these lines, written as the registry does, and the lines behind it.
            ///
            /// All is constant here, so that no table and no loop comes of it.
            pub(super) fn filling_line(lines: &[u8]) -> Option<(Self, &[u8])> {
                let (crlf, keyword) = match lines.first_chunk()? {
                    $($beginning => (lines.strip_prefix($text.as_bytes()), Self::$name),)*
                    _ => return None,
                };
                Some((keyword, crlf?.strip_prefix(b"\r\n")?))
            }
        }
    };
}

keywords! {
    /// RFC 821, deprecated.
    Send = b"SEND", "SEND";
    /// RFC 821, deprecated.
    Soml = b"SOML", "SOML";
    /// RFC 821, deprecated.
    Saml = b"SAML", "SAML";
    /// RFC 821, deprecated.
    Turn = b"TURN", "TURN";
    /// Expand the mailing list; RFC 5321.
    Expn = b"EXPN", "EXPN";
    /// Supply helpful information; RFC 5321.
    Help = b"HELP", "HELP";
    /// Verify the mailbox; RFC 5321.
    Vrfy = b"VRFY", "VRFY";
    /// 8bit content; RFC 6152.
    EightBitMime = b"8BIT", "8BITMIME";
    /// Message size declaration; RFC 1870.
    Size = b"SIZE", "SIZE";
    /// Verbose.
    Verb = b"VERB", "VERB";
    /// One message alone.
    Onex = b"ONEX", "ONEX";
    /// BDAT; RFC 3030.
    Chunking = b"CHUN", "CHUNKING";
    /// Binary content; RFC 3030.
    BinaryMime = b"BINA", "BINARYMIME";
    /// Checkpoint and restart; RFC 1845.
    Checkpoint = b"CHEC", "CHECKPOINT";
    /// Deliver by; RFC 2852.
    DeliverBy = b"DELI", "DELIVERBY";
    /// Command pipelining; RFC 2920.
    Pipelining = b"PIPE", "PIPELINING";
    /// Delivery status notifications; RFC 3461.
    Dsn = [b'D', b'S', b'N', _], "DSN";
    /// Extended TURN; RFC 1985.
    Etrn = b"ETRN", "ETRN";
    /// Enhanced status codes; RFC 2034.
    EnhancedStatusCodes = b"ENHA", "ENHANCEDSTATUSCODES";
    /// TLS; RFC 3207.
    StartTls = b"STAR", "STARTTLS";
    /// Notification of no soliciting; RFC 3865.
    NoSoliciting = b"NO-S", "NO-SOLICITING";
    /// Message tracking; RFC 3885.
    Mtrk = b"MTRK", "MTRK";
    /// Responsible submitter; RFC 4405.
    Submitter = b"SUBM", "SUBMITTER";
    /// Authenticated TURN; RFC 2645.
    Atrn = b"ATRN", "ATRN";
    /// Authentication; RFC 4954.
    Auth = b"AUTH", "AUTH";
    /// Remote content; RFC 4468.
    Burl = b"BURL", "BURL";
    /// Future release; RFC 4865.
    FutureRelease = b"FUTU", "FUTURERELEASE";
    /// Content conversion permission; RFC 4141.
    ConPerm = b"CONP", "CONPERM";
    /// Content conversion negotiation; RFC 4141.
    ConNeg = b"CONN", "CONNEG";
    /// Internationalized mail, experimental; RFC 5336, obsolete.
    Utf8Smtp = b"UTF8", "UTF8SMTP";
    /// Internationalized mail; RFC 6531.
    SmtpUtf8 = b"SMTP", "SMTPUTF8";
    /// Priority; RFC 6710.
    MtPriority = b"MT-P", "MT-PRIORITY";
    /// Require recipient valid since; RFC 7293.
    Rrvs = b"RRVS", "RRVS";
    /// Require TLS; RFC 8689.
    RequireTls = b"REQU", "REQUIRETLS";
    /// Limits; RFC 9422.
    Limits = b"LIMI", "LIMITS";
}

impl Keyword {
    /// The keyword that these bytes are, in any case.
    pub fn from_bytes(word: &[u8]) -> Option<Self> {
        Self::at_start_of(word)
            .filter(|(_, behind)| behind.is_empty())
            .map(|(keyword, _)| keyword)
    }

    /// The keyword that a line begins with, whole and in any case, and what is behind it.
    pub(super) fn at_start_of(line: &[u8]) -> Option<(Self, &[u8])> {
        let mut beginning = match line {
            [a, b, c, d, ..] => [*a, *b, *c, *d],
            [a, b, c] => [*a, *b, *c, b' '],
            _ => return None,
        };
        beginning.make_ascii_uppercase();
        let keyword = Self::by_beginning(&beginning)?;
        let (word, behind) = line.split_at_checked(keyword.as_str().len())?;
        let ends = behind.first().is_none_or(u8::is_ascii_whitespace);
        let name = keyword.as_str().as_bytes();
        (ends && (word == name || word.eq_ignore_ascii_case(name))).then_some((keyword, behind))
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
