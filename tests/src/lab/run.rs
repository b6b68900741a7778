//! A fault set up, and looked at: by the library and by the command.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use mailwright::check::{Check, Report};
use mailwright::{Client, Credentials, Secret, Security, Trust};
use serde_json::Value;
use smtp_canary::canary;

use super::certificates::Authorities;
use super::server::{Heard, Server};
use super::{Ask, Fault, HOST, USER};
use crate::dns::{DnsServer, World};

/// Where nothing keeps silent, nothing needs to be waited for.
const PATIENT: &str = "20";

/// Where somebody keeps silent, it is waited for so long.
const IMPATIENT: &str = "1";

/// Who is compared with.
const OTHER: &str = "other.example.test";

/// A fault that is set up: its servers run until this is dropped.
pub struct Lab {
    fault: Fault,
    authorities: Arc<Authorities>,
    dns: DnsServer,
    doors: Vec<(Server, Security)>,
    compared: Vec<Server>,
    heard: Heard,
    secret: String,
}

/// What was found, by whichever way.
#[derive(Debug)]
pub struct Found {
    /// The verdict's cause.
    pub cause: String,
    /// How far the first port got, or where it stopped.
    pub phase: String,
    /// The port, security and mechanism to use, if there are any.
    pub best: Option<(u16, String, Option<String>)>,
    /// What is said of the first port's failure and of the verdict.
    pub text: String,
    /// The command's exit status.
    pub exit: Option<i32>,
}

impl Lab {
    /// Sets a fault up.
    pub fn new(fault: Fault, authorities: &Arc<Authorities>) -> Self {
        let heard = Heard::default();
        let start = |door, at: SocketAddr| Server::start(door, at, authorities, &heard);
        let doors = fault
            .doors
            .iter()
            .map(|(door, security)| (start(door, ANY), security_named(security)));
        let doors: Vec<_> = doors.collect();
        // The same port of another host.
        let port = doors.first().map_or(0, |(door, _)| door.port());
        let other = SocketAddr::from(([127, 0, 0, 2], port));
        let compared = fault
            .compared
            .iter()
            .map(|door| start(door, other))
            .collect();
        let records = fault.world.as_ref().map_or(DEFAULT, |world| world.records);
        let mut world = World::parse(records);
        if let Some((name, how)) = fault.world.as_ref().and_then(|world| world.fault.clone()) {
            world = world.fault(name, how);
        }
        let dns = DnsServer::start(world);
        Self {
            fault,
            authorities: Arc::clone(authorities),
            dns,
            doors,
            compared,
            heard,
            secret: canary(),
        }
    }

    /// The ports, in the order of the fault's doors.
    pub fn ports(&self) -> Vec<u16> {
        self.doors.iter().map(|(door, _)| door.port()).collect()
    }

    /// All that clients said.
    pub fn heard(&self) -> Vec<String> {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The password or token.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// What the library finds.
    pub fn by_library(&self) -> (Found, Report) {
        let (port, security) = self.first();
        let mut builder = Client::builder(self.host(), port)
            .security(security)
            .trust(Trust::Roots(vec![self.authorities.certificate()]))
            .timeout(Duration::from_secs(
                self.patience().parse().expect("a number"),
            ));
        let secret = Secret::from(self.secret.clone());
        builder = match self.fault.ask {
            Ask::Password => {
                builder.credentials(Credentials::password(USER, secret).expect("credentials"))
            }
            Ask::Token => {
                builder.credentials(Credentials::token(USER, secret).expect("credentials"))
            }
            _ => builder,
        };
        let mut check = Check::new(builder).resolver(self.resolver());
        if self.fault.ask == Ask::Exchangers {
            check = check.mail_exchangers();
        }
        for (door, security) in &self.doors {
            check = check.port(door.port(), *security);
        }
        for door in &self.compared {
            check = check.compare(OTHER, door.port());
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let report = runtime.block_on(check.run());
        (Found::of(&report), report)
    }

    /// What the command finds, which tries one port alone: the object of `--json`, and the exit status.
    pub fn by_command(&self, program: &Path) -> (Found, Value) {
        self.by_command_with(program, &[])
    }

    /// The same, with more options.
    pub fn by_command_with(&self, program: &Path, options: &[&str]) -> (Found, Value) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        let (port, security) = self.first();
        let mut command = Command::new(program);
        command.args(["check", "--json", "-v", "--timeout", self.patience()]);
        command.args(["--resolver", &self.resolver().to_string()]);
        command
            .arg("--ca-file")
            .arg(file("ca.pem", &self.authorities.pem()));
        command.env_remove("SMTP_PASSWORD").env_remove("SMTP_TOKEN");
        match self.fault.ask {
            Ask::Exchangers => command.args(["--mx", "example.test"]),
            _ => command.args([
                "--server",
                &format!("{}:{port}", self.host()),
                "--security",
                name_of(security),
            ]),
        };
        let option = match self.fault.ask {
            Ask::Password => Some("--password-file"),
            Ask::Token => Some("--token-file"),
            _ => None,
        };
        if let Some(option) = option {
            command
                .args(["--user", USER])
                .arg(option)
                .arg(file("secret", &self.secret));
        }
        for door in &self.compared {
            command.args(["--compare", &format!("{OTHER}:{}", door.port())]);
        }
        let output = command.args(options).output().expect("the command starts");
        let (stdout, stderr) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let json: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| {
            panic!("{}: no JSON: {error}\n{stdout}\n{stderr}", self.fault.name)
        });
        let mut found = Found::of_json(&json);
        found.exit = output.status.code();
        found.text.push_str(&stderr);
        (found, json)
    }

    fn first(&self) -> (u16, Security) {
        self.doors
            .first()
            .map_or((25, Security::StartTls), |(door, security)| {
                (door.port(), *security)
            })
    }

    fn host(&self) -> String {
        match self.fault.ask {
            Ask::Address => "127.0.0.1".to_owned(),
            Ask::Exchangers => "example.test".to_owned(),
            _ => HOST.to_owned(),
        }
    }

    fn resolver(&self) -> SocketAddr {
        self.dns.address()
    }

    fn patience(&self) -> &'static str {
        let is_silent = matches!(
            self.fault.cause,
            "timeout" | "connection-timeout" | "dns-failure"
        );
        if is_silent || self.fault.name.contains("silent") {
            IMPATIENT
        } else {
            PATIENT
        }
    }
}

/// Where nothing is wrong with names.
const DEFAULT: &str = "mail.example.test. IN A 127.0.0.1\nother.example.test. IN A 127.0.0.2";

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

impl Found {
    fn of(report: &Report) -> Self {
        let first = report.ports.first().expect("a port");
        let failure = first.failure.as_ref();
        let said = failure
            .map(|failure| format!("{} {} {:?}", failure.summary, failure.detail, failure.fix));
        let best = report.verdict.best.as_ref();
        Self {
            cause: report.verdict.cause.to_string(),
            phase: first.stage.to_string(),
            best: best.map(|best| {
                let auth = best.auth.map(|mechanism| mechanism.name().to_owned());
                (best.port, name_of(best.security).to_owned(), auth)
            }),
            text: format!(
                "{} {} {:?}",
                report.verdict.summary,
                said.unwrap_or_default(),
                report.verdict.fix
            ),
            exit: None,
        }
    }

    fn of_json(json: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (first, verdict) = (&json["ports"][0], &json["verdict"]);
        let best = &verdict["use"];
        Self {
            cause: text(&verdict["cause"]).unwrap_or_default(),
            phase: text(&first["phase"]).unwrap_or_default(),
            best: best["port"].as_u64().map(|port| {
                let port = u16::try_from(port).expect("a port");
                (
                    port,
                    text(&best["security"]).unwrap_or_default(),
                    text(&best["auth"]),
                )
            }),
            text: format!("{verdict} {}", first["failure"]),
            exit: None,
        }
    }
}

fn security_named(name: &str) -> Security {
    match name {
        "starttls" => Security::StartTls,
        "tls" => Security::ImplicitTls,
        "opportunistic" => Security::Opportunistic,
        _ => Security::None,
    }
}

fn name_of(security: Security) -> &'static str {
    match security {
        Security::StartTls => "starttls",
        Security::ImplicitTls => "tls",
        Security::Opportunistic => "opportunistic",
        Security::None => "none",
    }
}
