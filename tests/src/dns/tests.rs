//! The server as a plain socket sees it.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};

use super::{DnsServer, Fault, World};

const ZONE: &str = r#"
    example.test.       IN MX    10 mail.example.test.
    mail.example.test   IN A     127.0.0.1
    www.example.test.   IN CNAME mail.example.test.
    example.test.       IN TXT   "v=spf1 a" " -all"
    example.test.       IN TXT   "another"
    empty.example.test. IN MX    0 .
    off.example.test.   IN CNAME nowhere.test.
"#;

#[test]
fn what_is_known_and_what_is_not() {
    let dns = DnsServer::start(World::parse(ZONE));
    let cases = [
        (
            RecordType::A,
            "mail.example.test.",
            ResponseCode::NoError,
            vec!["A 127.0.0.1"],
        ),
        (
            RecordType::A,
            "MAIL.Example.Test.",
            ResponseCode::NoError,
            vec!["A 127.0.0.1"],
        ),
        (
            RecordType::MX,
            "example.test.",
            ResponseCode::NoError,
            vec!["MX 10 mail.example.test."],
        ),
        (
            RecordType::MX,
            "empty.example.test.",
            ResponseCode::NoError,
            vec!["MX 0 ."],
        ),
        (
            RecordType::A,
            "www.example.test.",
            ResponseCode::NoError,
            vec!["CNAME mail.example.test.", "A 127.0.0.1"],
        ),
        (
            RecordType::A,
            "off.example.test.",
            ResponseCode::NXDomain,
            vec!["CNAME nowhere.test."],
        ),
        (
            RecordType::AAAA,
            "mail.example.test.",
            ResponseCode::NoError,
            vec![],
        ),
        (RecordType::A, "test.", ResponseCode::NoError, vec![]),
        (
            RecordType::A,
            "nowhere.test.",
            ResponseCode::NXDomain,
            vec![],
        ),
    ];
    for (kind, name, code, expected) in cases {
        let reply = ask_udp(&dns, kind, name).expect("an answer");
        assert_eq!(reply.metadata.response_code, code, "{kind} {name}");
        assert_eq!(answers(&reply), expected, "{kind} {name}");
    }
    assert_eq!(dns.asked()[0], "A mail.example.test.");
    assert_eq!(
        answers(&ask_udp(&dns, RecordType::TXT, "example.test.").unwrap()).len(),
        2
    );
}

#[test]
fn each_fault_is_one() {
    let long = format!(
        "long.test. TXT {}",
        "\"0123456789abcdef0123456789abcdef\" ".repeat(40)
    );
    let world = World::parse(&format!(
        "{ZONE}\n{long}\nslow.test. A 127.0.0.2\ncut.test. A 127.0.0.3"
    ))
    .fault("gone.test", Fault::NoSuchName)
    .fault("broken.test", Fault::ServFail)
    .fault("whole.broken.test", Fault::Refused)
    .fault("silent.test", Fault::Silent)
    .fault("slow.test", Fault::Slow(Duration::from_millis(150)))
    .fault("cut.test", Fault::Truncated)
    .fault("endless.test", Fault::EndlessAlias)
    .fault("other.test", Fault::WrongId)
    .fault("garbage.test", Fault::Garbage(vec![0xff; 9]));
    let dns = DnsServer::start(world);
    let code = |name| {
        ask_udp(&dns, RecordType::A, name)
            .unwrap()
            .metadata
            .response_code
    };
    assert_eq!(code("a.gone.test."), ResponseCode::NXDomain);
    assert_eq!(code("broken.test."), ResponseCode::ServFail);
    assert_eq!(code("whole.broken.test."), ResponseCode::Refused);
    assert!(ask_udp(&dns, RecordType::A, "silent.test.").is_none());
    assert!(ask_udp(&dns, RecordType::A, "garbage.test.").is_none());

    let start = Instant::now();
    assert_eq!(
        answers(&ask_udp(&dns, RecordType::A, "slow.test.").unwrap()),
        ["A 127.0.0.2"]
    );
    assert!(start.elapsed() >= Duration::from_millis(150));

    for (kind, name) in [
        (RecordType::A, "cut.test."),
        (RecordType::TXT, "long.test."),
    ] {
        let cut = ask_udp(&dns, kind, name).unwrap();
        assert!(cut.metadata.truncation && cut.answers.is_empty(), "{name}");
        assert_eq!(ask_tcp(&dns, kind, name).answers.len(), 1, "{name}");
    }

    let first = ask_udp(&dns, RecordType::A, "endless.test.").unwrap();
    assert_eq!(answers(&first), ["CNAME n1.endless.test."]);
    let next = ask_udp(&dns, RecordType::A, "n1.endless.test.").unwrap();
    assert_eq!(answers(&next), ["CNAME n2.endless.test."]);

    assert_ne!(
        ask_udp(&dns, RecordType::A, "other.test.")
            .unwrap()
            .metadata
            .id,
        ID
    );
}

#[test]
fn a_server_that_is_dropped_gives_its_port_back() {
    let dns = DnsServer::start(World::default());
    let address = dns.address();
    drop(dns);
    assert!(TcpStream::connect(address).is_err());
    assert!(UdpSocket::bind(address).is_ok());
}

const ID: u16 = 0x1234;

fn query(kind: RecordType, name: &str) -> Vec<u8> {
    let mut query = Message::query();
    query.metadata.id = ID;
    query.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    query.to_vec().unwrap()
}

/// The answer, or none within a moment, or none that can be read.
fn ask_udp(dns: &DnsServer, kind: RecordType, name: &str) -> Option<Message> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let patience = if name.starts_with("silent") {
        Duration::from_millis(200)
    } else {
        Duration::from_secs(20)
    };
    socket.set_read_timeout(Some(patience)).unwrap();
    socket.send_to(&query(kind, name), dns.address()).unwrap();
    let mut buffer = [0; 65_535];
    let n = socket.recv(&mut buffer).ok()?;
    Message::from_vec(&buffer[..n]).ok()
}

fn ask_tcp(dns: &DnsServer, kind: RecordType, name: &str) -> Message {
    let mut stream = TcpStream::connect(dns.address()).unwrap();
    let query = query(kind, name);
    stream
        .write_all(&u16::try_from(query.len()).unwrap().to_be_bytes())
        .unwrap();
    stream.write_all(&query).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut reply).unwrap();
    Message::from_vec(&reply).unwrap()
}

fn answers(reply: &Message) -> Vec<String> {
    reply
        .answers
        .iter()
        .map(|record| format!("{} {}", record.record_type(), record.data))
        .collect()
}
