//! The host that needs no wire: the core itself, fed with what the server says, cut in every way.

use std::collections::VecDeque;
use std::sync::Arc;

use mailwright_proto::{Connection, Event, Output, TransactionId, Transfer, reply::Escaped};

use super::coverage::{Cell, Watch};
use super::turn::{Asks, Part, Turn};
use super::{Action, Dialogue, Failure, Login, Message, Step, words};

/// How what the server says is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Line by line, the client reacting to each.
    Lines,
    /// Byte by byte.
    Bytes,
    /// Each turn in two, behind so many bytes.
    At(usize),
    /// Each turn as one.
    Turns,
}

/// Cuts of one turn. Very long ones are cut at as many places, evenly, so that time stays linear.
const MAX_CUTS: usize = 1024;

/// Runs a dialogue in every cut; gives how many runs that were.
pub fn run(dialogue: &Dialogue) -> Result<usize, Failure> {
    let longest = dialogue.steps.iter().map(server_octets).max().unwrap_or(0);
    let places = (1..longest).step_by(longest / MAX_CUTS + 1).map(Cut::At);
    let mut runs = 0;
    for cut in [Cut::Lines, Cut::Bytes, Cut::Turns]
        .into_iter()
        .chain(places)
    {
        let words = converse(dialogue, cut)
            .map_err(|failure| Failure::new(format!("{cut:?}: {failure}")))?;
        let differing = (0..words.len().max(dialogue.events.len()))
            .find(|&i| words.get(i) != dialogue.events.get(i));
        if let Some(i) = differing {
            let (is, should) = (words.get(i), dialogue.events.get(i));
            return Err(Failure::new(format!(
                "{cut:?}: event {} is {is:?}, and should be {should:?}",
                i + 1
            )));
        }
        runs += 1;
    }
    Ok(runs)
}

fn server_octets(step: &Step) -> usize {
    match step {
        Step::Server { bursts, .. } => bursts.iter().map(Vec::len).sum(),
        _ => 0,
    }
}

/// Runs a dialogue once; gives the events.
pub fn converse(dialogue: &Dialogue, cut: Cut) -> Result<Vec<String>, Failure> {
    Ok(play(dialogue, cut)?.words)
}

/// Runs a dialogue once, byte by byte, so that each input is seen in the state that it met; gives what met what.
pub fn cells(dialogue: &Dialogue) -> Result<Vec<Cell>, Failure> {
    Ok(play(dialogue, Cut::Bytes)?.watch.into_cells())
}

fn play(dialogue: &Dialogue, cut: Cut) -> Result<Client<'_>, Failure> {
    let mut client = Client {
        connection: Connection::new(Arc::new(dialogue.setup.config())),
        dialogue,
        cut,
        actions: dialogue.setup.actions.iter().collect(),
        messages: Vec::new(),
        body: None,
        in_hand: VecDeque::new(),
        words: Vec::new(),
        watch: Watch::new(
            matches!(dialogue.setup.transfer, Transfer::Window { .. }) && !dialogue.setup.is_lmtp,
        ),
        is_last_turn: false,
        is_over: false,
    };
    let mut steps = dialogue.steps.iter().peekable();
    let mut is_joined = false;
    loop {
        let turn = match steps.next_if(|step| matches!(step, Step::Client { .. })) {
            Some(Step::Client { bytes, is_cut }) => Some((bytes.as_slice(), *is_cut)),
            _ if is_joined => None,
            _ => Some((b"".as_slice(), false)),
        };
        client.is_last_turn = steps.peek().is_none();
        if let Some((bytes, is_cut)) = turn {
            client.speak(bytes, is_cut)?;
        }
        is_joined = match steps.next() {
            None if client.is_over => return Ok(client),
            None => return Err(Failure::new("the dialogue ends before the session does")),
            Some(step) if client.is_over => {
                return Err(Failure::new(format!("the session ended before {step:?}")));
            }
            Some(step) => client.hear(step)?,
        };
    }
}

/// The client's side.
struct Client<'a> {
    connection: Connection,
    dialogue: &'a Dialogue,
    cut: Cut,
    actions: VecDeque<&'a Action>,
    /// Those that it came to, in order; nothing for one that was not started.
    messages: Vec<Option<TransactionId>>,
    body: Option<Body<'a>>,
    /// What was gathered, and is written once the client has to wait; or what the network did not take of that.
    in_hand: VecDeque<Part>,
    words: Vec<String>,
    watch: Watch,
    /// Whether nothing follows in the dialogue: a message goes on to its end.
    is_last_turn: bool,
    is_over: bool,
}

/// A message on its way.
struct Body<'a> {
    rest: &'a [u8],
    /// Octets that are handed in at once, where the dialogue says so.
    chunk: Option<usize>,
    is_abandoned: bool,
}

impl<'a> Client<'a> {
    /// Lets the client do what it can until it waits for the server, and checks what it said.
    fn speak(&mut self, expected: &[u8], is_cut: bool) -> Result<(), Failure> {
        let mut turn = Turn {
            expected,
            is_cut,
            said: Vec::new(),
            writes: 0,
        };
        while self.step(&mut turn)? {}
        if !self.is_over {
            self.write_out(&mut turn);
        }
        turn.check(self.cut)
    }

    /// Writes what is in hand, as far as the network takes it.
    fn write_out(&mut self, turn: &mut Turn<'_>) {
        while let Some(mut part) = self.in_hand.pop_front() {
            let n = self.write(turn, &part);
            if n < part.bytes.len() {
                part.bytes.drain(..n);
                return self.in_hand.push_front(part);
            }
        }
    }

    fn write(&mut self, turn: &mut Turn<'_>, part: &Part) -> usize {
        let n = turn.take(&part.bytes);
        match part.asks {
            Asks::ForEachLine => self.watch.commands(&part.bytes[..n]),
            Asks::AtItsEnd { of_each_recipient } if n == part.bytes.len() => {
                self.watch.end_of_data(of_each_recipient)
            }
            Asks::AtItsEnd { .. } | Asks::Nothing => {}
        }
        self.connection.transmitted(n);
        n
    }

    /// Meets one demand. False: it is the server's turn, or nobody's any more.
    fn step(&mut self, turn: &mut Turn<'_>) -> Result<bool, Failure> {
        if self.dialogue.setup.is_pipelined && self.connection.available_transactions() > 0 {
            self.start_message();
        }
        if self.dialogue.setup.gathers {
            self.gather();
        }
        match self.connection.poll() {
            Ok(Output::Read | Output::Idle) if !self.in_hand.is_empty() => {
                self.write_out(turn);
                turn.writes += 1;
                Ok(!(turn.is_cut && turn.is_full()))
            }
            Err(error) => {
                self.words.push(words::error(&error));
                self.is_over = true;
                match self.connection.poll() {
                    Err(again) if again == error => Ok(false),
                    other => Err(Failure::new(format!("after an error came {other:?}"))),
                }
            }
            Ok(Output::Event(event)) => {
                self.note(&event);
                Ok(true)
            }
            Ok(Output::Write) => {
                let bytes = self.connection.transmit();
                check_secret(self.dialogue.setup.login.as_ref(), bytes.loggable())?;
                let commands = Part {
                    bytes: bytes.to_vec(),
                    asks: Asks::ForEachLine,
                };
                let n = self.write(turn, &commands);
                turn.writes += 1;
                Ok(n > 0 && !(turn.is_cut && turn.is_full()))
            }
            Ok(Output::Read | Output::StartTls) => Ok(false),
            Ok(Output::Authenticate) => self.log_in(),
            Ok(Output::Body(_)) => self.feed(turn),
            Ok(Output::Idle) => Ok(self.act()?),
            Ok(Output::Closed) => {
                self.words.push("closed".to_owned());
                self.is_over = true;
                Ok(false)
            }
        }
    }

    /// Takes the commands that may leave, behind what is in hand.
    fn gather(&mut self) {
        let mut bytes = Vec::new();
        if self.connection.drain_commands(&mut bytes) > 0 {
            self.in_hand.push_back(Part {
                bytes,
                asks: Asks::ForEachLine,
            });
        }
    }

    fn log_in(&mut self) -> Result<bool, Failure> {
        let login = self.dialogue.setup.login.as_ref();
        let login = login
            .ok_or_else(|| Failure::new("credentials are wanted, and the dialogue has none"))?;
        let credentials = login
            .credentials()
            .map_err(|error| Failure::new(error.to_string()))?;
        self.connection
            .authenticate(credentials)
            .map_err(|misuse| Failure::new(words::misuse(&misuse)))?;
        Ok(true)
    }

    /// What to do with a session that is open and unused.
    fn act(&mut self) -> Result<bool, Failure> {
        match self.actions.front() {
            Some(Action::Timer) => return Ok(false),
            Some(Action::Message(_)) => self.start_message(),
            Some(Action::Command(command)) => {
                self.connection
                    .command(command.clone())
                    .map_err(|error| Failure::new(words::send_error(&error)))?;
                self.watch.command();
                self.actions.pop_front();
            }
            None => self
                .connection
                .quit()
                .map_err(|misuse| Failure::new(words::misuse(&misuse)))?,
        }
        Ok(true)
    }

    fn start_message(&mut self) {
        let Some(Action::Message(Message {
            envelope,
            body,
            chunk,
            is_abandoned,
        })) = self.actions.front()
        else {
            return;
        };
        self.actions.pop_front();
        match self.connection.send(envelope) {
            Ok(id) => {
                self.messages.push(Some(id));
                self.watch.message();
                let is_counted = self.dialogue.setup.transfer != Transfer::Data || chunk.is_some();
                let chunk = is_counted.then(|| chunk.unwrap_or(body.len()));
                self.body = Some(Body {
                    rest: body,
                    chunk,
                    is_abandoned: *is_abandoned,
                });
            }
            Err(error) => {
                self.messages.push(None);
                self.note_of_message(self.messages.len(), &words::send_error(&error));
            }
        }
    }

    /// Hands in the next piece of the message, as far as the dialogue has it go out.
    fn feed(&mut self, turn: &mut Turn<'_>) -> Result<bool, Failure> {
        let Some(body) = &mut self.body else {
            return Err(Failure::new("a body is wanted, and no message was started"));
        };
        if body.is_abandoned && body.rest.is_empty() {
            self.connection
                .quit()
                .map_err(|misuse| Failure::new(words::misuse(&misuse)))?;
            return Ok(true);
        }
        let in_hand: usize = self.in_hand.iter().map(|part| part.bytes.len()).sum();
        let room = turn
            .expected
            .len()
            .saturating_sub(turn.said.len() + in_hand);
        // What is gathered is in hand, whatever the network takes of it.
        let goes_on = self.is_last_turn || (turn.is_cut && self.dialogue.setup.gathers);
        if room == 0 && !goes_on {
            return Ok(false);
        }
        let line = body
            .rest
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(body.rest.len(), |at| at + 1);
        let n = match self.cut {
            _ if body.chunk.is_some() => body.chunk.unwrap_or_default().min(body.rest.len()),
            Cut::Bytes => body.rest.len().min(1),
            Cut::Turns if body.rest.len() < room => body.rest.len(),
            _ => line,
        };
        let (chunk, rest) = body.rest.split_at(n);
        let is_last = rest.is_empty() && !body.is_abandoned;
        match self.connection.body(chunk, is_last) {
            Ok(framed) => {
                let bytes = framed.to_vec();
                if bytes.len() != framed.len() {
                    return Err(Failure::new(
                        "a framed chunk has another length than it says",
                    ));
                }
                body.rest = rest;
                let asks = match is_last || bytes.starts_with(b"BDAT ") {
                    true => Asks::AtItsEnd {
                        of_each_recipient: is_last && self.dialogue.setup.is_lmtp,
                    },
                    false => Asks::Nothing,
                };
                let part = Part { bytes, asks };
                if self.dialogue.setup.gathers {
                    self.in_hand.push_back(part);
                    return Ok(true);
                }
                Ok(self.write(turn, &part) == part.bytes.len())
            }
            Err(error) => {
                self.note_of_message(self.messages.len(), &words::body_error(&error));
                self.connection
                    .quit()
                    .map_err(|misuse| Failure::new(words::misuse(&misuse)))?;
                Ok(true)
            }
        }
    }

    /// Plays what is not the client's. True: the next step follows before the client gets a word in.
    fn hear(&mut self, step: &Step) -> Result<bool, Failure> {
        if self
            .actions
            .front()
            .is_some_and(|action| matches!(action, Action::Timer))
            && matches!(self.connection.poll(), Ok(Output::Idle))
        {
            self.actions.pop_front();
        }
        match step {
            Step::Server { bursts, is_joined } => {
                self.hear_bursts(bursts)?;
                return Ok(*is_joined);
            }
            Step::Tls => {
                let tls = self.dialogue.setup.tls();
                let misused = |_| Failure::new("the client did not ask for TLS");
                self.connection.tls_established(tls).map_err(misused)?;
            }
            Step::Eof => {
                self.watch.ends(&self.connection);
                self.connection.receive_eof();
            }
            Step::TimeOut => {
                // A driver waits only for what it was told to wait for.
                self.note_events();
                self.watch.times_out(&self.connection);
                self.connection.timed_out();
            }
            Step::Client { .. } => {
                return Err(Failure::new("the client speaks where the server should"));
            }
        }
        Ok(false)
    }

    fn hear_bursts(&mut self, bursts: &[Vec<u8>]) -> Result<(), Failure> {
        let whole = bursts.concat();
        match self.cut {
            Cut::Turns => self.connection.receive(&whole),
            Cut::At(place) => {
                let (first, second) = whole.split_at(place.min(whole.len()));
                self.receive(first);
                self.connection.receive(second);
            }
            Cut::Lines | Cut::Bytes => {
                for (i, burst) in bursts.iter().enumerate() {
                    if i > 0 {
                        self.speak(b"", false)?;
                    }
                    match self.cut {
                        Cut::Bytes => burst.iter().for_each(|&byte| self.receive_watched(byte)),
                        _ => self.connection.receive(burst),
                    }
                }
            }
        }
        Ok(())
    }

    /// Hands in bytes, and takes the events that come of them, without giving the client a chance to write.
    fn receive(&mut self, bytes: &[u8]) {
        self.connection.receive(bytes);
        self.note_events();
    }

    fn receive_watched(&mut self, byte: u8) {
        self.watch.before(byte, &self.connection);
        self.receive(&[byte]);
        self.watch.after(&self.connection.poll());
    }

    fn note_events(&mut self) {
        while let Ok(Output::Event(event)) = self.connection.poll() {
            self.note(&event);
        }
    }

    fn note(&mut self, event: &Event) {
        self.watch.event(event);
        let message = match event {
            Event::Sender { message, .. }
            | Event::Recipient { message, .. }
            | Event::Delivery { message, .. }
            | Event::Finished { message, .. } => message,
            _ => return self.words.push(words::event(event)),
        };
        let number = self
            .messages
            .iter()
            .position(|id| id.as_ref() == Some(message))
            .map_or(0, |at| at + 1);
        self.note_of_message(number, &words::event(event));
    }

    fn note_of_message(&mut self, number: usize, words: &str) {
        let which = if self.dialogue.setup.messages() > 1 {
            format!("message {number}: ")
        } else {
            String::new()
        };
        self.words.push(format!("{which}{words}"));
    }
}

/// What may be shown in a log must not have the secret in it.
fn check_secret(login: Option<&Login>, loggable: &[u8]) -> Result<(), Failure> {
    let shows_it = |secret: &[u8]| loggable.windows(secret.len()).any(|part| part == secret);
    let shows = login.is_some_and(|login| login.secrets().any(shows_it));
    let mut words = loggable.split(|&byte| byte == b' ');
    let shows_response =
        words.next() == Some(b"AUTH") && words.nth(1).is_some_and(|response| !response.is_empty());
    match shows || shows_response {
        true => Err(Failure::new(format!(
            "a log would show the secret: \"{}\"",
            Escaped(loggable)
        ))),
        false => Ok(()),
    }
}
