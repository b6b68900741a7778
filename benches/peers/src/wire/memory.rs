//! What an idle connection keeps, and what a message allocates: counted, on one thread.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use allocation_counter::measure;
use mailwright::Transfer;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};
use smtp_benches::{OURS, inputs, session};

use super::place::Place;
use super::sink::{self, Manner};
use super::tls::Certificate;
use super::{Job, LIMIT, Means, others, ours};

/// Bytes of an idle connection, heap included, after one message; allocations of a message once it is warm.
pub fn figures() -> Vec<Value> {
    let content = Arc::new(inputs::text(1_000));
    let certificate = Certificate::new();
    let idle = |name: &str, figures: Vec<(&str, f64)>| {
        let figures = figures
            .into_iter()
            .map(|(name, value)| json!({ "name": name, "value": value }));
        json!({ "group": "memory", "name": name, "candidates": figures.collect::<Vec<_>>() })
    };
    let start = |tls: Option<&Certificate>| {
        sink::start(
            tls.map_or(Manner::Plain, |certificate| {
                Manner::Tls(certificate.clone())
            }),
            Place::Two,
        )
    };
    let blocking = |tls: Option<&Certificate>| {
        let job = Job {
            means: Means::OneByOne,
            content: &content,
            tls,
            address: start(tls),
        };
        kept(|| {
            let mut client = ours::builder(&job).build();
            let delivery = client
                .send(&session::envelope(), job.content.as_slice())
                .expect("a delivery");
            assert!(delivery.accepted(), "a message is not accepted");
            client
        })
    };
    let lettre = || {
        let job = Job {
            means: Means::OneByOne,
            content: &content,
            tls: None,
            address: start(None),
        };
        kept(|| {
            let mut sender = others::AS_SHIPPED[0](&job);
            (sender.send)(1);
            sender
        })
    };
    vec![
        idle("idle, core", vec![(OURS, core(&content))]),
        idle(
            "idle, plain",
            vec![(OURS, blocking(None)), ("lettre, blocking", lettre())],
        ),
        idle(
            "idle, TLS",
            vec![
                (OURS, blocking(Some(&certificate))),
                (LIMIT, rustls_alone(&certificate)),
            ],
        ),
        idle(
            "allocations, core",
            vec![(OURS, core_allocations(&content))],
        ),
        idle(
            "allocations, one by one",
            allocations(Means::OneByOne, &content),
        ),
        idle(
            "allocations, several",
            allocations(Means::Several, &content),
        ),
        idle(
            "allocations, windows of 16",
            allocations(Means::Window, &content),
        ),
    ]
}

/// Bytes that stay allocated with what is made.
fn kept<T>(make: impl FnOnce() -> T) -> f64 {
    let mut made = None;
    let allocated = measure(|| made = Some(Box::new(make())));
    drop(made);
    allocated.bytes_current as f64
}

fn core(content: &[u8]) -> f64 {
    let (config, envelope) = (session::config(Transfer::Data), session::envelope());
    kept(|| {
        let mut connection = session::open(config);
        assert!(
            session::transact(&mut connection, &envelope, content, |_| ()),
            "a message is not accepted"
        );
        connection
    })
}

/// A session of rustls that has said and heard as much.
fn rustls_alone(certificate: &Certificate) -> f64 {
    let address = sink::start(Manner::Tls(certificate.clone()), Place::Two);
    kept(|| {
        let tls = ClientConnection::new(certificate.client(), Certificate::name())
            .expect("a configuration");
        let mut stream = StreamOwned::new(tls, TcpStream::connect(address).expect("a sink"));
        let mut buffer = [0; 4096];
        _ = stream.read(&mut buffer).expect("a greeting");
        for line in [
            "EHLO client.example.com\r\n",
            "RSET\r\n",
            "RSET\r\n",
            "RSET\r\n",
        ] {
            stream
                .write_all(line.as_bytes())
                .expect("a sink that reads");
            _ = stream.read(&mut buffer).expect("a sink that answers");
        }
        stream
    })
}

fn core_allocations(content: &[u8]) -> f64 {
    let (mut connection, envelope) = (
        session::open(session::config(Transfer::Data)),
        session::envelope(),
    );
    let mut transact = || {
        assert!(
            session::transact(&mut connection, &envelope, content, |_| ()),
            "not accepted"
        )
    };
    transact();
    measure(transact).count_total as f64
}

fn allocations(means: Means, content: &Arc<Vec<u8>>) -> Vec<(&'static str, f64)> {
    const MESSAGES: usize = 64;
    let others = if means == Means::OneByOne {
        others::AS_SHIPPED
    } else {
        &[]
    };
    let makers = [ours::MAKERS, others].concat();
    let figures = makers.into_iter().map(|make| {
        let address = sink::start(Manner::Plain, Place::Two);
        let mut sender = make(&Job {
            means,
            content,
            tls: None,
            address,
        });
        (sender.send)(16);
        // With TCP_NODELAY not set a message takes its time.
        let messages = if sender.name.starts_with("mailwright-proto") {
            MESSAGES
        } else {
            2
        };
        (
            sender.name,
            measure(|| (sender.send)(messages)).count_total as f64 / messages as f64,
        )
    });
    figures.collect()
}
