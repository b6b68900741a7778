use std::time::Duration;

use super::{Client, greeted, next_message, no_message, open_sink, with_envelope};
use crate::sink::{Sink, SinkOptions};

#[test]
fn ehlo_offers_exactly_what_is_there() {
    let sink = open_sink();
    let mut client = Client::connect(&sink);
    client.expect("220 ");
    let offer = client.ask("EHLO client.test", "250-");
    assert_eq!(
        offer,
        "250-localhost\r\n250-SIZE 157286400\r\n250-PIPELINING\r\n250-CHUNKING\r\n\
         250-BINARYMIME\r\n250-DSN\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
         250-AUTH PLAIN LOGIN XOAUTH2\r\n250 ENHANCEDSTATUSCODES\r\n"
    );
}

#[test]
fn every_command_has_its_reply() {
    let sink = open_sink();
    let mut client = greeted(&sink);
    let cases = [
        ("NOOP", "250 2.0.0"),
        ("noop anything", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("RSET now", "501 5.5.4"),
        ("VRFY bob", "252 2.1.5"),
        ("VRFY", "501 5.5.4"),
        ("EXPN list", "502 5.5.1"),
        ("HELP", "214 2.0.0"),
        ("EHLO", "501 5.5.4"),
        ("HELO client.test", "250 localhost"),
        ("STARTTLS", "502 5.5.1"),
        ("WHAT", "500 5.5.1"),
        ("", "500 5.5.1"),
        ("NOOP \u{1}", "500 5.5.2"),
        ("QUIT now", "501 5.5.4"),
        ("QUIT", "221 2.0.0"),
    ];
    for (line, reply) in cases {
        client.ask(line, reply);
    }
    client.expect_end();
}

#[test]
fn commands_out_of_order_are_told_so() {
    let sink = open_sink();
    let mut client = Client::connect(&sink);
    client.expect("220 ");
    for line in [
        "MAIL FROM:<a@b.test>",
        "AUTH PLAIN",
        "RCPT TO:<a@b.test>",
        "DATA",
    ] {
        client.ask(line, "503 5.5.1");
    }
    client.ask("EHLO client.test", "250");
    client.ask("RCPT TO:<a@b.test>", "503 5.5.1");
    client.ask("MAIL FROM:<a@b.test>", "250");
    client.ask("MAIL FROM:<a@b.test>", "503 5.5.1");
    client.ask("AUTH PLAIN", "503 5.5.1");
    client.ask("DATA", "503 5.5.1");
    client.ask("RSET", "250");
    client.ask("RCPT TO:<a@b.test>", "503 5.5.1");
}

#[test]
fn a_local_part_beyond_64_octets_is_accepted() {
    let sink = open_sink();
    let mut client = greeted(&sink);
    let long = "a".repeat(65);
    client.ask(&format!("MAIL FROM:<{long}@b.test>"), "250");
    client.ask(&format!("RCPT TO:<{long}@b.test>"), "250");
}

#[test]
fn parameters_of_mail_are_checked() {
    let sink = open_sink();
    let mut client = greeted(&sink);
    let cases = [
        ("FROM:<>", "250"),
        ("from:<a@b.test>", "250"),
        (
            "FROM:<a@b.test> SIZE=157286400 BODY=8BITMIME RET=HDRS ENVID=a+2Bb AUTH=<>",
            "250",
        ),
        (
            "FROM:<a@b.test> size=1 body=binarymime smtputf8 auth=a@b.test",
            "250",
        ),
        ("FROM:<ä@b.test> SMTPUTF8", "250"),
        ("FROM:<\"a b>\\\"\"@[127.0.0.1]>", "250"),
        ("FROM:<@relay.test,@other.test:a@b.test>", "250"),
        ("FROM:<ä@b.test>", "553 5.6.7"),
        ("FROM:<a@b.test> SIZE=157286401", "552 5.3.4"),
        ("FROM:<a@b.test> SIZE=99999999999999999999", "552 5.3.4"),
        ("FROM:<a@b.test> SIZE=999999999999999999999", "501 5.5.4"),
        ("FROM:<a@b.test> SIZE=-1", "501 5.5.4"),
        ("FROM:<a@b.test> SIZE", "501 5.5.4"),
        ("FROM:<a@b.test> BODY=9BIT", "501 5.5.4"),
        ("FROM:<a@b.test> SMTPUTF8=1", "501 5.5.4"),
        ("FROM:<a@b.test> RET=ALL", "501 5.5.4"),
        ("FROM:<a@b.test> ENVID=a+2b", "501 5.5.4"),
        ("FROM:<a@b.test> SIZE=1 SIZE=1", "501 5.5.4"),
        ("FROM:<a@b.test> REQUIRETLS", "555 5.5.4"),
        ("FROM:<a@b.test>SIZE=1", "501 5.5.4"),
        ("FROM: <a@b.test>", "501 5.1.7"),
        ("FROM:a@b.test", "501 5.1.7"),
        ("FROM:<a@b.test", "501 5.1.7"),
        ("FROM:<a b@c.test>", "501 5.1.7"),
        ("FROM:<a@>", "501 5.1.7"),
        ("FROM:<postmaster>", "501 5.1.7"),
        ("FROM:<@relay.test:>", "501 5.1.7"),
        ("TO:<a@b.test>", "501 5.5.4"),
        ("", "501 5.5.4"),
    ];
    for (argument, reply) in cases {
        client.ask(&format!("MAIL {argument}"), reply);
        client.ask("RSET", "250");
    }
}

#[test]
fn parameters_of_rcpt_are_checked() {
    let sink = open_sink();
    let mut client = greeted(&sink);
    client.ask("MAIL FROM:<>", "250");
    let cases = [
        ("TO:<Postmaster>", "250"),
        (
            "TO:<a@b.test> NOTIFY=NEVER ORCPT=rfc822;a+2Bc@b.test",
            "250",
        ),
        ("TO:<a@b.test> NOTIFY=SUCCESS,failure,DELAY", "250"),
        ("TO:<a@b.test> NOTIFY=NEVER,SUCCESS", "501 5.5.4"),
        ("TO:<a@b.test> NOTIFY", "501 5.5.4"),
        ("TO:<a@b.test> ORCPT=a@b.test", "501 5.5.4"),
        ("TO:<a@b.test> SIZE=1", "555 5.5.4"),
        ("TO:<ä@b.test>", "553 5.6.7"),
        ("TO:<>", "501 5.1.3"),
        ("TO:<a..b@c.test>", "501 5.1.3"),
        ("FROM:<a@b.test>", "501 5.5.4"),
    ];
    for (argument, reply) in cases {
        client.ask(&format!("RCPT {argument}"), reply);
    }
    client.ask("DATA", "354");
    client.ask(".", "250");
    assert_eq!(
        next_message(&sink).to,
        ["Postmaster", "a@b.test", "a@b.test"]
    );
}

#[test]
fn a_pipelined_group_is_answered_in_order() {
    let sink = open_sink();
    let mut client = greeted(&sink);
    client.send(
        "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nRCPT TO:<>\r\nRCPT TO:<e@f.test>\r\n\
         DATA\r\nhi\r\n.\r\nNOOP\r\nQUIT\r\n",
    );
    for beginning in [
        "250 2.1.0",
        "250 2.1.5",
        "501",
        "250 2.1.5",
        "354",
        "250 2.0.0",
        "250",
        "221",
    ] {
        client.expect(beginning);
    }
    client.expect_end();
    let message = next_message(&sink);
    assert_eq!(message.from, "a@b.test");
    assert_eq!(message.to, ["c@d.test", "e@f.test"]);
    assert_eq!(message.content.as_deref(), Some(&b"hi\r\n"[..]));
    assert_eq!((message.size, message.tls, message.auth), (4, false, None));
}

#[test]
fn commands_may_come_byte_by_byte() {
    let sink = open_sink();
    let mut client = greeted(&sink);
    for byte in b"MAIL FROM:<a@b.test>\r\n" {
        client.send([*byte]);
    }
    client.expect("250");
}

#[test]
fn a_line_that_is_too_long_is_refused_and_the_next_one_is_read() {
    let sink = open_sink();
    let mut client = greeted(&sink);
    for length in [2046, 2047, 12_286, 12_287, 200_000] {
        let line = format!("NOOP {}", "x".repeat(length - 5));
        let reply = if length <= 2046 { "250" } else { "500 5.5.2" };
        client.ask(&line, reply);
        client.ask("NOOP", "250 2.0.0");
    }
}

#[test]
fn a_command_that_ends_in_a_bare_lf_ends_the_connection() {
    let sink = open_sink();
    let mut client = with_envelope(&sink);
    client.send("DATA\nMAIL FROM:<x@y.test>\r\n");
    client.expect("500 5.5.2");
    client.expect_end();
    no_message(&sink);
}

#[test]
fn a_client_that_says_nothing_gets_421() {
    let sink = Sink::start(SinkOptions {
        idle: Duration::from_millis(50),
        ..SinkOptions::default()
    })
    .unwrap();
    let mut client = greeted(&sink);
    client.expect("421 4.4.2");
    client.expect_end();
}
