//! Dialogues over the drivers: real sockets, real TLS. Over the core they run in `smtp-script`, which reads them.

pub mod driven;
pub mod server;

pub use smtp_script::*;
