use alloc::string::ToString;
use alloc::vec;

use super::*;
use crate::reply::Reply;

fn written(encode: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    encode(&mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.matches('\n').count(), 1, "{text:?}");
    assert_eq!(text.matches('\r').count(), 1, "{text:?}");
    assert!(text.ends_with("\r\n"), "{text:?}");
    text
}

fn capabilities(wire: &str) -> Capabilities {
    Capabilities::from_reply(Reply::parse(wire.as_bytes()).unwrap())
}

#[test]
fn mail_declares_what_the_server_offers() {
    let envelope = Envelope::new("a@b.test".parse().unwrap(), ["c@d.test".parse().unwrap()]).unwrap();
    let everything = capabilities("250-x\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
    let nothing = capabilities("250 x\r\n");
    let mail = |envelope: &Envelope, offered: &Capabilities| written(|out| mail(out, envelope, offered));
    assert_eq!(mail(&envelope, &everything), "MAIL FROM:<a@b.test>\r\n");
    let sized = envelope.clone().with_size(7);
    assert_eq!(mail(&sized, &everything), "MAIL FROM:<a@b.test> SIZE=7\r\n");
    assert_eq!(mail(&sized, &nothing), "MAIL FROM:<a@b.test>\r\n");
    let eight = sized.with_body(BodyKind::EightBit);
    assert_eq!(mail(&eight, &everything), "MAIL FROM:<a@b.test> SIZE=7 BODY=8BITMIME\r\n");
    let null = Envelope::new("<>".parse().unwrap(), ["ü@d.test".parse().unwrap()]).unwrap();
    assert_eq!(mail(&null, &everything), "MAIL FROM:<> SMTPUTF8\r\n");
}

#[test]
fn auth_says_where_its_secret_begins() {
    let proof = Confidential::attested_by_session();
    let secret = Secret::from(vec![0, b'u', 0, b'p']);
    let mut public = 0;
    assert_eq!(written(|out| public = auth(out, Mechanism::Plain, Some(&secret), &proof)), "AUTH PLAIN AHUAcA==\r\n");
    assert_eq!(public, "AUTH PLAIN ".len());
    let empty = Secret::from(vec![]);
    assert_eq!(written(|out| public = auth(out, Mechanism::Plain, Some(&empty), &proof)), "AUTH PLAIN =\r\n");
    assert_eq!(written(|out| public = auth(out, Mechanism::Login, None, &proof)), "AUTH LOGIN\r\n");
    assert_eq!(public, "AUTH LOGIN\r\n".len());
    assert_eq!(written(|out| auth_response(out, &empty, &proof)), "\r\n");
    assert_eq!(written(|out| auth_response(out, &secret, &proof)), "AHUAcA==\r\n");
}

#[test]
fn an_initial_response_fits_while_its_line_has_512_octets_at_most() {
    let fixed = "AUTH XOAUTH2 \r\n".len();
    let longest = (512 - fixed) / 4 * 3;
    assert!(fits_auth_line(Mechanism::XOAuth2, &Secret::from(vec![b'x'; longest])));
    assert!(!fits_auth_line(Mechanism::XOAuth2, &Secret::from(vec![b'x'; longest + 1])));
}

#[test]
fn challenges_are_base64_or_nothing() {
    assert_eq!(decode_challenge(b"VXNlcm5hbWU6").as_deref(), Some(b"Username:".as_slice()));
    assert_eq!(decode_challenge(b" VXNlcm5hbWU6 ").as_deref(), Some(b"Username:".as_slice()));
    assert_eq!(decode_challenge(b"").as_deref(), Some(b"".as_slice()));
    assert_eq!(decode_challenge(b"=").as_deref(), Some(b"".as_slice()));
    assert_eq!(decode_challenge(b"Username:"), None);
    assert_eq!(decode_challenge(b"VXNlcm5hbWU6!"), None);
}

#[test]
fn arguments_cannot_hold_a_second_command() {
    for (text, offset) in [("", 0), (" ", 0), ("a\r\nQUIT", 1), ("a\nb", 1), ("a\0", 1), ("ü", 0)] {
        assert_eq!(text.parse::<Argument>().unwrap_err().offset(), offset, "{text:?}");
    }
    assert!("x".repeat(506).parse::<Argument>().is_err());
    let longest = Command::Vrfy("x".repeat(505).parse().unwrap());
    assert_eq!(written(|out| other(out, &longest)).len(), 512);
    assert_eq!(written(|out| other(out, &Command::Help(None))), "HELP\r\n");
    assert_eq!(written(|out| ehlo(out, &EhloName::try_from("c.test").unwrap())), "EHLO c.test\r\n");
    assert_eq!(written(|out| rcpt(out, &"<Postmaster>".parse().unwrap())).to_string(), "RCPT TO:<Postmaster>\r\n");
}
