//! The bodies of the fuzz targets. Each takes any bytes, and panics where a promise of this crate does not hold.
//!
//! A `Tamper` stands between the code under test and the check. [`honest`] leaves everything as it is; the fuzz crate
//! has others, which plant a defect, so that each check can be seen to find one.

mod auth;
mod bodies;
mod boundary;
mod commands;
mod ehlo;
mod input;
mod model;
mod replies;
mod sessions;
mod setup;
mod transactions;

use alloc::vec::Vec;

pub use auth::auth_exchange;
pub use bodies::body_roundtrip;
pub use boundary::starttls_boundary;
pub use commands::command_injection;
pub use ehlo::ehlo_capabilities;
pub use replies::reply_parser;
pub use sessions::session;
pub use transactions::transaction;

/// What becomes of bytes that the code under test gave, before they are checked.
pub type Tamper = fn(&mut Vec<u8>);

/// Leaves them as they are.
pub fn honest(_: &mut Vec<u8>) {}

#[cfg(test)]
mod tests;
