//! Dialogues and corpora against the core, without sockets.

mod corpus;
mod coverage;
mod dialogues;
