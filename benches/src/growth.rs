//! Measures the work for each public input of the core at `n` and at `2n` elements. Peers and
//! callers choose the length of an input, so the work must be at most linear in it.
//!
//! `cargo xtask instructions` counts both, and fails if the second is much more than twice the first.

mod messages;
mod sessions;
mod texts;

/// Large enough that quadratic work outweighs the cost per element.
pub const SIZE: usize = 2_000;

/// The measured work on an input that was built beforehand.
pub type Work = Box<dyn FnOnce()>;

/// Calls a macro with the name of every case: one list for the table here, and for the benches.
#[macro_export]
macro_rules! with_growth_cases {
    ($callback:ident) => {
        $callback! {
            reply_lines reply_lines_bare_lf reply_by_octet reply_lines_by_octet replies_short replies_long reply_shown
            text_escaped
            ehlo_mechanisms ehlo_mechanisms_repeated ehlo_keywords ehlo_limits
            login_without_mechanism login_with_mechanism challenge_plain challenge_oauth challenge_scram oauth_error
            recipients_accepted recipients_refused recipients_one_by_one recipients_domains recipients_lmtp
            messages_domains messages_accepted messages_refused messages_cut_off chunks_answered chunks_of_an_octet
            commands_answered
            body_dots body_line_feeds body_carriage_returns body_refused_at_end body_chunked body_by_octet
            scan_line_feeds scan_by_octet
            envelope_of_paths envelope_of_recipients
            mailbox_atoms mailbox_quoted mailbox_long_domain mailbox_literal ehlo_name path_bracketed
            argument parameter envelope_id original_recipient notify hold credentials_password credentials_token
            mechanism_name
        }
    };
}

macro_rules! table {
    ($($name:ident)*) => {
        const CASES: &[(&str, fn(usize) -> Work)] = &[$((stringify!($name), cases::$name)),*];
    };
}

mod cases {
    pub(super) use super::messages::*;
    pub(super) use super::sessions::*;
    pub(super) use super::texts::*;
}

with_growth_cases!(table);

/// Returns the work of the case with this name on an input of `n` elements.
pub fn work(name: &str, n: usize) -> Work {
    let found = CASES.iter().find(|(known, _)| *known == name);
    found.expect("a case of this name").1(n)
}
