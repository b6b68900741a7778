//! `smtp send --batch`: many messages over a pool, with a journal that a run after a kill goes on by.

mod digested;
mod journal;
mod list;
mod meter;
mod scope;
mod state;
mod totals;
mod work;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use mailwright::{Pool, PoolLimits, Redactor};

use crate::args::SendArgs;
use crate::console::Console;
use crate::delivery_log::Log;
use crate::failure::Failure;
use crate::send;
use journal::Journal;
use list::{Batch, Entry};
use state::State;
use totals::Totals;
use work::{Done, Work};

/// Many messages instead of one.
#[derive(Args, Debug)]
#[command(next_help_heading = "Batch")]
pub(crate) struct BatchArgs {
    /// Sends many messages: FILE has a JSON object on each line,
    /// {"from": "ADDR", "to": ["ADDR", ...], "file": "PATH"}, of an envelope and the file of a complete message, named from
    /// the folder of FILE on; "<>" is the null sender. All is checked before anything is sent. A run that was ended by
    /// whatever is taken up by the next one with the same FILE: what was accepted, or refused for good, is done
    #[arg(long, value_name = "FILE", conflicts_with_all = SINGLE)]
    pub(crate) batch: Option<PathBuf>,

    /// Connections at the same time; what the preset names, or 5, unless given
    #[arg(long, value_name = "N", requires = "batch", value_parser = clap::value_parser!(u16).range(1..=MOST_CONNECTIONS))]
    connections: Option<u16>,

    /// Where it is noted what was begun and what became of it; FILE.journal unless given
    #[arg(long, value_name = "FILE", requires = "batch")]
    journal: Option<PathBuf>,

    /// Sends again what may have been accepted by a server whose answer never came: it may then arrive twice
    #[arg(long, requires = "batch")]
    resend_unknown: bool,
}

/// What is about one message alone, or about the domain of its recipients.
const SINGLE: [&str; 10] = [
    "file",
    "content",
    "from",
    "envelope_from",
    "to",
    "cc",
    "bcc",
    "read_recipients",
    "mx",
    "resolver",
];

/// Each has a thread: more are of no use to anybody.
const MOST_CONNECTIONS: i64 = 500;

/// Sends a batch, and tells what became of it.
pub(crate) fn run(args: &SendArgs, path: &Path) -> ExitCode {
    let mut console = Console::new(args.server.json);
    let totals = send_all(args, path, &mut console).unwrap_or_else(Totals::of_failure);
    totals.tell(&console);
    console.object(&totals.to_json());
    console.exit(totals.status())
}

fn send_all(args: &SendArgs, path: &Path, console: &mut Console) -> Result<Totals, Failure> {
    args.server.secret.check()?;
    let builder = args.server.builder()?;
    let batch = Batch::read(path)?;
    let mut states: Vec<_> = batch
        .entries
        .iter()
        .map(|entry| (entry.line, State::default()))
        .collect();
    let journal_path = args.batch.journal.clone().unwrap_or_else(|| beside(path));
    let (journal, torn) = Journal::open(&journal_path, &batch.digest, &mut states)?;
    if torn > 0 {
        console.remark(
            &format!("smtp: The journal ended within a line, of which {torn} octets were dropped: a run was cut off."),
            "",
        );
    }
    let is_waiting = |state: &State| state.is_to_be_sent(args.batch.resend_unknown);
    let waiting: VecDeque<&Entry> = batch
        .entries
        .iter()
        .zip(&states)
        .filter(|(_, (_, state))| is_waiting(state))
        .map(|(entry, _)| entry)
        .collect();
    for entry in &waiting {
        entry.envelope(args, &entry.message()?)?;
    }
    let credentials = if waiting.is_empty() {
        None
    } else {
        args.server.credentials(args.server.host())?
    };
    let mut builder = builder;
    if let Some(credentials) = credentials {
        console.conceal(Redactor::new(&credentials));
        builder = builder.credentials(credentials);
    }
    if args.server.verbose {
        let live = console.clone();
        builder = builder.on_dialogue(move |line| live.remark(sign(line.from), &line.text));
    }
    let log = send::log(args)?;
    if let Some(log) = &log {
        builder = log.prepare(builder);
    }
    let limits = limits(args);
    let began = Instant::now();
    let done = match waiting.is_empty() {
        true => Done {
            handled: 0,
            failure: None,
        },
        false => work(
            &builder.build_pool(limits),
            limits,
            args,
            console,
            (&journal, log.as_ref()),
            waiting,
            &mut states,
        ),
    };
    send::tell_of_log(log.as_ref(), console);
    let synced = journal.sync();
    let mut totals = Totals::of(&states, done, began.elapsed(), &journal_path);
    if let Err(error) = synced {
        totals.fail(Failure::local(format_args!(
            "--journal: {}: {error}",
            journal_path.display()
        )));
    }
    Ok(totals)
}

fn work(
    pool: &Pool,
    limits: PoolLimits,
    args: &SendArgs,
    console: &Console,
    (journal, log): (&Journal, Option<&Log>),
    waiting: VecDeque<&Entry>,
    states: &mut [(usize, State)],
) -> Done {
    // One alone comes first: a wrong password is then tried once, and not by each connection.
    let done = match pool.connect() {
        Err(error) => Done {
            handled: 0,
            failure: Some(Failure::of_error(&error)),
        },
        Ok(facts) => {
            let threads = limits.most_connections().min(waiting.len());
            Work::new(
                pool,
                (journal, log),
                args,
                facts,
                console,
                (waiting, states),
            )
            .run(threads)
        }
    };
    pool.close();
    done
}

/// The preset's limits, and the connections that were asked for.
fn limits(args: &SendArgs) -> PoolLimits {
    let limits = args
        .server
        .provider()
        .map(PoolLimits::from)
        .unwrap_or_default();
    args.batch
        .connections
        .map_or(limits, |most| limits.connections(most.into()))
}

/// Where the journal is unless it is elsewhere.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".journal");
    name.into()
}

fn sign(from: mailwright::Peer) -> &'static str {
    match from {
        mailwright::Peer::Client => "> ",
        mailwright::Peer::Server => "< ",
    }
}
