//! Causes of missing tokens, and what to do about them.

use mailwright::{Cause, explain_tls};
use mailwright_oauth::{Error, ErrorKind};

use super::entra;

/// Returns the cause of an error.
pub(crate) fn cause(error: &Error) -> Cause {
    match error.kind() {
        ErrorKind::Refused => error
            .refusal()
            .map_or(Cause::OAuthTokenRejected, |refusal| {
                cause_of(refusal.entra_code(), refusal.is_transient())
            }),
        ErrorKind::NoProfile
        | ErrorKind::NoRefreshToken
        | ErrorKind::Expired
        | ErrorKind::LoginTimedOut => Cause::OAuthTokenRejected,
        ErrorKind::NameResolution => Cause::DnsFailure,
        ErrorKind::Timeout => Cause::Timeout,
        ErrorKind::Tls => error
            .tls()
            .map_or(Cause::TlsHandshake, |error| explain_tls(error).0),
        // An issuer that does not answer now may do so later, whatever the network reports.
        ErrorKind::Connection | ErrorKind::Unavailable | ErrorKind::Locked => {
            Cause::TemporaryServerFailure
        }
        ErrorKind::InvalidHttp
        | ErrorKind::InvalidAnswer
        | ErrorKind::NoAccessToken
        | ErrorKind::TokenType => Cause::ProtocolError,
        ErrorKind::InvalidInput | ErrorKind::Exposed | ErrorKind::File | ErrorKind::Damaged => {
            Cause::InvalidInput
        }
        _ => Cause::Unknown,
    }
}

fn cause_of(entra_code: Option<u32>, is_transient: bool) -> Cause {
    match entra_code.and_then(entra::advice) {
        Some(advice) => advice.cause,
        None if is_transient => Cause::TemporaryServerFailure,
        None => Cause::OAuthTokenRejected,
    }
}

/// Returns one sentence that says what is wrong.
pub(crate) fn summary(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::InvalidInput => "What was given here does not lead to a token.",
        ErrorKind::Refused
            if error
                .refusal()
                .is_some_and(|refusal| refusal.error() == "access_denied") =>
        {
            "The login was refused on the issuer's page."
        }
        ErrorKind::Refused => "The issuer of access tokens refused to give one out.",
        ErrorKind::NoProfile => "There is no login under this name.",
        ErrorKind::Expired => {
            "The access token has expired, and there is no refresh token to renew it with."
        }
        ErrorKind::NoRefreshToken => "There is no refresh token to renew the access token with.",
        ErrorKind::LoginTimedOut => "Nobody completed the login in time.",
        ErrorKind::InvalidAnswer => "What answered does not speak OAuth 2.0.",
        ErrorKind::NoAccessToken => "The issuer's answer has no access token.",
        ErrorKind::TokenType => "The issuer gave out a token that mail servers do not take.",
        ErrorKind::Locked => "Another process is renewing this login's token, and does not end.",
        ErrorKind::Exposed => "Others may read or replace the file with the tokens.",
        ErrorKind::File => "The file with the tokens cannot be used.",
        ErrorKind::Damaged => "The file with the tokens is damaged.",
        _ => "The issuer of access tokens cannot be asked now.",
    }
}

/// Returns the detail: the error's text, and that of a TLS failure in the words of `smtp check`.
pub(crate) fn detail(error: &Error) -> String {
    match (error.host(), error.tls()) {
        (Some(host), Some(tls)) => format!("{host}: TLS: {}", explain_tls(tls).1),
        _ => error.to_string(),
    }
}

/// Returns what to do, the likeliest first. There is always at least one step.
pub(crate) fn fix(error: &Error) -> &'static [&'static str] {
    match error.kind() {
        ErrorKind::InvalidInput => &["Correct it as the detail says."],
        ErrorKind::Refused => {
            error
                .refusal()
                .map_or(&["Log in again (`smtp token login`)."], |refusal| {
                    fix_of(
                        refusal.issuer(),
                        refusal.error(),
                        refusal.description().unwrap_or_default(),
                        refusal.entra_code(),
                    )
                })
        }
        ErrorKind::NoProfile => &["Log in first (`smtp token login`), as the user that runs this."],
        ErrorKind::NoRefreshToken | ErrorKind::Expired => &[
            "Log in again (`smtp token login`).",
            "Ask for a refresh token, too: Microsoft and others want the scope offline_access for it.",
        ],
        ErrorKind::LoginTimedOut => &[
            "Log in again, and complete it on the page (`smtp token login`).",
            "If there was too little time, wait longer (`--wait`).",
        ],
        ErrorKind::Tls | ErrorKind::InvalidHttp => &[
            "Check the endpoint's address.",
            "If the issuer's certificate comes from an authority of its own, or of a proxy on the way, name that one.",
        ],
        ErrorKind::InvalidAnswer => &["Check the endpoint's address: it may be a page for people."],
        ErrorKind::NoAccessToken => &[
            "Check that the token endpoint's address is the issuer's, and not that of another of its endpoints.",
        ],
        ErrorKind::TokenType => &[
            "Register the application for Bearer tokens (RFC 6750), without DPoP or other proofs of possession.",
        ],
        ErrorKind::Locked => &["Try again later.", "See which process hangs, and end it."],
        ErrorKind::Exposed => &[
            "Make the file and its folder this user's own, without rights for others: chmod 600 for the file, chmod 700 for the folder.",
            "If others use this machine, revoke the tokens and log in again (`smtp token revoke`, `smtp token login`).",
        ],
        ErrorKind::File => &["Correct the folder or its permissions as the detail says."],
        ErrorKind::Damaged => &["Delete the file, and log in again (`smtp token login`)."],
        _ => &[
            "Try again later.",
            "Check this machine's network, and its proxy if it has one.",
        ],
    }
}

fn fix_of(
    issuer: &str,
    error: &str,
    description: &str,
    entra_code: Option<u32>,
) -> &'static [&'static str] {
    if let Some(advice) = entra_code.and_then(entra::advice) {
        return advice.fix;
    }
    // Google Workspace's session control, in words that Google also puts into the description.
    if description.contains("invalid_rapt") {
        return &[
            "Log in again: the organisation's session control ended the login (`smtp token login`).",
            "Ask the administrator to exempt the application, as a trusted one, from Google Cloud session control.",
        ];
    }
    // The same words come from a proxy or another address that a login by Google goes through.
    let is_of_google =
        issuer == "google" || description.contains("Token has been expired or revoked");
    match (error, is_of_google) {
        // <https://developers.google.com/identity/protocols/oauth2#expiration>
        ("invalid_grant", true) => &[
            "Log in again: the refresh token has expired or was revoked, or the password was changed (`smtp token login`).",
            "If logins end after seven days: the application is in Testing. Publish it (In production) on the Google \
                 Auth Platform's page Audience, then log in again.",
        ],
        ("unauthorized_client", true) => &[
            "For a service account: allow its client id the scope https://mail.google.com/ in the Admin console, \
                 under Security, API controls, Domain-wide delegation.",
            "Check that --user is a mailbox of that organisation.",
        ],
        (error, _) => usual_fix(error),
    }
}

fn usual_fix(error: &str) -> &'static [&'static str] {
    match error {
        "invalid_grant" => &[
            "Log in again: the refresh token or code has expired, was used before, or was revoked (`smtp token login`).",
        ],
        "access_denied" => &[
            "Log in again, and accept what the page asks for (`smtp token login`).",
            "If the organisation does not allow that, ask its administrator for the consent.",
        ],
        "expired_token" => {
            &["Log in again, and enter the code before it expires (`smtp token login`)."]
        }
        "interaction_required" | "login_required" | "consent_required" => {
            &["Log in again: the issuer wants to see a person (`smtp token login`)."]
        }
        "invalid_client" => &[
            "Check the client id and the client secret: secrets expire.",
            "An application without a secret has to be registered as a public one.",
            "If the issuer takes the secret in one way only, name that way (`--client-auth basic` or `body`).",
        ],
        "unauthorized_client" | "unsupported_grant_type" => {
            &["Allow this flow for the application where it is registered, or use another flow."]
        }
        "invalid_scope" | "invalid_target" => {
            &["Check the scope, and that the application may ask for it where it is registered."]
        }
        "temporarily_unavailable" | "server_error" | "slow_down" => &["Try again later."],
        _ => &["Read what the issuer says, and check how the application is registered there."],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_google_login_names_its_reasons() {
        let fixes =
            |issuer, description| fix_of(issuer, "invalid_grant", description, None).join(" ");
        assert!(fixes("google", "").contains("seven days"));
        assert!(fixes("own", "Token has been expired or revoked.").contains("seven days"));
        assert!(!fixes("own", "grant request is invalid").contains("seven days"));
        for issuer in ["google", "own"] {
            assert!(
                fixes(issuer, "reauth related error (invalid_rapt)").contains("session control")
            );
        }
    }

    #[test]
    fn entra_number_decides_cause_and_fix() {
        let cases = [
            (
                "invalid_grant",
                Some(700_082),
                Cause::OAuthTokenRejected,
                "90 days",
            ),
            (
                "invalid_grant",
                Some(53_003),
                Cause::ConditionalAccess,
                "sign-in log",
            ),
            (
                "invalid_client",
                Some(7_000_222),
                Cause::OAuthTokenRejected,
                "new client secret",
            ),
            (
                "access_denied",
                Some(65_004),
                Cause::OAuthTokenRejected,
                "consent",
            ),
            (
                "access_denied",
                None,
                Cause::OAuthTokenRejected,
                "accept what the page",
            ),
            (
                "expired_token",
                None,
                Cause::OAuthTokenRejected,
                "before it expires",
            ),
            (
                "invalid_grant",
                Some(1),
                Cause::OAuthTokenRejected,
                "Log in again",
            ),
            (
                "invalid_client",
                None,
                Cause::OAuthTokenRejected,
                "--client-auth",
            ),
            (
                "invalid_client",
                Some(7_000_215),
                Cause::OAuthTokenRejected,
                "not its id",
            ),
            (
                "unauthorized_client",
                Some(700_016),
                Cause::OAuthTokenRejected,
                "client id",
            ),
            (
                "invalid_grant",
                Some(65_001),
                Cause::OAuthTokenRejected,
                "administrator",
            ),
            ("invalid_scope", None, Cause::OAuthTokenRejected, "scope"),
            ("invented", None, Cause::OAuthTokenRejected, "registered"),
        ];
        for (name, code, cause, fix) in cases {
            assert_eq!(cause_of(code, false), cause, "{name} {code:?}");
            let found = fix_of("own", name, "", code).join(" ");
            assert!(found.contains(fix), "{name} {code:?}: {found}");
        }
        assert!(fix_of("google", "unauthorized_client", "", None)[0].contains("delegation"));
        assert_eq!(cause_of(None, true), Cause::TemporaryServerFailure);
        assert!(fix_of("own", "slow_down", "", None).contains(&"Try again later."));
    }

    #[test]
    fn bad_endpoint_is_invalid_input() {
        let error = mailwright_oauth::Issuer::at("http://login.example.test/token").unwrap_err();
        assert_eq!(cause(&error), Cause::InvalidInput);
        assert_eq!(detail(&error), error.to_string());
        assert!(!summary(&error).is_empty() && !fix(&error).is_empty());
    }
}
