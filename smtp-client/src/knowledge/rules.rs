//! The tables. Each is read from the top: the first rule that fits decides.
//!
//! Phrases of one service come first, then stages and codes with one meaning, then subjects with
//! their verdicts, then general phrases (about the client, limits, the sender, the recipient and the
//! message, in this order), then single words, then codes.

pub(super) mod asia;
pub(super) mod codes;
pub(super) mod europe;
pub(super) mod filters;
pub(super) mod godaddy;
pub(super) mod google;
pub(super) mod limits;
pub(super) mod logins;
pub(super) mod loose;
pub(super) mod messages;
pub(super) mod microsoft;
pub(super) mod peers;
pub(super) mod relays;
pub(super) mod senders;
pub(super) mod stages;
pub(super) mod subjects;
pub(super) mod yahoo;
