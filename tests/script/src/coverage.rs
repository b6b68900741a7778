//! What met what: each input of a dialogue, and what the client awaited when it came.

use std::{fmt, mem};

use mailwright_proto::{Connection, Error, Event, Output, PeerFault, Phase, State, ehlo::Keyword};

/// What a client awaits: its state, and within a transaction how far that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "they are the rows of the table, and named for what is awaited"
)]
pub enum Awaited {
    Handshake,
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    Upgrade,
    Credentials,
    Auth,
    Idle,
    Mail,
    Rcpt,
    Data,
    Body,
    EndOfData,
    /// By LMTP: the final reply of another recipient, behind one that came.
    NextFinal,
    Rset,
    /// In a window, with a message on its way behind the one that this is of, or behind RSET.
    WindowMail,
    WindowRcpt,
    WindowChunk,
    WindowRset,
    Command,
    Quit,
}

impl Awaited {
    /// All of them, in a session's order.
    pub const ALL: [Self; 22] = [
        Self::Handshake,
        Self::Greeting,
        Self::Ehlo,
        Self::Helo,
        Self::StartTls,
        Self::Upgrade,
        Self::Credentials,
        Self::Auth,
        Self::Idle,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Body,
        Self::EndOfData,
        Self::NextFinal,
        Self::Rset,
        Self::WindowMail,
        Self::WindowRcpt,
        Self::WindowChunk,
        Self::WindowRset,
        Self::Command,
        Self::Quit,
    ];

    /// Whether a reply is one that can be meant here: RFC 5321 section 4.3.2, RFC 3207 section 4, RFC 4954 section 4.
    fn has(self, code: &[u8; 3]) -> bool {
        match (self, code) {
            (Self::Handshake | Self::Upgrade | Self::Credentials | Self::Idle, _) => false,
            (Self::Rset | Self::WindowRset | Self::Quit, [class, ..]) => *class == b'2',
            (_, [b'4' | b'5', ..]) => true,
            (Self::StartTls, code) => code == b"220",
            (Self::Auth, code) => code == b"334" || code[0] == b'2',
            (Self::Data, [class, ..]) => *class == b'3',
            (_, [class, ..]) => *class == b'2',
        }
    }
}

/// What comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// 421, which may come at any time.
    ShuttingDown,
    /// The connection ends.
    Eof,
    /// The deadline passes.
    TimeOut,
    /// A reply that has no meaning here.
    WrongCode,
    /// Bytes that are no reply, or one beyond the limits.
    Malformed,
    /// A reply to nothing, or to a command that has not left; before a handshake any byte.
    Unsolicited,
}

impl Input {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ShuttingDown,
        Self::Eof,
        Self::TimeOut,
        Self::WrongCode,
        Self::Malformed,
        Self::Unsolicited,
    ];
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ShuttingDown => "421",
            Self::Eof => "end",
            Self::TimeOut => "time-out",
            Self::WrongCode => "wrong code",
            Self::Malformed => "malformed",
            Self::Unsolicited => "unsolicited",
        })
    }
}

/// One cell of the table.
pub type Cell = (Awaited, Input);

/// The cells that cannot exist, and why.
pub const IMPOSSIBLE: [(&[Awaited], &[Input], &str); 4] = [
    (
        &[Awaited::Handshake, Awaited::Upgrade],
        &[Input::ShuttingDown, Input::WrongCode, Input::Malformed],
        "before a handshake the first byte ends the session, whatever it would have become",
    ),
    (
        &[Awaited::Credentials, Awaited::Idle],
        &[Input::WrongCode],
        "no reply is due, and so none is right or wrong: it is unsolicited",
    ),
    (
        &[Awaited::Greeting],
        &[Input::Unsolicited],
        "the first reply is the greeting, whatever it says",
    ),
    (
        &[Awaited::EndOfData, Awaited::NextFinal, Awaited::WindowChunk],
        &[Input::Unsolicited],
        "before the end of the data has left the body is awaited, and afterwards the reply answers it",
    ),
];

/// Why a cell cannot exist; nothing where it can.
pub fn impossible((awaited, input): Cell) -> Option<&'static str> {
    let found = IMPOSSIBLE
        .iter()
        .find(|(rows, columns, _)| rows.contains(&awaited) && columns.contains(&input));
    found.map(|(_, _, why)| *why)
}

/// Looks on while a dialogue is run, with a reader and a count of its own: the machine's are what is tested.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Lines that left and are to be answered; the greeting answers none.
    asked: usize,
    is_greeted: bool,
    /// The embedder's commands without an answer: what else is awaited as a command is the machine's own RSET.
    commands: usize,
    is_window: bool,
    /// Messages that were begun, and of which it is not known what became.
    under_way: usize,
    /// By LMTP: the recipients of the message at hand that have been accepted, and whether one has its final reply.
    accepted: usize,
    is_among_finals: bool,
    line: Vec<u8>,
    /// What was awaited when the present byte came, and the code of the reply that it ended.
    met: Option<(Awaited, Option<[u8; 3]>)>,
    cells: Vec<Cell>,
}

impl Watch {
    pub(super) fn new(is_window: bool) -> Self {
        Self {
            is_window,
            ..Self::default()
        }
    }

    pub(super) fn into_cells(self) -> Vec<Cell> {
        self.cells
    }

    /// These bytes of commands left.
    pub(super) fn commands(&mut self, bytes: &[u8]) {
        self.asked += bytes.iter().filter(|&&byte| byte == b'\n').count();
    }

    /// The last octet of a message left, or of a chunk that is answered by itself. `for_each`: once for each recipient.
    pub(super) fn end_of_data(&mut self, for_each: bool) {
        self.asked += if for_each { self.accepted } else { 1 };
    }

    /// The embedder gives a command.
    pub(super) fn command(&mut self) {
        self.commands += 1;
    }

    /// The embedder begins a message.
    pub(super) fn message(&mut self) {
        self.under_way += 1;
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Answer(_) => self.commands = self.commands.saturating_sub(1),
            Event::Recipient { reply, .. } => {
                self.accepted += usize::from(!reply.code().is_negative())
            }
            Event::Delivery { .. } => self.is_among_finals = true,
            Event::Finished { .. } => {
                self.under_way -= 1;
                (self.accepted, self.is_among_finals) = (0, false);
            }
            _ => {}
        }
    }

    pub(super) fn ends(&mut self, connection: &Connection) {
        self.cells.extend(
            self.awaited(connection)
                .map(|awaited| (awaited, Input::Eof)),
        );
    }

    pub(super) fn times_out(&mut self, connection: &Connection) {
        self.cells.extend(
            self.awaited(connection)
                .map(|awaited| (awaited, Input::TimeOut)),
        );
    }

    pub(super) fn before(&mut self, byte: u8, connection: &Connection) {
        self.line.push(byte);
        let code = match (byte, self.line.as_slice()) {
            (b'\n', [a, b, c, separator, ..]) if *separator != b'-' => Some([*a, *b, *c]),
            _ => None,
        };
        if byte == b'\n' {
            self.line.clear();
        }
        self.met = self.awaited(connection).map(|awaited| (awaited, code));
    }

    pub(super) fn after(&mut self, then: &Result<Output, Error>) {
        let Some((awaited, code)) = self.met.take() else {
            return;
        };
        let is_malformed = matches!(
            then,
            Err(Error::Peer {
                fault: PeerFault::Malformed(_),
                ..
            })
        );
        let input = match code {
            _ if matches!(awaited, Awaited::Handshake | Awaited::Upgrade) => Input::Unsolicited,
            _ if is_malformed => Input::Malformed,
            None => return,
            Some(code) => match self.judge(awaited, code) {
                Some(input) => input,
                None => return,
            },
        };
        self.cells.push((awaited, input));
    }

    /// What a whole reply is here; nothing where it is as it should be.
    fn judge(&mut self, awaited: Awaited, code: [u8; 3]) -> Option<Input> {
        let is_due = match mem::replace(&mut self.is_greeted, true) {
            true => mem::take(&mut self.asked)
                .checked_sub(1)
                .map(|left| self.asked = left)
                .is_some(),
            false => true,
        };
        match (awaited, code) {
            (_, [b'4', b'2', b'1']) => Some(Input::ShuttingDown),
            (Awaited::Body, [b'4' | b'5', ..]) => None,
            _ if !is_due => Some(Input::Unsolicited),
            _ if !awaited.has(&code) => Some(Input::WrongCode),
            _ => None,
        }
    }

    /// Nothing where the session is over.
    fn awaited(&self, connection: &Connection) -> Option<Awaited> {
        Some(match (connection.state(), connection.timer().phase()) {
            (State::Closed | State::Failed, _) => return None,
            (State::AwaitTls, _) => Awaited::Handshake,
            (State::AwaitUpgrade, _) => Awaited::Upgrade,
            (State::AwaitCredentials, _) => Awaited::Credentials,
            (State::AwaitHelo, _) => Awaited::Helo,
            (_, Phase::Greeting) => Awaited::Greeting,
            (_, Phase::Ehlo) => Awaited::Ehlo,
            (_, Phase::StartTls) => Awaited::StartTls,
            (_, Phase::Auth) => Awaited::Auth,
            (_, Phase::Mail) if self.has_more_than(1, connection) => Awaited::WindowMail,
            (_, Phase::Mail) => Awaited::Mail,
            (_, Phase::Rcpt) if self.has_more_than(1, connection) => Awaited::WindowRcpt,
            (_, Phase::Rcpt) => Awaited::Rcpt,
            (_, Phase::Data) => Awaited::Data,
            (_, Phase::Body) => Awaited::Body,
            (_, Phase::EndOfData) if self.is_among_finals => Awaited::NextFinal,
            (_, Phase::EndOfData) if self.has_more_than(1, connection) => Awaited::WindowChunk,
            (_, Phase::EndOfData) => Awaited::EndOfData,
            (_, Phase::Command) if self.commands > 0 => Awaited::Command,
            (_, Phase::Command) if self.has_more_than(0, connection) => Awaited::WindowRset,
            (_, Phase::Command) => Awaited::Rset,
            (_, Phase::Quit) => Awaited::Quit,
            _ => Awaited::Idle,
        })
    }

    /// Whether this is a window, with more messages than these on their way.
    fn has_more_than(&self, messages: usize, connection: &Connection) -> bool {
        let offers = |keyword| {
            connection
                .capabilities()
                .is_some_and(|offered| offered.offers(keyword))
        };
        let may_be = self.is_window && offers(Keyword::Chunking) && offers(Keyword::Pipelining);
        may_be && self.under_way > messages
    }
}
