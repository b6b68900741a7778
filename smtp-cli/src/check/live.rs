//! How far each port has come, while a check is at work: one line on a terminal, or the dialogues with `-v`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use mailwright::Peer;
use mailwright::check::{News, Progress, StepOutcome};

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
        Self {
            console,
            verbose,
            ports: Arc::default(),
        }
    }

    /// Who is told by the check.
    pub(super) fn watcher(&self) -> impl FnMut(&Progress<'_>) + Send + 'static {
        let (console, verbose, ports) =
            (self.console.clone(), self.verbose, Arc::clone(&self.ports));
        let is_watched = !verbose && console.is_watched();
        move |progress| match progress.news {
            News::Said(line) if verbose => {
                let sign = if line.from == Peer::Client { '>' } else { '<' };
                let port = progress
                    .port
                    .map_or_else(String::new, |port| format!(":{port}"));
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
        if !self
            .ports
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
        {
            self.console.progress("");
        }
    }
}

/// Once there are ports the look-up of their names is past. A host is named where there is more than one.
fn line(ports: &States) -> String {
    let has_ports = ports.keys().any(|(_, port)| port.is_some());
    let shown = || {
        ports
            .iter()
            .filter(|((_, port), _)| port.is_some() == has_ports)
    };
    let first = shown().next().map(|((host, _), _)| host);
    let of_many = shown().any(|((host, _), _)| Some(host) != first);
    let words = shown().map(|((host, port), state)| match port {
        Some(port) if of_many => format!("{host}:{port} {state}"),
        Some(port) => format!("{port} {state}"),
        None => format!("{host} {state}"),
    });
    words.collect::<Vec<_>>().join("   ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(states: &[(&str, Option<u16>, &str)]) -> String {
        line(
            &states
                .iter()
                .map(|(host, port, state)| ((host.to_string(), *port), state.to_string()))
                .collect(),
        )
    }

    #[test]
    fn the_line_names_hosts_until_there_are_ports_and_where_there_are_several() {
        assert_eq!(shown(&[("a.test", None, "dns")]), "a.test dns");
        let ports = [
            ("a.test", None, "dns"),
            ("a.test", Some(25), "connect"),
            ("a.test", Some(587), "tls"),
        ];
        assert_eq!(shown(&ports), "25 connect   587 tls");
        let hosts = [
            ("a.test", Some(25), "connect"),
            ("b.test", Some(25), "greeting failed"),
        ];
        assert_eq!(
            shown(&hosts),
            "a.test:25 connect   b.test:25 greeting failed"
        );
    }
}
