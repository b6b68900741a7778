//! How far each port has come, while a check is at work: one line on a terminal, or the dialogues with `-v`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use smtp_client::Peer;
use smtp_client::check::{News, Progress, StepOutcome};

use crate::console::Console;

/// The stage of each port of each host; without a port, of the host's name.
type States = BTreeMap<(String, Option<u16>), String>;

/// Shows a check's progress.
pub(super) struct Live {
    console: Console,
    verbose: bool,
    ports: Arc<Mutex<States>>,
}

impl Live {
    pub(super) fn new(console: Console, verbose: bool) -> Self {
        Self { console, verbose, ports: Arc::default() }
    }

    /// Who is told by the check.
    pub(super) fn watcher(&self) -> impl FnMut(&Progress<'_>) + Send + 'static {
        let (console, verbose, ports) = (self.console.clone(), self.verbose, Arc::clone(&self.ports));
        let is_watched = !verbose && console.is_watched();
        move |progress| match progress.news {
            News::Said(line) if verbose => {
                let sign = if line.from == Peer::Client { '>' } else { '<' };
                let port = progress.port.map_or_else(String::new, |port| format!(":{port}"));
                console.remark(&format!("{}{port} {sign} ", progress.host), &line.text);
            }
            News::Began(step) | News::Ended(step) if is_watched => {
                let state = match step.outcome {
                    StepOutcome::Failed => format!("{} failed", step.stage),
                    _ => step.stage.to_string(),
                };
                let mut ports = ports.lock().unwrap_or_else(PoisonError::into_inner);
                ports.insert((progress.host.to_owned(), progress.port), state);
                console.progress(&line(&ports));
            }
            _ => {}
        }
    }

    /// The line is the report's.
    pub(super) fn end(&self) {
        if !self.ports.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.console.progress("");
        }
    }
}

/// Once there are ports the look-up of their names is past.
fn line(ports: &States) -> String {
    let has_ports = ports.keys().any(|(_, port)| port.is_some());
    let shown = ports.iter().filter(|((_, port), _)| port.is_some() == has_ports);
    let shown = shown.map(|((host, port), state)| match port {
        Some(port) => format!("{port} {state}"),
        None => format!("{host} {state}"),
    });
    shown.collect::<Vec<_>>().join("   ")
}
