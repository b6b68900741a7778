//! Why an issuer gave no answer by HTTP.

use std::fmt;
use std::io;

use mailwright_proto::reply::Escaped;

use super::ErrorKind;

/// Why there is no answer, or none that can be used.
#[derive(Debug)]
pub(crate) enum HttpError {
    Dns,
    TimedOut,
    Tls(rustls::Error),
    Connection(String),
    /// It is not for now.
    Status(u16),
    Redirected,
    /// With the limit, in octets.
    TooLarge(u64),
    /// Not HTTP.
    Malformed(String),
}

impl HttpError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Dns => ErrorKind::NameResolution,
            Self::TimedOut => ErrorKind::Timeout,
            Self::Tls(_) => ErrorKind::Tls,
            Self::Connection(_) => ErrorKind::Connection,
            Self::Status(_) => ErrorKind::Unavailable,
            Self::Redirected | Self::TooLarge(_) | Self::Malformed(_) => ErrorKind::InvalidHttp,
        }
    }
}

impl From<ureq::Error> for HttpError {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::TimedOut,
            ureq::Error::HostNotFound => Self::Dns,
            ureq::Error::Rustls(error) => Self::Tls(error),
            ureq::Error::Io(error) => of_io(error),
            error @ (ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_)) => {
                Self::Connection(shown(&error))
            }
            other => Self::Malformed(shown(&other)),
        }
    }
}

/// Returns a text of an [`HttpError`] escaped: that error is also shown by itself, as the source of
/// another.
fn shown(text: &dyn fmt::Display) -> String {
    Escaped(text.to_string().as_bytes()).to_string()
}

fn of_io(error: io::Error) -> HttpError {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(tls) => HttpError::Tls(tls.clone()),
        None if error.kind() == io::ErrorKind::TimedOut => HttpError::TimedOut,
        None => HttpError::Connection(shown(&error)),
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns => f.write_str("its name cannot be looked up"),
            Self::TimedOut => f.write_str("it did not answer in time"),
            Self::Tls(error) => write!(f, "TLS: {}", shown(error)),
            Self::Connection(text) => f.write_str(text),
            Self::Status(status) => write!(f, "it answered with HTTP status {status}"),
            Self::Redirected => {
                f.write_str("it redirects to another address, which is not followed with secrets")
            }
            Self::TooLarge(limit) => write!(f, "its answer has more than {limit} octets"),
            Self::Malformed(text) => write!(f, "its answer is no HTTP that can be used: {text}"),
        }
    }
}

impl std::error::Error for HttpError {}
