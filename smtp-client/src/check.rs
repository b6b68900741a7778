//! What is in the way between this machine and a mail server. Feature `check`.
//!
//! A check tries a server's ports side by side, from the look-up of its name to the offer of a login, and to the login
//! itself where credentials are given. No message is sent. What it found is a [`Report`]: data, for a program to act on
//! or to show to people.

mod certificate;
mod report;

pub use certificate::Certificate;
pub use report::{CheckFailure, Port, Report, Step, StepOutcome, Use, Verdict};
