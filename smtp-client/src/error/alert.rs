//! TLS alerts: their names, and the explanations of fatal ones. RFC 8446 section 6.

use rustls::AlertDescription as Alert;

use crate::cause::Cause;
use crate::knowledge::Explanation;
use crate::setting::Setting;
use crate::tls::ClientCertificate;

/// Returns the name of an alert in the RFCs.
pub(super) fn name(alert: Alert) -> &'static str {
    match alert {
        Alert::CloseNotify => "close_notify",
        Alert::UnexpectedMessage => "unexpected_message",
        Alert::BadRecordMac => "bad_record_mac",
        Alert::DecryptionFailed => "decryption_failed",
        Alert::RecordOverflow => "record_overflow",
        Alert::DecompressionFailure => "decompression_failure",
        Alert::HandshakeFailure => "handshake_failure",
        Alert::NoCertificate => "no_certificate",
        Alert::BadCertificate => "bad_certificate",
        Alert::UnsupportedCertificate => "unsupported_certificate",
        Alert::CertificateRevoked => "certificate_revoked",
        Alert::CertificateExpired => "certificate_expired",
        Alert::CertificateUnknown => "certificate_unknown",
        Alert::IllegalParameter => "illegal_parameter",
        Alert::UnknownCA => "unknown_ca",
        Alert::AccessDenied => "access_denied",
        Alert::DecodeError => "decode_error",
        Alert::DecryptError => "decrypt_error",
        Alert::ExportRestriction => "export_restriction",
        Alert::ProtocolVersion => "protocol_version",
        Alert::InsufficientSecurity => "insufficient_security",
        Alert::InternalError => "internal_error",
        Alert::InappropriateFallback => "inappropriate_fallback",
        Alert::UserCanceled => "user_canceled",
        Alert::NoRenegotiation => "no_renegotiation",
        Alert::MissingExtension => "missing_extension",
        Alert::UnsupportedExtension => "unsupported_extension",
        Alert::CertificateUnobtainable => "certificate_unobtainable",
        Alert::UnrecognisedName => "unrecognized_name",
        Alert::BadCertificateStatusResponse => "bad_certificate_status_response",
        Alert::BadCertificateHashValue => "bad_certificate_hash_value",
        Alert::UnknownPSKIdentity => "unknown_psk_identity",
        Alert::CertificateRequired => "certificate_required",
        Alert::NoApplicationProtocol => "no_application_protocol",
        Alert::EncryptedClientHelloRequired => "ech_required",
        _ => "unknown",
    }
}

/// Explains a fatal alert. `shown` is the client certificate that the server had asked for by then.
pub(super) fn explain(alert: Alert, shown: ClientCertificate) -> Explanation {
    if is_about_client_certificate(alert, shown) {
        return client_certificate(shown);
    }
    if alert == Alert::ProtocolVersion {
        return Explanation::of_cause(Cause::TlsVersion);
    }
    let (summary, fix): (_, &[&str]) = match alert {
        Alert::HandshakeFailure | Alert::InsufficientSecurity => (
            "The server ended the TLS handshake: most likely it has no cipher suite in common with this client.",
            &[
                "Ask the server's operator for TLS 1.3, or for a cipher suite of TLS 1.2 with ECDHE and AES-GCM or \
                 ChaCha20-Poly1305.",
                "If the server's software is too old for these, send through another server.",
            ],
        ),
        Alert::UnrecognisedName => (
            "The server does not know its host by this name, which the TLS handshake sends along (SNI).",
            &[
                "Use the host name that the server's operator gives for mail clients.",
                "Ask the server's operator to set up this name.",
            ],
        ),
        Alert::InternalError => (
            "The server failed in the TLS handshake by an error of its own.",
            &[
                "Try again later.",
                "Ask the server's operator what its log says.",
            ],
        ),
        Alert::AccessDenied | Alert::UserCanceled => (
            "The server ended the TLS handshake: it does not accept this client.",
            &["Ask the server's operator who may connect, and from where."],
        ),
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA => (
            "The server ended the TLS handshake over a certificate, though it asked this client for none.",
            &[
                "A proxy that inspects TLS on the way may not trust the server's certificate: ask the operator of \
                 this network.",
                "Ask the server's operator what its log says.",
            ],
        ),
        _ => (
            "The server could not make sense of this client's TLS handshake.",
            &[
                "Try another network: a device on the way may change what passes.",
                "Ask the server's operator what its log says.",
            ],
        ),
    };
    Explanation::worded(Cause::TlsHandshake, summary, fix)
}

/// Explains that the server requires a client certificate, or another one.
pub(super) fn client_certificate(shown: ClientCertificate) -> Explanation {
    let (summary, fix): (_, &[&str]) = match shown {
        ClientCertificate::Shown => (
            "The server refused the client certificate.",
            &[
                "Check that the server's operator knows the issuer of the client certificate, that it is valid today, \
                 and that it is meant for client authentication.",
                "If an intermediate authority issued it, give that authority's certificate after the client's own.",
            ],
        ),
        _ => (
            "The server requires a client certificate, and none was given.",
            &[
                "Give a client certificate and its key: the server's operator says which authority has to issue it.",
                "If a port without client certificates exists, use it.",
            ],
        ),
    };
    Explanation {
        settings: &[Setting::ClientCertificate],
        ..Explanation::worded(Cause::TlsHandshake, summary, fix)
    }
}

/// Returns whether an alert is about the client certificate. Servers of TLS 1.2 send
/// `handshake_failure` instead of TLS 1.3's `certificate_required`, and some send other alerts. The
/// cipher suite is chosen before the certificate is requested, so later alerts are not about it.
fn is_about_client_certificate(alert: Alert, shown: ClientCertificate) -> bool {
    match alert {
        Alert::CertificateRequired => true,
        Alert::HandshakeFailure
        | Alert::NoCertificate
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::DecryptError
        | Alert::AccessDenied => shown != ClientCertificate::NotAsked,
        _ => false,
    }
}

/// Returns whether an alert may mean that this client and the server have no algorithm or version
/// in common.
pub(super) fn is_about_the_offer(alert: Alert, shown: ClientCertificate) -> bool {
    matches!(alert, Alert::HandshakeFailure | Alert::InsufficientSecurity)
        && shown == ClientCertificate::NotAsked
}
