//! The command as its users meet it: arguments in, output and exit status out.

#[path = "command/bad_input.rs"]
mod bad_input;
#[path = "command/batch.rs"]
mod batch;
#[path = "command/batches.rs"]
mod batches;
#[path = "command/dialogue.rs"]
mod dialogue;
#[path = "command/explain.rs"]
mod explain;
#[path = "command/extensions.rs"]
mod extensions;
#[path = "command/lmtp.rs"]
mod lmtp;
#[path = "command/log.rs"]
mod log;
#[path = "command/login.rs"]
mod login;
#[path = "command/output.rs"]
mod output;
#[path = "command/providers.rs"]
mod providers;
#[path = "command/recipients.rs"]
mod recipients;
#[path = "command/sink.rs"]
mod sink;
#[path = "command/support.rs"]
mod support;
#[path = "command/token.rs"]
mod token;
