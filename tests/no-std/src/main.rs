//! A program without std: the core, an allocator of thirty lines, and a server that is a list of replies.
//!
//! It exits with 0 once the server has accepted the message, and with the number of the step where that failed. What it
//! shows comes before that, though: a core that uses std brings std's panic handler along, and two of them do not link.

#![no_std]
#![no_main]

extern crate alloc;

mod memory;

use alloc::vec::Vec;
use core::ffi::c_int;
use core::panic::PanicInfo;

use mailwright_proto::{
    Config, Connection, Event, Outcome, Output, Security, address::EhloName, envelope::Envelope,
};
use memory::Memory;

#[global_allocator]
static MEMORY: Memory = Memory::new();

const SERVER: [&str; 5] = [
    "220 mx.example.test ready\r\n",
    "250-mx.example.test\r\n250 PIPELINING\r\n",
    "250 2.1.0 sender ok\r\n250 2.1.5 recipient ok\r\n354 go on\r\n",
    "250 2.0.0 queued\r\n",
    "221 2.0.0 bye\r\n",
];

const CLIENT: &[u8] = b"EHLO client.example.test\r\n\
    MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n\
    Subject: hello\r\n\r\n..A dot.\r\n.\r\n\
    QUIT\r\n";

// The C runtime starts programs here, as std's own entry point does. It is all of libc that is used by name.
#[link(name = "c")]
unsafe extern "C" {
    fn abort() -> !;
}

/// Where the C runtime begins.
// SAFETY: nothing else here is called so, and the C runtime demands this signature.
#[unsafe(no_mangle)]
pub extern "C" fn main(_arguments: c_int, _values: *const *const u8) -> c_int {
    match session() {
        Some((Outcome::Accepted(_), wire)) if wire == CLIENT => 0,
        Some((Outcome::Accepted(_), _)) => 1,
        Some(_) => 2,
        None => 3,
    }
}

/// Sends one message; gives what became of it, and what was said.
fn session() -> Option<(Outcome, Vec<u8>)> {
    let config =
        Config::new(EhloName::try_from("client.example.test").ok()?).security(Security::None);
    let envelope = Envelope::new(
        "a@example.test".parse().ok()?,
        ["b@example.test".parse().ok()?],
    )
    .ok()?;
    let mut connection = Connection::new(config.into());
    let (mut server, mut wire, mut accepted) = (SERVER.iter(), Vec::new(), None);
    loop {
        match connection.poll().ok()? {
            Output::Event(Event::Finished { outcome, .. }) => accepted = Some(outcome),
            Output::Event(_) => {}
            Output::Write => {
                wire.extend_from_slice(&connection.transmit());
                connection.transmitted(connection.transmit().len());
            }
            Output::Read => match server.next() {
                Some(reply) => connection.receive(reply.as_bytes()),
                None => connection.receive_eof(),
            },
            Output::Body(_) => {
                let bytes = connection
                    .body(b"Subject: hello\n\n.A dot.\n", true)
                    .ok()?
                    .to_vec();
                wire.extend_from_slice(&bytes);
                connection.transmitted(bytes.len());
            }
            Output::Idle if accepted.is_none() => drop(connection.send(&envelope).ok()?),
            Output::Idle => connection.quit().ok()?,
            Output::StartTls | Output::Authenticate => return None,
            Output::Closed => return Some((accepted?, wire)),
        }
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: it takes nothing, and never returns.
    unsafe { abort() }
}

/// `core` and `alloc` come built for unwinding, and name these two. Nothing unwinds here: a panic aborts.
mod unwinding {
    // SAFETY: std, which has the real one, is not linked; and nothing calls this.
    #[unsafe(no_mangle)]
    extern "C" fn rust_eh_personality() {}

    // SAFETY: as above.
    #[unsafe(no_mangle)]
    extern "C" fn _Unwind_Resume() -> ! {
        // SAFETY: it takes nothing, and never returns.
        unsafe { super::abort() }
    }
}
