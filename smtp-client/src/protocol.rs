//! Recognises servers of other protocols by their first octets and replies.

use std::fmt;

use mailwright_proto::reply::Reply;

use crate::cause::Cause;
use crate::knowledge::Explanation;

/// The number of octets quoted from a server.
const QUOTED: usize = 120;

/// A protocol other than SMTP in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tls,
    Http,
    Ssh,
    Imap,
    Imaps,
    Pop3,
    Pop3s,
    Ftp,
    Ftps,
    Lmtp,
}

/// A protocol and the words that identified it, which are empty if they are not text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) protocol: Protocol,
    pub(crate) words: String,
}

impl Spoken {
    /// Recognises a protocol by the first octets that a server sends.
    pub(crate) fn in_octets(said: &[u8]) -> Option<Self> {
        let line = said
            .split(|octet| matches!(octet, b'\r' | b'\n'))
            .next()
            .unwrap_or_default();
        let text = || String::from_utf8_lossy(line.get(..QUOTED).unwrap_or(line)).into_owned();
        let protocol = match said {
            [0x15 | 0x16, 3, ..] => {
                return Some(Self {
                    protocol: Protocol::Tls,
                    words: String::new(),
                });
            }
            _ if said.starts_with(b"HTTP/") || said.starts_with(b"<") => Protocol::Http,
            _ if said.starts_with(b"SSH-") => Protocol::Ssh,
            _ if [&b"* OK"[..], b"* BYE", b"* PREAUTH"]
                .iter()
                .any(|start| said.starts_with(start)) =>
            {
                Protocol::Imap
            }
            _ if said.starts_with(b"+OK") || said.starts_with(b"-ERR") => Protocol::Pop3,
            _ if said.starts_with(b"220") => of_words(&text())?,
            _ => return None,
        };
        Some(Self {
            protocol,
            words: text(),
        })
    }

    /// Recognises a protocol by a greeting in SMTP's form and the refusal of EHLO.
    pub(crate) fn in_replies(greeting: Option<&Reply>, answer: Option<&Reply>) -> Option<Self> {
        let text = greeting
            .into_iter()
            .chain(answer)
            .map(quoted)
            .collect::<Vec<_>>()
            .join(" / ");
        let protocol = of_words(&text)?;
        Some(Self {
            protocol,
            words: text.chars().take(QUOTED).collect(),
        })
    }

    /// Returns the explanation for a client of SMTP.
    pub(crate) fn explanation(&self) -> Explanation {
        let explanation = Explanation::of_cause(Cause::NotSmtp);
        match self.protocol {
            Protocol::Tls => Explanation {
                summary: "The server speaks TLS from the start on this port, where SMTP in the clear was expected."
                    .into(),
                fix: &["Use TLS from the start on this port (`--security tls`)."],
                ..explanation
            },
            Protocol::Lmtp => Explanation {
                summary: "The server speaks LMTP, and not SMTP.".into(),
                fix: &["Speak LMTP with it (`--lmtp`), or use the port of an SMTP server."],
                ..explanation
            },
            _ => explanation,
        }
    }

    /// Returns the same protocol within TLS.
    pub(crate) fn over_tls(self) -> Self {
        let protocol = match self.protocol {
            Protocol::Imap => Protocol::Imaps,
            Protocol::Pop3 => Protocol::Pop3s,
            Protocol::Ftp => Protocol::Ftps,
            other => other,
        };
        Self { protocol, ..self }
    }
}

fn quoted(reply: &Reply) -> String {
    let lines = reply.lines().map(String::from_utf8_lossy);
    format!("{} {}", reply.code(), lines.collect::<Vec<_>>().join(" "))
}

/// Returns the explanation for a server that is silent, or closes the connection, instead of
/// greeting in the clear.
pub(crate) fn no_greeting(cause: Cause) -> Explanation {
    Explanation {
        fix: &[
            "Try again later.",
            "If the port speaks TLS from the start, as port 465 does, use that (`--security tls`).",
            "If it happens each time, ask the server's operator what its log says.",
        ],
        ..Explanation::of_cause(cause)
    }
}

/// Recognises FTP and LMTP, which greet with 220 as SMTP does.
fn of_words(text: &str) -> Option<Protocol> {
    let text = text.to_ascii_lowercase();
    let words = || text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_one = |known: &[&str]| words().any(|word| known.contains(&word));
    if is_one(&["lmtp", "lhlo"]) {
        Some(Protocol::Lmtp)
    } else if is_one(&["smtp", "esmtp"]) {
        None
    } else if is_one(&["ftp", "ftpd", "vsftpd", "proftpd", "filezilla"])
        || text.contains("user and pass")
    {
        Some(Protocol::Ftp)
    } else {
        None
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "TLS from the start",
            Self::Http => "HTTP",
            Self::Ssh => "SSH",
            Self::Imap => "IMAP",
            Self::Imaps => "IMAP over TLS",
            Self::Pop3 => "POP3",
            Self::Pop3s => "POP3 over TLS",
            Self::Ftp => "FTP",
            Self::Ftps => "FTP over TLS",
            Self::Lmtp => "LMTP",
        })
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it speaks {}", self.protocol)?;
        if self.words.is_empty() {
            Ok(())
        } else {
            write!(f, ": “{}”", self.words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_recognised_by_their_first_octets() {
        let cases: &[(&[u8], Option<Protocol>)] = &[
            (b"\x16\x03\x03\0\x7a\x02", Some(Protocol::Tls)),
            (b"HTTP/1.1 400 Bad Request\r\n", Some(Protocol::Http)),
            (b"<html>", Some(Protocol::Http)),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Some(Protocol::Ssh)),
            (
                b"* OK [CAPABILITY IMAP4rev1] ready\r\n",
                Some(Protocol::Imap),
            ),
            (b"* PREAUTH ready\r\n", Some(Protocol::Imap)),
            (b"+OK POP3 ready\r\n", Some(Protocol::Pop3)),
            (b"220 (vsFTPd 3.0.3)\r\n", Some(Protocol::Ftp)),
            (b"220 mx.example.test LMTP ready\r\n", Some(Protocol::Lmtp)),
            (b"220 mx.example.test ESMTP\r\n", None),
            (b"220 mail.softpro.test ready\r\n", None),
            (b"", None),
        ];
        for (said, protocol) in cases {
            let found = Spoken::in_octets(said).map(|spoken| spoken.protocol);
            assert_eq!(found, *protocol, "{}", said.escape_ascii());
        }
    }

    #[test]
    fn ftp_and_lmtp_are_recognised_by_their_replies() {
        let cases = [
            (
                "220 (vsFTPd 3.0.3)",
                "530 Please login with USER and PASS.",
                Some(Protocol::Ftp),
            ),
            (
                "220 ready",
                "530 Please login with USER and PASS.",
                Some(Protocol::Ftp),
            ),
            (
                "220-FileZilla Server 1.8.1\r\n220 Please visit",
                "500 Wrong command.",
                Some(Protocol::Ftp),
            ),
            (
                "220 ProFTPD Server (x) [192.0.2.1]",
                "500 EHLO not understood",
                Some(Protocol::Ftp),
            ),
            (
                "220---------- Welcome to Pure-FTPd [TLS] ----------\r\n220 ok",
                "500 ?",
                Some(Protocol::Ftp),
            ),
            (
                "220 mx.example.test LMTP",
                "502 5.5.2 Unknown command",
                Some(Protocol::Lmtp),
            ),
            (
                "220 mx.example.test",
                "500 5.5.1 use LHLO",
                Some(Protocol::Lmtp),
            ),
            ("220 ftp.example.test ESMTP", "500 no", None),
            ("220 mx.example.test", "500 no", None),
        ];
        for (greeting, answer, protocol) in cases {
            let reply = |text: &str| Reply::parse(format!("{text}\r\n").as_bytes()).unwrap();
            let found = Spoken::in_replies(Some(&reply(greeting)), Some(&reply(answer)));
            assert_eq!(found.map(|spoken| spoken.protocol), protocol, "{greeting}");
        }
    }
}
