//! The documents whose code is compiled, and run where it needs no network: `cargo test -p smtp-tests --doc`.

#[doc = include_str!("../../README.md")]
mod readme {}

#[doc = include_str!("../../docs/embedding.md")]
mod embedding {}

#[doc = include_str!("../../docs/microsoft-365.md")]
mod microsoft_365 {}

#[doc = include_str!("../../smtp-oauth/README.md")]
mod oauth_readme {}
