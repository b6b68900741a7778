//! The settings of a client that the advice on a failure is about.

/// A setting of [`Builder`](crate::Builder) that the advice on a failure is about. A program with
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
    /// [`Builder::client_certificate`](crate::Builder::client_certificate).
    ClientCertificate,
    /// [`Trust::Roots`](crate::Trust::Roots).
    Roots,
    /// [`Builder::classical_key_exchange`](crate::Builder::classical_key_exchange).
    ClassicalKeyExchange,
    /// [`Builder::dangerous_plaintext_auth`](crate::Builder::dangerous_plaintext_auth).
    PlaintextAuth,
}
