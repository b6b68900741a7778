//! What must hold of whole sessions, whatever a server or an embedder does; through the core's public face alone.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, LazyLock};

use mailwright_proto::testing::Driver;
use mailwright_proto::{
    Config, Connection, Event, Outcome, Output, Phase, Secret, Security, TlsInfo, TransactionId,
    Transfer,
    address::EhloName,
    auth::{Credentials, Mechanism},
    command::Command,
    ehlo::{Capabilities, Keyword},
    envelope::Envelope,
    reply::Reply,
};
use proptest::prelude::*;
use proptest::sample::select;

fn config(security: Security) -> Config {
    Config::new(EhloName::try_from("client.example.test").expect("a name")).security(security)
}

fn envelope(recipients: usize) -> Envelope {
    let to = "b@example.test".parse().expect("a path");
    Envelope::new(
        "a@example.test".parse().expect("a path"),
        vec![to; recipients],
    )
    .expect("recipients")
}

static PASSWORD: LazyLock<String> = LazyLock::new(smtp_canary::canary);

fn credentials() -> Credentials {
    Credentials::password("bob", Secret::from(PASSWORD.clone())).expect("a user")
}

/// A line of an EHLO answer, behind its code.
fn offer() -> impl Strategy<Value = String> {
    let keyword = select(Keyword::ALL.to_vec()).prop_map(|keyword| keyword.as_str().to_owned());
    let keyword = prop_oneof![4 => keyword, 1 => "[A-Za-z][A-Za-z0-9-]{0,8}"];
    let mixed = (keyword, any::<u32>()).prop_map(|(keyword, cases)| {
        let mixed = |(at, c): (usize, char)| {
            if cases >> (at % 32) & 1 == 1 {
                c.to_ascii_lowercase()
            } else {
                c
            }
        };
        keyword.chars().enumerate().map(mixed).collect::<String>()
    });
    (mixed, "( [!-~]{1,12}){0,3}").prop_map(|(keyword, parameters)| keyword + &parameters)
}

fn answer(offers: &[String]) -> Vec<u8> {
    let lines = offers.iter().map(|offer| format!("250-{offer}\r\n"));
    ["250-mx.example.test\r\n".to_owned()]
        .into_iter()
        .chain(lines)
        .chain(["250 HELP\r\n".to_owned()])
        .collect::<String>()
        .into()
}

/// The words of all lines with this keyword.
fn parameters<'a>(offers: &'a [String], keyword: &str) -> Vec<Vec<&'a str>> {
    let lines = offers
        .iter()
        .map(|offer| offer.split(' ').collect::<Vec<_>>());
    lines
        .filter(|words| words[0].eq_ignore_ascii_case(keyword))
        .map(|words| words[1..].to_vec())
        .collect()
}

/// All that a session behind its handshake writes and tells, where the server says this.
fn behind_the_handshake(
    host: &mut Driver,
    words: &[Vec<u8>],
    is_verified: bool,
) -> (Vec<u8>, Vec<Event>, String) {
    let (written, events) = (host.written.len(), host.events.len());
    host.connection
        .tls_established(if is_verified {
            TlsInfo::verified()
        } else {
            TlsInfo::unverified()
        })
        .expect("it was asked for");
    let mut demand = host.run();
    for word in words {
        match demand {
            Ok(Output::Authenticate) => host
                .connection
                .authenticate(credentials())
                .expect("it was asked for"),
            Ok(Output::Idle) => _ = host.connection.send(&envelope(1)),
            _ => {}
        }
        _ = host.run();
        demand = host.receive(word);
    }
    let state = format!(
        "{demand:?} {:?} {:?}",
        host.connection.state(),
        host.connection.capabilities()
    );
    (
        host.written.split_off(written),
        host.events.split_off(events),
        state,
    )
}

/// What a server may say within TLS.
fn words() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let lines = [
        "250-mx\r\n250 AUTH LOGIN\r\n",
        "250-mx\r\n250-PIPELINING\r\n250 HELP\r\n",
        "250 ok\r\n",
        "334 VXNlcm5hbWU6\r\n",
        "235 ok\r\n",
        "354 go on\r\n",
        "550 no\r\n",
        "421 bye\r\n",
        "250",
        "\r\n",
    ];
    prop::collection::vec(
        select(lines.to_vec()).prop_map(|line| line.as_bytes().to_vec()),
        0..10,
    )
}

/// What a server decides of one message.
#[derive(Debug, Clone)]
struct Decisions {
    mail: u16,
    recipients: Vec<u16>,
    data: u16,
    last: u16,
}

fn decisions() -> impl Strategy<Value = Decisions> {
    let code = |good: u16| prop_oneof![3 => Just(good), 1 => select(vec![450_u16, 550])];
    let all = (
        code(250),
        prop::collection::vec(code(250), 1..5),
        code(354),
        code(250),
    );
    all.prop_map(|(mail, recipients, data, last)| Decisions {
        mail,
        recipients,
        data,
        last,
    })
}

/// A server that makes these decisions, and its replies to all that it hears.
struct Server<'a> {
    decisions: std::slice::Iter<'a, Decisions>,
    at_hand: Option<&'a Decisions>,
    asked: usize,
    taken: usize,
    in_data: bool,
}

impl Server<'_> {
    fn answer(&mut self, line: &str) -> Option<u16> {
        if self.in_data {
            self.in_data = line != ".";
            return (!self.in_data)
                .then(|| self.at_hand.take().map_or(503, |decided| decided.last));
        }
        if line.starts_with("MAIL") {
            (self.at_hand, self.asked, self.taken) = (self.decisions.next(), 0, 0);
            let mail = self.at_hand.map_or(503, |decided| decided.mail);
            self.at_hand = self.at_hand.filter(|_| mail == 250);
            return Some(mail);
        }
        Some(match (line.get(..4), self.at_hand) {
            (Some("RCPT"), Some(decided)) => {
                let code = decided.recipients[self.asked];
                self.asked += 1;
                self.taken += usize::from(code == 250);
                code
            }
            (Some("DATA"), Some(decided)) if self.taken > 0 => {
                self.in_data = decided.data == 354;
                decided.data
            }
            (Some("RSET"), _) => {
                self.at_hand = None;
                250
            }
            _ => 503,
        })
    }
}

/// What becomes of the messages and their recipients, each in its own words.
fn fates(decisions: &[Decisions], offer: &str, overlaps: bool) -> Vec<Event> {
    let mut host = Driver::new(config(Security::None));
    _ = host.run();
    _ = host.receive(b"220 mx\r\n");
    _ = host.receive(format!("250-mx\r\n250 {offer}\r\n").as_bytes());
    (host.written, host.events) = (Vec::new(), Vec::new());
    let mut server = Server {
        decisions: decisions.iter(),
        at_hand: None,
        asked: 0,
        taken: 0,
        in_data: false,
    };
    let mut left = decisions.iter();
    loop {
        let demand = host.run();
        let is_free = host.connection.available_transactions() > 0
            && (overlaps || demand == Ok(Output::Idle));
        if is_free && let Some(next) = left.next() {
            host.connection
                .send(&envelope(next.recipients.len()))
                .expect("there is room");
            continue;
        }
        match demand {
            Ok(Output::Idle) => break,
            Ok(Output::Body(_)) => host.body(b"hello\r\n", true).expect("it was asked for"),
            Ok(Output::Read) => {
                let said = String::from_utf8(std::mem::take(&mut host.written)).expect("ASCII");
                let replies = said
                    .lines()
                    .filter_map(|line| server.answer(line))
                    .map(|code| format!("{code} so\r\n"));
                let replies: String = replies.collect();
                assert!(!replies.is_empty(), "both sides wait");
                host.connection.receive(replies.as_bytes());
            }
            other => panic!("{other:?}"),
        }
    }
    // One by one, the last word on a message comes before the next one's first.
    let is_recipient = |event: &Event| matches!(event, Event::Recipient { .. });
    let is_finished = |event: &Event| matches!(event, Event::Finished { .. });
    let recipients = host.events.iter().filter(|event| is_recipient(event));
    let finished = host.events.iter().filter(|event| is_finished(event));
    recipients.chain(finished).cloned().collect()
}

/// A call of an embedder's.
#[derive(Debug, Clone)]
enum Call {
    /// What a driver does next; where that is to read, the server is content, or is not.
    GoOn(bool),
    Receive(Vec<u8>),
    Send(usize),
    Body(Vec<u8>, bool),
    Gather,
    /// So much of what is in hand leaves.
    Sent(usize),
    Write(usize),
    Noop,
    Tls(bool),
    LogIn,
    Quit,
    TimedOut,
    Eof,
}

fn call() -> impl Strategy<Value = Call> {
    let said = [
        "220 mx\r\n",
        "250-mx\r\n250-STARTTLS\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 AUTH PLAIN LOGIN\r\n",
        "250 ok\r\n250 ok\r\n",
        "334 \r\n",
        "421 bye\r\n",
        "25",
        "what\r\n",
    ];
    let said = select(said.to_vec()).prop_map(|said| Call::Receive(said.into()));
    let body = (
        select(vec!["", "one\r\n", ".", "two\r", "\nthree"]),
        any::<bool>(),
    );
    prop_oneof![
        30 => prop_oneof![9 => Just(true), 1 => Just(false)].prop_map(Call::GoOn),
        4 => (0_usize..40).prop_map(Call::Write),
        6 => Just(Call::Gather),
        12 => prop_oneof![3 => Just(usize::MAX), 1 => 0_usize..40].prop_map(Call::Sent),
        8 => (1_usize..4).prop_map(Call::Send),
        10 => body.prop_map(|(text, last)| Call::Body(text.into(), last)),
        1 => said,
        1 => Just(Call::Noop),
        1 => any::<bool>().prop_map(Call::Tls),
        1 => Just(Call::LogIn),
        1 => select(vec![Call::Quit, Call::TimedOut, Call::Eof]),
    ]
}

/// A session that is open for messages, or one that has just begun.
fn session() -> impl Strategy<Value = Connection> {
    let securities = vec![
        Security::None,
        Security::StartTls,
        Security::ImplicitTls,
        Security::Opportunistic,
    ];
    let transfers = vec![
        Transfer::Data,
        Transfer::Chunks,
        Transfer::Window {
            messages: 3,
            octets: 256,
        },
    ];
    let offers = vec![
        "HELP",
        "PIPELINING",
        "CHUNKING",
        "PIPELINING\r\n250-CHUNKING",
    ];
    let all = (
        select(securities),
        select(transfers),
        prop_oneof![1 => Just(None), 4 => select(offers).prop_map(Some)],
    );
    all.prop_map(|(security, transfer, offer)| {
        let Some(offer) = offer else {
            return Connection::new(Arc::new(
                config(security)
                    .login([Mechanism::Plain])
                    .transfer(transfer),
            ));
        };
        let mut host = Driver::new(config(Security::None).transfer(transfer));
        _ = host.run();
        _ = host.receive(b"220 mx\r\n");
        assert_eq!(
            host.receive(format!("250-mx\r\n250-{offer}\r\n250 OK\r\n").as_bytes()),
            Ok(Output::Idle)
        );
        host.connection
    })
}

/// What an embedder keeps of its messages: octets that it handed out, and of each message where its end stands among them.
#[derive(Default)]
struct Books {
    handed_out: usize,
    left: usize,
    ends: BTreeMap<TransactionId, Option<usize>>,
    finished: BTreeMap<TransactionId, Outcome>,
}

impl Books {
    /// Makes the call; whether it was a misuse.
    fn make(&mut self, connection: &mut Connection, call: &Call) -> Result<(), Box<dyn Error>> {
        match call {
            Call::Receive(bytes) => connection.receive(bytes),
            Call::Send(recipients) => {
                let id = connection.send(&envelope(*recipients))?;
                self.ends.insert(id, None);
            }
            Call::Body(text, last) => {
                let octets = connection.body(text, *last)?.len();
                self.handed_out += octets;
                if let Some(mut end) = self.ends.last_entry().filter(|_| *last) {
                    end.insert(Some(self.handed_out));
                }
            }
            Call::Gather => self.handed_out += connection.drain_commands(&mut Vec::new()),
            Call::Sent(most) => {
                let octets = (self.handed_out - self.left).min(*most);
                connection.transmitted(octets);
                self.left += octets;
            }
            Call::Write(most) => self.drive(connection, *most, None),
            Call::GoOn(is_content) => {
                let phase = connection.timer().phase();
                let reply: &[u8] = match phase {
                    _ if !is_content => b"550 no\r\n",
                    Phase::Greeting | Phase::StartTls => b"220 go on\r\n",
                    Phase::Data => b"354 go on\r\n",
                    _ => b"250 ok\r\n",
                };
                self.drive(connection, usize::MAX, Some(reply));
            }
            Call::Noop => connection.command(Command::Noop)?,
            Call::Tls(is_verified) => connection.tls_established(if *is_verified {
                TlsInfo::verified()
            } else {
                TlsInfo::unverified()
            })?,
            Call::LogIn => connection.authenticate(credentials())?,
            Call::Quit => connection.quit()?,
            Call::TimedOut => connection.timed_out(),
            Call::Eof => connection.receive_eof(),
        }
        Ok(())
    }

    /// Meets one demand: writes at most so many octets, and has the server say this, if anything.
    fn drive(&mut self, connection: &mut Connection, most: usize, reply: Option<&[u8]>) {
        let n = match connection.poll() {
            Ok(Output::Event(event)) => return self.note(event),
            Ok(Output::Write) => {
                assert_eq!(
                    self.left, self.handed_out,
                    "a command overtakes what is in hand"
                );
                connection.transmit().len().min(most)
            }
            Ok(Output::Read) => {
                return reply
                    .into_iter()
                    .for_each(|reply| connection.receive(reply));
            }
            _ => return,
        };
        connection.transmitted(n);
    }

    fn note(&mut self, event: Event) {
        if let Event::Finished { message, outcome } = event {
            let has_left = self.ends[&message].is_some_and(|end| end <= self.left);
            let claims = matches!(outcome, Outcome::Accepted(_) | Outcome::Unknown);
            assert!(
                has_left || !claims,
                "{message:?} was not sent to its end: {outcome:?}"
            );
            assert!(
                self.finished.insert(message, outcome).is_none(),
                "{message:?} finished twice"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn of_an_ehlo_answer_all_is_offered_that_a_line_begins_with_and_nothing_else(
        offers in prop::collection::vec(offer(), 0..12),
    ) {
        let capabilities = Capabilities::from_reply(Reply::parse(&answer(&offers)).unwrap());
        for &keyword in Keyword::ALL {
            let is_listed = keyword == Keyword::Help || !parameters(&offers, keyword.as_str()).is_empty();
            prop_assert_eq!(capabilities.offers(keyword), is_listed, "{}", keyword);
        }
        let texts: Vec<&[u8]> = offers.iter().map(String::as_bytes).chain([&b"HELP"[..]]).collect();
        prop_assert_eq!(capabilities.lines().collect::<Vec<_>>(), texts);
        let listed = parameters(&offers, "AUTH").concat();
        for mechanism in Mechanism::ALL {
            let is_listed = listed.iter().any(|word| word.eq_ignore_ascii_case(mechanism.name()));
            prop_assert_eq!(capabilities.offers_mechanism(*mechanism), is_listed, "{}", mechanism);
        }
    }

    #[test]
    fn nothing_said_in_the_clear_matters_behind_the_handshake(
        greeting in "[ -~]{0,20}",
        offers in prop::collection::vec(offer(), 0..6),
        behind in prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(any::<u8>(), 1..40)],
        is_late in any::<bool>(),
        inside in words(),
        is_verified in any::<bool>(),
    ) {
        let client = || Driver::new(config(Security::StartTls).login([Mechanism::Login, Mechanism::Plain]));
        let mut plain = client();
        _ = plain.run();
        _ = plain.receive(b"220 mx\r\n");
        _ = plain.receive(b"250-mx\r\n250 STARTTLS\r\n");
        prop_assert_eq!(plain.receive(b"220 go\r\n"), Ok(Output::StartTls));

        let mut other = client();
        _ = other.run();
        _ = other.receive(format!("220 {greeting}\r\n").as_bytes());
        _ = other.receive(answer(&[offers, vec!["STARTTLS".to_owned()]].concat()));
        let demand = match is_late {
            true => {
                _ = other.receive(b"220 go\r\n");
                other.receive(&behind)
            }
            false => other.receive([b"220 go\r\n", behind.as_slice()].concat()),
        };
        prop_assert_eq!(demand.is_err(), !behind.is_empty());
        prop_assert!(demand.is_err() || demand == Ok(Output::StartTls));
        prop_assert_eq!(&other.written, b"EHLO client.example.test\r\nSTARTTLS\r\n");
        if behind.is_empty() {
            let expected = behind_the_handshake(&mut plain, &inside, is_verified);
            prop_assert_eq!(behind_the_handshake(&mut other, &inside, is_verified), expected);
        }
    }

    #[test]
    fn in_a_group_or_one_by_one_each_recipient_fares_the_same(messages in prop::collection::vec(decisions(), 1..4)) {
        let one_by_one = fates(&messages, "HELP", false);
        prop_assert_eq!(&fates(&messages, "PIPELINING", false), &one_by_one);
        prop_assert_eq!(&fates(&messages, "PIPELINING", true), &one_by_one);
    }

    #[test]
    fn whatever_an_embedder_does_a_misuse_changes_nothing_and_each_message_ends_once(
        mut connection in session(),
        calls in prop::collection::vec(call(), 0..120),
    ) {
        let mut books = Books::default();
        for call in &calls {
            let before = (connection.state(), connection.timer(), connection.available_transactions());
            if books.make(&mut connection, call).is_err() {
                let after = (connection.state(), connection.timer(), connection.available_transactions());
                prop_assert_eq!(before, after, "{:?} is a misuse, and changed something", call);
            }
        }
        connection.receive_eof();
        // No more than an event for each reply, each recipient and each message is left, and the end.
        for _ in 0..1000 {
            match connection.poll() {
                Ok(Output::Event(event)) => books.note(event),
                Ok(Output::Write) => connection.transmitted(connection.transmit().len()),
                Ok(Output::Closed) | Err(_) => break,
                Ok(_) => connection.timed_out(),
            }
        }
        prop_assert_eq!(books.finished.len(), books.ends.len(), "a message without an end");
        let ended = connection.poll();
        prop_assert_eq!(connection.poll(), ended, "an end is not repeated");
    }
}
