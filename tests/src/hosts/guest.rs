//! The dialogues, held by a host of this folder: those that need neither TLS nor a login, and send one message.

use std::error::Error;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mailwright_proto::{Connection, Outcome};

use super::Errand;
use crate::dialogue::server::{Identity, play};
use crate::dialogue::{Action, Dialogue, Failure, Message, Step, driven};

/// How long a host waits where the server falls silent, and where it does not.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(10);

/// What every host is from outside.
pub type Deliver = fn(SocketAddr, Errand<'_>) -> Result<Outcome, Box<dyn Error>>;

/// The one message of a dialogue that a host can have.
pub fn message(dialogue: &Dialogue) -> Option<&Message> {
    let needs_more = dialogue.steps.contains(&Step::Tls) || dialogue.setup.login.is_some();
    match dialogue.setup.actions.as_slice() {
        [Action::Message(message)] if !needs_more && driven::unfit(dialogue).is_none() => {
            Some(message)
        }
        _ => None,
    }
}

/// Runs a dialogue, and compares what the host tells of its message with what is written.
pub fn run(
    dialogue: &Dialogue,
    message: &Message,
    identity: &Identity,
    deliver: Deliver,
) -> Result<(), Failure> {
    let listener =
        TcpListener::bind("127.0.0.1:0").map_err(|error| Failure::new(error.to_string()))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(error.to_string()))?;
    let patience = if dialogue.steps.contains(&Step::TimeOut) {
        SHORT
    } else {
        LONG
    };
    let connection = Connection::new(Arc::new(dialogue.setup.config()));
    let errand = Errand {
        connection,
        envelope: &message.envelope,
        message: &message.body,
        patience,
    };
    thread::scope(|scope| {
        let server = scope.spawn(move || play(&listener, &dialogue.steps, identity));
        let outcome = deliver(address, errand).map_err(|error| error.to_string());
        // A server that nobody came to would wait for ever.
        drop(TcpStream::connect(address));
        let played = server
            .join()
            .unwrap_or_else(|_| Err(Failure::new("the server broke down")));
        played.map_err(|failure| Failure::new(format!("{failure}; the host: {outcome:?}")))?;
        check(dialogue, outcome.as_ref())
    })
}

fn check(dialogue: &Dialogue, outcome: Result<&Outcome, &String>) -> Result<(), Failure> {
    const ENDS: [&str; 4] = ["accepted ", "refused at ", "not sent", "unknown"];
    let should = dialogue
        .events
        .iter()
        .find(|event| ENDS.iter().any(|end| event.starts_with(end)));
    let is_told = match (outcome, should) {
        (Ok(Outcome::Accepted(reply)), Some(event)) => {
            event.starts_with(&format!("accepted {}", reply.code()))
        }
        (Ok(Outcome::Refused { reply, .. }), Some(event)) => {
            event.starts_with("refused")
                && event
                    .split(' ')
                    .any(|word| word == reply.code().to_string())
        }
        (Ok(Outcome::NotSent), Some(event)) => event == "not sent",
        (Ok(Outcome::Unknown), Some(event)) => event == "unknown",
        (Err(_), None) => true,
        _ => false,
    };
    match is_told {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "the host told {outcome:?}, and should have {should:?}"
        ))),
    }
}
