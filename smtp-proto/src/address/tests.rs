use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;

#[test]
fn mailboxes_that_real_people_have_are_taken() {
    for text in [
        "user@example.test",
        "first.last+tag@sub.example.test",
        "!#$%&'*+-/=?^_`{|}~@example.test",
        "\"two words\"@example.test",
        "\"a@b\\\"c\"@example.test",
        "user@[192.0.2.1]",
        "user@[IPv6:2001:db8::1]",
        "user@[x-tag:some!thing]",
        "user@localhost",
        "user@under_score.example",
        "jürgen@bücher.example",
    ] {
        let mailbox: Mailbox = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(mailbox.to_string(), text);
        assert_eq!(
            format!("{}@{}", mailbox.local_part(), mailbox.domain()),
            text
        );
    }
}

#[test]
fn what_is_no_mailbox_is_refused_at_the_byte_that_is_wrong() {
    for (text, offset) in [
        ("", 0),
        ("user", 4),
        ("@example.test", 0),
        ("user@", 5),
        ("us er@example.test", 2),
        ("user.@example.test", 5),
        (".user@example.test", 0),
        ("a..b@example.test", 2),
        ("a@b@c", 3),
        ("a@-b", 2),
        ("a@b-", 3),
        ("a@b.", 3),
        ("a@b.c.", 5),
        ("a@.", 2),
        ("a@b..c", 4),
        ("a\r@b", 1),
        ("a\n@b", 1),
        ("a\0@b", 1),
        ("a@b\r\nRCPT TO:<c@d>", 3),
        ("a@b\0", 3),
        ("\"a\nb\"@c", 2),
        ("\"a\"b@c", 3),
        ("\"ab@c", 5),
        ("\"a\\", 3),
        ("a@[1.2.3", 8),
        ("a@[1.2.3.400]", 3),
        ("a@[IPv6:nonsense]", 8),
        ("a@[tag:a b]", 8),
        ("a@b>", 3),
        ("<a@b>", 0),
    ] {
        let error = text.parse::<Mailbox>().expect_err(text);
        assert_eq!(error.offset(), offset, "{text:?}: {error}");
    }
}

#[test]
fn lengths_are_held_to_the_limits_of_the_rfcs() {
    let label = "a".repeat(63);
    assert!(format!("u@{label}.test").parse::<Mailbox>().is_ok());
    assert!(format!("u@a{label}.test").parse::<Mailbox>().is_err());
    let long = |n: usize| format!("{}@example.test", "a".repeat(n - "@example.test".len()));
    assert!(long(254).parse::<Mailbox>().is_ok());
    assert!(long(255).parse::<Mailbox>().is_err());
    let domain = [label.as_str(); 4].join(".");
    assert_eq!(domain.len(), 255);
    assert!(domain.parse::<Domain>().is_ok());
    assert!(format!("{domain}a").parse::<Domain>().is_err());
}

#[test]
fn paths_take_their_brackets_and_their_special_words() {
    assert_eq!("".parse(), Ok(ReversePath::Null));
    assert_eq!("<>".parse(), Ok(ReversePath::Null));
    assert_eq!("<POSTMASTER>".parse(), Ok(ForwardPath::Postmaster));
    let mailbox: Mailbox = "a@b".parse().unwrap();
    assert_eq!("<a@b>".parse(), Ok(ForwardPath::Mailbox(mailbox.clone())));
    assert_eq!("a@b".parse(), Ok(ReversePath::Mailbox(mailbox)));
    assert_eq!("<a@b".parse::<ForwardPath>().unwrap_err().offset(), 4);
    assert_eq!("<a b@c>".parse::<ForwardPath>().unwrap_err().offset(), 2);
    assert!("".parse::<ForwardPath>().is_err());
}

#[test]
fn an_ehlo_name_is_a_domain_or_a_literal_in_ascii() {
    for text in [
        "client",
        "client.example.test",
        "[127.0.0.1]",
        "[IPv6:::1]",
        "DESKTOP_1",
    ] {
        assert_eq!(
            text.parse::<EhloName>().map(|name| name.to_string()),
            Ok(String::from(text))
        );
    }
    for text in [
        "",
        "a b",
        "a\r\nb",
        "bücher.example",
        "[",
        "[127.0.0.1",
        "127.0.0.1]",
    ] {
        assert!(text.parse::<EhloName>().is_err(), "{text:?}");
    }
}

#[test]
fn a_domain_goes_out_by_its_a_labels_where_those_are_known() {
    let bare: Mailbox = "info@bücher.example".parse().unwrap();
    assert_eq!(
        (bare.ascii_domain(), bare.needs_smtputf8(), bare.is_ascii()),
        (None, true, false)
    );
    let known = bare
        .clone()
        .with_ascii_domain("xn--bcher-kva.example")
        .unwrap();
    assert_eq!(
        (known.ascii_domain(), known.needs_smtputf8()),
        (Some("xn--bcher-kva.example"), false)
    );
    assert_eq!(known.on_wire(false).concat(), "info@xn--bcher-kva.example");
    assert_eq!(known.on_wire(true).concat(), "info@bücher.example");
    assert_eq!(bare.on_wire(false).concat(), "info@bücher.example");
    let greek: Mailbox = "παράδειγμα@bücher.example".parse().unwrap();
    assert!(
        greek
            .with_ascii_domain("xn--bcher-kva.example")
            .unwrap()
            .needs_smtputf8()
    );
    let plain: Mailbox = "a@b.example".parse().unwrap();
    assert_eq!(
        (plain.ascii_domain(), plain.needs_smtputf8()),
        (Some("b.example"), false)
    );
    assert!(plain.clone().with_ascii_domain("b.example").as_ref() == Ok(&plain));
    let other = plain.with_ascii_domain("c.example").unwrap_err();
    assert_eq!(
        other.to_string(),
        "the domain at offset 2 is ASCII, and cannot have other A-labels"
    );
    let (to, from) = (ForwardPath::from(known.clone()), ReversePath::from(known));
    assert_eq!((to.needs_smtputf8(), from.needs_smtputf8()), (false, false));
    assert_eq!(
        [to.on_wire(false), from.on_wire(false)].map(|parts| parts.concat()),
        ["info@xn--bcher-kva.example"; 2]
    );
    let (to, from) = (
        ForwardPath::from(bare.clone()),
        ReversePath::from(bare.clone()),
    );
    assert_eq!((to.needs_smtputf8(), from.needs_smtputf8()), (true, true));
    assert_eq!(
        (
            ForwardPath::Postmaster.on_wire(true),
            ReversePath::Null.on_wire(true)
        ),
        (["Postmaster", ""], ["", ""])
    );
    assert!(!ForwardPath::Postmaster.needs_smtputf8() && !ReversePath::Null.needs_smtputf8());
    for domain in ["bücher.example", "", "a b", "a\r\nb"] {
        assert!(
            bare.clone().with_ascii_domain(domain).is_err(),
            "{domain:?}"
        );
    }
    let labels = |n: usize| {
        format!(
            "{}.{}",
            "a".repeat(63),
            ["a".repeat(63).as_str(), "a".repeat(n).as_str()].join(".")
        )
    };
    let long: Mailbox = format!("{}@bücher.example", "u".repeat(63))
        .parse()
        .unwrap();
    assert!(long.clone().with_ascii_domain(&labels(62)).is_ok());
    assert!(long.with_ascii_domain(&labels(63)).is_err());
}

#[test]
fn valid_internationalised_domains_are_accepted() {
    for domain in [
        "xn--bcher-kva.example",
        "संस्कृतम्.भारत",
        "ශ්\u{200d}රී.ලංකා",
        "نامه\u{200c}ای.example",
        "col·lecció.example",
        "ニコ・テスト.example",
        "e\u{301}te\u{301}.example",
        "צה״ל.example",
        "ไม่.ไทย",
        "☃.example",
    ] {
        let mailbox: Mailbox = format!("a@{domain}")
            .parse()
            .unwrap_or_else(|error| panic!("{domain}: {error}"));
        assert_eq!(mailbox.domain(), domain);
        assert!(domain.parse::<Domain>().is_ok());
    }
}

#[test]
fn separators_and_controls_in_a_domain_are_refused() {
    for c in [
        '\0', '\t', '\n', '\r', ' ', '!', '@', ',', ';', '<', '>', '\u{7f}', '\u{80}', '\u{85}',
        '\u{9b}', '\u{a0}', '\u{1680}', '\u{2003}', '\u{2028}', '\u{2029}', '\u{202f}', '\u{3000}',
        '\u{3002}', '\u{ff0e}', '\u{ff61}',
    ] {
        let error = format!("b{c}c.example")
            .parse::<Domain>()
            .expect_err(&format!("{c:?}"));
        assert_eq!(error.offset(), 1, "{c:?}");
    }
}

#[test]
fn misplaced_dots_name_the_quoted_form() {
    for (text, quoted) in [
        (
            "aaa..bbbb.cc@example.test",
            Some("\"aaa..bbbb.cc\"@example.test"),
        ),
        ("xxx.yyy.@example.test", Some("\"xxx.yyy.\"@example.test")),
        (".xxx@example.test", Some("\".xxx\"@example.test")),
        ("...@[192.0.2.1]", Some("\"...\"@[192.0.2.1]")),
        ("ü..b@example.test", Some("\"ü..b\"@example.test")),
        ("a..b", None),
        ("a..b@", None),
        ("a..b@c..d", None),
        ("a..b c@example.test", None),
        ("a..\r\n@example.test", None),
        ("@example.test", None),
        ("a b@example.test", None),
    ] {
        let error = text.parse::<Mailbox>().expect_err(text).to_string();
        assert_eq!(
            error
                .split_once("; it is allowed in quotes: ")
                .map(|(_, quoted)| quoted),
            quoted,
            "{error}"
        );
        let bracketed = format!("<{text}>")
            .parse::<ForwardPath>()
            .expect_err(text)
            .to_string();
        assert_eq!(
            quoted.is_some(),
            bracketed.contains("in quotes"),
            "{bracketed}"
        );
    }
    let error = "user@example.test.".parse::<ForwardPath>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the domain ends in a dot at offset 17, which has to be left out"
    );
}

/// Every conversion of one address type agrees with its `FromStr`.
fn agrees<T>(text: &str, bare: &str)
where
    T: core::str::FromStr<Err = InvalidAddress>
        + for<'a> TryFrom<&'a str, Error = InvalidAddress>
        + TryFrom<String, Error = InvalidAddress>
        + AsRef<str>
        + core::fmt::Display
        + core::fmt::Debug
        + core::hash::Hash
        + Ord
        + Clone,
{
    let parsed: T = text
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(parsed.as_ref(), bare);
    for again in [
        T::try_from(text),
        T::try_from(String::from(text)),
        parsed.as_ref().parse(),
        parsed.to_string().parse(),
    ] {
        assert_eq!(again.as_ref(), Ok(&parsed));
    }
    let set = std::collections::HashSet::from([parsed.clone()]);
    assert!(set.contains(&parsed));
    assert_eq!(parsed.cmp(&parsed.clone()), core::cmp::Ordering::Equal);
    let injection = alloc::format!("{bare}\r\nRSET");
    assert_eq!(
        T::try_from(injection.as_str()).unwrap_err(),
        T::try_from(injection).unwrap_err()
    );
}

#[test]
fn conversions_of_all_address_types_agree() {
    agrees::<Domain>("mx.example.test", "mx.example.test");
    agrees::<AddressLiteral>("[192.0.2.1]", "[192.0.2.1]");
    agrees::<AddressLiteral>("[ipv6:2001:DB8:0::1]", "[IPv6:2001:db8::1]");
    agrees::<AddressLiteral>("[x-tag:some!thing]", "[x-tag:some!thing]");
    agrees::<EhloName>("client.example.test", "client.example.test");
    agrees::<EhloName>("[IPv6:::1]", "[IPv6:::1]");
    agrees::<Mailbox>("\"a b\"@bücher.example", "\"a b\"@bücher.example");
    agrees::<ForwardPath>("<POSTMASTER>", "Postmaster");
    agrees::<ForwardPath>("<b@example.test>", "b@example.test");
    agrees::<ReversePath>("<>", "");
    agrees::<ReversePath>("a@example.test", "a@example.test");
}

#[test]
fn addresses_are_ordered_by_their_text() {
    let mut paths: Vec<ReversePath> = ["b@a.test", "<>", "a@b.test"]
        .map(|text| text.parse().unwrap())
        .into();
    paths.sort();
    assert_eq!(
        paths.iter().map(ReversePath::as_str).collect::<Vec<_>>(),
        ["", "a@b.test", "b@a.test"]
    );
}
