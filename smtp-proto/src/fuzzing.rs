//! The bodies of the fuzz targets: each takes any bytes, and panics where a promise of this crate does not hold.

mod replies;

pub use replies::reply_parser;
