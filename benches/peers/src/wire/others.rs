//! The peers' clients, as they are and with TCP_NODELAY set for them. lettre's blocking one lets nobody set it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate as Root, CertificateStore, SmtpConnection, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use mail_send::SmtpClient;
use rustls::{ClientConnection, StreamOwned};
use tokio::runtime::Runtime;

use super::stream::Stream;
use super::tls::Certificate;
use super::{Job, Maker, Sender};

/// As they are. `io-smtp` leaves the socket to its user, and is among the others.
pub(super) const AS_SHIPPED: &[Maker] = &[
    lettre_blocking,
    |job| lettre(job, false),
    |job| mail_send(job, false),
];

/// With TCP_NODELAY.
pub(super) const WITHOUT_DELAY: &[Maker] =
    &[|job| lettre(job, true), |job| mail_send(job, true), io_smtp];

const NAME: &str = "client.example.com";
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn lettre_blocking(job: &Job<'_>) -> Sender {
    let name = ClientId::Domain(NAME.into());
    let tls = job.tls.map(tls_of_lettre);
    let connection = SmtpConnection::connect(job.address, Some(TIMEOUT), &name, tls.as_ref(), None);
    let mut connection = connection.expect("a session");
    let (content, envelope) = (Arc::clone(job.content), crate::lettre::envelope());
    sender("lettre, blocking", move |messages| {
        (0..messages).for_each(|_| {
            drop(
                connection
                    .send(&envelope, &content)
                    .expect("a message accepted"),
            )
        });
    })
}

fn tls_of_lettre(certificate: &Certificate) -> TlsParameters {
    let root = Root::from_der(certificate.certificate.to_vec()).expect("a certificate");
    let builder =
        TlsParameters::builder("127.0.0.1".to_owned()).certificate_store(CertificateStore::None);
    builder
        .add_root_certificate(root)
        .build_rustls()
        .expect("a configuration")
}

fn lettre(job: &Job<'_>, no_delay: bool) -> Sender {
    let runtime = runtime();
    let name = ClientId::Domain(NAME.into());
    let connection = runtime.block_on(async {
        let stream = Stream::connect(job, no_delay).await;
        AsyncSmtpConnection::connect_with_transport(Box::new(stream), &name).await
    });
    let mut connection = connection.expect("a session");
    let (content, envelope) = (Arc::clone(job.content), crate::lettre::envelope());
    let name = if no_delay {
        "lettre, NODELAY"
    } else {
        "lettre, tokio"
    };
    sender(name, move |messages| {
        runtime.block_on(async {
            for _ in 0..messages {
                connection
                    .send(&envelope, &content)
                    .await
                    .expect("a message accepted");
            }
        });
    })
}

fn mail_send(job: &Job<'_>, no_delay: bool) -> Sender {
    let runtime = runtime();
    let mut client = runtime.block_on(async {
        let mut client = SmtpClient {
            stream: Stream::connect(job, no_delay).await,
            timeout: TIMEOUT,
        };
        client.read().await.expect("a greeting");
        client.ehlo(NAME).await.expect("capabilities");
        client
    });
    let content = Arc::clone(job.content);
    let name = if no_delay {
        "mail-send, NODELAY"
    } else {
        "mail-send"
    };
    sender(name, move |messages| {
        runtime.block_on(async {
            for _ in 0..messages {
                client
                    .send(crate::mail_send::message(&content))
                    .await
                    .expect("a message accepted");
            }
        });
    })
}

fn io_smtp(job: &Job<'_>) -> Sender {
    let stream = TcpStream::connect(job.address).expect("a sink");
    stream.set_nodelay(true).expect("a socket");
    match job.tls {
        None => io_smtp_over(stream, job),
        Some(certificate) => {
            let tls = ClientConnection::new(certificate.client(), Certificate::name())
                .expect("a configuration");
            io_smtp_over(StreamOwned::new(tls, stream), job)
        }
    }
}

fn io_smtp_over(mut stream: impl Read + Write + 'static, job: &Job<'_>) -> Sender {
    let mut buffer = [0; 4096];
    // The greeting, and the answer to EHLO: its coroutine for a message wants neither.
    let n = stream.read(&mut buffer).expect("a greeting");
    assert!(buffer[..n].ends_with(b"\r\n"), "half a greeting");
    stream
        .write_all(format!("EHLO {NAME}\r\n").as_bytes())
        .expect("a sink that reads");
    let n = stream.read(&mut buffer).expect("capabilities");
    assert!(buffer[..n].ends_with(b"CHUNKING\r\n"), "half an answer");
    let content = Arc::clone(job.content);
    sender("io-smtp, NODELAY", move |messages| {
        for _ in 0..messages {
            crate::io_smtp::send_over(&mut stream, &content).expect("a message accepted");
        }
    })
}

fn sender(name: &'static str, send: impl FnMut(usize) + 'static) -> Sender {
    Sender {
        name,
        least: 1,
        send: Box::new(send),
    }
}
