//! `smtp token login`: which issuer, as which application, by which flow; then a person or a secret does the rest.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};
use mailwright::Provider;
use mailwright_oauth::{
    Application, ClientAuth, DevicePrompt, Error, ErrorKind, Flow, Issuer, Login, Profile,
};

use super::{ProfileArgs, failure};
use crate::console::Console;
use crate::failure::Failure;
use crate::secrets::{read_file, secret_of_file};
use crate::server::{certificates, private_key, seconds};

/// Logs in, and keeps the token under the name PROFILE.
///
/// A login that is there already needs no further options: it is made anew as it was.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("issuer").multiple(true))]
pub(super) struct LoginArgs {
    #[command(flatten)]
    pub(super) common: ProfileArgs,

    /// Who gives the token out: microsoft, google, or a preset of `smtp providers` that says so
    #[arg(long, value_name = "NAME", help_heading = "Issuer", group = "issuer", value_parser = issuer_name)]
    provider: Option<IssuerName>,

    /// Microsoft: the organisation, by its domain or id; `organizations` for any, which is the default
    #[arg(
        long,
        value_name = "TENANT",
        help_heading = "Issuer",
        requires = "provider"
    )]
    tenant: Option<String>,

    /// Microsoft: the login server of another cloud, such as https://login.microsoftonline.us
    #[arg(
        long,
        value_name = "URL",
        help_heading = "Issuer",
        requires = "provider"
    )]
    authority: Option<String>,

    /// Any other issuer, by the address where it gives tokens out; beside --provider, another address than its own.
    /// Addresses are https; http leads to this machine alone
    #[arg(long, value_name = "URL", help_heading = "Issuer", group = "issuer")]
    token_endpoint: Option<String>,

    /// The page where people log in, for the flow `browser`
    #[arg(long, value_name = "URL", help_heading = "Issuer", requires = "issuer")]
    authorization_endpoint: Option<String>,

    /// Where device codes come from, for the flow `device`
    #[arg(long, value_name = "URL", help_heading = "Issuer", requires = "issuer")]
    device_endpoint: Option<String>,

    /// Where tokens are revoked
    #[arg(long, value_name = "URL", help_heading = "Issuer", requires = "issuer")]
    revocation_endpoint: Option<String>,

    /// Trusts the roots in this file instead of the system's, for the issuer
    #[arg(long, value_name = "PEM", help_heading = "Issuer")]
    ca_file: Option<PathBuf>,

    /// What the issuer knows the application by, from where it was registered
    #[arg(
        long,
        value_name = "ID",
        allow_hyphen_values = true,
        help_heading = "Login"
    )]
    client_id: Option<String>,

    /// Reads the application's own secret from this file
    #[arg(long, value_name = "FILE", help_heading = "Login")]
    client_secret_file: Option<PathBuf>,

    /// Sends that secret with HTTP Basic only, or in the body only. Unless given: with Basic, and in the body if the issuer
    /// answers `invalid_client`; to Microsoft and Google in the body
    #[arg(long, value_name = "WAY", help_heading = "Login", value_parser = client_auth)]
    client_auth: Option<ClientAuth>,

    /// The application's certificate instead of a secret, as it is registered with the issuer (RFC 7523)
    #[arg(
        long,
        value_name = "PEM",
        help_heading = "Login",
        requires = "client_key",
        conflicts_with = "client_secret_file"
    )]
    client_cert: Option<PathBuf>,

    /// The RSA key of that certificate
    #[arg(
        long,
        value_name = "PEM",
        help_heading = "Login",
        requires = "client_cert"
    )]
    client_key: Option<PathBuf>,

    /// A Google service account, by the JSON file of its key; it acts as --user, which the organisation has to allow for
    /// the scope https://mail.google.com/
    #[arg(long, value_name = "FILE", help_heading = "Login", conflicts_with_all = ["issuer", "client_id", "client_secret_file", "client_cert", "flow"])]
    service_account_file: Option<PathBuf>,

    /// The mailbox to send as: the name to log in to the mail server with
    #[arg(long, value_name = "NAME", help_heading = "Login")]
    user: Option<String>,

    /// The way to the token; the first that the issuer has, unless given
    #[arg(long, value_name = "FLOW", help_heading = "Login", ignore_case = true)]
    flow: Option<FlowKind>,

    /// Asks for this scope instead of those that the issuer is known to want; may be repeated
    #[arg(long, value_name = "SCOPE", help_heading = "Login")]
    scope: Vec<String>,

    /// Adds a parameter to the requests that begin the login: audience, resource or prompt, for example; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", help_heading = "Login", value_parser = parameter)]
    parameters: Vec<(String, String)>,

    /// Seconds to wait for each answer of the issuer; 30 unless given
    #[arg(long, value_name = "S", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Seconds to wait for a person to log in; 900 unless given
    #[arg(long, value_name = "S", value_parser = seconds)]
    wait: Option<Duration>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FlowKind {
    /// A person opens a page anywhere, and types a code
    Device,
    /// A person logs in by a browser on this machine
    Browser,
    /// The application logs in as itself
    ClientCredentials,
}

#[derive(Clone, Copy, Debug)]
enum IssuerName {
    Microsoft,
    Google,
}

fn issuer_name(name: &str) -> Result<IssuerName, String> {
    let preset = Provider::named(name).ok();
    match preset.and_then(|provider| provider.oauth).unwrap_or(name).to_ascii_lowercase().as_str() {
        "microsoft" => Ok(IssuerName::Microsoft),
        "google" => Ok(IssuerName::Google),
        _ => {
            Err("microsoft, google, or a preset that takes tokens of theirs; --token-endpoint names any other"
                .to_owned())
        }
    }
}

fn client_auth(name: &str) -> Result<ClientAuth, String> {
    match name.to_ascii_lowercase().as_str() {
        "basic" => Ok(ClientAuth::Basic),
        "body" => Ok(ClientAuth::Body),
        _ => Err("basic or body".to_owned()),
    }
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is needed")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Logs in, and keeps what comes of it.
pub(super) fn run(
    args: &LoginArgs,
    profile: &Profile,
    console: &Console,
) -> Result<Login, Failure> {
    let (user, application, flow) = settle(args, profile)?;
    // Checked before a token is requested that could not be saved.
    profile.check_place().map_err(|error| failure(&error))?;
    let token = match flow {
        Flow::Device => application.device_login(|prompt| tell_device(prompt, console)),
        Flow::Browser => application.browser_login(Some(&user), |page| {
            console.remark(
                "To log in, open this page in a browser on this machine:",
                "",
            );
            console.remark("  ", page);
        }),
        Flow::ServiceAccount => application.service_account(&user),
        _ => application.client_credentials(),
    };
    let token = token.map_err(|error| failure(&error))?;
    let login = Login {
        user,
        application,
        flow,
        token,
    };
    profile.save(&login).map_err(|error| failure(&error))?;
    Ok(login)
}

fn tell_device(prompt: &DevicePrompt, console: &Console) {
    console.remark("To log in, open this page on any machine: ", &prompt.page);
    console.remark("and enter this code: ", &prompt.code);
    if let Some(page) = &prompt.filled_page {
        console.remark("or open this one, which has it already: ", page);
    }
    console.remark(
        &format!("The code is good for {}.", in_words(prompt.time)),
        "",
    );
}

/// Formats whole minutes as such, and any other time in seconds.
fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 120 && seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

/// What was given, or what was kept where nothing was.
fn settle(args: &LoginArgs, profile: &Profile) -> Result<(String, Application, Flow), Failure> {
    let is_service_account = args.service_account_file.is_some();
    let names_issuer =
        args.provider.is_some() || args.token_endpoint.is_some() || is_service_account;
    let before = match profile.read() {
        Ok(login) => Some(login),
        Err(error)
            if error.kind() == ErrorKind::NoProfile
                || (names_issuer
                    && (args.client_id.is_some() || is_service_account)
                    && args.user.is_some()) =>
        {
            None
        }
        Err(error) => return Err(failure(&error)),
    };
    let user = args
        .user
        .clone()
        .or(before.as_ref().map(|login| login.user.clone()));
    let user = user.ok_or_else(|| missing("--user", "the mailbox to send as"))?;
    if let Some((offset, byte)) = user
        .bytes()
        .enumerate()
        .find(|(_, byte)| byte.is_ascii_control())
    {
        return Err(Failure::usage(format_args!(
            "--user: byte 0x{byte:02x} at offset {offset} is not allowed in a name"
        )));
    }
    let kept_flow = before.as_ref().map(|login| login.flow);
    let application = match (&args.service_account_file, before) {
        (Some(path), _) => {
            let json = read_file("--service-account-file", path)?;
            Application::google_service_account(&json).map_err(|error| failure(&error))?
        }
        (None, Some(login)) if !names_issuer && args.client_id.is_none() => login.application,
        (None, before) => {
            let kept = before
                .filter(|_| !names_issuer)
                .map(|login| login.application.issuer().clone());
            let issuer = kept.map_or_else(|| issuer(args), Ok)?;
            let client_id = args
                .client_id
                .as_ref()
                .ok_or_else(|| missing("--client-id", CLIENT_ID))?;
            Application::new(issuer, client_id)
        }
    };
    let application = with_options(application, args)?;
    if is_service_account {
        return Ok((user, application, Flow::ServiceAccount));
    }
    let asked = args.flow.map(|kind| match kind {
        FlowKind::Device => Flow::Device,
        FlowKind::Browser => Flow::Browser,
        FlowKind::ClientCredentials => Flow::ClientCredentials,
    });
    let offered = application.issuer().flows().first().copied();
    let flow = asked
        .or(kept_flow.filter(|_| !names_issuer))
        .or(offered)
        .unwrap_or(Flow::Browser);
    Ok((user, application, flow))
}

const CLIENT_ID: &str = "what the issuer knows the application by, once it is registered there";

fn missing(option: &str, what: &str) -> Failure {
    Failure::usage(format_args!("{option} is needed for a new login: {what}"))
}

fn issuer(args: &LoginArgs) -> Result<Issuer, Failure> {
    let tenant = args.tenant.as_deref().unwrap_or("organizations");
    let issuer = match (args.provider, &args.authority, &args.token_endpoint) {
        (Some(IssuerName::Google), None, _) if args.tenant.is_none() => Issuer::google(),
        (Some(IssuerName::Google), ..) => {
            return Err(Failure::usage(
                "--tenant and --authority are for --provider microsoft",
            ));
        }
        (Some(IssuerName::Microsoft), Some(authority), _) => {
            Issuer::microsoft_at(authority, tenant)
        }
        (Some(IssuerName::Microsoft), None, _) => Issuer::microsoft(tenant),
        (None, _, Some(endpoint)) => Issuer::at(endpoint),
        (None, _, None) => {
            return Err(missing(
                "--provider",
                "who gives the token out; or --token-endpoint",
            ));
        }
    };
    let add = |issuer: Issuer,
               url: &Option<String>,
               with: fn(Issuer, &str) -> Result<Issuer, Error>| match url {
        Some(url) => with(issuer, url),
        None => Ok(issuer),
    };
    issuer
        .and_then(|issuer| add(issuer, &args.token_endpoint, Issuer::token))
        .and_then(|issuer| add(issuer, &args.authorization_endpoint, Issuer::authorization))
        .and_then(|issuer| add(issuer, &args.device_endpoint, Issuer::device))
        .and_then(|issuer| add(issuer, &args.revocation_endpoint, Issuer::revocation))
        .map_err(|error| failure(&error))
}

fn with_options(mut application: Application, args: &LoginArgs) -> Result<Application, Failure> {
    if let Some(path) = &args.client_secret_file {
        let secret = secret_of_file("--client-secret-file", path)?;
        application = application
            .secret(secret)
            .map_err(|error| failure(&error))?;
    }
    if let Some(way) = args.client_auth {
        application = application.client_authentication(way);
    }
    if let (Some(certificate), Some(key)) = (&args.client_cert, &args.client_key) {
        let certificates = certificates("--client-cert", certificate)?;
        let key = private_key("--client-key", key)?;
        if let Some(certificate) = certificates.first() {
            application = application
                .certificate(certificate, key)
                .map_err(|error| failure(&error))?;
        }
    }
    if !args.parameters.is_empty() {
        application = application
            .parameters(args.parameters.iter().cloned())
            .map_err(|error| failure(&error))?;
    }
    if !args.scope.is_empty() {
        application = application.scopes(
            args.scope
                .iter()
                .flat_map(|scopes| scopes.split_whitespace())
                .map(str::to_owned),
        );
    }
    if let Some(path) = &args.ca_file {
        application = application.roots(certificates("--ca-file", path)?);
    }
    if let Some(timeout) = args.timeout {
        application = application.timeout(timeout);
    }
    if let Some(wait) = args.wait {
        application = application.patience(wait);
    }
    Ok(application)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_shown_in_minutes_or_seconds() {
        let cases = [
            (1, "1 second"),
            (45, "45 seconds"),
            (60, "60 seconds"),
            (90, "90 seconds"),
            (899, "899 seconds"),
        ];
        for (seconds, words) in cases
            .into_iter()
            .chain([(120, "2 minutes"), (900, "15 minutes")])
        {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
