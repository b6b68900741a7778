//! What the tests of the whole house share.

pub mod dialogue;
#[cfg(feature = "servers")]
pub mod servers;
