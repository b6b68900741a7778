use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{Client, greeted, next_message, no_message, open_sink, with_envelope};
use crate::sink::registry::MAX_SESSIONS;
use crate::sink::{Sink, SinkError, SinkOptions, Storage};

#[test]
fn stop_says_421_to_every_session_and_frees_the_port() {
    let mut sink = open_sink();
    let mut waiting = greeted(&sink);
    let mut sending = with_envelope(&sink);
    sending.ask("DATA", "354");
    sending.send("half a message\r\n");
    let begun = Instant::now();
    sink.stop();
    assert!(begun.elapsed() < Duration::from_secs(5));
    for client in [&mut waiting, &mut sending] {
        client.expect("421 4.3.2");
        client.expect_end();
    }
    assert!(TcpStream::connect(sink.local_addr()).is_err());
    sink.stop();
}

#[test]
fn stop_cuts_a_client_that_neither_reads_nor_stops_sending() {
    let mut sink = open_sink();
    let mut client = greeted(&sink);
    let noise = std::thread::spawn(move || {
        let lines = "HELP\r\n".repeat(10_000);
        // Ends by a panic when the connection is cut.
        loop {
            client.send(&lines);
        }
    });
    std::thread::sleep(Duration::from_millis(200));
    sink.stop();
    assert!(noise.join().is_err());
}

#[test]
fn stop_wakes_a_sink_that_listens_everywhere() {
    let mut sink = Sink::start(SinkOptions {
        listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        ..SinkOptions::default()
    })
    .unwrap();
    sink.stop();
    assert!(sink.acceptor.is_none());
}

#[test]
fn a_message_that_was_accepted_is_there_after_stop() {
    let mut sink = open_sink();
    let mut client = with_envelope(&sink);
    client.ask("DATA", "354");
    client.ask("hi\r\n.", "250 2.0.0");
    sink.stop();
    assert_eq!(next_message(&sink).size, 4);
}

#[test]
fn one_client_too_many_gets_421_and_a_place_once_another_leaves() {
    let sink = open_sink();
    let mut clients: Vec<Client> = (0..MAX_SESSIONS).map(|_| greeted(&sink)).collect();
    Client::connect(&sink).expect("421 4.3.2");
    let mut leaving = clients.remove(0);
    leaving.ask("QUIT", "221");
    leaving.expect_end();
    drop(leaving);
    let until = Instant::now() + Duration::from_secs(5);
    while !Client::connect(&sink).reply().starts_with("220 ") {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_address_in_use_is_an_error_that_names_it() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let error = Sink::start(SinkOptions {
        listen: address,
        ..SinkOptions::default()
    })
    .unwrap_err();
    assert!(matches!(error, SinkError::Listen { .. }));
    assert!(error.to_string().contains(&address.to_string()));
}

#[test]
fn with_a_full_queue_clients_wait_until_there_is_room() {
    let sink = Sink::start(SinkOptions {
        queue: 1,
        ..SinkOptions::default()
    })
    .unwrap();
    let mut clients = [with_envelope(&sink), with_envelope(&sink)];
    for client in &mut clients {
        client.ask("DATA", "354");
    }
    clients[0].ask("hi\r\n.", "250 2.0.0");
    clients[1].send("hello\r\n.\r\n");
    clients[1].expect_nothing_yet();
    assert_eq!(next_message(&sink).size, 4);
    clients[1].expect("250 2.0.0");
    assert_eq!(next_message(&sink).size, 7);
}

#[test]
fn stop_ends_clients_that_wait_for_a_full_queue() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::Maildir(folder.path().join("mail"));
    let mut sink = Sink::start(SinkOptions {
        queue: 1,
        storage,
        ..SinkOptions::default()
    })
    .unwrap();
    let mut clients = [with_envelope(&sink), with_envelope(&sink)];
    for client in &mut clients {
        client.ask("DATA", "354");
    }
    clients[0].ask("hi\r\n.", "250 2.0.0");
    clients[1].send("hello\r\n.\r\n");
    clients[1].expect_nothing_yet();
    sink.stop();
    clients[1].expect("421 4.3.2");
    assert_eq!(next_message(&sink).size, 4);
    no_message(&sink);
    let kept = fs::read_dir(folder.path().join("mail").join("new"))
        .unwrap()
        .count();
    assert_eq!(kept, 1, "what was not accepted is not kept");
}
