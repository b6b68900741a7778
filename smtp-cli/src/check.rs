//! `smtp check`: what is in the way between this machine and a server.

mod json;
mod live;
mod table;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use rustls::pki_types::ServerName;
use serde_json::Value;
use smtp_client::check::{Check, Report};
use smtp_client::{Cause, Redactor, Security, Stage};

use crate::console::Console;
use crate::exit;
use crate::failure::Failure;
use crate::server::{HostPort, ServerArgs};

/// Tries ports 25, 465 and 587 of a server, or the one that is given, side by side: from DNS to the offer of a login,
/// and with --user to a login. No message is sent.
///
/// Each step may take 15 seconds, unless --timeout says otherwise.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// The hosts that take mail for this domain, port 25, in the order of their preference: TLS where it is offered
    #[arg(long, value_name = "DOMAIN", group = "target", value_parser = domain, help_heading = "Server")]
    mx: Option<String>,

    /// Tries another server beside it, to tell what this network lets through; may be repeated
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port, help_heading = "Check")]
    compare: Vec<HostPort>,

    /// Asks this name server alone, instead of the system's
    #[arg(long, value_name = "IP:PORT", help_heading = "Check")]
    resolver: Option<SocketAddr>,
}

/// Checks, and tells what was found.
pub(crate) fn run(args: &CheckArgs) -> ExitCode {
    let mut console = Console::new(args.server.json);
    match prepare(args, &mut console).and_then(|check| perform(check, args, &console)) {
        Ok(report) => {
            table::tell(&report, &console);
            console.object(&json::report(&report));
            console.exit(status(&report))
        }
        Err(failure) => {
            console.remark(&format!("smtp: {}", failure.summary), "");
            console.remark("  ", &failure.detail);
            console.object(&refused(&failure));
            console.exit(failure.status)
        }
    }
}

/// The object of `--json` where nothing was tried.
pub(crate) fn refused(failure: &Failure) -> Value {
    json::refused(failure)
}

fn prepare(args: &CheckArgs, console: &mut Console) -> Result<Check, Failure> {
    let server = &args.server;
    server.secret.check()?;
    let mut builder = match &args.mx {
        Some(domain) => {
            server.builder_for(domain, EXCHANGE, server.given_security().unwrap_or(Security::Opportunistic))?
        }
        None => server.builder()?,
    };
    let host = args.mx.as_deref().unwrap_or(server.host());
    if let Some(credentials) = server.credentials(host)? {
        console.conceal(Redactor::new(&credentials));
        builder = builder.credentials(credentials);
    }
    let mut check = Check::new(builder);
    if args.mx.is_some() {
        check = check.mail_exchangers();
    }
    for (port, security) in ports(args) {
        check = check.port(port, security);
    }
    for other in &args.compare {
        check = check.compare(&other.host, other.port.unwrap_or_default());
    }
    if let Some(resolver) = args.resolver {
        check = check.resolver(resolver);
    }
    Ok(check)
}

/// The ports to try where that is not the library's own choice.
fn ports(args: &CheckArgs) -> Vec<(u16, Security)> {
    let server = &args.server;
    match server.given_security() {
        _ if args.mx.is_some() => Vec::new(),
        _ if server.names_port() => vec![(server.port(), server.security())],
        // Port 465 is for TLS from the start, whatever holds for the others.
        Some(security) => vec![(EXCHANGE, security), (SUBMISSIONS, Security::ImplicitTls), (SUBMISSION, security)],
        None => {
            let own = |port, usual| if port == server.port() { server.security() } else { usual };
            let usual = [
                (EXCHANGE, Security::StartTls),
                (SUBMISSIONS, Security::ImplicitTls),
                (SUBMISSION, Security::StartTls),
            ];
            usual.map(|(port, usual)| (port, own(port, usual))).to_vec()
        }
    }
}

fn perform(check: Check, args: &CheckArgs, console: &Console) -> Result<Report, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::local(format_args!("the check cannot be started: {error}")))?;
    let live = live::Live::new(console.clone(), args.server.verbose);
    let report = runtime.block_on(check.on_progress(live.watcher()).run());
    live.end();
    // The system's resolver may still be waiting for an answer that nobody needs any more.
    runtime.shutdown_background();
    Ok(report)
}

fn status(report: &Report) -> u8 {
    let verdict = &report.verdict;
    match verdict.cause {
        // What only this machine's options can be to blame for.
        Cause::InvalidInput => exit::of_error(Stage::Config, verdict.cause, None),
        cause => exit::of(cause, verdict.reply.as_ref()),
    }
}

fn domain(name: &str) -> Result<String, String> {
    match ServerName::try_from(name) {
        Ok(ServerName::DnsName(_)) => Ok(name.to_owned()),
        _ => Err(format!("“{name}” is no domain name")),
    }
}

fn host_and_port(text: &str) -> Result<HostPort, String> {
    let server: HostPort = text.parse()?;
    server.port.map(|_| server.clone()).ok_or_else(|| "a port is needed behind the host: HOST:PORT".to_owned())
}

const EXCHANGE: u16 = 25;
const SUBMISSIONS: u16 = 465;
const SUBMISSION: u16 = 587;
