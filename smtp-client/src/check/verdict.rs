//! What follows from all ports together: the one to use, or what is in the way; and what they say of each other.

use mailwright_proto::{Security, auth::Mechanism};

use super::report::{CheckFailure, Port, Use, Verdict};
use crate::cause::Cause;
use crate::stage::Stage;

/// Where mail servers talk to each other. Networks block it, and servers offer no login there.
const EXCHANGE: u16 = 25;

/// Where clients hand mail in, the first that is to be used first.
const SUBMISSION: [u16; 2] = [587, 465];

/// What a check is to find out.
pub(super) struct Wanted {
    /// The port that was meant in the first place.
    pub(super) port: u16,
    /// Mechanisms to log in by, the best first.
    pub(super) mechanisms: Vec<Mechanism>,
    /// Whether a login may go over a connection that is not confidential.
    pub(super) expose_credentials: bool,
}

/// What follows.
pub(super) fn of(ports: &mut [Port], compared: &[Port], wanted: &Wanted) -> Verdict {
    compare(ports, compared);
    let mut order: Vec<&Port> = ports.iter().collect();
    order.sort_by_key(|port| wanted.rank(port));
    if let Some(best) = order.iter().find(|port| port.usable) {
        return usable(best, wanted);
    }
    // The last of the greatest would be taken: the order is turned round.
    let telling = order
        .iter()
        .rev()
        .filter_map(|port| Some((*port, port.failure.as_ref()?)));
    match telling.max_by_key(|(port, failure)| how_far(port, failure)) {
        Some((port, failure)) => Verdict {
            cause: failure.cause,
            summary: match order.len() {
                1 => failure.summary.clone(),
                _ => format!(
                    "No port can be used. The nearest is {}: {}",
                    port.port, failure.summary
                ),
            },
            fix: failure.fix.clone(),
            best: None,
            reply: failure.reply.clone(),
            settings: failure.settings,
        },
        None => Verdict {
            cause: Cause::InvalidInput,
            summary: "There was no port to try.".to_owned(),
            fix: vec!["Name a port.".to_owned()],
            best: None,
            reply: None,
            settings: &[],
        },
    }
}

fn usable(port: &Port, wanted: &Wanted) -> Verdict {
    let best = Use {
        host: port.host.clone(),
        port: port.port,
        security: port.security,
        auth: wanted.login_at(port),
    };
    let security = match (best.security, &port.tls) {
        (Security::ImplicitTls, _) => "TLS from the start",
        (_, Some(_)) => "STARTTLS",
        (_, None) => "no TLS",
    };
    let login = best.auth.map_or_else(
        || "no login".to_owned(),
        |mechanism| format!("a login by {mechanism}"),
    );
    Verdict {
        cause: Cause::Ok,
        summary: format!(
            "Port {} of {} can be used, with {security} and {login}.",
            best.port, best.host
        ),
        fix: Cause::Ok.fix().iter().copied().map(str::to_owned).collect(),
        best: Some(best),
        reply: None,
        settings: &[],
    }
}

impl Wanted {
    /// The less the better.
    fn rank(&self, port: &Port) -> usize {
        match port.port {
            number if number == self.port => 0,
            number => {
                1 + SUBMISSION
                    .iter()
                    .position(|&other| other == number)
                    .unwrap_or(SUBMISSION.len())
            }
        }
    }

    /// How to log in there: as it was done, or by the best of what is offered.
    fn login_at(&self, port: &Port) -> Option<Mechanism> {
        if let Some(login) = &port.login {
            return Some(login.mechanism);
        }
        let is_confidential = matches!(port.security, Security::StartTls | Security::ImplicitTls);
        let offered = port.secured.as_ref().or(port.plain.as_ref())?;
        let mut known = self.mechanisms.iter().copied();
        known
            .find(|mechanism| offered.offers_mechanism(*mechanism))
            .filter(|_| is_confidential || self.expose_credentials)
    }
}

/// How telling a failure is: the further it got the more. That mail exchangers offer no login is how it should be.
fn how_far(port: &Port, failure: &CheckFailure) -> u8 {
    match failure.stage {
        Stage::Config | Stage::Dns => 0,
        Stage::Connect => 1,
        Stage::Auth if failure.cause == Cause::AuthNotOffered && port.port == EXCHANGE => 2,
        Stage::Greeting => 3,
        Stage::Ehlo => 4,
        Stage::StartTls => 5,
        Stage::Tls => 6,
        _ => 7,
    }
}

/// Adds to each failure what the other ports and servers say of it.
fn compare(ports: &mut [Port], compared: &[Port]) {
    let others: Vec<Seen> = ports.iter().map(Seen::of).collect();
    let compared: Vec<Seen> = compared.iter().map(Seen::of).collect();
    for port in ports {
        let (host, number) = (port.host.clone(), port.port);
        let Some(failure) = &mut port.failure else {
            continue;
        };
        match failure.cause {
            Cause::ConnectionTimeout => {
                let told = blocked(&host, number, &others, &compared);
                *failure = told
                    .into_iter()
                    .fold(failure.clone(), |failure, (summary, fix)| {
                        failure.saying(summary, [fix])
                    });
            }
            Cause::AuthNotOffered => {
                let elsewhere = others
                    .iter()
                    .filter(|other| other.offers_auth && other.port != number);
                let elsewhere: Vec<String> =
                    elsewhere.map(|other| other.port.to_string()).collect();
                if !elsewhere.is_empty() {
                    let summary = format!(
                        "{} Port {} offers one.",
                        failure.summary,
                        elsewhere.join(" and ")
                    );
                    let fix = format!("Use port {}.", elsewhere.join(" or "));
                    *failure = failure.clone().saying(summary, [fix]);
                }
            }
            _ => {}
        }
    }
}

/// What one port tells of another.
struct Seen {
    host: String,
    port: u16,
    answers: bool,
    times_out: bool,
    offers_auth: bool,
}

impl Seen {
    fn of(port: &Port) -> Self {
        Self {
            host: port.host.clone(),
            port: port.port,
            answers: port.address.is_some(),
            times_out: port
                .failure
                .as_ref()
                .is_some_and(|failure| failure.cause == Cause::ConnectionTimeout),
            offers_auth: !port.auth_mechanisms().is_empty(),
        }
    }
}

/// Why a port does not answer, and what to do: the last says most.
fn blocked(host: &str, port: u16, others: &[Seen], compared: &[Seen]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let sibling = others
        .iter()
        .find(|other| other.host == host && other.port != port && other.answers);
    if let Some(sibling) = sibling {
        let summary = format!(
            "Port {port} of {host} does not answer, and port {} does: a firewall on the way drops what goes to port {port}.",
            sibling.port
        );
        let habit = if port == EXCHANGE {
            ": most networks and cloud providers block port 25"
        } else {
            ""
        };
        told.push((summary, format!("Use port {}{habit}.", sibling.port)));
    }
    let mut beside = compared.iter().filter(|other| other.port == port);
    if let Some(other) = beside.clone().find(|other| other.answers) {
        let summary = format!(
            "Port {port} of {host} does not answer, and port {port} of {} does: this network does not block the port.",
            other.host
        );
        told.push((
            summary,
            format!("Ask the operator of {host}: the server is down, or its firewall blocks this network."),
        ));
    } else if let Some(other) = beside.find(|other| other.times_out) {
        let summary = format!(
            "Port {port} does not answer on {host}, nor on {}: a firewall of this network blocks port {port}.",
            other.host
        );
        let fix = format!(
            "Ask the operator of this network or the hosting provider to open port {port}, or use another port."
        );
        told.push((summary, fix));
    } else if let Some(other) = compared.iter().find(|other| other.answers) {
        let summary = format!(
            "Port {port} of {host} does not answer, and port {} of {} does: the network is there, and either a firewall \
             drops what goes to port {port}, or the server is down.",
            other.port, other.host
        );
        told.push((
            summary,
            format!("Compare with port {port} of another server, to tell which."),
        ));
    }
    told
}
