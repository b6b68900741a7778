//! The blocking driver.

mod chunks;
mod client;
mod connect;
mod link;
mod wire;

pub use client::Client;
