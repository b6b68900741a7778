//! Every read and every write fails in turn, and every wait is given up in turn: what a driver then says of its
//! messages is what the server knows of them.

mod sessions;

use std::future::Future;
use std::io::Write;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use mailwright::{
    Client, ClientBuilder, Credentials, Delivery, Envelope, Error, Outcome, RecipientOutcome,
    Secret, Security, Trust,
};
use smtp_tests::dialogue::server::Identity;
use smtp_tests::driver::Driver;
use smtp_tests::faults::network::{Fault, Network};
use smtp_tests::faults::server::{ACCEPTED, NO_RECIPIENTS, NO_SUCH_USER, Server, TAKEN};
use tokio::runtime::{self, Runtime};

use sessions::{By, Message, Session, sessions};

/// How long a driver waits where there is silence, and where there is not: the server's answers take no time at all.
const SHORT: Duration = Duration::from_millis(40);
const LONG: Duration = Duration::from_secs(10);

static PASSWORD: LazyLock<String> = LazyLock::new(smtp_canary::canary);

/// What a driver says of a message, and of its recipients, where it says something of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    outcome: Known,
    recipients: Vec<Recipient>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Recipient {
    path: String,
    is_accepted: bool,
    reply: Option<Vec<u8>>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Accepted(Vec<u8>),
    Refused(Vec<u8>),
    NotSent,
    Unknown,
}

impl Session {
    fn server(&self, identity: &Identity) -> Server {
        Server::new(self.manner.clone(), identity)
    }

    /// The client of it. Nothing listens where it would connect by itself.
    fn builder(&self, identity: &Identity, patience: Duration) -> ClientBuilder {
        let builder = Client::builder("127.0.0.1", 1)
            .security(self.manner.security)
            .trust(Trust::Roots(vec![identity.certificate.clone()]))
            .transfer(self.transfer)
            .timeout(patience);
        let builder = if self.manner.lmtp {
            builder.lmtp()
        } else {
            builder
        };
        match self.manner.security {
            Security::None => builder,
            _ => builder.credentials(
                Credentials::password("bob", Secret::from(PASSWORD.clone())).expect("a user"),
            ),
        }
    }

    fn in_memory(&self) -> impl Iterator<Item = (&Envelope, &[u8])> {
        self.messages.iter().map(Message::in_memory)
    }

    /// Runs it to its end; gives what the driver says of each message.
    fn run(
        &self,
        identity: &Identity,
        driver: Driver,
        network: &Network,
        patience: Duration,
    ) -> Vec<Told> {
        match driver {
            Driver::Blocking => {
                let mut client = self.builder(identity, patience).build();
                // What failed here is told again of each message.
                let _ = client.connect_over(network.clone());
                let mut said = Vec::new();
                if self.by == By::Together {
                    said.resize(self.messages.len(), Told::of(Known::NotSent));
                    // Why it ended early, if it did, is told of the messages, too.
                    let _ =
                        client.send_all(self.in_memory(), |place, sent| said[place] = told(sent));
                } else {
                    let sent = self.messages.iter().map(|message| match self.by {
                        By::Memory => client.send(&message.envelope, &message.body),
                        _ => client.send(
                            &message.envelope,
                            mailwright::Message::reader(&*message.body),
                        ),
                    });
                    said.extend(sent.map(told));
                }
                let _ = client.quit();
                said
            }
            Driver::Tokio => runtime().block_on(async {
                let mut client = self.builder(identity, patience).build_tokio();
                let _ = client.connect_over(network.clone()).await;
                let mut said = Vec::new();
                if self.by == By::Together {
                    said.resize(self.messages.len(), Told::of(Known::NotSent));
                    let _ = client
                        .send_all(self.in_memory(), |place, sent| said[place] = told(sent))
                        .await;
                } else {
                    for message in &self.messages {
                        said.push(told(send(self, &mut client, message).await));
                    }
                }
                let _ = client.quit().await;
                said
            }),
        }
    }
}

/// Sends one message on tokio, as the session has it.
async fn send(
    session: &Session,
    client: &mut mailwright::tokio::Client,
    message: &Message,
) -> Result<Delivery, Error> {
    match session.by {
        By::Memory => client.send(&message.envelope, &message.body).await,
        _ => {
            let body = mailwright::tokio::Message::reader(&*message.body);
            client.send(&message.envelope, body).await
        }
    }
}

fn runtime() -> Runtime {
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn told(sent: Result<Delivery, Error>) -> Told {
    let Ok(delivery) = sent else {
        return Told::of(Known::NotSent);
    };
    let recipient = |one: &RecipientOutcome| Recipient {
        path: one.path.as_str().to_owned(),
        is_accepted: one.accepted,
        reply: one.reply.as_ref().map(|reply| reply.raw().to_vec()),
    };
    let recipients = delivery.recipients.iter().map(recipient).collect();
    let outcome = match delivery.outcome {
        Outcome::Accepted(reply) => Known::Accepted(reply.raw().to_vec()),
        Outcome::Refused { reply, .. } => Known::Refused(reply.raw().to_vec()),
        Outcome::Unknown(_) => Known::Unknown,
        Outcome::NotSent(_) => Known::NotSent,
        other => panic!("{other:?}"),
    };
    Told {
        outcome,
        recipients,
    }
}

impl Told {
    fn of(outcome: Known) -> Self {
        Self {
            outcome,
            recipients: Vec::new(),
        }
    }
}

/// Compares what a driver says of a message with what the server knows.
fn check(message: &Message, told: &Told, network: &Network) -> Result<(), String> {
    network.ask(|server| {
        let given = server.given_by(&message.sender);
        let replies = given.map(|given| server.told_of(given)).unwrap_or_default();
        let is_known = given.is_some_and(|given| replies.len() == given.replies.len());
        let accepting = replies.iter().find(|reply| **reply == ACCEPTED).copied();
        let is_true = match &told.outcome {
            Known::Accepted(reply) => is_known && accepting == Some(reply),
            Known::Refused(reply) if given.is_some_and(|given| !given.recipients.is_empty()) => {
                is_known && accepting.is_none() && replies.first() == Some(&reply.as_slice())
            }
            Known::Refused(reply) => reply == NO_SUCH_USER || reply == NO_RECIPIENTS,
            Known::NotSent => given.is_none(),
            Known::Unknown => given.is_some() && !is_known,
        };
        if !is_true {
            return Err(format!(
                "{}: {told:?}, and the server was given {given:?} ({replies:?})",
                message.sender
            ));
        }
        for recipient in &told.recipients {
            let taken = given.map_or(&[][..], |given| &given.recipients);
            let place = taken
                .iter()
                .position(|known| known == recipient.path.as_bytes());
            // By SMTP there is one reply behind the message for all of them.
            let last = place.and_then(|place| {
                if server.speaks_lmtp() {
                    replies.get(place)
                } else {
                    replies.first()
                }
            });
            let said = match (place, last) {
                (None, _) => Some(NO_SUCH_USER),
                (_, last) if server.speaks_lmtp() => last.copied(),
                _ => Some(TAKEN),
            };
            // What was said of a recipient ahead of a message that was answered must have been heard.
            let is_told = !is_known || recipient.reply.as_deref() == said;
            if recipient.is_accepted != (last == Some(&ACCEPTED)) || !is_told {
                return Err(format!(
                    "{}: {recipient:?}, and the server said {said:?}, {last:?}",
                    message.sender
                ));
            }
        }
        let Some(given) = given else { return Ok(()) };
        match given.body == message.body {
            true => Ok(()),
            false => Err(format!("{}: the message is another", message.sender)),
        }
    })
}

#[test]
fn whatever_fails_nothing_is_claimed_that_the_server_does_not_know() {
    let identity = Identity::generate().unwrap();
    // Most of the time is spent in silence.
    let counts: Vec<usize> = thread::scope(|scope| {
        let identity = &identity;
        let run = |session: Session, driver| {
            scope.spawn(move || fail_everywhere(&session, identity, driver))
        };
        let runs = Driver::ALL
            .into_iter()
            .flat_map(|driver| sessions().into_iter().map(move |one| (one, driver)));
        let running: Vec<_> = runs.map(|(session, driver)| run(session, driver)).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let _ = writeln!(
        std::io::stderr(),
        "{} faults in {} sessions",
        counts.iter().sum::<usize>(),
        counts.len()
    );
}

/// Has each operation of a session fail in each way; gives how many runs that were.
fn fail_everywhere(session: &Session, identity: &Identity, driver: Driver) -> usize {
    let network = Network::new(session.server(identity), None);
    let undisturbed = session.run(identity, driver, &network, LONG);
    let is_sent = undisturbed
        .iter()
        .all(|told| told.outcome != Known::NotSent);
    assert!(is_sent, "{}: {undisturbed:?}", session.name);
    let operations = network.operations();
    let mut runs = 0;
    for at in 1..=operations {
        for fault in Fault::ALL {
            let network = Network::new(session.server(identity), Some((at, fault)));
            let patience = if matches!(fault, Fault::Silence | Fault::Deaf) {
                SHORT
            } else {
                LONG
            };
            let told = session.run(identity, driver, &network, patience);
            let place = format!(
                "{}, {driver:?}, {fault:?} at {at} of {operations}",
                session.name
            );
            for (message, told) in session.messages.iter().zip(&told) {
                check(message, told, &network)
                    .unwrap_or_else(|failure| panic!("{place}: {failure}"));
            }
            if fault == Fault::Short {
                assert_eq!(told, undisturbed, "{place}");
            }
            runs += 1;
        }
    }
    runs
}

#[test]
fn a_stream_that_keeps_what_is_written_until_it_is_flushed_makes_no_difference() {
    let identity = Identity::generate().unwrap();
    for (session, driver) in sessions()
        .iter()
        .flat_map(|one| Driver::ALL.map(|driver| (one, driver)))
    {
        let run = |network| session.run(&identity, driver, &network, LONG);
        let undisturbed = run(Network::new(session.server(&identity), None));
        let buffered = run(Network::buffered(session.server(&identity)));
        assert_eq!(buffered, undisturbed, "{}, {driver:?}", session.name);
    }
}

#[test]
fn a_network_on_which_nothing_is_done_at_once_makes_no_difference() {
    let identity = Identity::generate().unwrap();
    for session in sessions() {
        let run = |network| session.run(&identity, Driver::Tokio, &network, LONG);
        let undisturbed = run(Network::new(session.server(&identity), None));
        let slow = run(Network::slow(session.server(&identity)));
        assert_eq!(slow, undisturbed, "{}", session.name);
    }
}

#[test]
fn a_client_whose_future_was_dropped_says_what_is_known_and_refuses_to_go_on() {
    let identity = Identity::generate().unwrap();
    let mut drops = 0;
    for session in sessions() {
        let mut polls = 1;
        while !give_up(&session, &identity, polls) {
            polls += 1;
        }
        drops += polls - 1;
    }
    let _ = writeln!(std::io::stderr(), "{drops} futures dropped");
    assert!(drops > 100);
}

/// Runs a session until it has waited so many times, and drops what was under way. True: it came to its end first.
fn give_up(session: &Session, identity: &Identity, mut polls: usize) -> bool {
    let runtime = runtime();
    let _guard = runtime.enter();
    let network = Network::slow(session.server(identity));
    let place = format!("{}, given up at wait {polls}", session.name);
    let mut client = session.builder(identity, LONG).build_tokio();
    let mut under_way = None;
    match poll_up_to(client.connect_over(network.clone()), &mut polls) {
        Some(opened) => opened.expect("the server is well"),
        None => under_way = Some(None),
    }
    if session.by == By::Together && under_way.is_none() {
        return give_up_together(session, client, &network, polls, &place);
    }
    for message in &session.messages {
        if under_way.is_some() {
            break;
        }
        match poll_up_to(send(session, &mut client, message), &mut polls) {
            Some(sent) => check(message, &told(sent), &network)
                .unwrap_or_else(|failure| panic!("{place}: {failure}")),
            None => under_way = Some(Some(message)),
        }
    }
    let Some(under_way) = under_way else {
        return true;
    };
    let before = network.operations();
    let outcome = match client.interrupted() {
        Some([]) => Told::of(Known::NotSent),
        Some([outcome]) => known(outcome),
        other => panic!("{place}: {other:?}"),
    };
    match under_way {
        Some(message) => check(message, &outcome, &network)
            .unwrap_or_else(|failure| panic!("{place}: {failure}")),
        None => assert_eq!(outcome.outcome, Known::NotSent, "{place}"),
    }
    let again = &session.messages[0];
    let mut enough = usize::MAX;
    let refused = poll_up_to(client.send(&again.envelope, &*again.body), &mut enough);
    assert!(
        refused.is_some_and(|sent| sent.is_err()),
        "{place}: it goes on"
    );
    let refused = poll_up_to(client.connect_over(network.clone()), &mut enough);
    assert!(
        refused.is_some_and(|opened| opened.is_err()),
        "{place}: it opens another session"
    );
    assert_eq!(
        network.operations(),
        before,
        "{place}: it used the connection"
    );
    false
}

/// The same for messages that are handed in together: those that were begun are known of, and no other was sent.
fn give_up_together(
    session: &Session,
    mut client: mailwright::tokio::Client,
    network: &Network,
    mut polls: usize,
    place: &str,
) -> bool {
    let mut said = Vec::new();
    let ended = poll_up_to(
        client.send_all(session.in_memory(), |_, sent| said.push(told(sent))),
        &mut polls,
    );
    if ended.is_none() {
        let begun = client
            .interrupted()
            .unwrap_or_else(|| panic!("{place}: nobody knows of it"));
        said.extend(begun.iter().map(known));
    }
    said.resize(session.messages.len(), Told::of(Known::NotSent));
    for (message, told) in session.messages.iter().zip(&said) {
        check(message, told, network).unwrap_or_else(|failure| panic!("{place}: {failure}"));
    }
    ended.is_some()
}

/// What the core knows of a message.
fn known(outcome: &mailwright::mailwright_proto::Outcome) -> Told {
    Told::of(match outcome {
        mailwright::mailwright_proto::Outcome::Accepted(reply) => {
            Known::Accepted(reply.raw().to_vec())
        }
        mailwright::mailwright_proto::Outcome::Refused { reply, .. } => {
            Known::Refused(reply.raw().to_vec())
        }
        mailwright::mailwright_proto::Outcome::NotSent => Known::NotSent,
        mailwright::mailwright_proto::Outcome::Unknown => Known::Unknown,
    })
}

/// Polls a future at most so many times, and drops it.
fn poll_up_to<F: Future>(future: F, polls: &mut usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    while *polls > 0 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        *polls -= 1;
    }
    None
}
