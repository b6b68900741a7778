use super::*;
use crate::tls::ClientCertificate;

#[test]
fn no_error_text_has_a_character_to_be_escaped() {
    let hostile = "a\u{1b}[2J\u{9b}\u{202e}\u{200b}\u{2028}\u{e0041}b";
    let io = || io::Error::other(hostile);
    let name = || hostile.to_owned();
    let handshake = |failure| Handshake::of(failure, true, ClientCertificate::NotAsked);
    for kind in [
        Kind::Config(name()),
        Kind::Resolve {
            host: name(),
            error: io(),
        },
        Kind::Connect {
            host: name(),
            port: 25,
            attempts: vec![(([127, 0, 0, 1], 25).into(), io())],
        },
        Kind::Socket {
            path: hostile.into(),
            error: io(),
        },
        Kind::Tls {
            host: name(),
            handshake: handshake(TlsFailure::Io(io())),
        },
        Kind::Tls {
            host: name(),
            handshake: handshake(TlsFailure::Tls(rustls::Error::General(name()))),
        },
        Kind::NoCredentials(hostile.into()),
        Kind::Source(io()),
        Kind::Foreign {
            host: name(),
            stage: Stage::Greeting,
            spoken: Spoken {
                protocol: protocol::Protocol::Ftp,
                words: name(),
            },
        },
    ] {
        let error = Error::from(kind);
        assert!(
            error
                .detail()
                .contains("a\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae"),
            "{error}"
        );
        assert!(
            !format!("{error}{error:?}").chars().any(Escaped::is_needed),
            "{error:?}"
        );
    }
}
