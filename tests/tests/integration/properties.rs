//! What must hold whatever a server, a message or a user says; through the core's public face alone.

use std::sync::{Arc, LazyLock};

use mailwright_proto::testing::Driver;
use mailwright_proto::{
    Config, Connection, Event, Output, Secret, Security, TlsInfo,
    address::{EhloName, ForwardPath, Mailbox, ReversePath},
    auth::{Credentials, Mechanism},
    body::{BodyEncoder, LineEnds},
    command::Argument,
    envelope::Envelope,
    reply::{BareLf, Reply, ReplyError, ReplyLimits, ReplyReader},
};
use proptest::prelude::*;
use proptest::sample::select;

static SECRET: LazyLock<String> = LazyLock::new(smtp_canary::canary);

/// Bytes that bodies and replies turn on, more often than others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![3 => select(b"\r\n.".to_vec()), 1 => any::<u8>()],
        0..64,
    )
}

/// Cuts into chunks of these lengths, over and over; some of them empty.
fn chunks<'a>(bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut chunks = Vec::new();
    for &length in lengths.iter().cycle().take(bytes.len() * 4 + 4) {
        let (chunk, behind) = rest.split_at(length.min(rest.len()));
        chunks.push(chunk);
        rest = behind;
    }
    chunks.push(rest);
    chunks
}

/// The slow and obvious way to CRLF line ends.
fn normalised(body: &[u8]) -> Vec<u8> {
    let text: String = body.iter().map(|&byte| char::from(byte)).collect();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let ended = if text.is_empty() || text.ends_with('\n') {
        text
    } else {
        text + "\n"
    };
    ended
        .replace('\n', "\r\n")
        .chars()
        .map(|c| c as u8)
        .collect()
}

/// A server that takes CRLF alone for a line's end: the message, and what stands behind its end.
fn strict_server(wire: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut message = Vec::new();
    let mut rest = wire;
    loop {
        let end = rest
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .expect("the wire ends with a line's end");
        let (line, behind) = (&rest[..end], &rest[end + 2..]);
        if line == b"." {
            return (message, behind);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        message.extend_from_slice(b"\r\n");
        rest = behind;
    }
}

/// A server that takes CR, LF and CRLF for a line's end: the lines that are a lone dot.
fn lone_dots_of_a_lenient_server(wire: &[u8]) -> usize {
    wire.split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|line| line == b".")
        .count()
}

fn replies(reader: &mut ReplyReader, chunk: &[u8], found: &mut Vec<Result<Reply, ReplyError>>) {
    reader.receive(chunk);
    while !found.last().is_some_and(Result::is_err) {
        match reader.next() {
            Ok(None) => return,
            Ok(Some(reply)) => found.push(Ok(reply)),
            Err(error) => found.push(Err(error)),
        }
    }
}

/// What a server may say that an AUTH could be hoped for from.
fn server_words() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let lines = [
        "220 mx.example.test\r\n",
        "250 mx.example.test\r\n",
        "250-mx.example.test\r\n250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-256-PLUS EXTERNAL\r\n",
        "250-mx.example.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-256-PLUS EXTERNAL\r\n",
        "250-mx.example.test\r\n250 STARTTLS\r\n",
        "220 go\r\n250-x",
        "334 VXNlcm5hbWU6\r\n",
        "235 OK\r\n",
        "502 What?\r\n",
        "454 No TLS\r\n",
        "421 Bye\r\n",
        "220-",
    ];
    let word = prop_oneof![8 => select(lines.to_vec()).prop_map(|line| line.as_bytes().to_vec()), 1 => bytes()];
    prop::collection::vec(word, 0..12)
}

fn client_with_login(security: Security) -> Driver {
    let config =
        Config::new(EhloName::try_from("client.example.test").expect("a name")).security(security);
    Driver::new(config.login(Mechanism::ALL.iter().copied()))
}

/// Drives a client against these words; gives all that it wrote. A handshake succeeds, with a certificate that
/// somebody vouches for, or nobody.
fn converse(mut client: Driver, words: Vec<Vec<u8>>, is_verified: bool) -> Vec<u8> {
    let mut words = words.into_iter();
    loop {
        match client.run() {
            Ok(Output::StartTls) => client
                .connection
                .tls_established(if is_verified {
                    TlsInfo::verified()
                } else {
                    TlsInfo::unverified()
                })
                .expect("it was asked for"),
            Ok(Output::Authenticate) => {
                let secret = || Secret::from(SECRET.clone());
                let credentials =
                    Credentials::password("bob", secret()).and_then(|bob| bob.with_token(secret()));
                let credentials = credentials
                    .expect("a user")
                    .with_certificate()
                    .with_nonce([7; 18]);
                let connection = &mut client.connection;
                connection
                    .authenticate(credentials)
                    .expect("it was asked for");
            }
            Ok(Output::Read) => match words.next() {
                Some(word) => client.connection.receive(&word),
                None => client.connection.receive_eof(),
            },
            Ok(Output::Idle) => client.connection.quit().expect("the session is open"),
            _ => return client.written,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_body_arrives_as_it_was_and_has_one_end(body in bytes(), lengths in prop::collection::vec(0_usize..9, 1..5)) {
        let mut framer = BodyEncoder::new(LineEnds::Normalise);
        let chunks = chunks(&body, &lengths);
        let mut wire = Vec::new();
        for (i, chunk) in chunks.iter().enumerate() {
            let framed = framer.frame(chunk, i + 1 == chunks.len()).unwrap();
            prop_assert!(framed.slices().all(|slice| !slice.is_empty()));
            prop_assert_eq!(framed.len(), framed.to_vec().len());
            wire.extend(framed.to_vec());
        }
        prop_assert_eq!(strict_server(&wire), (normalised(&body), b"".as_slice()));
        prop_assert_eq!(lone_dots_of_a_lenient_server(&wire), 1);
        prop_assert!(wire.ends_with(b".\r\n"));
    }

    #[test]
    fn a_body_is_refused_or_was_normal_already(body in bytes(), lengths in prop::collection::vec(0_usize..9, 1..5)) {
        let mut framer = BodyEncoder::new(LineEnds::Refuse);
        let chunks = chunks(&body, &lengths);
        let last = chunks.len() - 1;
        let refused = chunks.iter().enumerate().find_map(|(i, chunk)| framer.frame(chunk, i == last).err());
        let text = normalised(&body);
        let expected = body.iter().zip(&text).position(|(is, should)| is != should);
        let expected = expected.or_else(|| (body.last() == Some(&b'\r')).then(|| body.len() - 1));
        prop_assert_eq!(refused.is_some(), expected.is_some(), "{:?}", refused);
    }

    #[test]
    fn chunks_change_nothing_about_replies(
        stream in prop::collection::vec(select(b"2450- \r\n.x".to_vec()), 0..80),
        lengths in prop::collection::vec(0_usize..9, 1..5),
        tolerate in any::<bool>(),
    ) {
        let bare_lf = if tolerate { BareLf::Tolerate } else { BareLf::Refuse };
        let limits = ReplyLimits::DEFAULT.with_line(12).with_lines(3).with_reply(30);
        let (mut whole, mut cut) = (Vec::new(), Vec::new());
        replies(&mut ReplyReader::new(limits, bare_lf), &stream, &mut whole);
        let mut reader = ReplyReader::new(limits, bare_lf);
        chunks(&stream, &lengths).iter().for_each(|chunk| replies(&mut reader, chunk, &mut cut));
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn nothing_that_an_address_or_argument_is_made_of_breaks_a_line(text in "[a-c@.<>\\[\\]\" \\r\\n\\x00\\\\\\x7f-\\x9fü]{0,12}") {
        let accepted = [
            text.parse::<Mailbox>().is_ok(),
            text.parse::<ForwardPath>().is_ok(),
            text.parse::<ReversePath>().is_ok(),
            text.parse::<EhloName>().is_ok(),
            text.parse::<Argument>().is_ok(),
        ];
        prop_assert!(accepted == [false; 5] || !text.contains(['\r', '\n', '\0']), "{:?}: {:?}", text, accepted);
    }

    #[test]
    fn no_credential_leaves_before_there_is_proof(
        words in server_words(),
        security in select(vec![Security::None, Security::StartTls, Security::Opportunistic, Security::ImplicitTls]),
    ) {
        let wire = converse(client_with_login(security), words, false);
        let said = String::from_utf8_lossy(&wire);
        prop_assert!(!said.contains("AUTH") && !smtp_canary::leaks(&said, &SECRET));
        let lines: Vec<&str> = said.split_inclusive("\r\n").collect();
        let known = |line: &&str| matches!(*line, "EHLO client.example.test\r\n" | "STARTTLS\r\n" | "QUIT\r\n");
        prop_assert!(lines.iter().all(known), "{}", said);
    }
}

#[test]
fn a_credential_leaves_where_there_is_proof() {
    let words: [&[u8]; 2] = [
        b"220 mx.example.test\r\n",
        b"250-mx.example.test\r\n250 AUTH PLAIN\r\n",
    ];
    let client = client_with_login(Security::ImplicitTls);
    let wire = converse(client, words.map(<[u8]>::to_vec).to_vec(), true);
    let said = String::from_utf8(wire).unwrap();
    let (_, response) = said
        .trim_end()
        .rsplit_once("\r\nAUTH PLAIN ")
        .expect("AUTH PLAIN");
    assert!(!response.contains(' ') && smtp_canary::leaks(response, &SECRET));
}

#[test]
fn a_greeting_that_is_there_before_the_first_poll_counts() {
    let config =
        Config::new(EhloName::try_from("client.example.test").unwrap()).security(Security::None);
    let mut client = Connection::new(Arc::new(config));
    client.receive(b"220 mx.example.test\r\n");
    let greeted = matches!(client.poll(), Ok(Output::Event(Event::Greeting(_))));
    assert!(greeted, "{:?}", client.poll());
}

#[test]
fn no_more_than_16_kib_of_commands_are_unanswered() {
    let config =
        Config::new(EhloName::try_from("client.example.test").unwrap()).security(Security::None);
    let mut client = Connection::new(Arc::new(config));
    let recipients = vec!["b@example.test".parse::<ForwardPath>().unwrap(); 2000];
    let envelope = Envelope::new(ReversePath::Null, recipients).unwrap();
    let mut is_sent = false;
    let mut unanswered: Vec<usize> = vec![0];
    let mut answers = 0;
    loop {
        match client.poll().unwrap() {
            Output::Event(Event::Recipient { .. }) => answers += 1,
            Output::Event(_) => {}
            Output::Write => {
                let bytes = client.transmit();
                unanswered.extend(
                    bytes
                        .split_inclusive(|&byte| byte == b'\n')
                        .map(<[u8]>::len),
                );
                client.transmitted(bytes.len());
                assert!(unanswered.iter().sum::<usize>() <= 16 * 1024);
            }
            Output::Read => {
                let reply: &[u8] = match unanswered.remove(0) {
                    0 => b"220 mx.example.test\r\n",
                    length if !is_sent => {
                        assert_eq!(length, "EHLO client.example.test\r\n".len());
                        b"250-mx.example.test\r\n250 PIPELINING\r\n"
                    }
                    _ if answers < 2000 => b"250 OK\r\n",
                    _ => b"354 Go on\r\n",
                };
                client.receive(reply);
            }
            Output::Idle => {
                assert!(!is_sent);
                client.send(&envelope).unwrap();
                is_sent = true;
            }
            Output::Body(_) => return assert_eq!(answers, 2000),
            other => panic!("{other:?}"),
        }
    }
}
