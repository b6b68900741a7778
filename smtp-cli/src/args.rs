//! The command line as a whole, and that of `send`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mailwright_proto::envelope::{
    DeliverBy, Envelope, EnvelopeId, FutureRelease, Notify, Priority, Ret,
};

use crate::batch::BatchArgs;
use crate::check::CheckArgs;
use crate::explain::ExplainArgs;
use crate::log::LogArgs;
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
    /// Sends one message, or many
    Send(Box<SendArgs>),
    /// Finds out what is in the way between this machine and a server; sends nothing
    Check(Box<CheckArgs>),
    /// Says what a server's reply means and what to do about it
    Explain(ExplainArgs),
    /// Runs a local server that accepts mail and keeps it
    Sink(SinkArgs),
    /// Lists the presets for --provider, with their settings
    Providers(ProvidersArgs),
    /// Shows what `smtp send --log` has written down
    Log(LogArgs),
    /// Gets, shows, refreshes and revokes OAuth 2.0 access tokens
    Token(Box<TokenArgs>),
}

/// Sends one message: FILE, or standard input, or one made of --subject, --body, --html and --attach; or those of --batch.
///
/// A FILE is sent as it is, except for line ends and removed Bcc and Resent-Bcc fields. A byte order mark and an mbox
/// `From ` line before its header are dropped.
#[derive(Args, Debug)]
pub(crate) struct SendArgs {
    /// A complete RFC 5322 message; standard input if it is left out or `-`
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) server: ServerArgs,

    /// The envelope sender, and the From field of a message made here; also `Name <address>`.
    /// Without it and --envelope-from, the envelope sender is the only address in FILE's From
    /// field, or the one in its Sender field if From has several; for a resent message, the same in
    /// its newest resent block
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) from: Option<String>,

    /// The envelope sender alone; `<>` is the null sender
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) envelope_from: Option<String>,

    /// A recipient, also `Name <address>`; may be repeated
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) to: Vec<String>,

    /// A recipient of a copy, also `Name <address>`; may be repeated
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) cc: Vec<String>,

    /// A recipient whom the others do not see; may be repeated
    #[arg(long, value_name = "ADDR", help_heading = "Envelope")]
    pub(crate) bcc: Vec<String>,

    /// Takes recipients from the message's own To, Cc and Bcc fields as well; for a resent message,
    /// from those of its newest resent block
    #[arg(short = 't', help_heading = "Envelope")]
    pub(crate) read_recipients: bool,

    /// Sends to nobody unless every recipient is accepted
    #[arg(long, help_heading = "Envelope")]
    pub(crate) all_or_none: bool,

    #[command(flatten)]
    pub(crate) wishes: WishArgs,

    /// Appends to this file what became of the message, as one line of JSON; of a batch, of each message. `smtp log` shows it
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub(crate) log: Option<PathBuf>,

    /// Adds the dialogue to that line, without secrets
    #[arg(long, requires = "log", help_heading = "Log")]
    pub(crate) log_dialogue: bool,

    #[command(flatten)]
    pub(crate) content: ContentArgs,

    #[command(flatten)]
    pub(crate) batch: BatchArgs,
}

/// What is asked of the server besides. Where it does not offer the extension that this takes, nothing is sent.
#[derive(Args, Debug)]
#[command(next_help_heading = "Delivery")]
pub(crate) struct WishArgs {
    /// Asks for reports: never, or some of success, failure and delay, with commas between them (DSN)
    #[arg(long, value_name = "WHEN")]
    pub(crate) notify: Option<Notify>,

    /// How much of the message a report of failure brings back: full or headers (DSN)
    #[arg(long, value_name = "WHAT")]
    pub(crate) ret: Option<Ret>,

    /// What reports call this envelope (DSN)
    #[arg(long, value_name = "ID")]
    pub(crate) envid: Option<EnvelopeId>,

    /// Sends the message back rather than over a hop without verified TLS (REQUIRETLS)
    #[arg(long)]
    pub(crate) require_tls: bool,

    /// How urgent the message is, from -9 to 9 (MT-PRIORITY)
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) priority: Option<Priority>,

    /// Delivers it within so many seconds; else, with r behind them, it is returned, and with n its sender is told
    /// (DELIVERBY)
    #[arg(long, value_name = "SECONDS[n|r]", allow_hyphen_values = true)]
    pub(crate) deliver_by: Option<DeliverBy>,

    /// Keeps it for so many seconds before it is sent on (FUTURERELEASE)
    #[arg(long, value_name = "SECONDS", value_parser = hold)]
    pub(crate) hold_for: Option<FutureRelease>,
}

impl SendArgs {
    /// Returns the envelope with every option that the command line sets on it.
    pub(crate) fn applied_to(&self, envelope: Envelope) -> Envelope {
        let envelope = self.wishes.applied_to(envelope);
        if self.all_or_none {
            envelope.with_all_or_none()
        } else {
            envelope
        }
    }
}

impl WishArgs {
    fn applied_to(&self, mut envelope: Envelope) -> Envelope {
        if let Some(notify) = self.notify {
            envelope = envelope.with_notify(notify);
        }
        if let Some(ret) = self.ret {
            envelope = envelope.with_ret(ret);
        }
        if let Some(id) = &self.envid {
            envelope = envelope.with_envelope_id(id.clone());
        }
        if self.require_tls {
            envelope = envelope.with_require_tls();
        }
        if let Some(priority) = self.priority {
            envelope = envelope.with_priority(priority);
        }
        if let Some(by) = self.deliver_by {
            envelope = envelope.with_deliver_by(by);
        }
        match &self.hold_for {
            Some(hold) => envelope.with_future_release(hold.clone()),
            None => envelope,
        }
    }
}

fn hold(text: &str) -> Result<FutureRelease, String> {
    let seconds = text
        .parse()
        .map_err(|_| "a number of seconds is needed".to_owned())?;
    FutureRelease::seconds(seconds).map_err(|error| error.to_string())
}

/// What a message that is made here consists of.
#[derive(Args, Debug)]
#[group(id = "content", multiple = true, conflicts_with = "file")]
pub(crate) struct ContentArgs {
    /// The Subject field
    #[arg(
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
    pub(crate) subject: Option<String>,

    /// The text
    #[arg(
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        help_heading = "Message"
    )]
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
        self.subject.is_some()
            || self.body.is_some()
            || self.html.is_some()
            || !self.attach.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use mailwright_proto::envelope::NotifyOn;

    #[test]
    fn what_is_wished_for_a_message_is_in_its_envelope() {
        let options = "--all-or-none --notify success,delay --ret headers --envid x --require-tls --priority -3 --deliver-by -60 --hold-for 5";
        let arguments = "smtp send --server a.test"
            .split(' ')
            .chain(options.split(' '));
        let Command::Send(send) = Cli::try_parse_from(arguments).expect("options").command else {
            panic!("another")
        };
        let plain =
            Envelope::new("a@b.test".parse().unwrap(), ["c@d.test".parse().unwrap()]).unwrap();
        let expected = plain
            .clone()
            .with_all_or_none()
            .with_notify(NotifyOn::SUCCESS | NotifyOn::DELAY)
            .with_ret(Ret::Headers)
            .with_envelope_id("x".parse().unwrap())
            .with_require_tls()
            .with_priority("-3".parse().unwrap())
            .with_deliver_by(DeliverBy::or_notify(-60).unwrap())
            .with_future_release(FutureRelease::seconds(5).unwrap());
        assert_eq!(send.applied_to(plain), expected);
    }

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
