//! What the tests of the whole house share.

pub mod dialogue;
pub mod driver;
#[cfg(feature = "servers")]
pub mod servers;
