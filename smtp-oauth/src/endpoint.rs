//! Addresses to which secrets may go.

use std::net::IpAddr;

use oauth2::url::{Host, Url};

use crate::error::{Error, Fault};

/// An address that is HTTPS, or HTTP on this machine.
pub(crate) fn parse(what: &str, text: &str) -> Result<Url, Error> {
    let refuse = |why: &str| Error::from(Fault::Input(format!("{what}: {text:?} {why}")));
    let url = Url::parse(text).map_err(|error| refuse(&format!("is no address: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::Input(format!(
            "{what}: an address with a user name or password in it is not taken"
        ))
        .into());
    }
    if url.fragment().is_some() {
        return Err(refuse("has a fragment, which RFC 6749 section 3.1 forbids"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refuse("is not protected: use https")),
        _ => Err(refuse("is neither https nor http")),
    }
}

/// Whether it leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// Host and port, for people.
pub(crate) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_over_https_or_stay_on_this_machine() {
        for good in [
            "https://login.example.test/token",
            "http://127.0.0.1:8080/t",
            "http://[::1]/t",
            "http://localhost/t",
        ] {
            assert!(parse("the token endpoint", good).is_ok(), "{good}");
        }
        for bad in [
            "http://login.example.test/token",
            "http://127.0.0.1.example.test/",
            "http://localhost.example.test/",
            "https://u:p@login.example.test/",
            "https://login.example.test/#f",
            "ftp://login.example.test/",
            "file:///etc/passwd",
            "login.example.test",
            "",
        ] {
            let error = parse("the token endpoint", bad).unwrap_err();
            assert!(
                error.to_string().starts_with("the token endpoint: "),
                "{error}"
            );
        }
        let error = parse(
            "the token endpoint",
            "https://u:hunter2@login.example.test/",
        )
        .unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
