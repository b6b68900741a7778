//! The hosts that are the drivers: real sockets, real TLS, and what they tell their caller.

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use mailwright::{Delivery, Error, Outcome, Trust};
use mailwright_proto::{body::LineEnds, reply::BareLf};

use super::server::{Identity, play};
use super::{Action, Dialogue, Failure, Message, Setup, Step, words};
use crate::driver::{Client, Driver};

/// How long the client waits where the server falls silent, and where it does not.
const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(10);

/// Why a driver cannot have this conversation; nothing where it can.
pub fn unfit(dialogue: &Dialogue) -> Option<&'static str> {
    let Setup {
        bare_lf,
        line_ends,
        actions,
        ..
    } = &dialogue.setup;
    let is_plain =
        |action: &Action| matches!(action, Action::Message(message) if !message.is_abandoned);
    match () {
        () if *bare_lf != BareLf::Refuse || *line_ends != LineEnds::Normalise => {
            Some("it has no such option")
        }
        () if dialogue.steps.iter().any(names_its_server) => {
            Some("it names its server's port, which is never the same")
        }
        () if may_take_nonce(dialogue) => Some("it takes a nonce that nobody can know beforehand"),
        () if actions
            .iter()
            .filter_map(message)
            .any(|message| message.chunk.is_some()) =>
        {
            Some("it cuts its own chunks")
        }
        () if !actions.iter().all(is_plain) => Some("it sends whole messages, and nothing else"),
        () if dialogue
            .steps
            .windows(2)
            .any(|pair| stops_short(&pair[0], &pair[1])) =>
        {
            Some("its network takes all that it says")
        }
        () if dialogue
            .steps
            .windows(2)
            .any(|pair| is_slow_itself(&pair[0], &pair[1])) =>
        {
            Some("it has its credentials at hand")
        }
        () => None,
    }
}

/// Whether the client says whom it connected to, as OAUTHBEARER does.
fn names_its_server(step: &Step) -> bool {
    matches!(step, Step::Client { bytes, .. } if bytes.starts_with(b"AUTH OAUTHBEARER"))
}

/// Whether both sides have a mechanism of SCRAM.
fn may_take_nonce(dialogue: &Dialogue) -> bool {
    let names = |burst: &Vec<u8>| burst.windows(5).any(|part| part == b"SCRAM");
    let offers =
        |step: &Step| matches!(step, Step::Server { bursts, .. } if bursts.iter().any(names));
    let is_allowed = dialogue
        .setup
        .mechanisms
        .iter()
        .any(|mechanism| mechanism.name().starts_with("SCRAM"));
    is_allowed && dialogue.steps.iter().any(offers)
}

/// Whether the client's own time runs out: it is its turn, and it says nothing.
fn is_slow_itself(first: &Step, second: &Step) -> bool {
    matches!(
        (first, second),
        (
            Step::Server {
                is_joined: true,
                ..
            },
            Step::TimeOut
        )
    )
}

/// Whether the client is stopped within what it says: the server asks for a message, and does not get all of it.
fn stops_short(first: &Step, second: &Step) -> bool {
    let Step::Client { bytes, is_cut } = second else {
        return false;
    };
    let asks = |burst: &Vec<u8>| burst.starts_with(b"354") || burst.starts_with(b"399");
    let is_asked = matches!(first, Step::Server { bursts, .. } if bursts.last().is_some_and(asks));
    *is_cut || is_asked && !(bytes == b".\r\n" || bytes.ends_with(b"\r\n.\r\n"))
}

/// Runs a dialogue, and compares what the driver tells with the events that should lie behind it.
pub fn run(dialogue: &Dialogue, identity: &Identity, driver: Driver) -> Result<(), Failure> {
    let listener =
        TcpListener::bind("127.0.0.1:0").map_err(|error| Failure::new(error.to_string()))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(error.to_string()))?;
    thread::scope(|scope| {
        let server = scope.spawn(move || play(&listener, &dialogue.steps, identity));
        let told = client(dialogue, address.port(), identity, driver)
            .and_then(|client| converse(dialogue, client));
        // A server that nobody came to would wait for ever.
        drop(TcpStream::connect(address));
        let played = server
            .join()
            .unwrap_or_else(|_| Err(Failure::new("the server broke down")));
        played.map_err(|failure| Failure::new(format!("{failure}; the client: {told:?}")))?;
        told
    })
}

fn client(
    dialogue: &Dialogue,
    port: u16,
    identity: &Identity,
    driver: Driver,
) -> Result<Client, Failure> {
    let setup = &dialogue.setup;
    let trust = match setup.is_verified {
        true => Trust::Roots(vec![identity.certificate.clone()]),
        false => Trust::DangerousAcceptAnyCertificate,
    };
    let mut builder = mailwright::Client::builder("127.0.0.1", port)
        .security(setup.security)
        .ehlo(setup.ehlo.clone())
        .trust(trust);
    if let Some(login) = &setup.login {
        let credentials = login
            .credentials()
            .map_err(|error| Failure::new(error.to_string()))?;
        builder = builder
            .credentials(credentials)
            .mechanisms(setup.mechanisms.clone());
    }
    builder = builder
        .transfer(setup.transfer)
        .ignore_extensions(setup.ignored.clone());
    if setup.is_lmtp {
        builder = builder.lmtp();
    }
    if setup.is_dangerous {
        builder = builder.dangerous_plaintext_auth();
    }
    let falls_silent = dialogue.steps.contains(&Step::TimeOut);
    let builder = builder.timeout(if falls_silent { SHORT } else { LONG });
    driver
        .build(builder)
        .map_err(|error| Failure::new(error.to_string()))
}

fn converse(dialogue: &Dialogue, mut client: Client) -> Result<(), Failure> {
    let end = dialogue.events.iter().find(|event| is_end(event));
    let messages: Vec<&Message> = dialogue.setup.actions.iter().filter_map(message).collect();
    let has_begun = |number| !expected_of_message(dialogue, number).is_empty();
    if let Err(error) = client.connect() {
        return match end {
            Some(end) if !has_begun(1) => check_error(end, &error),
            _ => Err(Failure::new(format!("connecting failed: {error:?}"))),
        };
    }
    let told = match dialogue.setup.is_pipelined {
        true => {
            let messages = messages
                .iter()
                .map(|message| (&message.envelope, message.body.as_slice()));
            client.send_all(&messages.collect::<Vec<_>>())
        }
        false => {
            let sent = messages
                .iter()
                .map(|message| client.send_read(&message.envelope, &message.body));
            sent.enumerate().collect()
        }
    };
    let begun = (1..=messages.len())
        .filter(|&number| has_begun(number))
        .count();
    if told.len() < begun {
        return Err(Failure::new(format!(
            "{} of {begun} messages were told of",
            told.len()
        )));
    }
    for (place, delivery) in told {
        let expected = expected_of_message(dialogue, place + 1);
        match delivery {
            Ok(delivery) => check_delivery(&expected, end, &delivery, dialogue.setup.is_lmtp)?,
            Err(_)
                if expected
                    .iter()
                    .any(|event| event.starts_with("cannot send")) => {}
            Err(error) => return Err(Failure::new(format!("sending failed: {error:?}"))),
        }
    }
    match (client.quit(), end) {
        (Err(error), None) => Err(Failure::new(format!("the goodbye failed: {error:?}"))),
        _ => Ok(()),
    }
}

fn message(action: &Action) -> Option<&Message> {
    match action {
        Action::Message(message) => Some(message),
        Action::Command(_) | Action::Timer => None,
    }
}

/// The events about one message, counted from 1.
fn expected_of_message(dialogue: &Dialogue, number: usize) -> Vec<&str> {
    const ABOUT_MESSAGES: [&str; 8] = [
        "sender",
        "recipient",
        "delivery",
        "accepted",
        "refused",
        "not sent",
        "unknown",
        "cannot send",
    ];
    let prefix = format!("message {number}: ");
    let events = dialogue.events.iter().map(String::as_str);
    match dialogue.setup.messages() {
        0 | 1 => events
            .filter(|event| ABOUT_MESSAGES.iter().any(|word| event.starts_with(word)))
            .collect(),
        _ => events
            .filter_map(|event| event.strip_prefix(&prefix))
            .collect(),
    }
}

/// Whether an event ends a session otherwise than by QUIT.
fn is_end(event: &str) -> bool {
    [
        "error at",
        "policy:",
        "rejected at",
        "login rejected",
        "login unanswered",
        "shutting down at",
    ]
    .iter()
    .any(|end| event.starts_with(end))
}

fn check_delivery(
    expected: &[&str],
    end: Option<&String>,
    delivery: &Delivery,
    is_lmtp: bool,
) -> Result<(), Failure> {
    let outcome = match &delivery.outcome {
        Outcome::Accepted(reply) => format!("accepted {}", words::reply(reply)),
        Outcome::Refused { stage, reply } => format!("refused at {stage} {}", words::reply(reply)),
        Outcome::NotSent(_) => "not sent".to_owned(),
        Outcome::Unknown(_) => "unknown".to_owned(),
        other => format!("{other:?}"),
    };
    let recipients = delivery.recipients.iter().enumerate();
    let replies = recipients.filter_map(|(i, recipient)| Some((i + 1, recipient.reply.as_ref()?)));
    let mut told: Vec<String> = replies
        .map(|(i, reply)| format!("recipient {i} {}", words::reply(reply)))
        .collect();
    told.push(outcome);
    let should = expected.iter().filter(|event| !event.starts_with("sender"));
    let should: Vec<String> = should.map(|event| by_stage(event)).collect();
    let should = if is_lmtp { last_words(should) } else { should };
    if told != should {
        return Err(Failure::new(format!(
            "the driver told {told:?}, and should have {should:?}"
        )));
    }
    match (&delivery.outcome, end) {
        (Outcome::NotSent(Some(error)) | Outcome::Unknown(error), Some(end)) => {
            check_error(end, error)
        }
        (Outcome::NotSent(None), Some(end)) => Err(Failure::new(format!("nobody told of: {end}"))),
        _ => Ok(()),
    }
}

/// By LMTP: of each recipient the reply behind the message, or a refusal at RCPT.
fn last_words(events: Vec<String>) -> Vec<String> {
    let is_left = |event: &String| {
        !event.starts_with("recipient")
            || event
                .split(' ')
                .nth(2)
                .is_none_or(|code| !code.starts_with('2'))
    };
    let mut left: Vec<String> = events
        .into_iter()
        .filter(is_left)
        .map(|event| event.replace("delivery", "recipient"))
        .collect();
    // In the order of the envelope, and then what became of the message.
    left.sort_by_key(|event| {
        event
            .strip_prefix("recipient ")
            .map_or("~", |rest| rest)
            .to_owned()
    });
    left
}

/// An event in the words of the driver's stages.
fn by_stage(event: &str) -> String {
    const STAGES: [(&str, &str); 4] = [
        ("end of message", "body"),
        ("message", "body"),
        ("idle", "mail"),
        ("command", "mail"),
    ];
    let Some((what, place)) = event.split_once(" at ") else {
        return event.to_owned();
    };
    let found = STAGES
        .iter()
        .find_map(|(phase, stage)| Some((*stage, place.strip_prefix(phase)?)));
    let split = place.find([' ', ':']).unwrap_or(place.len());
    match found {
        Some((stage, rest)) => format!("{what} at {stage}{rest}"),
        None => format!(
            "{what} at {}{}",
            place[..split].to_ascii_lowercase(),
            &place[split..]
        ),
    }
}

/// Where the driver says that a session ended, and by which reply.
fn check_error(event: &str, error: &Error) -> Result<(), Failure> {
    let (stage, reply) = (error.stage(), error.reply().map(words::reply));
    let reply = reply.map(|reply| format!(" {reply}")).unwrap_or_default();
    let should = by_stage(event);
    let is_told = match should.split_once([' ', ':']).map_or("", |(word, _)| word) {
        "error" => should.starts_with(&format!("error at {stage}:")),
        "policy" if should.contains("STARTTLS") => {
            stage.name() == "starttls" && should.ends_with(&reply)
        }
        "policy" => stage.name() == "auth",
        "login" if should.starts_with("login unanswered") => {
            stage.name() == "auth" && reply.is_empty()
        }
        "login" => stage.name() == "auth" && !reply.is_empty() && should.contains(&reply),
        _ => !reply.is_empty() && should.ends_with(&format!(" at {stage}{reply}")),
    };
    match is_told {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "the driver told {error:?}, and should have: {should}"
        ))),
    }
}
