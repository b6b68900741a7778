//! The libraries and the command against real servers and a browser, which `cargo xtask test`
//! starts.

mod batch;
mod check;
mod extensions;
mod lettre;
mod lmtp;
mod mechanisms;
mod oauth;
mod page;
mod sending;
mod together;
