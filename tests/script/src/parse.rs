//! Reads a dialogue: `tests/dialogues/README.md` has the format.

use std::str::FromStr;

use mailwright_proto::{
    Security, Transfer, address::EhloName, auth::Mechanism, body::LineEnds, command::Command,
    ehlo::Keyword, reply::BareLf,
};

use super::canary;
use super::escape::line;
use super::message::message;
use super::{Action, Dialogue, Failure, Setup, Step};

impl FromStr for Dialogue {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let mut parser = Parser::new()?;
        for (i, line) in canary::draw(text).lines().enumerate() {
            parser
                .line(line.trim_end())
                .map_err(|failure| Failure::new(format!("line {}: {failure}", i + 1)))?;
        }
        parser.finish()
    }
}

/// The parts of a dialogue, in their order.
enum Part {
    Setup,
    Conversation,
    Events,
}

struct Parser {
    part: Part,
    dialogue: Dialogue,
    /// What the envelope of the last message says, until its body is known.
    pending: Option<PendingMessage>,
    /// Whether the server's next line belongs to the burst before it.
    is_joined: bool,
}

struct PendingMessage {
    words: String,
    body: Vec<u8>,
}

impl Parser {
    fn new() -> Result<Self, Failure> {
        let ehlo = "client.example.test".parse::<EhloName>().map_err(fault)?;
        let setup = Setup {
            ehlo,
            security: Security::StartTls,
            is_verified: true,
            exporter: None,
            mechanisms: Vec::new(),
            login: None,
            is_dangerous: false,
            bare_lf: BareLf::Refuse,
            line_ends: LineEnds::Normalise,
            transfer: Transfer::Data,
            ignored: Vec::new(),
            is_lmtp: false,
            gathers: false,
            is_pipelined: false,
            actions: Vec::new(),
        };
        let dialogue = Dialogue {
            title: String::new(),
            setup,
            steps: Vec::new(),
            events: Vec::new(),
        };
        Ok(Self {
            part: Part::Setup,
            dialogue,
            pending: None,
            is_joined: false,
        })
    }

    fn line(&mut self, line: &str) -> Result<(), Failure> {
        if let Some(comment) = line.strip_prefix('#') {
            if self.dialogue.title.is_empty() {
                self.dialogue.title = comment.trim().to_owned();
            }
            return Ok(());
        }
        if line.is_empty() {
            return Ok(());
        }
        match self.part {
            Part::Setup if is_spoken(line) => {
                self.end_message()?;
                self.part = Part::Conversation;
                self.spoken(line)
            }
            Part::Setup => self.setup(line),
            Part::Conversation => self.spoken(line),
            Part::Events => {
                self.dialogue.events.push(line.to_owned());
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Dialogue, Failure> {
        let missing = match &self.dialogue {
            dialogue if dialogue.title.is_empty() => "a title",
            dialogue if dialogue.steps.is_empty() => "a conversation",
            dialogue if dialogue.events.is_empty() => "events",
            _ => return Ok(self.dialogue),
        };
        Err(Failure::new(format!("the dialogue has not got {missing}")))
    }

    fn setup(&mut self, line: &str) -> Result<(), Failure> {
        if let Some(text) = line.strip_prefix('|') {
            return self.body(text);
        }
        self.end_message()?;
        let setup = &mut self.dialogue.setup;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, rest) {
            ("ehlo", name) => setup.ehlo = name.parse().map_err(fault)?,
            ("security", "starttls") => setup.security = Security::StartTls,
            ("security", "tls") => setup.security = Security::ImplicitTls,
            ("security", "opportunistic") => setup.security = Security::Opportunistic,
            ("security", "none") => setup.security = Security::None,
            ("certificate", "untrusted") => setup.is_verified = false,
            ("login", "default") => setup.mechanisms = Mechanism::DEFAULT.to_vec(),
            ("login", "extended") => setup.mechanisms = Mechanism::EXTENDED.to_vec(),
            ("login", names) => {
                let mechanisms: Result<_, _> = names.split(' ').map(str::parse).collect();
                setup.mechanisms = mechanisms.map_err(fault)?;
            }
            ("exporter", octet) => setup.exporter = Some([octet.parse().map_err(fault)?; 32]),
            ("dangerous", "") => setup.is_dangerous = true,
            ("bare-lf", "tolerate") => setup.bare_lf = BareLf::Tolerate,
            ("line-ends", "refuse") => setup.line_ends = LineEnds::Refuse,
            ("transfer", words) => setup.transfer = transfer(words)?,
            ("ignore", names) => {
                let keywords: Option<_> = names
                    .split(' ')
                    .map(|name| Keyword::from_bytes(name.as_bytes()))
                    .collect();
                setup.ignored = keywords.ok_or_else(|| fault("an extension is not known"))?;
            }
            ("lmtp", "") => setup.is_lmtp = true,
            ("gather", "") => setup.gathers = true,
            ("pipeline", "messages") => setup.is_pipelined = true,
            ("message", words) => {
                self.pending = Some(PendingMessage {
                    words: words.to_owned(),
                    body: Vec::new(),
                })
            }
            ("command", words) => setup.actions.push(Action::Command(command(words)?)),
            ("wait", "") => setup.actions.push(Action::Timer),
            (word, words) => {
                let mut login = setup.login.take().unwrap_or_default();
                if !login.set(word, words)? {
                    return Err(Failure::new(format!("this sets nothing up: {line}")));
                }
                setup.login = Some(login);
            }
        }
        Ok(())
    }

    fn body(&mut self, text: &str) -> Result<(), Failure> {
        let Some(message) = &mut self.pending else {
            return Err(Failure::new("a body's line stands where no message is"));
        };
        let (mut bytes, _) = line(text.strip_prefix(' ').unwrap_or(text))?;
        message.body.append(&mut bytes);
        Ok(())
    }

    fn end_message(&mut self) -> Result<(), Failure> {
        if let Some(PendingMessage { words, body }) = self.pending.take() {
            self.dialogue
                .setup
                .actions
                .push(Action::Message(message(&words, body)?));
        }
        Ok(())
    }

    fn spoken(&mut self, text: &str) -> Result<(), Failure> {
        if text.starts_with("==") {
            return self.mark(text);
        }
        let (side, words) = text.split_once(' ').unwrap_or((text, ""));
        let (mut bytes, is_whole) = line(words)?;
        match side {
            "C:" => self.client(bytes, !is_whole),
            "C-" => {
                bytes.truncate(bytes.len() - if is_whole { "\r\n".len() } else { 0 });
                self.client(bytes, false)
            }
            "S:" => self.server(bytes, false),
            "S&" => self.server(bytes, true),
            _ => {
                let times = side
                    .strip_prefix("S*")
                    .and_then(|rest| rest.strip_suffix(':')?.parse().ok());
                let times: usize =
                    times.ok_or_else(|| Failure::new(format!("nobody says this: {text}")))?;
                self.server(bytes.repeat(times), false)
            }
        }
    }

    fn client(&mut self, mut bytes: Vec<u8>, is_cut: bool) -> Result<(), Failure> {
        self.is_joined = false;
        match self.dialogue.steps.last_mut() {
            Some(Step::Client { is_cut: true, .. }) => {
                return Err(Failure::new("the client goes on behind a cut"));
            }
            Some(Step::Client {
                bytes: before,
                is_cut: last_is_cut,
            }) => {
                before.append(&mut bytes);
                *last_is_cut = is_cut;
            }
            _ => self.dialogue.steps.push(Step::Client { bytes, is_cut }),
        }
        Ok(())
    }

    fn server(&mut self, bytes: Vec<u8>, joins_next: bool) -> Result<(), Failure> {
        let joins_last = self.is_joined;
        self.is_joined = joins_next;
        match self.dialogue.steps.last_mut() {
            Some(Step::Server { bursts, is_joined }) => {
                *is_joined = joins_next;
                match bursts.last_mut().filter(|_| joins_last) {
                    Some(burst) => burst.extend_from_slice(&bytes),
                    None => bursts.push(bytes),
                }
            }
            _ => self.dialogue.steps.push(Step::Server {
                bursts: vec![bytes],
                is_joined: joins_next,
            }),
        }
        Ok(())
    }

    fn mark(&mut self, text: &str) -> Result<(), Failure> {
        self.is_joined = false;
        let step = match text {
            "== TLS ==" => Step::Tls,
            "== EOF ==" => Step::Eof,
            "== TIMEOUT ==" => Step::TimeOut,
            "== EVENTS ==" => {
                self.part = Part::Events;
                return Ok(());
            }
            _ => return Err(Failure::new(format!("no such mark: {text}"))),
        };
        self.dialogue.steps.push(step);
        Ok(())
    }
}

fn is_spoken(line: &str) -> bool {
    ["S:", "S&", "S*", "C:", "C-", "=="]
        .iter()
        .any(|mark| line.starts_with(mark))
}

fn command(words: &str) -> Result<Command, Failure> {
    let (verb, argument) = words.split_once(' ').unwrap_or((words, ""));
    match verb {
        "NOOP" => Ok(Command::Noop),
        "RSET" => Ok(Command::Rset),
        "VRFY" => Ok(Command::Vrfy(argument.parse().map_err(fault)?)),
        "EXPN" => Ok(Command::Expn(argument.parse().map_err(fault)?)),
        "HELP" if argument.is_empty() => Ok(Command::Help(None)),
        "HELP" => Ok(Command::Help(Some(argument.parse().map_err(fault)?))),
        _ => Err(Failure::new(format!("no such command: {words}"))),
    }
}

/// `chunks`, or `window MESSAGES`, perhaps with how many octets may be unanswered
fn transfer(words: &str) -> Result<Transfer, Failure> {
    let mut words = words.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some("chunks"), None, None) => Ok(Transfer::Chunks),
        (Some("window"), Some(messages), octets) => Ok(Transfer::Window {
            messages: messages.parse().map_err(fault)?,
            octets: octets
                .map_or(Ok(Transfer::WINDOW_OCTETS), str::parse)
                .map_err(fault)?,
        }),
        _ => Err(Failure::new(
            "a transfer is `chunks` or `window MESSAGES [OCTETS]`",
        )),
    }
}

pub(super) fn fault(error: impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}
