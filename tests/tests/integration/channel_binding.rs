//! SCRAM bound to the TLS connection, with real exporters on both sides: what it lets through, and whom it finds out.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use mailwright::{
    Cause, Client, ClientBuilder, Credentials, Error, Mechanism, Secret, Security, Stage, Trust,
};
use smtp_canary::leaks;
use smtp_tests::dialogue::server::Identity;
use smtp_tests::driver::Driver;
use smtp_tests::scram::{Between, Login, Meddling, USER, serve};

/// A server of one client, which knows this password.
fn server(identity: &Identity, password: &str) -> (SocketAddr, JoinHandle<Login>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (identity, password) = (identity.clone(), password.to_owned());
    (
        address,
        thread::spawn(move || serve(&listener, &identity, &password).unwrap()),
    )
}

/// A client that believes these certificates.
fn client(address: SocketAddr, password: &str, trusted: &[&Identity]) -> ClientBuilder {
    let roots = trusted
        .iter()
        .map(|identity| identity.certificate.clone())
        .collect();
    Client::builder(address.ip().to_string(), address.port())
        .extended_mechanisms()
        .security(Security::ImplicitTls)
        .trust(Trust::Roots(roots))
        .credentials(Credentials::password(USER, Secret::from(password.to_owned())).unwrap())
}

/// The mechanism of the login, or why there is none; and no secret in what can be shown of it.
fn connect(driver: Driver, builder: ClientBuilder, password: &str) -> Result<Mechanism, Error> {
    let shown = Arc::new(Mutex::new(String::new()));
    let lines = Arc::clone(&shown);
    let mut client = driver
        .build(
            builder.on_dialogue(move |line| *lines.lock().unwrap() += &format!("{}\n", line.text)),
        )
        .unwrap();
    let connected = client.connect();
    *shown.lock().unwrap() += &format!("{connected:?}{client:?}");
    println!("{}", shown.lock().unwrap());
    assert!(!leaks(&shown.lock().unwrap(), password));
    let login = connected.map(|()| client.facts().login.as_ref().unwrap().mechanism);
    client.quit().unwrap();
    login
}

/// The mechanism, the flag, and the error that the server saw.
type Seen = (String, String, Option<String>);

fn seen(serving: JoinHandle<Login>) -> Seen {
    let Login {
        mechanism,
        flag,
        error,
        ..
    } = serving.join().unwrap();
    (mechanism, flag, error)
}

fn told(mechanism: &str, flag: &str, error: Option<&str>) -> Seen {
    (
        mechanism.to_owned(),
        flag.to_owned(),
        error.map(str::to_owned),
    )
}

fn assert_refused(login: Result<Mechanism, Error>, why: &str, driver: Driver) {
    let error = login.unwrap_err();
    assert_eq!(
        (error.stage(), error.cause()),
        (Stage::Auth, Cause::CredentialsRejected),
        "{driver:?}: {error}"
    );
    assert!(error.to_string().contains(why), "{driver:?}: {error}");
}

#[test]
fn a_login_is_bound_to_the_connection_that_both_sides_have() {
    let identity = Identity::generate().unwrap();
    for driver in Driver::ALL {
        let password = smtp_canary::canary();
        let (address, serving) = server(&identity, &password);
        let login = connect(driver, client(address, &password, &[&identity]), &password);
        assert_eq!(login.unwrap(), Mechanism::ScramSha256Plus, "{driver:?}");
        assert_eq!(
            seen(serving),
            told("SCRAM-SHA-256-PLUS", "p=tls-exporter", None)
        );
    }
}

#[test]
fn a_wrong_password_is_refused_over_the_right_connection() {
    let identity = Identity::generate().unwrap();
    for driver in Driver::ALL {
        let password = smtp_canary::canary();
        let (address, serving) = server(&identity, &smtp_canary::canary());
        assert_refused(
            connect(driver, client(address, &password, &[&identity]), &password),
            "invalid-proof",
            driver,
        );
        assert_eq!(seen(serving).2.as_deref(), Some("invalid-proof"));
    }
}

/// Runs a login with somebody in the middle, whose certificate is believed, too.
fn meddled(driver: Driver, meddling: Meddling) -> (Result<Mechanism, Error>, Seen) {
    let (identity, other) = (Identity::generate().unwrap(), Identity::generate().unwrap());
    let password = smtp_canary::canary();
    let (address, serving) = server(&identity, &password);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let between = Between {
        identity: &other,
        server: (&identity, address),
        meddling,
    };
    thread::scope(|scope| {
        let front = listener.local_addr().unwrap();
        let meddler = scope.spawn(|| between.serve(&listener));
        let login = connect(driver, client(front, &password, &[&other]), &password);
        meddler.join().unwrap().unwrap();
        (login, seen(serving))
    })
}

#[test]
fn somebody_in_the_middle_with_two_tls_sessions_is_found_out() {
    for driver in Driver::ALL {
        let (login, seen) = meddled(driver, Meddling::None);
        assert_refused(login, "channel-bindings-dont-match", driver);
        assert_eq!(
            seen,
            told(
                "SCRAM-SHA-256-PLUS",
                "p=tls-exporter",
                Some("channel-bindings-dont-match")
            )
        );
    }
}

#[test]
fn who_takes_the_binding_out_of_the_offer_is_found_out() {
    for driver in Driver::ALL {
        let (login, seen) = meddled(driver, Meddling::Stripping);
        assert_refused(login, "server-does-support-channel-binding", driver);
        assert_eq!(
            seen,
            told(
                "SCRAM-SHA-256",
                "y",
                Some("server-does-support-channel-binding")
            )
        );
    }
}

#[test]
fn over_tls_1_2_nothing_is_bound_as_its_exporters_can_be_made_the_same() {
    let identity = Identity::speaking(&[&rustls::version::TLS12]).unwrap();
    for driver in Driver::ALL {
        let password = smtp_canary::canary();
        let (address, serving) = server(&identity, &password);
        let login = connect(driver, client(address, &password, &[&identity]), &password);
        assert_eq!(login.unwrap(), Mechanism::ScramSha256, "{driver:?}");
        assert_eq!(seen(serving), told("SCRAM-SHA-256", "n", None));
    }
}

#[test]
fn each_login_has_a_nonce_of_its_own() {
    let identity = Identity::generate().unwrap();
    let password = smtp_canary::canary();
    let nonces = [(); 2].map(|()| {
        let (address, serving) = server(&identity, &password);
        connect(
            Driver::Blocking,
            client(address, &password, &[&identity]),
            &password,
        )
        .unwrap();
        serving.join().unwrap().nonce
    });
    assert_ne!(nonces[0], nonces[1]);
    // 18 octets in base64.
    assert!(nonces.iter().all(|nonce| nonce.len() == 24), "{nonces:?}");
}
