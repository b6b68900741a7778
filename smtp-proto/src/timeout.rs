//! Phases: what is waited for, and how long RFC 5321 lets it take. The clock itself stays outside.

use core::fmt;
use core::time::Duration;

/// What a session is waiting for, and so what a deadline is for. RFC 5321 section 4.5.3.2.
///
/// ```
/// use mailwright_proto::Phase;
/// let seconds = |phase: Phase| phase.default_timeout().map(|time| time.as_secs());
/// assert_eq!(seconds(Phase::EndOfData), Some(600));
/// assert_eq!(seconds(Phase::Idle), None);
/// assert_eq!(Phase::StartTls.to_string(), "STARTTLS");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Phase {
    /// A TLS handshake, which the driver makes.
    Tls,
    /// The server's first words.
    Greeting,
    /// The reply to EHLO or HELO.
    Ehlo,
    /// The reply to STARTTLS.
    #[cfg_attr(feature = "serde", serde(rename = "starttls"))]
    StartTls,
    /// A reply within the AUTH exchange, or the credentials for it.
    Auth,
    /// The reply to MAIL.
    Mail,
    /// The reply to RCPT.
    Rcpt,
    /// The reply to DATA.
    Data,
    /// The message's next octets to be taken by the network.
    Body,
    /// The final reply, to the end of the data.
    EndOfData,
    /// The reply to RSET, NOOP, VRFY, EXPN or HELP.
    Command,
    /// The reply to QUIT.
    Quit,
    /// Nothing: the connection is open and unused, or closed.
    Idle,
}

impl Phase {
    /// How long it may take as a whole, by RFC 5321 section 4.5.3.2; what that leaves out takes as long as a greeting.
    ///
    /// QUIT is waited for two seconds: nothing depends on its reply. [`Idle`](Self::Idle) has no end.
    pub fn default_timeout(self) -> Option<Duration> {
        const MINUTE: u64 = 60;
        match self {
            Self::Idle => None,
            Self::Quit => Some(Duration::from_secs(2)),
            Self::Data => Some(Duration::from_secs(2 * MINUTE)),
            Self::Body => Some(Duration::from_secs(3 * MINUTE)),
            Self::EndOfData => Some(Duration::from_secs(10 * MINUTE)),
            _ => Some(Duration::from_secs(5 * MINUTE)),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "the TLS handshake",
            Self::Greeting => "the greeting",
            Self::Ehlo => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Body => "the message",
            Self::EndOfData => "the end of the message",
            Self::Command => "a command",
            Self::Quit => "QUIT",
            Self::Idle => "rest",
        })
    }
}

/// What is waited for at this moment. A driver starts its timer anew when this value changes, and only then:
/// a server that drips bytes does not change it.
///
/// ```
/// use mailwright_proto::{Config, Connection, Security, address::EhloName};
/// let config = Config::new(EhloName::try_from("client.example.test")?).security(Security::None);
/// let mut connection = Connection::new(config.into());
/// let wait = connection.timer();
/// connection.receive(b"220 mx.exam");
/// connection.poll()?;
/// assert_eq!(connection.timer(), wait); // half a greeting: the timer goes on
/// connection.receive(b"ple.test\r\n");
/// connection.poll()?;
/// assert_ne!(connection.timer(), wait); // a whole one: it starts anew
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    phase: Phase,
    turn: u32,
}

impl Timer {
    pub(crate) fn new(phase: Phase, turn: u32) -> Self {
        Self { phase, turn }
    }

    /// What is waited for.
    pub fn phase(self) -> Phase {
        self.phase
    }
}
