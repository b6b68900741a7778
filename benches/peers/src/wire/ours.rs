//! This project's clients.

use std::sync::Arc;

use mailwright::{Client, ClientBuilder, Delivery, Error, Security, Transfer, Trust};
use smtp_benches::session::envelope;

use super::{Job, Maker, Means, OURS, Sender, WINDOW};

/// The blocking one first: it is the one that goals speak of.
pub(super) const MAKERS: &[Maker] = &[blocking, tokio];

fn blocking(job: &Job<'_>) -> Sender {
    let mut client = builder(job).build();
    client.connect().expect("a session");
    let (content, envelope, means) = (Arc::clone(job.content), envelope(), job.means);
    sender(OURS, job, move |messages| {
        let message = (&envelope, content.as_slice());
        let mut all = (0..messages).map(|_| message);
        match means {
            Means::OneByOne => {
                all.for_each(|(envelope, content)| check(client.send(envelope, content)))
            }
            Means::Several | Means::Window => {
                client
                    .send_all(&mut all, |_, delivery| check(delivery))
                    .expect("a session that lasts");
            }
        }
    })
}

fn tokio(job: &Job<'_>) -> Sender {
    let runtime = super::others::runtime();
    let mut client = builder(job).build_tokio();
    runtime.block_on(client.connect()).expect("a session");
    let (content, envelope, means) = (Arc::clone(job.content), envelope(), job.means);
    sender("mailwright on tokio", job, move |messages| {
        let message = (&envelope, content.as_slice());
        let all = (0..messages).map(|_| message);
        runtime.block_on(async {
            match means {
                Means::OneByOne => {
                    for (envelope, content) in all {
                        check(client.send(envelope, content).await);
                    }
                }
                Means::Several | Means::Window => {
                    client
                        .send_all(all, |_, delivery| check(delivery))
                        .await
                        .expect("a session that lasts");
                }
            }
        });
    })
}

fn sender(name: &'static str, job: &Job<'_>, send: impl FnMut(usize) + 'static) -> Sender {
    let least = if job.means == Means::OneByOne {
        1
    } else {
        WINDOW
    };
    Sender {
        name,
        least,
        send: Box::new(send),
    }
}

pub(super) fn builder(job: &Job<'_>) -> ClientBuilder {
    let transfer = match job.means {
        Means::OneByOne | Means::Several => Transfer::Data,
        Means::Window => Transfer::Window {
            messages: WINDOW,
            octets: Transfer::WINDOW_OCTETS,
        },
    };
    let builder = Client::builder("127.0.0.1", job.address.port())
        .ehlo("client.example.com".try_into().expect("a name"))
        .transfer(transfer);
    match job.tls {
        None => builder.security(Security::None),
        Some(certificate) => builder
            .security(Security::ImplicitTls)
            .trust(Trust::Roots(vec![certificate.certificate.clone()])),
    }
}

fn check(delivery: Result<Delivery, Error>) {
    assert!(
        delivery.expect("a delivery").accepted(),
        "a message is not accepted"
    );
}
