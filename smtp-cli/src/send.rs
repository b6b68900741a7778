//! `smtp send`: everything is checked, then the secret is fetched, then the message goes out.

use std::process::ExitCode;
use std::time::Instant;

use mailwright::{ClientBuilder, ConnectionInfo, Redactor};
use mailwright_proto::{address::ForwardPath, envelope::Envelope};

use crate::args::SendArgs;
use crate::batch;
use crate::compose;
use crate::console::Console;
use crate::delivery_log::Log;
use crate::dialogue::Dialogue;
use crate::envelope::Addresses;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::report::Report;
use crate::source::Message;

/// Sends one message, and tells what became of it.
pub(crate) fn run(args: &SendArgs) -> ExitCode {
    if let Some(path) = &args.batch.batch {
        return batch::run(args, path);
    }
    let began = Instant::now();
    let mut console = Console::new(args.server.json);
    let dialogue = Dialogue::default();
    let report = match prepare(args, &mut console) {
        Ok(job) => deliver(job, args, &console, &dialogue),
        Err(failure) => Report::of_failure(failure),
    }
    .with_dialogue(&dialogue, began.elapsed());
    report.tell(&console);
    console.object(&report.to_json());
    if console.has_lost() && report.accepted() {
        console.remark(
            "smtp: The message was accepted: another try would send it twice.",
            "",
        );
    }
    console.exit(report.status())
}

/// All that is needed to connect.
struct Job {
    builder: ClientBuilder,
    envelope: Envelope,
    message: Message,
    log: Option<Log>,
}

fn prepare(args: &SendArgs, console: &mut Console) -> Result<Job, Failure> {
    args.server.secret.check()?;
    if args.server.resolver.is_some() && args.server.domain().is_none() {
        return Err(Failure::usage(
            "--resolver: goes with --mx; the name of a server is looked up as the system does",
        ));
    }
    let addresses = Addresses::of(args)?;
    let mut builder = args.server.builder()?;
    let message = match args.content.is_given() {
        true => Message::scan(compose::compose(&args.content, &addresses)?)?,
        false => Message::read(args.file.as_deref())?,
    };
    let envelope = addresses.envelope(args, &message)?;
    if let Some(domain) = args.server.domain() {
        tell_of_strangers(&envelope, domain, console);
    }
    if let Some(credentials) = args.server.credentials(args.server.host())? {
        console.conceal(Redactor::new(&credentials));
        builder = builder.credentials(credentials);
    }
    let log = log(args)?;
    if let Some(log) = &log {
        builder = log.prepare(builder);
    }
    Ok(Job {
        builder,
        envelope,
        message,
        log,
    })
}

/// The log that is asked for. One that cannot be written is told before anything is sent.
pub(crate) fn log(args: &SendArgs) -> Result<Option<Log>, Failure> {
    let Some(path) = &args.log else {
        return Ok(None);
    };
    let log = Log::open(path)
        .map_err(|error| Failure::usage(format_args!("--log {}: {error}", path.display())))?;
    Ok(Some(if args.log_dialogue {
        log.with_dialogue()
    } else {
        log
    }))
}

/// What was sent is sent, whatever became of its line.
pub(crate) fn tell_of_log(log: Option<&Log>, console: &Console) {
    if let Some(error) = log.and_then(Log::failure) {
        console.remark(
            &format!("smtp: What became of the message could not be written to the log: {error}"),
            "",
        );
    }
}

/// Whoever names a domain may mean to ask its hosts for another's mailbox: a relay is found so.
fn tell_of_strangers(envelope: &Envelope, domain: &str, console: &Console) {
    let is_of_domain = |path: &&ForwardPath| match path {
        ForwardPath::Postmaster => true,
        ForwardPath::Mailbox(mailbox) => mailbox
            .domain()
            .eq_ignore_ascii_case(domain.trim_end_matches('.')),
    };
    for path in envelope
        .recipients()
        .iter()
        .filter(|path| !is_of_domain(path))
    {
        console.remark(
            &format!(
                "smtp: {} is not at {domain}, whose hosts are asked for it all the same",
                path.as_str()
            ),
            "",
        );
    }
}

/// With --mx, the one of the domain's hosts that was turned to.
fn host_of<'a>(args: &'a SendArgs, facts: &'a ConnectionInfo) -> &'a str {
    facts.host.as_deref().unwrap_or(args.server.host())
}

fn deliver(job: Job, args: &SendArgs, console: &Console, dialogue: &Dialogue) -> Report {
    let Job {
        builder,
        envelope,
        message,
        log,
    } = job;
    let (live, verbose) = (console.clone(), args.server.verbose);
    let show = move |sign: &str, line: &str| {
        if verbose {
            live.remark(sign, line);
        }
    };
    let tell = show.clone();
    let builder = builder.on_attempt(move |attempt| tell("* ", &format!("{attempt}")));
    let mut client = builder.on_dialogue(dialogue.listener(show)).build();
    let reader = || {
        Ok(Progress::new(
            message.reader()?,
            message.size(),
            console,
            verbose,
        ))
    };
    let content = mailwright::Message::reopen(reader);
    let content = match &log {
        Some(log) => log.watch(content, message.id()),
        None => content,
    };
    let report = match client.send(&envelope, content) {
        Ok(delivery) => {
            Report::of_delivery(delivery, host_of(args, client.facts()), client.facts())
        }
        Err(error) => {
            Report::of_failure(Failure::of_error(&error)).for_recipients(envelope.recipients())
        }
    };
    let report = report.with_facts(
        host_of(args, client.facts()),
        args.server.port(),
        client.facts(),
    );
    let report = report.advised(client.facts(), dialogue);
    tell_of_log(log.as_ref(), console);
    // What was accepted stays accepted, whatever becomes of the goodbye.
    let _ = client.quit();
    report
}
