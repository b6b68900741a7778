use alloc::vec;

use super::*;
use crate::config::Config;
use crate::envelope::{
    DeliverBy, FutureRelease, Notify, NotifyOn, OriginalRecipient, Parameter, Priority, Recipient,
    Ret,
};
use crate::event::TlsInfo;
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
    let envelope =
        Envelope::new("a@b.test".parse().unwrap(), ["c@d.test".parse().unwrap()]).unwrap();
    let everything = capabilities("250-x\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
    let nothing = capabilities("250 x\r\n");
    let mail =
        |envelope: &Envelope, offered: &Capabilities| written(|out| mail(out, envelope, offered));
    assert_eq!(mail(&envelope, &everything), "MAIL FROM:<a@b.test>\r\n");
    let sized = envelope.clone().with_size(7);
    assert_eq!(mail(&sized, &everything), "MAIL FROM:<a@b.test> SIZE=7\r\n");
    assert_eq!(mail(&sized, &nothing), "MAIL FROM:<a@b.test>\r\n");
    let eight = sized.with_body_kind(BodyKind::EightBit);
    assert_eq!(
        mail(&eight, &everything),
        "MAIL FROM:<a@b.test> SIZE=7 BODY=8BITMIME\r\n"
    );
    let null = Envelope::new("<>".parse().unwrap(), ["ü@d.test".parse().unwrap()]).unwrap();
    assert_eq!(mail(&null, &everything), "MAIL FROM:<> SMTPUTF8\r\n");
}

#[test]
fn auth_says_where_its_secret_begins() {
    let config = Config::new("client.example.test".parse().unwrap());
    let proof = Confidential::new(Some(&TlsInfo::verified()), &config).unwrap();
    let secret = Secret::from(vec![0, b'u', 0, b'p']);
    let mut public = 0;
    assert_eq!(
        written(|out| public = auth(out, Mechanism::Plain, Some(&secret), &proof)),
        "AUTH PLAIN AHUAcA==\r\n"
    );
    assert_eq!(public, "AUTH PLAIN ".len());
    let empty = Secret::from(vec![]);
    assert_eq!(
        written(|out| public = auth(out, Mechanism::Plain, Some(&empty), &proof)),
        "AUTH PLAIN =\r\n"
    );
    assert_eq!(
        written(|out| public = auth(out, Mechanism::Login, None, &proof)),
        "AUTH LOGIN\r\n"
    );
    assert_eq!(public, "AUTH LOGIN\r\n".len());
    assert_eq!(written(|out| auth_response(out, &empty, &proof)), "\r\n");
    assert_eq!(
        written(|out| auth_response(out, &secret, &proof)),
        "AHUAcA==\r\n"
    );
}

#[test]
fn an_initial_response_fits_while_its_line_has_512_octets_at_most() {
    let fixed = "AUTH XOAUTH2 \r\n".len();
    let longest = (512 - fixed) / 4 * 3;
    assert!(fits_auth_line(
        Mechanism::XOAuth2,
        &Secret::from(vec![b'x'; longest])
    ));
    assert!(!fits_auth_line(
        Mechanism::XOAuth2,
        &Secret::from(vec![b'x'; longest + 1])
    ));
}

#[test]
fn challenges_are_base64_or_nothing() {
    assert_eq!(
        decode_challenge(b"VXNlcm5hbWU6").as_deref(),
        Some(b"Username:".as_slice())
    );
    assert_eq!(
        decode_challenge(b" VXNlcm5hbWU6 ").as_deref(),
        Some(b"Username:".as_slice())
    );
    assert_eq!(decode_challenge(b"").as_deref(), Some(b"".as_slice()));
    assert_eq!(decode_challenge(b"=").as_deref(), Some(b"".as_slice()));
    assert_eq!(decode_challenge(b"Username:"), None);
    assert_eq!(decode_challenge(b"VXNlcm5hbWU6!"), None);
}

#[test]
fn non_ascii_vrfy_and_expn_declare_smtputf8() {
    let argument = |text: &str| text.parse::<Argument>().unwrap();
    assert_eq!(
        written(|out| other(out, &Command::Vrfy(argument("jürgen")))),
        "VRFY jürgen SMTPUTF8\r\n"
    );
    assert_eq!(
        written(|out| other(out, &Command::Expn(argument("alle Gäste")))),
        "EXPN alle Gäste SMTPUTF8\r\n"
    );
    assert_eq!(
        written(|out| other(out, &Command::Vrfy(argument("postmaster")))),
        "VRFY postmaster\r\n"
    );
}

#[test]
fn arguments_cannot_hold_a_second_command() {
    for (text, offset) in [
        ("", 0),
        (" ", 0),
        ("a\r\nQUIT", 1),
        ("a\nb", 1),
        ("a\0", 1),
        ("ü\u{85}", 2),
        ("\u{2028}", 0),
    ] {
        assert_eq!(
            text.parse::<Argument>().unwrap_err().offset(),
            offset,
            "{text:?}"
        );
    }
    assert!("x".repeat(506).parse::<Argument>().is_err());
    assert_eq!(
        "ü".repeat(253).parse::<Argument>().unwrap_err().offset(),
        505
    );
    let longest = Command::Vrfy("x".repeat(505).parse().unwrap());
    assert_eq!(written(|out| other(out, &longest)).len(), 512);
    assert_eq!(written(|out| other(out, &Command::Help(None))), "HELP\r\n");
    assert_eq!(
        written(|out| ehlo(out, &EhloName::try_from("c.test").unwrap())),
        "EHLO c.test\r\n"
    );
    assert_eq!(
        written(|out| lhlo(out, &EhloName::try_from("c.test").unwrap())),
        "LHLO c.test\r\n"
    );
}

#[test]
fn rcpt_says_what_is_said_of_the_recipient() {
    let nothing = capabilities("250 x\r\n");
    let postmaster =
        Envelope::new("<>".parse().unwrap(), ["<Postmaster>".parse().unwrap()]).unwrap();
    assert_eq!(
        written(|out| rcpt(out, &postmaster, 0, &nothing)),
        "RCPT TO:<Postmaster>\r\n"
    );
    let to = |text: &str| Recipient::new(text.parse().unwrap());
    let original = OriginalRecipient::from_mailbox(&"l+x@d.test".parse().unwrap()).unwrap();
    let flag = Parameter::new("XFLAG", None).unwrap();
    let value = Parameter::new("RRVS", Some("2014-04-03T23:01:00Z")).unwrap();
    let recipients = [
        to("c@d.test")
            .with_original_recipient(original)
            .with_parameter(flag),
        to("e@d.test").with_notify(Notify::Never),
    ];
    let recipients = recipients
        .into_iter()
        .chain([to("f@d.test").with_parameter(value)]);
    let envelope = Envelope::from_recipients("a@b.test".parse().unwrap(), recipients).unwrap();
    let envelope = envelope.with_notify(NotifyOn::SUCCESS | NotifyOn::DELAY);
    for (index, line) in [
        "RCPT TO:<c@d.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;l+2Bx@d.test XFLAG\r\n",
        "RCPT TO:<e@d.test> NOTIFY=NEVER\r\n",
        "RCPT TO:<f@d.test> NOTIFY=SUCCESS,DELAY RRVS=2014-04-03T23:01:00Z\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(written(|out| rcpt(out, &envelope, index, &nothing)), line);
    }
    assert_eq!(
        written(|out| mail(out, &envelope, &nothing)),
        "MAIL FROM:<a@b.test>\r\n"
    );
    let part = envelope.subset(&[2, 1]).unwrap();
    assert_eq!(
        written(|out| rcpt(out, &part, 1, &nothing)),
        "RCPT TO:<e@d.test> NOTIFY=NEVER\r\n"
    );
}

#[test]
fn mail_says_what_else_the_envelope_asks_for() {
    let envelope =
        || Envelope::new("a@b.test".parse().unwrap(), ["c@d.test".parse().unwrap()]).unwrap();
    let everything = envelope()
        .with_ret(Ret::Headers)
        .with_envelope_id("1 2".parse().unwrap())
        .with_authenticated_sender("e+f@b.test".parse().unwrap())
        .with_require_tls()
        .with_priority(Priority::try_from(-4).unwrap())
        .with_deliver_by(DeliverBy::or_return(60).unwrap())
        .with_future_release(FutureRelease::seconds(30).unwrap())
        .with_parameter(Parameter::new("XVERP", None).unwrap());
    let nothing = capabilities("250 x\r\n");
    let line = "MAIL FROM:<a@b.test> RET=HDRS ENVID=1+202 AUTH=e+2Bf@b.test REQUIRETLS MT-PRIORITY=-4 BY=60;R \
                HOLDFOR=30 XVERP\r\n";
    assert_eq!(written(|out| mail(out, &everything, &nothing)), line);
    let nobody = envelope().with_authenticated_sender("<>".parse().unwrap());
    assert_eq!(
        written(|out| mail(out, &nobody, &nothing)),
        "MAIL FROM:<a@b.test> AUTH=<>\r\n"
    );
}

#[test]
fn a_domain_is_written_in_the_letters_that_the_server_takes() {
    let known = "i@bücher.example"
        .parse::<crate::address::Mailbox>()
        .unwrap();
    let known = known.with_ascii_domain("xn--bcher-kva.example").unwrap();
    let envelope = Envelope::new(known.clone().into(), [known.into()]).unwrap();
    let (utf8, nothing) = (
        capabilities("250-x\r\n250 SMTPUTF8\r\n"),
        capabilities("250 x\r\n"),
    );
    assert_eq!(
        written(|out| mail(out, &envelope, &nothing)),
        "MAIL FROM:<i@xn--bcher-kva.example>\r\n"
    );
    assert_eq!(
        written(|out| rcpt(out, &envelope, 0, &nothing)),
        "RCPT TO:<i@xn--bcher-kva.example>\r\n"
    );
    assert_eq!(
        written(|out| mail(out, &envelope, &utf8)),
        "MAIL FROM:<i@bücher.example> SMTPUTF8\r\n"
    );
    assert_eq!(
        written(|out| rcpt(out, &envelope, 0, &utf8)),
        "RCPT TO:<i@bücher.example>\r\n"
    );
    assert!(!envelope.needs_smtputf8());
    let header = Envelope::new("a@b.test".parse().unwrap(), ["c@d.test".parse().unwrap()])
        .unwrap()
        .with_smtputf8();
    assert!(header.needs_smtputf8());
    assert_eq!(
        written(|out| mail(out, &header, &utf8)),
        "MAIL FROM:<a@b.test> SMTPUTF8\r\n"
    );
}
