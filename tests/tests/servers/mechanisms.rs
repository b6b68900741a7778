//! Every mechanism against Dovecot behind Postfix: over STARTTLS and implicit TLS, with right and with wrong credentials,
//! from the command and both drivers. `cargo xtask test` starts the servers, and shows the matrix.

use mailwright::{Mechanism, Security};
use smtp_canary::{leaks, register};
use smtp_tests::servers::{Attempt, Door, Face, Login, Message, Servers, USER, Verdict};

const MECHANISMS: [Mechanism; 7] = [
    Mechanism::Plain,
    Mechanism::Login,
    Mechanism::CramMd5,
    Mechanism::ScramSha1,
    Mechanism::ScramSha256,
    Mechanism::XOAuth2,
    Mechanism::OAuthBearer,
];

const DOORS: [(&str, Door, Security); 2] = [
    ("STARTTLS", Door::Submission, Security::StartTls),
    ("implicit TLS", Door::Smtps, Security::ImplicitTls),
];

#[test]
fn every_mechanism_takes_the_right_credentials_and_refuses_the_wrong_ones() {
    let servers = Servers::running();
    let mut wrong = Vec::new();
    println!("{:<15}{:<32}{:<32}", "", DOORS[0].0, DOORS[1].0);
    println!(
        "{:<15}{:<10}{:<22}{:<10}{:<22}",
        "mechanism", "right", "wrong", "right", "wrong"
    );
    for mechanism in MECHANISMS {
        let mut cells = Vec::new();
        for (place, door, security) in DOORS {
            for is_right in [true, false] {
                let attempt =
                    |face| try_login(&servers, face, mechanism, (door, security), is_right);
                let (outcomes, faults): (Vec<String>, Vec<Vec<String>>) =
                    Face::ALL.into_iter().map(attempt).unzip();
                let says = format!(
                    "{mechanism}, {place}, {}",
                    if is_right { "right" } else { "wrong" }
                );
                wrong.extend(
                    faults
                        .into_iter()
                        .flatten()
                        .map(|fault| format!("{says}: {fault}")),
                );
                let same = outcomes.iter().all(|outcome| *outcome == outcomes[0]);
                cells.push(if same {
                    outcomes[0].clone()
                } else {
                    outcomes.join("/")
                });
            }
        }
        println!(
            "{:<15}{:<10}{:<22}{:<10}{:<22}",
            mechanism.name(),
            cells[0],
            cells[1],
            cells[2],
            cells[3]
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What came of it in a few words, and what of that is not as it has to be.
fn try_login(
    servers: &Servers,
    face: Face,
    mechanism: Mechanism,
    (door, security): (Door, Security),
    is_right: bool,
) -> (String, Vec<String>) {
    let (login, cause) = match (mechanism, is_right) {
        (Mechanism::XOAuth2 | Mechanism::OAuthBearer, true) => (Login::Token, ""),
        (Mechanism::XOAuth2 | Mechanism::OAuthBearer, false) => {
            (Login::BrokenToken, "oauth-token-rejected")
        }
        (_, true) => (Login::User, ""),
        (_, false) => (Login::WrongPassword, "credentials-rejected"),
    };
    let (user, secret) = login.credentials(servers).expect("a login");
    register(format!("\0{user}\0{secret}"));
    register(format!("user={user}\u{1}auth=Bearer {secret}\u{1}\u{1}"));
    let message = Message::new(b"Hello.\r\n");
    let attempt = Attempt {
        door,
        security,
        login,
        mechanism: Some(mechanism),
        ..Attempt::ordinary(&message)
    };
    let verdict = face.send(servers, &attempt);

    let mut faults = match is_right {
        true => faults_of_accepted(&verdict, mechanism, servers, &message),
        false => faults_of_refused(&verdict, cause, login.is_token()),
    };
    if leaks(&verdict.text, &secret) {
        faults.push("the secret is in the output".to_owned());
    }
    let faults = faults
        .into_iter()
        .map(|fault| format!("{face:?}: {fault}"))
        .collect();
    (outcome(&verdict), faults)
}

fn outcome(verdict: &Verdict) -> String {
    match &verdict.cause {
        None if verdict.accepted => "accepted".to_owned(),
        cause => cause.clone().unwrap_or_default(),
    }
}

fn faults_of_accepted(
    verdict: &Verdict,
    mechanism: Mechanism,
    servers: &Servers,
    message: &Message,
) -> Vec<String> {
    if !verdict.accepted || verdict.exit.unwrap_or(0) != 0 {
        return vec![format!("not accepted: {}", verdict.text)];
    }
    let mut faults = Vec::new();
    if verdict.mechanism.as_deref() != Some(mechanism.name()) {
        faults.push(format!("the login was by {:?}", verdict.mechanism));
    }
    if servers.stored(USER, message) != message.as_stored() {
        faults.push("what is stored is not what was sent".to_owned());
    }
    faults
}

fn faults_of_refused(verdict: &Verdict, cause: &str, is_token: bool) -> Vec<String> {
    let mut faults = Vec::new();
    if verdict.accepted || verdict.exit.unwrap_or(77) != 77 {
        faults.push(format!(
            "accepted: {}, exit status {:?}",
            verdict.accepted, verdict.exit
        ));
    }
    let failure = (verdict.phase.as_deref(), verdict.cause.as_deref());
    if failure != (Some("auth"), Some(cause)) {
        faults.push(format!("the failure is {failure:?}: {}", verdict.text));
    }
    // The server's JSON, its base64 taken off.
    if is_token && !verdict.text.replace('\\', "").contains(r#"{"status":""#) {
        faults.push(format!(
            "the server's own error is not told: {}",
            verdict.text
        ));
    }
    if verdict
        .sent
        .iter()
        .filter(|line| line.starts_with("AUTH"))
        .count()
        != 1
    {
        faults.push("refused credentials were tried again".to_owned());
    }
    faults
}
