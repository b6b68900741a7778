//! The options that name a server and say how to talk to it.

#[cfg(test)]
mod tests;

use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};
use mailwright::{Client, ClientBuilder, Provider, TlsVersion, Trust};
use mailwright_proto::{
    Security,
    address::EhloName,
    auth::{Credentials, Mechanism},
    ehlo::Keyword,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use crate::failure::Failure;
use crate::pem::{self, Unusable};
use crate::place::Place;
use crate::secrets::SecretArgs;

/// What servers of LMTP listen on where nobody says otherwise; RFC 2033 section 5 has no port, and forbids 25.
const LMTP: u16 = 24;
const EXCHANGE: u16 = 25;
const SUBMISSION: u16 = 587;
pub(crate) const SUBMISSIONS: u16 = 465;

/// The server, TLS, the login and time-outs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Server", group = ArgGroup::new("target").required(true))]
pub(crate) struct ServerArgs {
    /// The server; port 587, or 465 with --security tls, or 24 with --lmtp, unless one is given. Also smtp://HOST and
    /// smtps://HOST, which is TLS from the start; with --lmtp also unix:PATH
    #[arg(long, value_name = "HOST[:PORT]", group = "target")]
    server: Option<Place>,

    /// Speaks LMTP, by which mail is handed to the mailboxes themselves: each recipient has a final reply of its own
    #[arg(long)]
    lmtp: bool,

    /// A preset instead of --server: its server, port, security and mechanisms; `smtp providers` lists them
    #[arg(long, value_name = "NAME", group = "target", value_parser = Provider::named)]
    provider: Option<Provider>,

    /// The hosts that take mail for this domain, in the order of their preference, without a login; port 25, unless
    /// another one is given
    #[arg(long, value_name = "DOMAIN[:PORT]", group = "target", value_parser = domain, conflicts_with_all = ["login", "lmtp"])]
    mx: Option<HostPort>,

    /// Asks this name server alone, instead of the system's
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) resolver: Option<SocketAddr>,

    /// How the connection is protected; starttls, on port 465 tls, with a preset its way, with --mx opportunistic, over a
    /// UNIX socket none, unless this says otherwise. Opportunistic is TLS where STARTTLS is offered: certificates go
    /// unchecked, no login is made, and where STARTTLS or the handshake fails there is no way around
    #[arg(long, value_name = "KIND", ignore_case = true)]
    security: Option<SecurityKind>,

    /// Trusts the roots in this file instead of the system's
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,

    /// The lowest version of TLS that is good enough
    #[arg(long, value_name = "VERSION", default_value = "1.2")]
    tls_min: TlsMin,

    /// Does not check whose server it is: anybody on the way can read everything
    #[arg(long, conflicts_with = "ca_file")]
    dangerous_accept_any_certificate: bool,

    /// Logs in without TLS: anybody on the way can read user and password
    #[arg(long)]
    dangerous_plaintext_auth: bool,

    /// The client's name in EHLO. The default is this host's name if that is a domain of two labels
    /// or more, else the literal of the connection's own address
    #[arg(long, value_name = "NAME")]
    ehlo: Option<String>,

    #[command(flatten)]
    pub(crate) secret: SecretArgs,

    /// A certificate of our own, for servers that ask for one
    #[arg(long, value_name = "PEM", requires = "client_key")]
    client_cert: Option<PathBuf>,

    /// The key of that certificate
    #[arg(long, value_name = "PEM", requires = "client_cert")]
    client_key: Option<PathBuf>,

    /// Logs in by this mechanism alone; may be repeated, in the order of preference. Unless given: OAUTHBEARER and XOAUTH2
    /// with a token, then SCRAM-SHA-256-PLUS, SCRAM-SHA-256, SCRAM-SHA-1-PLUS, SCRAM-SHA-1, CRAM-MD5, PLAIN and LOGIN.
    /// EXTERNAL, with --client-cert (and without --user, if the server reads the user from the certificate), and
    /// ANONYMOUS, with --user for the server's log, have to be named
    #[arg(long = "auth", value_name = "MECHANISM", value_parser = mechanism, conflicts_with = "mx")]
    mechanisms: Vec<Mechanism>,

    /// Acts as if the server did not offer this extension, such as PIPELINING or CHUNKING, if its
    /// implementation is broken; may be repeated
    #[arg(long = "ignore-extension", value_name = "NAME", value_parser = extension)]
    ignored: Vec<Keyword>,

    /// Seconds to wait for the connection; 30 unless given
    #[arg(long, value_name = "S", value_parser = seconds)]
    connect_timeout: Option<Duration>,

    /// Seconds to wait for each answer, instead of RFC 5321's time-outs; the answer to QUIT is waited for 2 seconds at
    /// most in any case
    #[arg(long, value_name = "S", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Shows the dialogue as it happens, on standard error
    #[arg(short = 'v')]
    pub(crate) verbose: bool,

    /// Prints the result as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SecurityKind {
    Starttls,
    Tls,
    Opportunistic,
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TlsMin {
    #[value(name = "1.2")]
    V1_2,
    #[value(name = "1.3")]
    V1_3,
}

impl ServerArgs {
    /// The host as it was given, without brackets, or the preset's; with --mx, the domain.
    pub(crate) fn host(&self) -> &str {
        let given = self
            .named()
            .map(|server| server.host.as_str())
            .or(self.socket().map(|_| "localhost"));
        // One of them is there: the command line is refused without.
        given
            .or(self.provider.as_ref().map(|provider| &*provider.server))
            .unwrap_or_default()
    }

    /// The host and port that were given, or with --mx the domain and port.
    fn named(&self) -> Option<&HostPort> {
        self.mx
            .as_ref()
            .or(self.server.as_ref().and_then(Place::host))
    }

    /// The UNIX socket that was given in a host's place.
    pub(crate) fn socket(&self) -> Option<&PathBuf> {
        self.server.as_ref().and_then(Place::socket)
    }

    /// The domain that --mx names.
    pub(crate) fn domain(&self) -> Option<&str> {
        self.mx.as_ref().map(|domain| domain.host.as_str())
    }

    /// The preset, if one was given.
    pub(crate) fn provider(&self) -> Option<&Provider> {
        self.provider.as_ref()
    }

    /// What --timeout says.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The port that was given, or the preset's, or the one that goes with the security.
    pub(crate) fn port(&self) -> u16 {
        let wants_tls = self.security.map(|kind| kind == SecurityKind::Tls);
        match (self.named(), &self.provider) {
            (
                Some(HostPort {
                    port: Some(port), ..
                }),
                _,
            ) => *port,
            _ if self.lmtp => LMTP,
            _ if self.mx.is_some() => EXCHANGE,
            // Its port speaks TLS from the first octet, or does not: another kind of security needs another port.
            (_, Some(preset))
                if wants_tls
                    .is_none_or(|tls| tls == (preset.security == Security::ImplicitTls)) =>
            {
                preset.port
            }
            _ if wants_tls == Some(true) => SUBMISSIONS,
            _ => SUBMISSION,
        }
    }

    /// A client to this server, all but its credentials. Reads files, connects to nothing.
    pub(crate) fn builder(&self) -> Result<ClientBuilder, Failure> {
        let mut builder = match &self.mx {
            Some(domain) => Client::mx(&domain.host).port(self.port()),
            None => Client::builder(self.host(), self.port()),
        };
        if let Some(resolver) = self.resolver {
            builder = builder.resolver(resolver);
        }
        builder = match self.socket() {
            None => builder,
            Some(_) if !self.lmtp => {
                return Err(Failure::usage("--server: unix:PATH goes with --lmtp"));
            }
            #[cfg(unix)]
            Some(path) => builder.unix_socket(path),
            #[cfg(not(unix))]
            Some(_) => builder,
        };
        if self.is_tls_url() && self.security() != Security::ImplicitTls {
            return Err(Failure::usage(
                "--server: smtps:// is TLS from the start, which contradicts --security",
            ));
        }
        let version = match self.tls_min {
            TlsMin::V1_2 => TlsVersion::V1_2,
            TlsMin::V1_3 => TlsVersion::V1_3,
        };
        builder = builder
            .security(self.security())
            .trust(self.trust()?)
            .extended_mechanisms()
            .tls_min(version);
        if let Some(name) = self.ehlo_name()? {
            builder = builder.ehlo(name);
        }
        if let Some(mechanisms) = self.mechanisms() {
            builder = builder.mechanisms(mechanisms);
        }
        if let (Some(certificate), Some(key)) = (&self.client_cert, &self.client_key) {
            builder = builder.client_certificate(
                certificates("--client-cert", certificate)?,
                private_key("--client-key", key)?,
            );
        }
        builder = builder.ignore_extensions(self.ignored.clone());
        if self.lmtp {
            builder = builder.lmtp();
        }
        if self.dangerous_plaintext_auth {
            builder = builder.dangerous_plaintext_auth();
        }
        if let Some(limit) = self.connect_timeout {
            builder = builder.connect_timeout(limit);
        }
        if let Some(limit) = self.timeout {
            builder = builder.timeout(limit);
        }
        Ok(builder)
    }

    /// Who logs in, if anybody does; `host` is named where a password is asked for.
    pub(crate) fn credentials(&self, host: &str) -> Result<Option<Credentials>, Failure> {
        let mechanisms = self.mechanisms().unwrap_or_default();
        if mechanisms.contains(&Mechanism::External) && self.client_cert.is_none() {
            return Err(Failure::usage(
                "--auth EXTERNAL: give the certificate by --client-cert and --client-key",
            ));
        }
        let credentials = self.secret.credentials(host, &mechanisms)?;
        if credentials.is_none() && !self.mechanisms.is_empty() {
            return Err(Failure::usage(
                "--auth: name who logs in, with --user or --oauth",
            ));
        }
        Ok(credentials)
    }

    /// Whether one port was named, and no other is meant.
    pub(crate) fn names_port(&self) -> bool {
        self.lmtp || self.named().is_some_and(|server| server.port.is_some())
    }

    /// Returns whether the server was given as `smtps://`.
    fn is_tls_url(&self) -> bool {
        matches!(self.server, Some(Place::TlsHost(_)))
    }

    /// The kind of security that was given, if one was.
    pub(crate) fn given_security(&self) -> Option<Security> {
        self.security.map(|_| self.security())
    }

    pub(crate) fn security(&self) -> Security {
        match (self.security, &self.provider) {
            (Some(SecurityKind::Starttls), _) => Security::StartTls,
            (Some(SecurityKind::Tls), _) => Security::ImplicitTls,
            (Some(SecurityKind::Opportunistic), _) => Security::Opportunistic,
            (Some(SecurityKind::None), _) => Security::None,
            (None, Some(preset)) => preset.security,
            (None, None) if self.socket().is_some() => Security::None,
            (None, None) if self.mx.is_some() => Security::Opportunistic,
            (None, None) if self.port() == SUBMISSIONS || self.is_tls_url() => {
                Security::ImplicitTls
            }
            (None, None) => Security::StartTls,
        }
    }

    /// The mechanisms that were given, or the preset's; without either the client decides.
    fn mechanisms(&self) -> Option<Vec<Mechanism>> {
        let preset = self.provider.as_ref().map(Provider::mechanisms);
        let given = Some(&self.mechanisms)
            .filter(|given| !given.is_empty())
            .cloned();
        given.or(preset).filter(|mechanisms| !mechanisms.is_empty())
    }

    /// Returns the given name, or this host's. With `None` the client uses the connection's own
    /// address.
    fn ehlo_name(&self) -> Result<Option<EhloName>, Failure> {
        let given = self.ehlo.as_deref().map(str::parse).transpose();
        Ok(given
            .map_err(|error| Failure::usage(format_args!("--ehlo: {error}")))?
            .or_else(own_name))
    }

    fn trust(&self) -> Result<Trust, Failure> {
        match &self.ca_file {
            _ if self.dangerous_accept_any_certificate => Ok(Trust::DangerousAcceptAnyCertificate),
            Some(path) => certificates("--ca-file", path).map(Trust::Roots),
            None => Ok(Trust::System),
        }
    }
}

/// `HOST`, `HOST:PORT`, `[::1]`, `[::1]:PORT` or `::1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl FromStr for HostPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((offset, byte)) = text
            .bytes()
            .enumerate()
            .find(|&(_, byte)| byte <= b' ' || byte == 0x7f)
        {
            return Err(format!(
                "byte 0x{byte:02x} at offset {offset} is not allowed in a host"
            ));
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.contains('/') {
            return Err(
                "HOST or HOST:PORT is needed: without a scheme, and without a path after the port"
                    .to_owned(),
            );
        }
        let (host, rest) = match text.strip_prefix('[') {
            Some(literal) => {
                let (host, rest) = literal.split_once(']').ok_or("the bracket is not closed")?;
                host.parse::<Ipv6Addr>()
                    .map_err(|_| "the brackets hold no IPv6 address")?;
                (host, rest)
            }
            None if text.parse::<Ipv6Addr>().is_ok() => (text, ""),
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        if host.is_empty() {
            return Err("the host is missing".to_owned());
        }
        // What TLS could not check a certificate against; the system's resolver makes an address of `127.1`.
        ServerName::try_from(host)
            .map_err(|_| format!("“{host}” is neither a host name nor an IP address"))?;
        let port = match rest {
            "" => None,
            _ => Some(port_number(
                rest.strip_prefix(':')
                    .ok_or("a colon is needed before the port")?,
            )?),
        };
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

fn domain(text: &str) -> Result<HostPort, String> {
    let domain: HostPort = text.parse()?;
    match ServerName::try_from(domain.host.as_str()) {
        Ok(ServerName::DnsName(_)) => Ok(domain),
        _ => Err(format!("“{}” is no domain name", domain.host)),
    }
}

fn port_number(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err("the port is a number from 1 to 65535".to_owned()),
    }
}

fn mechanism(name: &str) -> Result<Mechanism, String> {
    name.parse()
        .map_err(|error: mailwright_proto::auth::UnknownMechanism| error.to_string())
}

fn extension(name: &str) -> Result<Keyword, String> {
    Keyword::from_bytes(name.as_bytes()).ok_or_else(|| {
        let known: Vec<_> = Keyword::ALL
            .iter()
            .map(|keyword| keyword.as_str())
            .collect();
        format!("no such extension; known are {}", known.join(", "))
    })
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let parsed = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    parsed
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "a number of seconds above 0 is needed".to_owned())
}

/// Returns this host's name if it is a domain of at least two labels. Any other name means nothing
/// to a server.
fn own_name() -> Option<EhloName> {
    let name = gethostname::gethostname();
    name.to_str()
        .map(|name| name.trim_end_matches('.'))
        .filter(|name| is_domain(name))?
        .parse()
        .ok()
}

/// Returns whether `name` has two labels or more of letters, digits and hyphens, and is not an
/// address; RFC 5321 section 2.3.5.
fn is_domain(name: &str) -> bool {
    let is_ldh = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    // A top-level domain is not all digits (RFC 3696 section 2), unlike the last part of an IPv4 address.
    let is_top = |label: &str| !label.bytes().all(|byte| byte.is_ascii_digit());
    name.bytes().all(is_ldh) && name.rsplit_once('.').is_some_and(|(_, top)| is_top(top))
}

pub(crate) fn certificates(
    argument: &str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, Failure> {
    pem::certificates(path).map_err(|error| unusable(argument, path, &error))
}

pub(crate) fn private_key(argument: &str, path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    pem::private_key(path).map_err(|error| unusable(argument, path, &error))
}

fn unusable(argument: &str, path: &Path, error: &Unusable) -> Failure {
    match error {
        Unusable::Unreadable(error) => Failure::unreadable(argument, path, error),
        Unusable::Wrong(what) => Failure::usage(format_args!(
            "{argument}: {} cannot be used: {what}",
            path.display()
        )),
    }
}
