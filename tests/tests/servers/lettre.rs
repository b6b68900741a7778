//! lettre's own messages over this project's pools to Postfix. `cargo xtask test` starts it.

use std::process;
use std::thread;
use std::time::{Duration, Instant};

use lettre::{AsyncTransport, Message, Transport};
use mailwright::{Client, ClientBuilder, Credentials, PoolLimits, Secret, Trust};
use mailwright_lettre::{AsyncPoolTransport, PoolTransport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use smtp_tests::servers::{Door, Login, Servers, USER};

const PATIENCE: Duration = Duration::from_secs(20);

fn builder(servers: &Servers) -> ClientBuilder {
    let (host, port) = servers.address(Door::Submission);
    let roots = CertificateDer::pem_file_iter(servers.ca_file()).expect("a CA file");
    let roots = roots.map(|root| root.expect("a certificate")).collect();
    let (user, password) = Login::User.credentials(servers).expect("an account");
    Client::builder(host, port)
        .trust(Trust::Roots(roots))
        .credentials(Credentials::password(user, Secret::from(password)).expect("a password"))
}

fn message(subject: &str) -> Message {
    Message::builder()
        .from(USER.parse().expect("a mailbox"))
        .to(USER.parse().expect("a mailbox"))
        .subject(subject)
        .body("Zwei Gr\u{fc}\u{df}e.\r\n".to_owned())
        .expect("a message")
}

fn wait_for(servers: &Servers, subject: &str) {
    let began = Instant::now();
    while servers
        .holding(USER, &format!("Subject: {subject}"))
        .is_none()
    {
        assert!(began.elapsed() < PATIENCE, "{subject} was not delivered");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn postfix_delivers_lettre_messages() {
    let servers = Servers::running();
    let subjects = ["blocking", "tokio"].map(|host| format!("lettre-{host}-{}", process::id()));
    let pool = builder(&servers).build_pool(PoolLimits::default());
    let sent = PoolTransport::new(pool).send(&message(&subjects[0]));
    assert!(sent.expect("accepted").accepted());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let pool = builder(&servers).build_tokio_pool(PoolLimits::default());
        let sent = AsyncPoolTransport::new(pool)
            .send(message(&subjects[1]))
            .await;
        assert!(sent.expect("accepted").accepted());
    });
    for subject in &subjects {
        wait_for(&servers, subject);
    }
}
