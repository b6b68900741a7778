//! What real servers say, and what the core makes of it: `tests/data` has both.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use mailwright_proto::{
    Config, Connection, Error, Event, Output, PeerFault, Secret, Security,
    address::EhloName,
    auth::{Credentials, Mechanism},
    reply::{Escaped, Reply},
};
use serde_json::Value;
use smtp_script::{Dialogue, Step, machine};

/// The objects of a file.
fn objects(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../data")
        .join(name);
    let text = fs::read_to_string(path).expect("the file is there");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect()
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

#[test]
fn every_ehlo_answer_is_typed_as_it_stands_beside_it() {
    let answers = objects("ehlo.jsonl");
    let mut failures = Vec::new();
    for answer in &answers {
        let server = text(answer, "server").unwrap();
        if let Err(failure) = machine::run(&session(answer)) {
            failures.push(format!("{server}: {failure}"));
        }
    }
    let _ = writeln!(std::io::stderr(), "{} EHLO answers", answers.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A whole session with a server that answers EHLO like this.
fn session(answer: &Value) -> Dialogue {
    let greeting = text(answer, "greeting").unwrap_or("220 mail.example.test ESMTP\r\n");
    let server = |bytes: &str| Step::Server {
        bursts: vec![bytes.as_bytes().to_vec()],
        is_joined: false,
    };
    let client = |bytes: &str| Step::Client {
        bytes: bytes.as_bytes().to_vec(),
        is_cut: false,
    };
    let wire = text(answer, "wire").expect("the answer");
    let mut dialogue: Dialogue = OPENING.parse().expect("a dialogue");
    dialogue.steps = vec![
        server(greeting),
        client("EHLO client.example.test\r\n"),
        server(wire),
    ];
    dialogue.events = vec![
        "greeting 220".to_owned(),
        format!(
            "capabilities {}",
            text(answer, "offers").expect("what it offers")
        ),
    ];
    match text(answer, "then") {
        Some(then) => dialogue.events.push(then.to_owned()),
        None => {
            dialogue
                .steps
                .extend([client("QUIT\r\n"), server("221 Bye\r\n")]);
            dialogue.events.push("closed".to_owned());
        }
    }
    dialogue
}

const OPENING: &str = "# An answer to EHLO\nsecurity none\nS: 220 a\n== EVENTS ==\nclosed\n";

#[test]
fn every_reply_is_kept_byte_for_byte_or_refused_for_a_reason() {
    let replies = objects("replies.jsonl");
    for reply in &replies {
        let bytes = text(reply, "reply").unwrap().as_bytes();
        let parsed = match (Reply::parse(bytes), text(reply, "refused")) {
            (Ok(parsed), None) => parsed,
            (Err(error), Some(told)) => {
                assert_eq!(error.to_string(), told);
                continue;
            }
            (parsed, told) => panic!("{}: {parsed:?}, and should be {told:?}", Escaped(bytes)),
        };
        assert_eq!(parsed.raw(), bytes);
        assert_eq!(parsed.code().to_string().as_bytes(), &bytes[..3]);
        assert_eq!(
            parsed
                .lines()
                .map(|line| line.len() + "250 \r\n".len())
                .sum::<usize>(),
            bytes.len()
        );
        assert!(
            !parsed.to_string().contains(|c: char| c.is_control()),
            "{parsed:?}"
        );
    }
    let _ = writeln!(std::io::stderr(), "{} replies", replies.len());
}

#[test]
fn every_refusal_of_a_login_ends_it_wherever_it_comes_and_is_kept_byte_for_byte() {
    const TO_AUTH: &[&str] = &[];
    const TO_USER: &[&str] = &["334 VXNlcm5hbWU6\r\n"];
    const TO_PASSWORD: &[&str] = &["334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"];
    const TO_CHALLENGE: &[&str] = &["334 PDFAbWFpbC5leGFtcGxlLnRlc3Q+\r\n"];
    const TO_PROOF: &[&str] = &[
        "334 cj1Cd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hzZXJ2ZXIscz1RU1hDUitRNnNlazhiZjkyLGk9NDA5Ng==\r\n",
    ];
    const TO_FAILURE: &[&str] = &["334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"];
    let places = [
        (Mechanism::Plain, TO_AUTH),
        (Mechanism::Login, TO_AUTH),
        (Mechanism::Login, TO_USER),
        (Mechanism::Login, TO_PASSWORD),
        (Mechanism::XOAuth2, TO_AUTH),
        (Mechanism::XOAuth2, TO_FAILURE),
        (Mechanism::OAuthBearer, TO_AUTH),
        (Mechanism::OAuthBearer, TO_FAILURE),
        (Mechanism::CramMd5, TO_AUTH),
        (Mechanism::CramMd5, TO_CHALLENGE),
        (Mechanism::ScramSha256, TO_AUTH),
        (Mechanism::ScramSha256, TO_PROOF),
        (Mechanism::External, TO_AUTH),
        (Mechanism::Anonymous, TO_AUTH),
    ];
    let mut count = 0;
    for reply in objects("replies.jsonl")
        .iter()
        .filter(|reply| text(reply, "phase") == Some("auth"))
    {
        let refusal = text(reply, "reply").unwrap();
        // A challenge is no refusal: that of XOAUTH2 comes before one.
        if refusal.starts_with("334") {
            continue;
        }
        for (mechanism, before) in places {
            let rejected = log_in(
                mechanism,
                before,
                &format!("{refusal}{}", text(reply, "behind").unwrap_or_default()),
            );
            assert_eq!(
                rejected.raw(),
                refusal.as_bytes(),
                "{mechanism} behind {before:?}"
            );
        }
        count += 1;
    }
    let _ = writeln!(
        std::io::stderr(),
        "{count} refusals of a login, each in {} places",
        places.len()
    );
    assert!(count > 20);
}

/// Logs in, is refused, and says nothing but QUIT, or not even that where more stands behind the refusal; gives the
/// refusal as it was handed over.
fn log_in(mechanism: Mechanism, before: &[&str], refusal: &str) -> Reply {
    let config = Config::new(EhloName::try_from("client.example.test").expect("a name"))
        .security(Security::None);
    let config = config.login([mechanism]).dangerous().expose_credentials();
    let mut connection = Connection::new(Arc::new(config));
    let answer = format!("250-mail.example.test\r\n250 AUTH {mechanism}\r\n");
    let opening = ["220 mail.example.test ESMTP\r\n", &answer];
    let mut server = opening
        .iter()
        .chain(before)
        .copied()
        .chain([refusal, "221 Bye\r\n"]);
    let mut rejected = None;
    let mut words_after = Vec::new();
    loop {
        let output = match connection.poll() {
            Err(Error::Peer {
                fault: PeerFault::UnsolicitedReply(_),
                ..
            }) => break,
            output => output.expect("no other error"),
        };
        match output {
            Output::Event(Event::LoginRejected {
                mechanism: tried,
                reply,
                ..
            }) => {
                assert_eq!((tried, &rejected), (mechanism, &None));
                rejected = Some(reply);
            }
            Output::Event(Event::Greeting(_) | Event::Capabilities(_)) => {}
            Output::Write => {
                let bytes = connection.transmit();
                if rejected.is_some() {
                    words_after.extend_from_slice(&bytes);
                }
                connection.transmitted(bytes.len());
            }
            Output::Authenticate => {
                let secret = Secret::from("secret".to_owned());
                let credentials = match mechanism {
                    Mechanism::XOAuth2 | Mechanism::OAuthBearer => {
                        Credentials::token("bob", secret)
                    }
                    Mechanism::External => Credentials::certificate("bob"),
                    Mechanism::Anonymous => Credentials::anonymous("bob"),
                    _ => Credentials::password("bob", secret),
                };
                connection
                    .authenticate(credentials.expect("a user").with_nonce([7; 18]))
                    .expect("it was asked for");
            }
            Output::Read => {
                connection.receive(server.next().expect("the server has said all").as_bytes())
            }
            Output::Closed => {
                assert_eq!(words_after, b"QUIT\r\n");
                return rejected.expect("a refusal");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(words_after.is_empty());
    rejected.expect("a refusal")
}
