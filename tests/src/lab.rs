//! A lab of faults: each is made for real on loopback, and `smtp check` has to tell which it is.
//!
//! A [`Fault`] is data: how names resolve, what each port does, how the check is asked, and what it must find.

mod certificates;
mod faults;
mod run;
mod server;

pub use certificates::{Authorities, Shown};
pub use faults::faults;
pub use run::{Found, Lab};
pub use server::{Act, Door, Heard};

use crate::dns;

/// The server that all faults are about.
pub const HOST: &str = "mail.example.test";

/// Who logs in.
pub const USER: &str = "user@example.test";

/// One fault, and what is to be found.
#[derive(Debug, Clone)]
pub struct Fault {
    /// In a few words.
    pub name: &'static str,
    /// How [`HOST`] and others resolve; without it [`HOST`] is at 127.0.0.1.
    pub world: Option<World>,
    /// What each port does, and the security that it is tried with.
    pub doors: Vec<(Door, &'static str)>,
    /// What the first door's port does on another host, which is compared with.
    pub compared: Option<Door>,
    /// How the check is asked.
    pub ask: Ask,
    /// The cause that the verdict must name.
    pub cause: &'static str,
    /// The phase of the first port's failure; `ehlo` or `auth` where it is usable.
    pub phase: &'static str,
    /// The command's exit status.
    pub exit: i32,
    /// Words that must be in what is said of the first port's failure, or in the verdict.
    pub says: &'static [&'static str],
}

/// How names resolve.
#[derive(Debug, Clone)]
pub struct World {
    /// Records in the master file format.
    pub records: &'static str,
    /// A name below which DNS fails, and how.
    pub fault: Option<(&'static str, dns::Fault)>,
}

/// How the check is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// For the server, without a login.
    Server,
    /// For the server, with a password.
    Password,
    /// For the server, with an access token.
    Token,
    /// For the server by its address, without names.
    Address,
    /// For the hosts that take mail for the domain `example.test`.
    Exchangers,
}
