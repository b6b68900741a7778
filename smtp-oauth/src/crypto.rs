//! The cryptography of rustls that this crate was built with.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

#[cfg(feature = "aws-lc-rs")]
pub(crate) fn provider() -> Result<Arc<CryptoProvider>, String> {
    Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
pub(crate) fn provider() -> Result<Arc<CryptoProvider>, String> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

/// Returns the process's own provider: this crate was built without one.
#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
pub(crate) fn provider() -> Result<Arc<CryptoProvider>, String> {
    let chosen = CryptoProvider::get_default().cloned();
    chosen.ok_or_else(|| "this program has installed no cryptography for rustls".to_owned())
}
