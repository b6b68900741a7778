//! `smtp providers`: the presets, as a table or one by one for people, as one JSON object for scripts.

use std::process::ExitCode;

use clap::Args;
use mailwright::{Provider, ProviderLimits, Security};
use serde_json::{Value, json};

use crate::console::Console;
use crate::exit;

/// Lists the presets for --provider.
///
/// With names, it shows all that is known of them: limits, notes, and the page that says so.
#[derive(Args, Debug)]
pub(crate) struct ProvidersArgs {
    /// Only these, with all that is known of them
    #[arg(value_name = "NAME", value_parser = Provider::named)]
    names: Vec<Provider>,

    /// Prints them as one JSON object
    #[arg(long)]
    json: bool,
}

/// Shows the presets.
pub(crate) fn run(args: &ProvidersArgs) -> ExitCode {
    let console = Console::new(args.json);
    let providers = if args.names.is_empty() {
        Provider::ALL
    } else {
        args.names.as_slice()
    };
    let text = match (args.json, args.names.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => table(providers),
        (false, false) => providers.iter().flat_map(details).collect(),
    };
    text.iter().for_each(|line| console.line(line, ""));
    console.object(&to_json(providers));
    console.exit(exit::OK)
}

fn to_json(providers: &[Provider]) -> Value {
    let limits = |limits: ProviderLimits| {
        json!({
            "connections": limits.connections,
            "messages_per_minute": limits.messages_per_minute,
            "message_size": limits.message_size,
        })
    };
    let provider = |provider: &Provider| {
        json!({
            "name": provider.name,
            "title": provider.title,
            "server": provider.server,
            "port": provider.port,
            "security": security(provider.security),
            "auth": provider.auth,
            "oauth": provider.oauth,
            "limits": provider.limits.map(limits),
            "notes": provider.notes,
            "source": provider.source,
        })
    };
    json!({"providers": providers.iter().map(provider).collect::<Vec<_>>()})
}

/// The word for it that --security takes.
fn security(security: Security) -> &'static str {
    match security {
        Security::StartTls => "starttls",
        Security::ImplicitTls => "tls",
        Security::Opportunistic => "opportunistic",
        Security::None => "none",
    }
}

const HEADER: [&str; 5] = ["NAME", "SERVER", "PORT", "SECURITY", "LOGIN"];

fn table(providers: &[Provider]) -> Vec<String> {
    let row = |provider: &Provider| {
        let login = login(provider);
        let [name, security] = [provider.name, security(provider.security)].map(str::to_owned);
        [
            name,
            provider.server.to_string(),
            provider.port.to_string(),
            security,
            login,
        ]
    };
    let rows: Vec<_> = [HEADER.map(str::to_owned)]
        .into_iter()
        .chain(providers.iter().map(row))
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].len())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..HEADER.len()).map(width).collect();
    let line = |row: &[String; HEADER.len()]| {
        let cells: Vec<_> = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn login(provider: &Provider) -> String {
    match provider.auth {
        [] => "-".to_owned(),
        names => names.join(" "),
    }
}

fn details(provider: &Provider) -> Vec<String> {
    let at = format!(
        "{}:{}, security {}",
        provider.server,
        provider.port,
        security(provider.security)
    );
    let mut lines = vec![
        format!("{}: {}", provider.name, provider.title),
        format!("  server: {at}"),
    ];
    lines.push(format!("  login: {}", login(provider)));
    if let Some(oauth) = provider.oauth {
        lines.push(format!("  tokens from: {oauth}"));
    }
    let limits = provider.limits.unwrap_or_default();
    let numbers = [
        (limits.connections.map(u64::from), "connections at once"),
        (
            limits.messages_per_minute.map(u64::from),
            "messages a minute",
        ),
        (limits.message_size, "octets a message"),
    ];
    lines.extend(
        numbers
            .iter()
            .filter_map(|(number, what)| Some(format!("  at most {} {what}", (*number)?))),
    );
    lines.extend(provider.notes.iter().map(|note| format!("  - {note}")));
    lines.push(format!("  see {}", provider.source));
    lines
}
