use alloc::string::ToString;
use alloc::vec::Vec;

use super::*;
use crate::auth::begin;

const NONCE: &str = "fyko+d2lbbFgONRv9qkxdawL";
const EXPORTED: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31,
];
/// RFC 5802 section 5, the server's first message.
const FIRST: &str = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";

fn secret(text: &str) -> Secret {
    Secret::from(text.to_string())
}

fn credentials(user: &str, password: &str) -> Credentials {
    let nonce: [u8; 18] = STANDARD.decode(NONCE).unwrap().try_into().unwrap();
    Credentials::password(user, secret(password))
        .unwrap()
        .with_nonce(nonce)
}

fn start(mechanism: Mechanism, credentials: &Credentials, binding: Binding<'_>) -> Scram {
    exchange(mechanism, credentials, binding).unwrap()
}

fn sha_1() -> Scram {
    start(
        Mechanism::ScramSha1,
        &credentials("user", "pencil"),
        Binding::None,
    )
}

fn first(scram: &mut Scram) -> String {
    String::from_utf8(scram.initial_response().unwrap().expose().to_vec()).unwrap()
}

fn answer(scram: &mut Scram, challenge: &str) -> Result<String, ChallengeFault> {
    let answer = String::from_utf8(scram.respond(challenge.as_bytes())?.expose().to_vec()).unwrap();
    // The password is too short to be looked for in what is printed; what proves it is not.
    answer
        .rsplit_once(",p=")
        .iter()
        .for_each(|(_, proof)| smtp_canary::register(proof));
    Ok(answer)
}

/// Each side's messages, in their order.
struct Conversation {
    scram: Scram,
    client_first: &'static str,
    server_first: &'static str,
    client_final: &'static str,
    server_final: &'static str,
}

fn conversations() -> Vec<Conversation> {
    let user = || credentials("user", "pencil");
    let rfc_7677 = Scram::new(
        hash::of(Mechanism::ScramSha256).unwrap(),
        header(Binding::None, None),
        "user",
        "rOprNGfwEbeRWgbNEkqO",
        prepare::saslprep(b"pencil").unwrap(),
    );
    let bound = Binding::Exporter(&EXPORTED);
    Vec::from([
        // RFC 5802 section 5.
        Conversation {
            scram: sha_1(),
            client_first: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            server_first: FIRST,
            client_final: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            server_final: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        },
        // RFC 7677 section 3.
        Conversation {
            scram: rfc_7677,
            client_first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            server_first: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            client_final: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                           p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            server_final: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        },
        // No RFC has one: what scramp 1.5.0, an implementation in Python, says with this binding.
        Conversation {
            scram: start(Mechanism::ScramSha256Plus, &user(), bound),
            client_first: "p=tls-exporter,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            server_first: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=EBESExQVFhcYGRobHB0eHw==,i=4096",
            client_final: "c=cD10bHMtZXhwb3J0ZXIsLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f,\
                           r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                           p=R1ncfyvMJv1Vr/jKSg/8i3cQb+dbzitUD51LNOet0UA=",
            server_final: "v=6psvhIfXhE9hsH6vpz1C27BuklARl9aJkEsLcdfbKBE=",
        },
        Conversation {
            scram: start(Mechanism::ScramSha1Plus, &user(), bound),
            client_first: "p=tls-exporter,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            server_first: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=EBESExQVFhcYGRobHB0eHw==,i=4096",
            client_final: "c=cD10bHMtZXhwb3J0ZXIsLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f,\
                           r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=WlKTn/SMEnIsvMRtJzsJ1paUk/M=",
            server_final: "v=pUNbhWJ8Vq2/PtdUS8+hJh2YEW4=",
        },
    ])
}

#[test]
fn scram_says_what_the_examples_say() {
    for mut talk in conversations() {
        assert_eq!(first(&mut talk.scram), talk.client_first);
        assert_eq!(
            answer(&mut talk.scram, talk.server_first).as_deref(),
            Ok(talk.client_final)
        );
        assert!(!talk.scram.is_complete(), "nothing is proved yet");
        assert_eq!(
            answer(&mut talk.scram, talk.server_final).as_deref(),
            Ok("")
        );
        assert!(talk.scram.is_complete());
        assert_eq!(
            answer(&mut talk.scram, talk.server_final),
            Err(ChallengeFault::Unanswerable)
        );
    }
}

#[test]
fn a_signature_with_any_bit_changed_is_wrong() {
    let signature = STANDARD.decode("rmF9pqV8S7suAoZWja4dJRkFsKQ=").unwrap();
    let mut claims: Vec<Vec<u8>> = (0..signature.len() * 8)
        .step_by(7)
        .map(|bit| {
            let mut claim = signature.clone();
            claim[bit / 8] ^= 1 << (bit % 8);
            claim
        })
        .collect();
    claims.extend([
        Vec::new(),
        signature[..19].to_vec(),
        [signature.as_slice(), b"x"].concat(),
    ]);
    for claim in claims {
        let mut scram = sha_1();
        answer(&mut scram, FIRST).unwrap();
        let claimed = answer(&mut scram, &format!("v={}", STANDARD.encode(&claim)));
        assert_eq!(claimed, Err(ChallengeFault::WrongSignature), "{claim:?}");
        assert!(!scram.is_complete());
    }
}

#[test]
fn a_first_message_that_an_attacker_could_use_is_refused() {
    let long = "x".repeat(MAX_NONCE);
    let salt = STANDARD.encode([7; 257]);
    let cases = [
        (
            FIRST.replace(",i=4096", ",i=4095"),
            ChallengeFault::Iterations(4095),
        ),
        (
            FIRST.replace(",i=4096", ",i=1"),
            ChallengeFault::Iterations(1),
        ),
        (
            FIRST.replace(",i=4096", ",i=1300001"),
            ChallengeFault::Iterations(1_300_001),
        ),
        (
            FIRST.replace(",i=4096", ",i=99999999999999999999"),
            ChallengeFault::Iterations(u32::MAX),
        ),
        (
            FIRST.replace("3rfcNHYJY1ZVvWVs7j", ""),
            ChallengeFault::Nonce,
        ),
        (FIRST.replace("r=fyko", "r=Fyko"), ChallengeFault::Nonce),
        (
            FIRST.replace("wL3rfcNHYJY1ZVvWVs7j", ""),
            ChallengeFault::Nonce,
        ),
        (
            FIRST.replace("3rfcNHYJY1ZVvWVs7j", &long),
            ChallengeFault::Nonce,
        ),
        (FIRST.replace("QSXCR+Q6sek8bf92", ""), ChallengeFault::Salt),
        (
            FIRST.replace("QSXCR+Q6sek8bf92", &salt),
            ChallengeFault::Salt,
        ),
    ];
    for (challenge, fault) in cases {
        let mut scram = sha_1();
        assert_eq!(answer(&mut scram, &challenge), Err(fault), "{challenge}");
        assert_eq!(
            answer(&mut scram, FIRST),
            Err(ChallengeFault::Unanswerable),
            "there is no second try"
        );
    }
}

#[test]
fn what_is_not_made_as_the_rfc_has_it_is_malformed() {
    let firsts = [
        "",
        "r=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        "m=1,r=fyko+d2lbbFgONRv9qkxdawL3,s=QSXC,i=4096",
        "s=QSXC,r=fyko+d2lbbFgONRv9qkxdawL3,i=4096",
        "r=fyko+d2lbbFgONRv9qkxdawL3,s=QSXC",
        "r=fyko+d2lbbFgONRv9qkxdawL3,s=QSX,i=4096",
        "r=fyko+d2lbbFgONRv9qkxdawL3,s=QSXC,i=",
        "r=fyko+d2lbbFgONRv9qkxdawL3,s=QSXC,i=04096",
        "r=fyko+d2lbbFgONRv9qkxdawL3,s=QSXC,i=-1",
        "r=fyko+d2lbbFgONRv9qkxdawL3,s=QSXC,i=4096,",
        "r=fyko+d2lbbFgONRv9qkxdawL3,s=QSXC,i=4096,1=x",
        "r=fyko+d2lbbFgONRv9qkxdawL\u{e9},s=QSXC,i=4096",
        "r=fyko+d2lbbFgONRv9qkxdawL 3,s=QSXC,i=4096",
    ];
    for challenge in firsts {
        assert_eq!(
            answer(&mut sha_1(), challenge),
            Err(ChallengeFault::Malformed),
            "{challenge}"
        );
    }
    assert_eq!(
        sha_1().respond(b"r=\xff,s=QSXC,i=4096").unwrap_err(),
        ChallengeFault::Malformed
    );
    for challenge in [
        "",
        "v=",
        "v",
        "v=rm",
        "e=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ= ",
        "r=a",
        "e=a,b",
        FIRST,
    ] {
        let mut scram = sha_1();
        answer(&mut scram, FIRST).unwrap();
        // Nothing at all is base64, and a signature of no octets.
        let fault = if challenge == "v=" {
            ChallengeFault::WrongSignature
        } else {
            ChallengeFault::Malformed
        };
        assert_eq!(answer(&mut scram, challenge), Err(fault), "{challenge}");
        assert!(!scram.is_complete());
    }
}

#[test]
fn extensions_are_passed_over() {
    let mut scram = sha_1();
    assert!(answer(&mut scram, &format!("{FIRST},x=one,Y=t\u{fc}")).is_ok());
    let mut scram = sha_1();
    answer(&mut scram, FIRST).unwrap();
    assert_eq!(
        answer(&mut scram, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,x=one").as_deref(),
        Ok("")
    );
    assert!(scram.is_complete());
}

#[test]
fn an_error_is_kept_for_the_refusal_and_can_never_be_a_success() {
    for earlier in [None, Some(FIRST)] {
        let mut scram = sha_1();
        if let Some(first) = earlier {
            answer(&mut scram, first).unwrap();
        }
        assert_eq!(
            answer(&mut scram, "e=channel-bindings-dont-match").as_deref(),
            Ok("")
        );
        assert!(!scram.is_complete());
        assert_eq!(
            scram.failure(),
            Some(AuthFailureDetail::Scram(
                "channel-bindings-dont-match".into()
            ))
        );
        assert_eq!(
            answer(&mut scram, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="),
            Err(ChallengeFault::Unanswerable)
        );
    }
}

#[test]
fn the_header_says_who_and_how_it_is_bound() {
    let plain = || credentials("user", "pencil");
    let cases = [
        (plain(), Binding::None, "n,,n=user,"),
        (plain(), Binding::NotOffered, "y,,n=user,"),
        (
            plain().with_authzid("a,b=c").unwrap(),
            Binding::None,
            "n,a=a=2Cb=3Dc,n=user,",
        ),
        (
            credentials("u=,s", "p"),
            Binding::Exporter(&EXPORTED),
            "p=tls-exporter,,n=u=3D=2Cs,",
        ),
    ];
    for (credentials, binding, said) in cases {
        let mut scram = start(Mechanism::ScramSha256, &credentials, binding);
        assert_eq!(first(&mut scram), format!("{said}r={NONCE}"));
        // The final message repeats the header, and the binding without a word of it in the first.
        let finally = answer(&mut scram, FIRST).unwrap();
        let repeated = finally
            .strip_prefix("c=")
            .and_then(|rest| rest.split(',').next())
            .unwrap();
        let (header, _) = said.split_once("n=u").unwrap();
        let data: &[u8] = if matches!(binding, Binding::Exporter(_)) {
            &EXPORTED
        } else {
            b""
        };
        assert_eq!(
            STANDARD.decode(repeated).unwrap(),
            [header.as_bytes(), data].concat()
        );
    }
}

#[test]
fn what_scram_needs_and_does_not_get_is_told() {
    let unfit = |credentials: &Credentials| {
        exchange(Mechanism::ScramSha1, credentials, Binding::None).err()
    };
    let without_nonce = Credentials::password("user", secret("pencil")).unwrap();
    assert_eq!(unfit(&without_nonce), Some(MechanismUnusable::NoNonce));
    assert_eq!(
        unfit(&credentials("user", "a\u{7}b")),
        Some(MechanismUnusable::Password)
    );
    assert_eq!(
        unfit(&credentials("us\u{7}er", "pencil")),
        Some(MechanismUnusable::User)
    );
    let odd = Credentials::password("user", Secret::from(b"\xff".to_vec()))
        .unwrap()
        .with_nonce([1; 18]);
    assert_eq!(unfit(&odd), Some(MechanismUnusable::Password));
    let token = Credentials::token("user", secret("t")).unwrap();
    assert_eq!(
        begin(Mechanism::ScramSha1, &token, Binding::None).err(),
        Some(MechanismUnusable::NoCredentials)
    );
}

#[cfg(feature = "saslprep")]
#[test]
fn names_and_passwords_are_prepared_as_the_rfc_has_it() {
    // RFC 4013 section 3.
    let cases = [
        ("I\u{ad}X", Some("IX")),
        ("user", Some("user")),
        ("USER", Some("USER")),
        ("\u{aa}", Some("a")),
        ("\u{2168}", Some("IX")),
        ("\u{7}", None),
        ("\u{627}\u{31}", None),
        // A blank that is none of ASCII, and what nothing remains of.
        ("a\u{a0}b", Some("a b")),
        ("\u{ad}", None),
    ];
    for (text, prepared) in cases {
        assert_eq!(
            prepare::saslprep(text.as_bytes())
                .as_deref()
                .map(String::as_str),
            prepared,
            "{text:?}"
        );
    }
    let mut wide = start(
        Mechanism::ScramSha1,
        &credentials("\u{ff55}ser", "pen\u{ad}cil"),
        Binding::None,
    );
    assert_eq!(first(&mut wide), first(&mut sha_1()));
    assert_eq!(answer(&mut wide, FIRST), answer(&mut sha_1(), FIRST));
}

#[cfg(not(feature = "saslprep"))]
#[test]
fn without_saslprep_ascii_is_all_that_can_be_prepared() {
    let unfit = exchange(
        Mechanism::ScramSha1,
        &credentials("user", "gr\u{fc}n"),
        Binding::None,
    )
    .err();
    assert_eq!(unfit, Some(MechanismUnusable::Password));
    assert_eq!(
        prepare::saslprep(b" ~").as_deref().map(String::as_str),
        Some(" ~")
    );
}

#[test]
fn nothing_of_a_password_is_in_a_debug_text() {
    let mut scram = sha_1();
    let mut told = format!("{scram:?}");
    answer(&mut scram, FIRST).unwrap();
    told.push_str(&format!("{scram:?}"));
    assert!(!told.contains("pencil"), "{told}");
}
