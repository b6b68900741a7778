//! `smtp check`: what is in the way between this machine and a server.

mod json;
mod live;
mod sender;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use mailwright::check::{Check, Report};
use mailwright::sender::SenderReport;
use mailwright::{Cause, Mailbox, Redactor, Security, Stage};
use serde_json::Value;

use crate::console::Console;
use crate::envelope::named;
use crate::exit;
use crate::failure::Failure;
use crate::options;
use crate::page::Page;
use crate::server::{HostPort, ServerArgs};
use crate::whole_file::WholeFile;
pub(crate) use table::note;

/// Tries ports 25, 465 and 587 of a server, or the one that is given, side by side: from DNS to the offer of a login,
/// and with --user to a login. No message is sent.
///
/// Each step may take 15 seconds, unless --timeout says otherwise.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Tries another server beside it, to tell what this network lets through; may be repeated
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port, help_heading = "Check")]
    compare: Vec<HostPort>,

    /// Tells what the DNS says of this sender's domain as well: MX, SPF, DKIM and DMARC, and what to publish
    #[arg(long, value_name = "ADDR", help_heading = "Check")]
    from: Option<String>,

    /// Writes what was found into FILE as well, as one page of HTML that needs nothing else
    #[arg(long, value_name = "FILE", help_heading = "Check")]
    html: Option<PathBuf>,
}

/// What is to be done.
struct Plan {
    check: Check,
    from: Option<Mailbox>,
    sheet: Option<WholeFile>,
}

/// What was found.
struct Found {
    report: Report,
    sender: Option<SenderReport>,
}

/// All look-ups of the sender's DNS together, unless --timeout says otherwise.
const PATIENCE: Duration = Duration::from_secs(15);

/// Checks, and tells what was found.
pub(crate) fn run(args: &CheckArgs) -> ExitCode {
    let mut console = Console::new(args.server.json);
    let plan = match prepare(args, &mut console) {
        Ok(plan) => plan,
        Err(failure) => return refuse(&failure, &console),
    };
    match perform(plan.check, plan.from, args, &console) {
        Ok(found) => {
            tell(&found, &console);
            let unwritten = plan
                .sheet
                .is_some_and(|sheet| !write(sheet, &found, args, &console));
            match status(&found.report) {
                exit::OK if unwritten => console.exit(exit::TRY_AGAIN),
                status => console.exit(status),
            }
        }
        Err(failure) => refuse(&failure, &console),
    }
}

fn tell(found: &Found, console: &Console) {
    table::tell(&found.report, console);
    let mut object = json::report(&found.report);
    if let Some(report) = &found.sender {
        sender::tell(report, console);
        object["sender"] = sender::json(report);
    }
    console.object(&object);
}

fn refuse(failure: &Failure, console: &Console) -> ExitCode {
    console.remark(&format!("smtp: {}", failure.summary), "");
    console.remark("  ", &failure.detail);
    console.object(&refused(failure));
    console.exit(failure.status)
}

/// False means that the page is not there, and that this was told.
fn write(sheet: WholeFile, found: &Found, args: &CheckArgs, console: &Console) -> bool {
    let page = Page::of(&found.report, found.sender.as_ref(), console.redactor());
    let written = sheet.write(&page.render());
    if let Err(error) = &written {
        let path = args.html.as_deref().unwrap_or(Path::new(""));
        console.remark(
            &format!("smtp: {} cannot be written: {error}", path.display()),
            "",
        );
    }
    written.is_ok()
}

/// The object of `--json` where nothing was tried.
pub(crate) fn refused(failure: &Failure) -> Value {
    json::refused(failure)
}

fn prepare(args: &CheckArgs, console: &mut Console) -> Result<Plan, Failure> {
    let server = &args.server;
    server.secret.check()?;
    if server.socket().is_some() {
        return Err(Failure::usage(
            "--server: a check needs a host, as a UNIX socket has neither names nor ports",
        ));
    }
    let from = args
        .from
        .as_deref()
        .map(|text| named("--from", text))
        .transpose()?
        .map(|from| from.address);
    // A place where nothing can be written is told before anything is tried.
    let sheet = args.html.as_deref().map(|path| {
        let no_place = |error| Failure::usage(format_args!("--html {}: {error}", path.display()));
        WholeFile::open(path).map_err(no_place)
    });
    let sheet = sheet.transpose()?;
    let mut builder = server.builder()?;
    if let Some(credentials) = server.credentials(server.host())? {
        console.conceal(Redactor::new(&credentials));
        builder = builder.credentials(credentials);
    }
    let mut check = Check::new(builder);
    if server.domain().is_some() {
        check = check.mail_exchangers();
    }
    for (port, security) in ports(args) {
        check = check.port(port, security);
    }
    for other in &args.compare {
        check = check.compare(&other.host, other.port.unwrap_or_default());
    }
    if let Some(resolver) = server.resolver {
        check = check.resolver(resolver);
    }
    Ok(Plan { check, from, sheet })
}

/// The ports to try where that is not the library's own choice.
fn ports(args: &CheckArgs) -> Vec<(u16, Security)> {
    let server = &args.server;
    match server.given_security() {
        _ if server.domain().is_some() => Vec::new(),
        _ if server.names_port() => vec![(server.port(), server.security())],
        // Port 465 is for TLS from the start, whatever holds for the others.
        Some(security) => vec![
            (EXCHANGE, security),
            (SUBMISSIONS, Security::ImplicitTls),
            (SUBMISSION, security),
        ],
        None => {
            let own = |port, usual| {
                if port == server.port() {
                    server.security()
                } else {
                    usual
                }
            };
            let usual = [
                (EXCHANGE, Security::StartTls),
                (SUBMISSIONS, Security::ImplicitTls),
                (SUBMISSION, Security::StartTls),
            ];
            usual.map(|(port, usual)| (port, own(port, usual))).to_vec()
        }
    }
}

fn perform(
    check: Check,
    from: Option<Mailbox>,
    args: &CheckArgs,
    console: &Console,
) -> Result<Found, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|error| Failure::local(format_args!("the check cannot be started: {error}")))?;
    let live = live::Live::new(console.clone(), args.server.verbose);
    let found = runtime.block_on(async {
        let sender = from.map(|from| tokio::spawn(examine(from, args)));
        let mut report = check.on_progress(live.watcher()).run().await;
        options::name_in(&mut report);
        let sender = match sender {
            Some(task) => task.await.ok(),
            None => None,
        };
        Found { report, sender }
    });
    live.end();
    // The system's resolver may still be waiting for an answer that nobody needs any more.
    runtime.shutdown_background();
    Ok(found)
}

/// The sender's DNS, with the server in mind that its mail goes out through.
fn examine(from: Mailbox, args: &CheckArgs) -> impl Future<Output = SenderReport> + Send + use<> {
    let server = args
        .server
        .domain()
        .is_none()
        .then(|| args.server.host().to_owned());
    let patience = args.server.timeout().unwrap_or(PATIENCE);
    let resolver = args.server.resolver;
    async move { mailwright::sender::examine(&from, server.as_deref(), resolver, patience).await }
}

fn status(report: &Report) -> u8 {
    let verdict = &report.verdict;
    match verdict.cause {
        // What only this machine's options can be to blame for.
        Cause::InvalidInput => exit::of_error(Stage::Config, verdict.cause, None),
        cause => exit::of(cause, verdict.reply.as_ref()),
    }
}

fn host_and_port(text: &str) -> Result<HostPort, String> {
    let server: HostPort = text.parse()?;
    server
        .port
        .map(|_| server.clone())
        .ok_or_else(|| "a port is needed behind the host: HOST:PORT".to_owned())
}

const EXCHANGE: u16 = 25;
const SUBMISSIONS: u16 = 465;
const SUBMISSION: u16 = 587;
