//! Networks that fail, at every place in turn, and a server behind them that knows the truth.

pub mod network;
pub mod server;
