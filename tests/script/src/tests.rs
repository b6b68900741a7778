use super::escape::{line, unescape};
use super::machine::{self, Cut};
use super::{Dialogue, Step};

const SHORT: &str = "\
# A short one
security none

S& 220 a\\
S: b
C: EHLO client.example.test
S: 250 a
C: QUIT
S: 221 bye
== EOF ==
== EVENTS ==
greeting 220
capabilities none
closed
";

#[test]
fn escapes_mean_bytes() {
    let cases: [(&str, &[u8]); 6] = [
        (r"a\r\n\t\\", b"a\r\n\t\\"),
        (r"\x00\xff", b"\x00\xff"),
        (r"<\(3*ab)>", b"<ababab>"),
        ("plain", b"plain"),
        ("gr\u{fc}n", "gr\u{fc}n".as_bytes()),
        ("", b""),
    ];
    for (text, bytes) in cases {
        assert_eq!(unescape(text).unwrap(), bytes, "{text}");
    }
    for text in [r"\q", r"\x1", r"\xzz", r"\(3x)", "\\\u{fc}"] {
        assert!(unescape(text).is_err(), "{text}");
    }
}

#[test]
fn a_backslash_at_the_end_takes_the_line_end_away() {
    assert_eq!(line("250 ok").unwrap(), (b"250 ok\r\n".to_vec(), true));
    assert_eq!(line(r"250 ok\").unwrap(), (b"250 ok".to_vec(), false));
    assert_eq!(line(r"250 ok\n\").unwrap(), (b"250 ok\n".to_vec(), false));
    assert_eq!(line(r"250 ok\\").unwrap(), (b"250 ok\\\r\n".to_vec(), true));
}

#[test]
fn joined_lines_are_one_burst() {
    let dialogue: Dialogue = SHORT.parse().unwrap();
    assert_eq!(dialogue.title, "A short one");
    let greeting = Step::Server {
        bursts: vec![b"220 ab\r\n".to_vec()],
        is_joined: false,
    };
    assert_eq!(dialogue.steps.first(), Some(&greeting));
}

#[test]
fn what_cannot_be_read_is_told_by_its_line() {
    let cases = [
        (
            "# x\nsecurity maybe\n",
            "line 2: this sets nothing up: security maybe",
        ),
        (
            "# x\n| body\n",
            "line 2: a body's line stands where no message is",
        ),
        ("# x\nS: 220 a\nX: b\n", "line 3: nobody says this: X: b"),
        (
            "# x\nS: 220 a\n== LATER ==\n",
            "line 3: no such mark: == LATER ==",
        ),
        ("# x\n", "the dialogue has not got a conversation"),
        ("# x\nS: 220 a\n", "the dialogue has not got events"),
    ];
    for (text, told) in cases {
        assert_eq!(text.parse::<Dialogue>().unwrap_err().to_string(), told);
    }
}

#[test]
fn a_dialogue_that_goes_otherwise_fails() {
    let cases = [
        ("== EOF ==\n", "", None),
        ("greeting 220", "greeting 221", Some("event 1 is")),
        (
            "C: QUIT",
            "C: RSET",
            Some("the client said \"QUIT\\x0d\\x0a\" and not \"RSET\\x0d\\x0a\""),
        ),
        (
            "C: QUIT\n",
            "",
            Some("the client said \"QUIT\\x0d\\x0a\" and not \"\""),
        ),
        (
            "S: 221 bye\n== EOF ==\n",
            "",
            Some("the dialogue ends before the session does"),
        ),
        (
            "S: 221 bye\n== EOF ==\n",
            "S: 221 bye\nC: QUIT\n",
            Some("the client said \"\" and not"),
        ),
        (
            "== EOF ==\n",
            "== TLS ==\n",
            Some("the session ended before Tls"),
        ),
    ];
    for (from, to, failure) in cases {
        let text = SHORT.replace(
            "== EOF ==\n",
            if from.contains("EOF") {
                "== EOF ==\n"
            } else {
                ""
            },
        );
        let dialogue: Dialogue = text.replace(from, to).parse().unwrap();
        match (machine::run(&dialogue), failure) {
            (Ok(runs), None) => assert!(runs > 3),
            (Err(is), Some(part)) => assert!(is.to_string().contains(part), "{is}"),
            (is, _) => panic!("{from} -> {to}: {is:?}"),
        }
    }
    assert!(
        machine::converse(
            &SHORT.replace("== EOF ==\n", "").parse().unwrap(),
            Cut::Turns
        )
        .is_ok()
    );
}
