//! What the tests of the whole house share.

#[cfg(feature = "servers")]
pub mod browser;
pub mod command;
pub mod dialogue;
pub mod dns;
#[cfg(doctest)]
mod documents;
pub mod driver;
pub mod faults;
pub mod hosts;
pub mod issuer;
pub mod lab;
pub mod learn;
pub mod listening;
pub mod mortal;
#[cfg(feature = "servers")]
pub mod person;
pub mod rsa;
pub mod sasl;
pub mod scram;
#[cfg(feature = "servers")]
pub mod servers;
pub mod tables;
