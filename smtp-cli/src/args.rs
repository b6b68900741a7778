//! The command line as a whole, and that of `send`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::check::CheckArgs;
use crate::explain::ExplainArgs;
use crate::providers::ProvidersArgs;
use crate::server::ServerArgs;
use crate::sink::SinkArgs;
use crate::token::TokenArgs;

/// Sends mail, and says why it did not go out.
#[derive(Debug, Parser)]
#[command(name = "smtp", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sends one message to a sink of its own over STARTTLS and AUTH LOGIN, and shows how
    Demo,
    /// Sends one message
    Send(Box<SendArgs>),
    /// Finds out what is in the way between this machine and a server; sends nothing
    Check(Box<CheckArgs>),
    /// Says what a server's reply means and what to do about it
    Explain(ExplainArgs),
    /// Runs a local server that accepts mail and keeps it
    Sink(SinkArgs),
    /// Lists the presets for --provider, with their settings
    Providers(ProvidersArgs),
    /// Gets, shows, refreshes and revokes OAuth 2.0 access tokens
    Token(Box<TokenArgs>),
}

/// Sends one message: FILE, or standard input, or one made of --subject, --body, --html and --attach.
///
/// A FILE is sent as it is, but for line ends, a removed Bcc field, and a byte order mark before all.
#[derive(Args, Debug)]
pub(crate) struct SendArgs {
    /// A complete RFC 5322 message; standard input if it is left out or `-`
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) server: ServerArgs,

    /// The envelope sender, and the From field of a message made here. Without it and --envelope-from,
    /// the only address in FILE's From field is the envelope sender
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) from: Option<String>,

    /// The envelope sender alone; `<>` is the null sender
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) envelope_from: Option<String>,

    /// A recipient; may be repeated
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) to: Vec<String>,

    /// A recipient of a copy; may be repeated
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) cc: Vec<String>,

    /// A recipient whom the others do not see; may be repeated
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) bcc: Vec<String>,

    /// Takes recipients from the message's own To, Cc and Bcc fields, too
    #[arg(short = 't', help_heading = "Envelope")]
    pub(crate) read_recipients: bool,

    /// Sends to nobody unless every recipient is accepted
    #[arg(long, help_heading = "Envelope")]
    pub(crate) all_or_none: bool,

    #[command(flatten)]
    pub(crate) content: ContentArgs,
}

/// What a message that is made here consists of.
#[derive(Args, Debug)]
#[group(id = "content", multiple = true, conflicts_with = "file")]
pub(crate) struct ContentArgs {
    /// The Subject field
    #[arg(long, value_name = "TEXT", help_heading = "Message")]
    pub(crate) subject: Option<String>,

    /// The text
    #[arg(long, value_name = "TEXT", help_heading = "Message")]
    pub(crate) body: Option<String>,

    /// The text in HTML
    #[arg(long, value_name = "HTML", help_heading = "Message")]
    pub(crate) html: Option<String>,

    /// A file to attach; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Message")]
    pub(crate) attach: Vec<PathBuf>,
}

impl ContentArgs {
    /// Whether a message is to be made here at all.
    pub(crate) fn is_given(&self) -> bool {
        self.subject.is_some() || self.body.is_some() || self.html.is_some() || !self.attach.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
