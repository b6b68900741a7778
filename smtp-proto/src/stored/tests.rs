use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::address::{AddressLiteral, Domain, EhloName, ForwardPath, Mailbox, ReversePath};
use crate::command;
use crate::ehlo::Capabilities;
use crate::envelope::{
    BodyKind, DeliverBy, Envelope, EnvelopeId, FutureRelease, Notify, NotifyOn, OriginalRecipient,
    Parameter, Priority, Recipient, Ret,
};
use crate::event::Outcome;
use crate::reply::{BareLf, EnhancedCode, Reply, ReplyCode, ReplyLimits, ReplyReader};
use crate::timeout::Phase;

fn reply(raw: &[u8]) -> Reply {
    let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Tolerate);
    reader.receive(raw);
    reader.next().expect("no fault").expect("a reply")
}

/// The JSON of one value of each type: the stored form that later versions must read.
fn golden() -> Vec<Value> {
    let minimal = json!({
        "reverse_path": "",
        "recipients": [{"path": "Postmaster"}],
    });
    let full = json!({
        "reverse_path": "a@example.test",
        "recipients": [
            {"path": {"address": "info@bücher.example", "ascii_domain": "xn--bcher-kva.example"}},
            {
                "path": "\"a b\"@[192.0.2.1]",
                "notify": "FAILURE,DELAY",
                "original_recipient": {"type": "utf-8", "address": "ü@example.test"},
                "parameters": ["RRVS=2014-04-03T23:01:00Z"],
            },
        ],
        "size": 1234,
        "body": "8bit",
        "all_or_none": true,
        "ret": "HDRS",
        "envelope_id": "order 66",
        "notify": "NEVER",
        "smtputf8": true,
        "require_tls": true,
        "authenticated_sender": "",
        "priority": -3,
        "deliver_by": {"seconds": 3600, "late": "return"},
        "future_release": {"until": "2027-01-01T00:00:00Z"},
        "parameters": ["XVERP", "TRANSID=<12@a.test>"],
    });
    vec![minimal, full]
}

#[test]
fn stored_envelopes_keep_their_json() {
    for stored in golden() {
        let envelope: Envelope = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&envelope).unwrap(), stored);
    }
    let envelope: Envelope = serde_json::from_value(golden().remove(1)).unwrap();
    let expected = Envelope::from_recipients(
        "a@example.test".parse().unwrap(),
        [
            Recipient::new(
                "info@bücher.example"
                    .parse::<Mailbox>()
                    .unwrap()
                    .with_ascii_domain("xn--bcher-kva.example")
                    .unwrap()
                    .into(),
            ),
            Recipient::new("\"a b\"@[192.0.2.1]".parse().unwrap())
                .with_notify(NotifyOn::FAILURE | NotifyOn::DELAY)
                .with_original_recipient(
                    OriginalRecipient::from_mailbox(&"ü@example.test".parse().unwrap()).unwrap(),
                )
                .with_parameter("RRVS=2014-04-03T23:01:00Z".parse().unwrap()),
        ],
    )
    .unwrap()
    .with_size(1234)
    .with_body_kind(BodyKind::EightBit)
    .with_all_or_none()
    .with_ret(Ret::Headers)
    .with_envelope_id("order 66".parse().unwrap())
    .with_notify(Notify::Never)
    .with_smtputf8()
    .with_require_tls()
    .with_authenticated_sender(ReversePath::Null)
    .with_priority("-3".parse().unwrap())
    .with_deliver_by(DeliverBy::or_return(3600).unwrap())
    .with_future_release(FutureRelease::until("2027-01-01T00:00:00Z").unwrap())
    .with_parameter("XVERP".parse().unwrap())
    .with_parameter("TRANSID=<12@a.test>".parse().unwrap());
    assert_eq!(envelope, expected);
}

#[test]
fn stored_replies_and_outcomes_keep_their_json() {
    let no = json!({"code": 550, "enhanced": "5.1.1", "text": "5.1.1 no\n5.1.1 such user"});
    let read: Reply = serde_json::from_value(no.clone()).unwrap();
    assert_eq!(read, reply(b"550-5.1.1 no\r\n550 5.1.1 such user\r\n"));
    for stored in [
        no.clone(),
        json!({"code": 250, "text": ""}),
        json!({"code": 250, "text": "\n\nend"}),
        json!({"code": 535, "text": [0xc7, 0xeb, 0x0a, 0xca]}),
    ] {
        let read: Reply = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
    }
    for (outcome, stored) in [
        (
            Outcome::Accepted(reply(b"250 \r\n")),
            json!({"accepted": {"code": 250, "text": ""}}),
        ),
        (
            Outcome::Refused {
                phase: Phase::EndOfData,
                reply: read,
            },
            json!({"refused": {"phase": "end_of_data", "reply": no}}),
        ),
        (Outcome::NotSent, json!("not_sent")),
        (Outcome::Unknown, json!("unknown")),
    ] {
        assert_eq!(serde_json::to_value(&outcome).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Outcome>(stored).unwrap(), outcome);
    }
    assert_eq!(serde_json::to_value(Phase::StartTls).unwrap(), "starttls");
}

#[test]
fn small_types_are_stored_as_text_or_number() {
    fn agrees<T>(value: T, stored: Value)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + core::fmt::Debug,
    {
        assert_eq!(serde_json::to_value(&value).unwrap(), stored);
        assert_eq!(serde_json::from_value::<T>(stored).unwrap(), value);
        for other in [
            json!("a\r\nRSET"),
            json!(""),
            json!(-32768),
            json!({}),
            json!(null),
        ] {
            assert!(serde_json::from_value::<T>(other).is_err());
        }
    }
    agrees::<Domain>("a.test".parse().unwrap(), json!("a.test"));
    agrees::<AddressLiteral>("[IPv6:::1]".parse().unwrap(), json!("[IPv6:::1]"));
    agrees::<EhloName>("[192.0.2.1]".parse().unwrap(), json!("[192.0.2.1]"));
    agrees::<Mailbox>("a@b.test".parse().unwrap(), json!("a@b.test"));
    agrees::<ForwardPath>(ForwardPath::Postmaster, json!("Postmaster"));
    agrees::<ReplyCode>(ReplyCode::try_from(451).unwrap(), json!(451));
    agrees::<EnhancedCode>("5.7.509".parse().unwrap(), json!("5.7.509"));
    agrees::<EnvelopeId>("a+b".parse().unwrap(), json!("a+b"));
    agrees::<Parameter>("X=1".parse().unwrap(), json!("X=1"));
    agrees::<Priority>("-3".parse().unwrap(), json!(-3));
    agrees::<FutureRelease>(FutureRelease::seconds(5).unwrap(), json!({"seconds": 5}));
    agrees::<DeliverBy>(
        DeliverBy::or_notify(-60).unwrap(),
        json!({"seconds": -60, "late": "notify"}),
    );
}

#[test]
fn tampered_rows_are_refused() {
    let full = golden().remove(1);
    let with = |field: &str, value: Value| {
        let mut row = full.clone();
        row[field] = value;
        serde_json::from_value::<Envelope>(row)
    };
    for (field, value) in [
        ("reverse_path", json!("a@b.test>\r\nRCPT TO:<x@y.test")),
        ("reverse_path", json!("a@b.test> SIZE=1")),
        ("reverse_path", json!(format!("{}@b.test", "a".repeat(300)))),
        ("recipients", json!([])),
        ("recipients", json!([{"path": ""}])),
        (
            "recipients",
            json!([{"path": "a@b.test", "parameters": ["X Y"]}]),
        ),
        (
            "recipients",
            json!([{"path": "a@b.test", "notify": "NEVER,DELAY"}]),
        ),
        ("recipients", json!([{"path": "a@b.test", "cc": true}])),
        (
            "recipients",
            json!([{"path": {"address": "a@b.test", "ascii_domain": "c.test"}}]),
        ),
        (
            "recipients",
            json!([{"path": {"address": "a@ü.test", "ascii_domain": "c.test\r\nRSET"}}]),
        ),
        ("size", json!(-1)),
        ("body", json!("9bit")),
        ("ret", json!("FULL\r\nRSET")),
        ("envelope_id", json!("a\r\nRSET")),
        ("envelope_id", json!("x".repeat(101))),
        ("notify", json!("")),
        ("require_tls", json!("yes")),
        ("priority", json!(10)),
        ("deliver_by", json!({"seconds": 0, "late": "return"})),
        ("deliver_by", json!({"seconds": -5, "late": "return"})),
        ("future_release", json!({"seconds": 0})),
        ("future_release", json!({"until": "now\r\nRSET"})),
        (
            "future_release",
            json!({"seconds": 5, "until": "2027-01-01T00:00:00Z"}),
        ),
        ("parameters", json!(["SIZE=1"])),
        ("parameters", json!(["X=a\r\nRSET"])),
        ("bcc", json!("x@y.test")),
    ] {
        assert!(with(field, value.clone()).is_err(), "{field} {value}");
    }
    for row in [
        json!({"code": 199, "text": "low"}),
        json!({"code": 550, "enhanced": "5.7.1", "text": "5.1.1 no"}),
        json!({"code": 550, "enhanced": "5.1.1", "text": "no"}),
        json!({"code": 550, "text": "no", "raw": "250 yes\r\n"}),
        json!({"code": 550}),
    ] {
        assert!(
            serde_json::from_value::<Reply>(row.clone()).is_err(),
            "{row}"
        );
    }
    let (yes, no) = (
        json!({"code": 250, "text": ""}),
        json!({"code": 550, "text": ""}),
    );
    for row in [
        json!({"accepted": no}),
        json!({"accepted": {"code": 354, "text": ""}}),
        json!({"refused": {"phase": "rcpt", "reply": yes}}),
        json!({"refused": {"phase": "dessert", "reply": no}}),
        json!({"accepted": yes, "refused": {"phase": "rcpt", "reply": no}}),
        json!("sent"),
    ] {
        assert!(
            serde_json::from_value::<Outcome>(row.clone()).is_err(),
            "{row}"
        );
    }
}

/// Every command that the envelope causes is one line, whatever the row was.
fn assert_one_line_a_command(envelope: &Envelope) {
    let all = Reply::parse(b"250-x\r\n250-SIZE\r\n250-SMTPUTF8\r\n250 DSN\r\n").unwrap();
    let all = Capabilities::from_reply(all);
    let mut commands = Vec::new();
    command::mail(&mut commands, envelope, &all);
    for index in 0..envelope.recipients().len() {
        command::rcpt(&mut commands, envelope, index, &all);
    }
    let lines: Vec<&[u8]> = commands.split_inclusive(|&octet| octet == b'\n').collect();
    assert_eq!(lines.len(), 1 + envelope.recipients().len());
    for (index, line) in lines.iter().enumerate() {
        let text = line.strip_suffix(b"\r\n").expect("CRLF");
        assert!(!text.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)));
        let verb: &[u8] = if index == 0 {
            b"MAIL FROM:<"
        } else {
            b"RCPT TO:<"
        };
        assert!(text.starts_with(verb));
    }
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    prop_oneof![
        "[a-z]{1,8}@[a-z]{1,8}\\.test",
        "\"[ -!#-\\[\\]-~]{0,8}\"@[a-z]{1,8}",
        "[a-zäü+]{1,4}@[a-zäü]{1,8}\\.test",
    ]
    .prop_map(|text| {
        let mailbox: Mailbox = text.parse().unwrap();
        match mailbox.clone().with_ascii_domain("xn--a.test") {
            Ok(known) if text.len() % 2 == 0 => known,
            _ => mailbox,
        }
    })
}

fn notify() -> impl Strategy<Value = Option<Notify>> {
    let events = [NotifyOn::SUCCESS, NotifyOn::FAILURE | NotifyOn::DELAY];
    let all = events.map(|events| Some(events.into()));
    proptest::sample::select(vec![None, Some(Notify::Never), all[0], all[1]])
}

fn parameters() -> impl Strategy<Value = Vec<Parameter>> {
    let one = "X[A-Z0-9-]{0,9}(=[!-<>-~]{1,12})?".prop_map(|text| text.parse().unwrap());
    prop::collection::vec(one, 0..3)
}

prop_compose! {
    fn recipient()(
        path in prop_oneof![Just(ForwardPath::Postmaster), mailbox().prop_map(ForwardPath::from)],
        notify in notify(),
        original in prop::option::of(mailbox()),
        parameters in parameters(),
    ) -> Recipient {
        let mut recipient = Recipient::new(path);
        if let Some(notify) = notify {
            recipient = recipient.with_notify(notify);
        }
        if let Some(mailbox) = original {
            let original = OriginalRecipient::from_mailbox(&mailbox).unwrap();
            recipient = recipient.with_original_recipient(original);
        }
        parameters.into_iter().fold(recipient, Recipient::with_parameter)
    }
}

prop_compose! {
    fn envelope()(
        sender in prop::option::of(mailbox()),
        recipients in prop::collection::vec(recipient(), 1..4),
        size in prop::option::of(any::<u64>()),
        body in proptest::sample::select(vec![BodyKind::SevenBit, BodyKind::EightBit, BodyKind::Binary]),
        flags in any::<[bool; 3]>(),
        ret in proptest::sample::select(vec![None, Some(Ret::Full), Some(Ret::Headers)]),
        id in prop::option::of("[ -~]{1,30}"),
        notify in notify(),
        authenticated in prop::option::of(prop::option::of(mailbox())),
        by in prop::option::of((1_i32..=999_999_999, any::<bool>())),
        release in prop::option::of(1_u32..=999_999_999),
        (priority, parameters) in (prop::option::of(-9_i8..=9), parameters()),
    ) -> Envelope {
        let path = |one: Option<Mailbox>| one.map_or(ReversePath::Null, ReversePath::from);
        let mut envelope = Envelope::from_recipients(path(sender), recipients).unwrap().with_body_kind(body);
        let [all_or_none, smtputf8, require_tls] = flags;
        if let Some(size) = size { envelope = envelope.with_size(size); }
        if all_or_none { envelope = envelope.with_all_or_none(); }
        if smtputf8 { envelope = envelope.with_smtputf8(); }
        if require_tls { envelope = envelope.with_require_tls(); }
        if let Some(ret) = ret { envelope = envelope.with_ret(ret); }
        if let Some(id) = id { envelope = envelope.with_envelope_id(id.parse().unwrap()); }
        if let Some(notify) = notify { envelope = envelope.with_notify(notify); }
        if let Some(sender) = authenticated { envelope = envelope.with_authenticated_sender(path(sender)); }
        if let Some(priority) = priority { envelope = envelope.with_priority(priority.try_into().unwrap()); }
        if let Some((seconds, returns)) = by {
            envelope = envelope.with_deliver_by(match returns {
                true => DeliverBy::or_return(seconds.unsigned_abs()).unwrap(),
                false => DeliverBy::or_notify(-seconds).unwrap(),
            });
        }
        if let Some(seconds) = release {
            envelope = envelope.with_future_release(FutureRelease::seconds(seconds).unwrap());
        }
        parameters.into_iter().fold(envelope, Envelope::with_parameter)
    }
}

/// Returns a reply as a server may send it, bare LF included.
fn any_reply() -> impl Strategy<Value = Reply> {
    let line = prop_oneof![
        prop::collection::vec(
            any::<u8>().prop_filter("LF", |&octet| octet != b'\n'),
            0..20
        ),
        "[245]\\.[0-9]{1,3}\\.[0-9]{1,3}( [a-zü]{0,9})?".prop_map(String::into_bytes),
    ];
    let lines = prop::collection::vec((line, any::<bool>()), 1..4);
    (200_u16..=599, lines).prop_map(|(code, lines)| {
        let mut raw = Vec::new();
        for (i, (line, is_bare)) in lines.iter().enumerate() {
            let separator = if i + 1 == lines.len() { " " } else { "-" };
            raw.extend_from_slice(format!("{code}{separator}").as_bytes());
            raw.extend_from_slice(line);
            raw.extend_from_slice(if *is_bare { b"\n" } else { b"\r\n" });
        }
        reply(&raw)
    })
}

fn stored<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

proptest! {
    #[test]
    fn any_envelope_survives_being_stored(envelope in envelope()) {
        let again: Envelope = serde_json::from_str(&stored(&envelope)).unwrap();
        assert_one_line_a_command(&again);
        prop_assert_eq!(again, envelope);
    }

    #[test]
    fn any_reply_survives_being_stored(reply in any_reply()) {
        let again: Reply = serde_json::from_str(&stored(&reply)).unwrap();
        prop_assert_eq!((again.code(), again.enhanced()), (reply.code(), reply.enhanced()));
        prop_assert!(again.lines().eq(reply.lines()));
        prop_assert_eq!(Reply::parse(again.raw()).unwrap(), again.clone());
        prop_assert_eq!(stored(&again), stored(&reply));
        let outcome = match reply.code() {
            code if code.is_positive_completion() => Outcome::Accepted(again),
            code if code.is_negative() => Outcome::Refused { phase: Phase::Rcpt, reply: again },
            _ => Outcome::Unknown,
        };
        prop_assert_eq!(serde_json::from_str::<Outcome>(&stored(&outcome)).unwrap(), outcome);
    }

    #[test]
    fn a_changed_row_is_refused_or_yields_a_valid_value(
        envelope in envelope(),
        reply in any_reply(),
        at in any::<prop::sample::Index>(),
        octet in prop_oneof![proptest::sample::select(b"\"\\,:{}[] <>@.=0rn\n".to_vec()), any::<u8>()],
        replaces in any::<bool>(),
    ) {
        let change = |text: String| {
            let mut octets = text.into_bytes();
            let at = at.index(octets.len());
            if replaces { octets[at] = octet } else { octets.insert(at, octet) }
            octets
        };
        if let Ok(envelope) = serde_json::from_slice::<Envelope>(&change(stored(&envelope))) {
            assert_one_line_a_command(&envelope);
            prop_assert_eq!(&serde_json::from_str::<Envelope>(&stored(&envelope)).unwrap(), &envelope);
        }
        if let Ok(reply) = serde_json::from_slice::<Reply>(&change(stored(&reply))) {
            prop_assert_eq!(Reply::parse(reply.raw()).unwrap(), reply);
        }
    }

    #[test]
    fn any_text_in_a_field_is_refused_or_safe(text in any::<String>(), field in 0_usize..6) {
        let mut row = golden().remove(1);
        match field {
            0 => row["reverse_path"] = text.into(),
            1 => row["recipients"][0]["path"] = text.into(),
            2 => row["recipients"][0]["path"]["ascii_domain"] = text.into(),
            3 => row["recipients"][1]["original_recipient"]["address"] = text.into(),
            4 => row["envelope_id"] = text.into(),
            _ => row["parameters"][0] = text.into(),
        }
        if let Ok(envelope) = serde_json::from_value::<Envelope>(row) {
            assert_one_line_a_command(&envelope);
        }
    }
}

#[test]
fn errors_of_stored_rows_name_the_fault() {
    let error = serde_json::from_str::<Domain>("\"a b\"").unwrap_err();
    assert!(
        error.to_string().starts_with("byte 0x20 at offset 1"),
        "{error}"
    );
}
