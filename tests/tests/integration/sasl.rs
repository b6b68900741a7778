//! Logins against a server that is a model: whoever has the secret gets in, and nobody is taken in by a false server.

use std::sync::Arc;

use mailwright_proto::{
    Config, Connection, Error, Event, Output, PeerFault, Secret, Security, TlsInfo,
    address::EhloName,
    auth::{AuthFailureDetail, Credentials, Mechanism},
};
use proptest::prelude::*;
use proptest::sample::select;
use smtp_tests::sasl::{Account, Deceit, Server};

const SCRAM: [Mechanism; 4] = [
    Mechanism::ScramSha256Plus,
    Mechanism::ScramSha256,
    Mechanism::ScramSha1Plus,
    Mechanism::ScramSha1,
];
const EXPORTED: [u8; 32] = [7; 32];

/// What a login came to.
#[derive(Debug, PartialEq, Eq)]
enum End {
    In(Mechanism),
    Refused(u16, Option<AuthFailureDetail>),
    Broken(Error),
}

/// Logs in by one of these mechanisms at a server that offers those.
fn log_in(
    allowed: &[Mechanism],
    offered: &[Mechanism],
    credentials: Credentials,
    tls: TlsInfo,
    mut server: Server,
) -> End {
    let config = Config::new(EhloName::try_from("client.example.test").expect("a name"));
    let config = config
        .security(Security::ImplicitTls)
        .login(allowed.iter().copied());
    let mut connection = Connection::new(Arc::new(config));
    let names: Vec<_> = offered.iter().map(|mechanism| mechanism.name()).collect();
    let mut credentials = Some(credentials);
    let mut reply = "220 mx.example.test\r\n".to_owned();
    loop {
        match connection.poll() {
            Err(error) => return End::Broken(error),
            Ok(Output::StartTls) => connection.tls_established(tls).expect("it was asked for"),
            Ok(Output::Authenticate) => {
                connection
                    .authenticate(credentials.take().expect("asked once"))
                    .expect("it was asked for");
            }
            Ok(Output::Event(Event::Authenticated { mechanism, .. })) => return End::In(mechanism),
            Ok(Output::Event(Event::LoginRejected { reply, detail, .. })) => {
                return End::Refused(reply.code().get(), detail.map(|detail| *detail));
            }
            Ok(Output::Event(_)) => {}
            Ok(Output::Write) => {
                let bytes = connection.transmit();
                let line = std::str::from_utf8(&bytes).expect("text");
                reply = match line.trim_end() {
                    line if line.starts_with("EHLO") => {
                        format!("250-mx\r\n250 AUTH {}\r\n", names.join(" "))
                    }
                    "QUIT" => "221 bye\r\n".to_owned(),
                    line => server.hear(line),
                };
                connection.transmitted(bytes.len());
            }
            Ok(Output::Read) => connection.receive(reply.as_bytes()),
            Ok(other) => panic!("{other:?}"),
        }
    }
}

fn bound() -> TlsInfo {
    TlsInfo::verified().with_exporter(EXPORTED)
}

fn credentials(account: &Account, nonce: [u8; 18]) -> Credentials {
    let secret = |octets: &[u8]| Secret::from(octets.to_vec());
    let all = Credentials::password(&account.user, secret(&account.password)).expect("a password");
    let all = all
        .with_token(secret(account.token.as_bytes()))
        .expect("a token")
        .with_certificate();
    let all = match &account.authzid {
        Some(authzid) => all.with_authzid(authzid).expect("a name"),
        None => all,
    };
    all.with_nonce(nonce)
}

/// Printable ASCII is its own SASLprep; what else may be in it is the mechanisms' own affair.
fn account() -> impl Strategy<Value = Account> {
    let name = || "[ -~]{1,40}";
    (name(), prop::option::of(name()), name(), "[!-~]{1,60}").prop_map(
        |(user, authzid, password, token)| {
            let password = password.into_bytes();
            Account {
                user,
                authzid,
                password,
                token,
            }
        },
    )
}

/// Without a place for an authorization identity a mechanism is not used for one.
fn has_authzid(mechanism: Mechanism) -> bool {
    !matches!(
        mechanism,
        Mechanism::Login | Mechanism::CramMd5 | Mechanism::XOAuth2
    )
}

fn mechanism() -> impl Strategy<Value = Mechanism> {
    // ANONYMOUS has no secret that could be right or wrong.
    select(
        Mechanism::ALL
            .iter()
            .copied()
            .filter(|other| *other != Mechanism::Anonymous)
            .collect::<Vec<_>>(),
    )
}

fn deceit() -> impl Strategy<Value = Deceit> {
    select(vec![
        Deceit::WrongSignature,
        Deceit::CutSignature,
        Deceit::NoSignature,
        Deceit::AcceptedAtOnce,
        Deceit::NonceNotExtended,
        Deceit::NonceCut,
        Deceit::NonceOfItsOwn,
        Deceit::OtherSalt,
        Deceit::NoSalt,
        Deceit::Iterations(1),
        Deceit::Iterations(4095),
        Deceit::Iterations(1_300_001),
        Deceit::Iterations(u32::MAX),
        Deceit::Extension,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn whoever_has_the_secret_gets_in_by_every_mechanism(
        account in account(), mechanism in mechanism(), nonce: [u8; 18],
    ) {
        let account = if has_authzid(mechanism) { account } else { Account { authzid: None, ..account } };
        let server = Server::new(account.clone());
        let server = if mechanism.name().ends_with("-PLUS") { server.with_exporter(EXPORTED) } else { server };
        let end = log_in(&[mechanism], &[mechanism], credentials(&account, nonce), bound(), server);
        prop_assert_eq!(end, End::In(mechanism));
    }

    #[test]
    fn whoever_has_another_secret_is_refused_and_tries_nothing_else(
        account in account(), mechanism in mechanism(), nonce: [u8; 18],
    ) {
        let account = Account { authzid: None, ..account };
        let knows = Account {
            password: [&account.password, b"x".as_slice()].concat(),
            token: format!("{}x", account.token),
            user: if mechanism == Mechanism::External { "another".to_owned() } else { account.user.clone() },
            authzid: None,
        };
        let server = Server::new(knows).with_exporter(EXPORTED);
        let mut allowed = vec![mechanism];
        allowed.extend(Mechanism::ALL);
        let end = log_in(&allowed, Mechanism::ALL, credentials(&account, nonce), bound(), server);
        prop_assert!(matches!(end, End::Refused(535, _)), "{:?}", end);
    }

    #[test]
    fn no_false_server_is_believed(
        account in account(), mechanism in select(SCRAM.to_vec()), deceit in deceit(), nonce: [u8; 18],
    ) {
        let server = Server::new(account.clone()).with_deceit(deceit);
        let server = if mechanism.name().ends_with("-PLUS") { server.with_exporter(EXPORTED) } else { server };
        let end = log_in(&[mechanism], &[mechanism], credentials(&account, nonce), bound(), server);
        let is_told = match deceit {
            Deceit::NoSignature | Deceit::AcceptedAtOnce => {
                matches!(end, End::Broken(Error::Peer { fault: PeerFault::Unproven(_), .. }))
            }
            _ => matches!(end, End::Broken(Error::Peer { fault: PeerFault::BadChallenge(_), .. })),
        };
        prop_assert!(is_told, "{:?}: {:?}", deceit, end);
    }

    #[test]
    fn a_login_is_good_at_its_own_end_of_the_connection_alone(
        account in account(), is_256: bool, other: [u8; 32], nonce: [u8; 18],
    ) {
        prop_assume!(other != EXPORTED);
        let mechanism = if is_256 { Mechanism::ScramSha256Plus } else { Mechanism::ScramSha1Plus };
        // The server at the other end of somebody's second connection.
        let server = Server::new(account.clone()).with_exporter(other);
        let end = log_in(&[mechanism], &[mechanism], credentials(&account, nonce), bound(), server);
        prop_assert_eq!(end, End::Refused(535, Some(AuthFailureDetail::Scram("channel-bindings-dont-match".to_owned()))));
    }

    #[test]
    fn a_binding_that_somebody_took_out_of_the_offer_is_noticed(account in account(), nonce: [u8; 18]) {
        for plain in [Mechanism::ScramSha256, Mechanism::ScramSha1] {
            let server = Server::new(account.clone()).with_exporter(EXPORTED);
            let end = log_in(Mechanism::EXTENDED, &[plain], credentials(&account, nonce), bound(), server);
            let told = AuthFailureDetail::Scram("server-does-support-channel-binding".to_owned());
            prop_assert_eq!(end, End::Refused(535, Some(told)));
        }
    }
}
