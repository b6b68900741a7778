//! The hosts that anyone could write: they deliver, they hold the dialogues, and their loops are short.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use mailwright_cli::sink::{Sink, SinkOptions};
use mailwright_proto::{
    Config, Connection, Outcome, Security, address::EhloName, envelope::Envelope,
};
use smtp_tests::dialogue;
use smtp_tests::dialogue::server::Identity;
use smtp_tests::hosts::{Errand, guest, mio, smol};

const HOSTS: [(&str, guest::Deliver); 2] = [
    ("mio", mio::deliver),
    ("smol", |server, errand| {
        ::smol::block_on(smol::deliver(server, errand))
    }),
];

/// With fewer dialogues than this, files have gone missing.
const FEWEST: usize = 40;

fn errand<'a>(envelope: &'a Envelope, message: &'a [u8]) -> Errand<'a> {
    let name = EhloName::try_from("client.example.test").expect("a name");
    let config = Config::new(name).security(Security::None);
    Errand {
        connection: Connection::new(Arc::new(config)),
        envelope,
        message,
        patience: Duration::from_secs(20),
    }
}

fn envelope() -> Envelope {
    let (sender, recipient) = ("a@example.test".parse(), "b@example.test".parse());
    Envelope::new(sender.expect("a sender"), recipient).expect("a recipient")
}

#[test]
fn every_host_delivers_a_message_as_it_is() {
    for (name, deliver) in HOSTS {
        let mut sink = Sink::start(SinkOptions::default()).unwrap();
        let message = b"Subject: Hello\r\n\r\n.A line with a dot.\r\n";
        let outcome = deliver(sink.local_addr(), errand(&envelope(), message)).unwrap();
        assert!(
            matches!(&outcome, Outcome::Accepted(reply) if reply.code() == 250),
            "{name}: {outcome:?}"
        );
        sink.stop();
        let stored: Vec<_> = sink.messages().try_iter().collect();
        assert_eq!(stored.len(), 1, "{name}");
        assert_eq!(
            stored[0].content.as_deref(),
            Some(message.as_slice()),
            "{name}"
        );
        assert_eq!(
            (stored[0].from.as_str(), stored[0].to.as_slice()),
            ("a@example.test", &["b@example.test".to_owned()][..])
        );
    }
}

#[test]
fn every_host_delivers_more_than_the_network_takes_at_once() {
    let message = b"All work and no play makes Jack a dull boy.\r\n".repeat(400_000);
    for (name, deliver) in HOSTS {
        let mut sink = Sink::start(SinkOptions::default()).unwrap();
        let outcome = deliver(sink.local_addr(), errand(&envelope(), &message)).unwrap();
        assert!(
            matches!(outcome, Outcome::Accepted(_)),
            "{name}: {outcome:?}"
        );
        sink.stop();
        assert!(
            sink.messages().try_recv().unwrap().content.unwrap() == message,
            "{name}"
        );
    }
}

#[test]
fn every_dialogue_that_needs_no_tls_goes_as_written_over_every_host() {
    let dialogues = dialogue::all().unwrap();
    let identity = Identity::generate().unwrap();
    let fit: Vec<_> = dialogues
        .iter()
        .filter_map(|(name, d)| Some((name, d, guest::message(d)?)))
        .collect();
    assert!(fit.len() >= FEWEST, "{} dialogues are too few", fit.len());
    for (host, deliver) in HOSTS {
        let mut failures = Vec::new();
        for (name, dialogue, message) in &fit {
            if let Err(failure) = guest::run(dialogue, message, &identity, deliver) {
                failures.push(format!("{name}: {failure}"));
            }
        }
        // Straight to the terminal: the test harness would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "{} of {} dialogues over {host}",
            fit.len() - failures.len(),
            fit.len()
        );
        assert!(
            failures.is_empty(),
            "{} dialogues failed over {host}:\n{}",
            failures.len(),
            failures.join("\n")
        );
    }
}
