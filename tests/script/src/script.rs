//! What a dialogue says, once it has been read.

use mailwright_proto::{
    Config, Security, TlsInfo, Transfer, address::EhloName, auth::Mechanism, body::LineEnds,
    command::Command, ehlo::Keyword, envelope::Envelope, reply::BareLf,
};

use super::login::Login;

/// A conversation, how its client is set up, and what the client makes of it.
#[derive(Debug, Clone)]
pub struct Dialogue {
    /// What it shows, in one line.
    pub title: String,
    /// How the client is set up, and what it wants.
    pub setup: Setup,
    /// The conversation.
    pub steps: Vec<Step>,
    /// What the client makes of it, in the words of `tests/dialogues/README.md`.
    pub events: Vec<String>,
}

/// How a client is set up, and what it wants.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The name that it gives in EHLO.
    pub ehlo: EhloName,
    /// How it comes by TLS.
    pub security: Security,
    /// Whether the server's certificate is one that the client trusts.
    pub is_verified: bool,
    /// What the TLS connection can be bound to a login by.
    pub exporter: Option<[u8; 32]>,
    /// The mechanisms that it may log in by; none: it does not.
    pub mechanisms: Vec<Mechanism>,
    /// Who logs in.
    pub login: Option<Login>,
    /// Whether it logs in also where others can read along.
    pub is_dangerous: bool,
    /// What it makes of replies that end in LF alone.
    pub bare_lf: BareLf,
    /// What it makes of messages with a CR or LF that stands alone.
    pub line_ends: LineEnds,
    /// How messages travel.
    pub transfer: Transfer,
    /// Extensions that it treats as not offered.
    pub ignored: Vec<Keyword>,
    /// Whether it speaks LMTP.
    pub is_lmtp: bool,
    /// Whether it gathers what it says into one write, as far as it does not have to wait.
    pub gathers: bool,
    /// Whether a message is started as soon as the last one is handed over, not only when that is answered.
    pub is_pipelined: bool,
    /// What it does, in order; then it says QUIT.
    pub actions: Vec<Action>,
}

impl Setup {
    /// The same for the core.
    pub fn config(&self) -> Config {
        let config = Config::new(self.ehlo.clone())
            .security(self.security)
            .login(self.mechanisms.iter().copied())
            .bare_lf(self.bare_lf)
            .line_ends(self.line_ends)
            .transfer(self.transfer)
            .ignore_extensions(self.ignored.iter().copied());
        let config = if self.is_lmtp { config.lmtp() } else { config };
        if self.is_dangerous {
            config.dangerous().expose_credentials()
        } else {
            config
        }
    }

    /// What its driver knows of a handshake.
    pub fn tls(&self) -> TlsInfo {
        let tls = if self.is_verified {
            TlsInfo::verified()
        } else {
            TlsInfo::unverified()
        };
        self.exporter
            .map_or(tls, |exported| tls.with_exporter(exported))
    }

    /// How many messages it sends.
    pub fn messages(&self) -> usize {
        self.actions
            .iter()
            .filter(|action| matches!(action, Action::Message(_)))
            .count()
    }
}

/// What a client does once its session is open.
#[derive(Debug, Clone)]
pub enum Action {
    /// Sends a message.
    Message(Message),
    /// Gives a command.
    Command(Command),
    /// Waits for the server, though there is nothing to wait for.
    Timer,
}

/// A message and its envelope.
#[derive(Debug, Clone)]
pub struct Message {
    /// From whom and to whom.
    pub envelope: Envelope,
    /// Its octets.
    pub body: Vec<u8>,
    /// Octets of it in each chunk by BDAT; nothing: all of it in one.
    pub chunk: Option<usize>,
    /// Whether the client gives up instead of ending it.
    pub is_abandoned: bool,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The server speaks.
    Server {
        /// What it says. Between two of these the client may get a word in, within one it may not.
        bursts: Vec<Vec<u8>>,
        /// Whether the next step follows before the client gets a word in.
        is_joined: bool,
    },
    /// The client speaks, all of this, before it waits for the server.
    Client {
        /// What it says.
        bytes: Vec<u8>,
        /// Whether the network takes no more than this of what the client would say.
        is_cut: bool,
    },
    /// They make a TLS handshake.
    Tls,
    /// The server closes the connection.
    Eof,
    /// The client's deadline passes.
    TimeOut,
}
