//! What went wrong: where, why, what to do, and the exit status that tells it to a script.

use std::fmt::Display;
use std::io;
use std::path::Path;

use mailwright::knowledge::{self, Context, Explanation};
use mailwright::{Cause, Error, RecipientOutcome, Stage};
use mailwright_oauth::ErrorKind;
use mailwright_proto::reply::Reply;

use crate::exit;
use crate::options;
use crate::report::one_line;
use crate::token::advice;

/// A failure, as `--json` shows it and as people read it.
pub(crate) struct Failure {
    pub(crate) phase: Stage,
    pub(crate) cause: Cause,
    pub(crate) summary: String,
    pub(crate) detail: String,
    pub(crate) fix: Vec<String>,
    /// Boxed, as every step that can fail hands this on.
    pub(crate) reply: Option<Box<Reply>>,
    /// The page of the provider's own that says more.
    pub(crate) source: Option<&'static str>,
    pub(crate) status: u8,
}

impl Failure {
    /// An option's value, or options that do not go together.
    pub(crate) fn usage(detail: impl Display) -> Self {
        Self::input(exit::USAGE, detail)
    }

    /// An address or the message's header.
    pub(crate) fn malformed(detail: impl Display) -> Self {
        Self::input(exit::DATA, detail)
    }

    /// An input file. `what` is the argument that names it, or what is to be read.
    pub(crate) fn unreadable(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::no_input(format_args!(
            "{what}: {} cannot be read: {error}",
            path.display()
        ))
    }

    /// An input that is no file.
    pub(crate) fn no_input(detail: impl Display) -> Self {
        Self::input(exit::NO_INPUT, detail)
    }

    /// A message that is refused here.
    pub(crate) fn content(detail: impl Display) -> Self {
        Self {
            cause: Cause::ContentRejected,
            ..Self::input(exit::DATA, detail)
        }
    }

    /// A login is wanted, and there is nothing to make it with.
    pub(crate) fn no_login(detail: impl Display) -> Self {
        Self {
            cause: Cause::AuthRequired,
            ..Self::input(exit::NO_LOGIN, detail)
        }
        .worded()
    }

    /// Something on this machine stood in the way.
    pub(crate) fn local(detail: impl Display) -> Self {
        Self::input(exit::TRY_AGAIN, detail)
    }

    /// What the client reports.
    pub(crate) fn of_error(error: &Error) -> Self {
        let explanation = error.explanation();
        let status = exit::of_error(error.stage(), explanation.cause, error.reply());
        let mut failure = Self::explained(
            error.stage(),
            explanation,
            error.detail(),
            error.reply(),
            status,
        );
        if let Some(mechanism) = error.simpler_mechanism() {
            failure.fix.insert(
                0,
                format!("Try `--auth {mechanism}`: the server offers it, over TLS."),
            );
        }
        failure
    }

    /// What stands between a login and its token.
    pub(crate) fn of_oauth(error: &mailwright_oauth::Error) -> Self {
        let cause = advice::cause(error);
        let (phase, status) = match cause {
            Cause::InvalidInput if error.kind() == ErrorKind::InvalidInput => {
                (Stage::Config, exit::USAGE)
            }
            Cause::InvalidInput => (Stage::Config, exit::CONFIG),
            _ => (Stage::Auth, exit::of(cause, None)),
        };
        Self {
            phase,
            cause,
            summary: advice::summary(error).to_owned(),
            detail: advice::detail(error),
            fix: advice::fix(error)
                .iter()
                .copied()
                .map(str::to_owned)
                .collect(),
            reply: None,
            source: None,
            status,
        }
    }

    /// A refusal of the whole message.
    pub(crate) fn refused(reply: &Reply, context: Context<'_>) -> Self {
        let explanation = knowledge::explain(reply, context);
        let status = exit::of(explanation.cause, Some(reply));
        let detail = format!("the server answered: {}", one_line(reply));
        Self::explained(
            context.phase.unwrap_or(Stage::Mail),
            explanation,
            detail,
            Some(reply),
            status,
        )
    }

    /// Refused recipients, in the order of the envelope, and whether others got the message. A refusal for good names
    /// the cause before one for now; without any there is no failure.
    pub(crate) fn recipients(
        refusals: &[(&RecipientOutcome, &Reply)],
        context: Context<'_>,
        accepted_for_others: bool,
    ) -> Option<Self> {
        let permanent = refusals
            .iter()
            .find(|(_, reply)| reply.code().is_permanent());
        let (first, reply) = permanent.or(refusals.first())?;
        let told: Vec<String> = refusals
            .iter()
            .map(|(recipient, reply)| format!("{}: {}", recipient.path.as_str(), one_line(reply)))
            .collect();
        let refused = Self::refused(
            reply,
            Context {
                phase: Some(first.stage),
                ..context
            },
        );
        let replies = refusals.iter().map(|(_, reply)| *reply);
        Some(Self {
            detail: told.join("; "),
            status: exit::of_recipients(refused.cause, replies, accepted_for_others),
            ..refused
        })
    }

    /// Creates a failure for the recipients that a partly accepted message did not reach.
    pub(crate) fn of_part(error: &Error) -> Self {
        let failure = Self::of_error(error);
        let status = match error.reply() {
            Some(reply) => exit::of_recipients(failure.cause, [reply], true),
            None => failure.status,
        };
        Self { status, ..failure }
    }

    /// The whole message is out, and the server's final word did not arrive.
    pub(crate) fn outcome_unknown(error: &Error) -> Self {
        Self {
            phase: Stage::Body,
            summary:
                "The outcome is unknown: all of the message was sent, and the server's final reply did not arrive."
                    .to_owned(),
            fix: vec![
                "Before sending it again, find out whether it arrived: it may be delivered twice otherwise.".to_owned(),
            ],
            ..Self::of_error(error)
        }
    }

    /// The same, of this line of a batch.
    pub(crate) fn of_line(self, line: usize) -> Self {
        Self {
            detail: format!("line {line}: {}", self.detail),
            ..self
        }
    }

    /// Neither sent nor refused, and no recipient to blame.
    pub(crate) fn not_sent() -> Self {
        Self {
            phase: Stage::Rcpt,
            cause: Cause::Unknown,
            summary: String::new(),
            detail: "The message was not sent.".to_owned(),
            fix: Vec::new(),
            reply: None,
            source: None,
            status: exit::of(Cause::Unknown, None),
        }
        .worded()
    }

    fn explained(
        phase: Stage,
        explanation: Explanation,
        detail: String,
        reply: Option<&Reply>,
        status: u8,
    ) -> Self {
        let fix = explanation.fix.iter().copied().map(str::to_owned);
        Self {
            phase,
            cause: explanation.cause,
            summary: explanation.summary.into_owned(),
            detail,
            fix: fix.chain(options::named(explanation.settings)).collect(),
            reply: reply.cloned().map(Box::new),
            source: explanation.source,
            status,
        }
    }

    fn input(status: u8, detail: impl Display) -> Self {
        Self {
            phase: Stage::Config,
            cause: Cause::InvalidInput,
            summary: String::new(),
            detail: detail.to_string(),
            fix: Vec::new(),
            reply: None,
            source: None,
            status,
        }
        .worded()
    }

    /// Fills in what the cause has to say.
    fn worded(self) -> Self {
        Self {
            summary: self.cause.summary().to_owned(),
            fix: self
                .cause
                .fix()
                .iter()
                .copied()
                .map(str::to_owned)
                .collect(),
            ..self
        }
    }
}
