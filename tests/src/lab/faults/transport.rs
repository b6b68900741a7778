//! What goes wrong before the first word of SMTP, and what answers that is no SMTP server.

use super::{Act, Ask, Door, Fault, GREETING, Shown, fault, plain, tls};
use crate::lab::World;

/// What servers of other protocols say to what they do not understand.
const FTP_LOGIN: Act = Act::Say(&["530 Please login with USER and PASS."]);
const HTTP: Act = Act::Send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");

pub(super) fn faults() -> Vec<Fault> {
    let unreachable = World {
        records: "mail.example.test. IN A 224.0.0.1",
        fault: None,
    };
    vec![
        fault("nobody listens", Door::Closed, "starttls").is(
            "connection-refused",
            "connect",
            69,
            &["refused"],
        ),
        fault("nobody answers", Door::Full, "starttls").is(
            "connection-timeout",
            "connect",
            69,
            &["did not answer"],
        ),
        Fault {
            compared: Some(Door::Acts(vec![GREETING])),
            ..fault(
                "nobody answers, another server does",
                Door::Full,
                "starttls",
            )
        }
        .is(
            "connection-timeout",
            "connect",
            69,
            &["does not block the port", "other.example.test"],
        ),
        Fault {
            compared: Some(Door::Full),
            ..fault("nobody answers, nor another server", Door::Full, "starttls")
        }
        .is(
            "connection-timeout",
            "connect",
            69,
            &["a firewall of this network"],
        ),
        Fault {
            world: Some(unreachable),
            ..fault("there is no route", Door::Closed, "starttls")
        }
        .is("network-unreachable", "connect", 69, &["no route"]),
        plain("reset before the greeting", &[Act::Reset]).is(
            "connection-closed",
            "greeting",
            75,
            &["reset"],
        ),
        plain("hung up before the greeting", &[]).is("connection-closed", "greeting", 75, &[]),
        plain("connected and silent", &[Act::Silent]).is(
            "timeout",
            "greeting",
            75,
            &["says nothing"],
        ),
        plain("HTTP, silent until it is asked", &[Act::HearAny, HTTP]).is(
            "not-smtp",
            "greeting",
            76,
            &["HTTP"],
        ),
        plain("HTTP, which speaks at once", &[HTTP]).is("not-smtp", "greeting", 76, &["HTTP"]),
        plain("SSH", &[Act::Say(&["SSH-2.0-OpenSSH_9.6"])]).is(
            "not-smtp",
            "greeting",
            76,
            &["SSH"],
        ),
        plain("POP3", &[Act::Say(&["+OK POP3 ready"])]).is(
            "not-smtp",
            "greeting",
            76,
            &["POP3", "+OK POP3 ready"],
        ),
        plain("IMAP", &[Act::Say(&["* OK [CAPABILITY IMAP4rev1] ready"])]).is(
            "not-smtp",
            "greeting",
            76,
            &["IMAP", "* OK [CAPABILITY IMAP4rev1] ready"],
        ),
        plain(
            "IMAP over TLS",
            &[
                Act::Tls(Shown::Good),
                Act::Say(&["* OK Dovecot ready"]),
                Act::Silent,
            ],
        )
        .is(
            "not-smtp",
            "greeting",
            76,
            &["IMAP over TLS", "* OK Dovecot ready"],
        ),
        tls(
            "POP3 on a port for TLS",
            &[Act::Tls(Shown::Good), Act::Say(&["+OK Dovecot ready"])],
        )
        .is("not-smtp", "greeting", 76, &["POP3", "+OK Dovecot ready"]),
        plain(
            "FTP",
            &[Act::Say(&["220 (vsFTPd 3.0.3)"]), Act::Hear, FTP_LOGIN],
        )
        .is(
            "not-smtp",
            "ehlo",
            76,
            &["FTP", "220 (vsFTPd 3.0.3)", "530 Please login"],
        ),
        plain(
            "FTP, which knows no EHLO",
            &[
                Act::Say(&["220 ProFTPD Server"]),
                Act::Hear,
                Act::Say(&["500 What?"]),
            ],
        )
        .is("not-smtp", "ehlo", 76, &["FTP", "ProFTPD Server"]),
        plain(
            "LMTP",
            &[
                Act::Say(&["220 mx.example.test LMTP"]),
                Act::Hear,
                Act::Say(&["500 5.5.1 use LHLO"]),
            ],
        )
        .is(
            "not-smtp",
            "ehlo",
            76,
            &["LMTP", "--lmtp", "mx.example.test LMTP"],
        ),
        plain(
            "TLS on a plain port, silent until it is asked",
            &[Act::Tls(Shown::Good)],
        )
        .is("not-smtp", "greeting", 76, &["TLS from the start"]),
        tls(
            "SMTP in the clear on a port for TLS",
            &[GREETING, Act::HearAny],
        )
        .is("not-smtp", "tls", 76, &["in the clear", "STARTTLS"]),
        tls("HTTP on a port for TLS", &[Act::HearAny, HTTP]).is("not-smtp", "tls", 76, &["HTTP"]),
        tls(
            "SSH on a port for TLS",
            &[Act::Say(&["SSH-2.0-dropbear"]), Act::HearAny],
        )
        .is("not-smtp", "tls", 76, &["SSH"]),
        tls(
            "no TLS before 1.2: an alert",
            &[Act::HearAny, Act::Send(&[21, 3, 2, 0, 2, 2, 70])],
        )
        .is("tls-version", "tls", 78, &[]),
        tls(
            "no TLS before 1.2: a hello of TLS 1.1",
            &[Act::HearAny, Act::Send(HELLO_OF_TLS_1_1)],
        )
        .is("tls-version", "tls", 78, &[]),
        tls("hung up in the handshake", &[Act::HearAny]).is(
            "tls-handshake",
            "tls",
            78,
            &["closed"],
        ),
        tls(
            "a handshake refused",
            &[Act::HearAny, Act::Send(&[21, 3, 3, 0, 2, 2, 40])],
        )
        .is("tls-handshake", "tls", 78, &["cipher suite", "ECDHE"]),
        tls("silent in the handshake", &[Act::Silent]).is("timeout", "tls", 75, &["in time"]),
        tls(
            "another name's certificate, TLS from the start",
            &[Act::Tls(Shown::For("www.hoster.test"))],
        )
        .is("certificate-name", "tls", 78, &["www.hoster.test"]),
        tls(
            "self-signed, TLS from the start",
            &[Act::Tls(Shown::SelfSigned)],
        )
        .is("certificate-untrusted", "tls", 78, &["self-signed"]),
        tls(
            "asked for by its address, with a certificate for a name",
            &[Act::Tls(Shown::For("mx.example.test"))],
        )
        .asked(Ask::Address)
        .is("certificate-name", "tls", 78, &["mx.example.test"]),
    ]
}

/// A ServerHello that picks TLS 1.1: type 2, 38 octets, version 3.2, 32 of randomness, no session, a suite, no compression.
const HELLO_OF_TLS_1_1: &[u8] = &[
    22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0xc0, 0x13, 0,
];
