//! The settings of a client that the advice on a failure is about.

/// A setting of [`ClientBuilder`](crate::ClientBuilder) that the advice on a failure is about. A program with
/// its own options can name the matching one.
///
/// ```
/// use mailwright::Setting;
/// fn option(setting: Setting) -> Option<&'static str> {
///     match setting {
///         Setting::ClientCertificate => Some("--client-cert"),
///         _ => None,
///     }
/// }
/// assert_eq!(option(Setting::ClientCertificate), Some("--client-cert"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// [`ClientBuilder::client_certificate`](crate::ClientBuilder::client_certificate).
    ClientCertificate,
    /// [`Trust::Roots`](crate::Trust::Roots).
    Roots,
    /// [`ClientBuilder::classical_key_exchange`](crate::ClientBuilder::classical_key_exchange).
    ClassicalKeyExchange,
    /// [`ClientBuilder::dangerous_plaintext_auth`](crate::ClientBuilder::dangerous_plaintext_auth).
    PlaintextAuth,
}
