//! Who logs in, and where the password or token comes from: never from the command line itself.

pub(crate) mod line;

use std::env;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use mailwright_proto::{
    Secret,
    auth::{Credentials, InvalidCredentials, Mechanism},
};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::token;

/// More than any password, and several times what a login's line holds (RFC 4954 section 4).
const MAX_SECRET: usize = 64 * 1024;

const PASSWORD: &str = "SMTP_PASSWORD";
const TOKEN: &str = "SMTP_TOKEN";

/// The login. A password is asked for on a terminal where no source is given.
#[derive(Args, Debug)]
#[group(id = "login", multiple = true)]
pub(crate) struct SecretArgs {
    /// Logs in as this user, with --password-file, --password-command or $SMTP_PASSWORD, with
    /// --token-file, --token-command or $SMTP_TOKEN, or with a password asked for on the terminal. Where both a token
    /// and a password are given, the token comes first
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Reads the password from this file, which has one line; blanks at its ends belong to the password
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,

    /// Runs this in a shell, and takes the first line of its output as the password
    #[arg(long, value_name = "CMD", requires = "user")]
    password_command: Option<String>,

    /// Reads an OAuth 2.0 access token from this file, which has one line: the token itself, without JSON or quotes
    #[arg(long, value_name = "FILE", requires = "user")]
    token_file: Option<PathBuf>,

    /// Runs this in a shell, and takes the first line of its output as the access token
    #[arg(long, value_name = "CMD", requires = "user")]
    token_command: Option<String>,

    /// Takes the access token of this login of `smtp token`, refreshed when it is about to expire; its user, unless
    /// --user names another
    #[arg(long, value_name = "PROFILE", conflicts_with_all = TOKENS)]
    oauth: Option<String>,
}

/// The options that a token comes by.
const TOKENS: [&str; 2] = ["token_file", "token_command"];

impl SecretArgs {
    /// Checks what can be checked before a secret is fetched.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let Some(user) = &self.user else {
            return Ok(());
        };
        match user
            .bytes()
            .enumerate()
            .find(|(_, byte)| byte.is_ascii_control())
        {
            Some((offset, byte)) => Err(Failure::usage(format_args!(
                "--user: byte 0x{byte:02x} at offset {offset} is not allowed in a name"
            ))),
            None if user.is_empty() => Err(Failure::usage("--user: the name is empty")),
            None => Ok(()),
        }
    }

    /// The credentials for these mechanisms (all, where none is named), if there is a user; `host` is named where a password
    /// is asked for.
    pub(crate) fn credentials(
        &self,
        host: &str,
        mechanisms: &[Mechanism],
    ) -> Result<Option<Credentials>, Failure> {
        let may_use = |wanted: fn(Mechanism) -> bool| {
            mechanisms.is_empty() || mechanisms.iter().copied().any(wanted)
        };
        if let Some(profile) = &self.oauth {
            let token = token::credentials(profile, self.user.as_deref())?;
            return match self.password()?.filter(|_| may_use(takes_password)) {
                Some((source, password)) => of(token.with_password(password), source),
                None => Ok(Some(token)),
            };
        }
        let Some(user) = &self.user else {
            // The server reads the user from the certificate (RFC 4422 appendix A).
            return if mechanisms.contains(&Mechanism::External) {
                of(Credentials::certificate(""), "--auth")
            } else {
                Ok(None)
            };
        };
        let token = if may_use(takes_token) {
            self.token()?
        } else {
            None
        };
        let password = match may_use(takes_password) {
            false => None,
            true => match self.password()? {
                None if token.is_none() => Some(("the password", ask(user, host)?)),
                given => given,
            },
        };
        match (token, password) {
            (None, None) if mechanisms.contains(&Mechanism::External) => {
                of(Credentials::certificate(user), "--user")
            }
            (None, None) if mechanisms.contains(&Mechanism::Anonymous) => {
                of(Credentials::anonymous(user), "--user")
            }
            (None, None) => Err(Failure::no_login(
                "there is no access token, and nothing else was allowed by --auth: \
                 use --oauth, --token-file, --token-command or $SMTP_TOKEN",
            )),
            (Some((source, token)), None) => of(Credentials::token(user, token), source),
            (None, Some((source, password))) => of(Credentials::password(user, password), source),
            (Some((source, token)), Some((other, password))) => {
                let token =
                    Credentials::token(user, token).map_err(|error| unfit(source, error))?;
                of(token.with_password(password), other)
            }
        }
    }

    fn password(&self) -> Result<Option<Sourced>, Failure> {
        self.sourced(
            ("--password-file", self.password_file.as_deref()),
            ("--password-command", self.password_command.as_deref()),
            ("$SMTP_PASSWORD", PASSWORD),
        )
    }

    fn token(&self) -> Result<Option<Sourced>, Failure> {
        let token = self.sourced(
            ("--token-file", self.token_file.as_deref()),
            ("--token-command", self.token_command.as_deref()),
            ("$SMTP_TOKEN", TOKEN),
        )?;
        if let Some((source, token)) = &token {
            line::check_token(token.expose())
                .map_err(|why| Failure::malformed(format_args!("{source}: {why}")))?;
        }
        Ok(token)
    }

    /// From the file, else from the command, else from the environment: which is asked only where no option names a
    /// source, so that what somebody once exported is not sent in addition.
    fn sourced(
        &self,
        (file_option, file): (&'static str, Option<&Path>),
        (command_option, command): (&'static str, Option<&str>),
        (shown, name): (&'static str, &str),
    ) -> Result<Option<Sourced>, Failure> {
        if let Some(path) = file {
            return Ok(Some((file_option, secret_of_file(file_option, path)?)));
        }
        if let Some(command) = command {
            let output = output_of(command_option, command)?;
            return Ok(Some((
                command_option,
                secret(command_option, output, line::first)?,
            )));
        }
        let given = [&self.password_file, &self.token_file]
            .into_iter()
            .any(Option::is_some)
            || [&self.password_command, &self.token_command, &self.oauth]
                .into_iter()
                .any(Option::is_some);
        let value = if given { None } else { variable(name) };
        value
            .map(|value| Ok((shown, secret(shown, value, line::only)?)))
            .transpose()
    }
}

/// A secret as it was read, and where.
type Sourced = (&'static str, Secret);

fn takes_token(mechanism: Mechanism) -> bool {
    matches!(mechanism, Mechanism::OAuthBearer | Mechanism::XOAuth2)
}

fn takes_password(mechanism: Mechanism) -> bool {
    !takes_token(mechanism) && !matches!(mechanism, Mechanism::External | Mechanism::Anonymous)
}

/// Reads the one line of a file.
pub(crate) fn secret_of_file(option: &str, path: &Path) -> Result<Secret, Failure> {
    secret(option, read_file(option, path)?, line::only)
}

/// Reads a secret, of which `choose` leaves one line.
fn secret(
    source: &str,
    mut text: Zeroizing<Vec<u8>>,
    choose: fn(&mut Vec<u8>) -> Result<(), line::Fault>,
) -> Result<Secret, Failure> {
    choose(&mut text).map_err(|fault| Failure::malformed(format_args!("{source}: {fault}")))?;
    Ok(Secret::from(std::mem::take(&mut *text)))
}

fn of(
    made: Result<Credentials, InvalidCredentials>,
    source: &str,
) -> Result<Option<Credentials>, Failure> {
    made.map(Some).map_err(|error| unfit(source, error))
}

fn unfit(source: &str, error: InvalidCredentials) -> Failure {
    Failure::malformed(format_args!("{source}: {error}"))
}

pub(crate) fn read_file(option: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    File::open(path)
        .and_then(|file| read(file, option))
        .map_err(|error| Failure::unreadable(option, path, &error))
}

fn output_of(option: &str, command: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed =
        |error: io::Error| Failure::no_input(format_args!("{option}: the command failed: {error}"));
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let output = match child.stdout.take() {
        Some(stdout) => read(stdout, option),
        None => Ok(Zeroizing::default()),
    };
    let status = child.wait().map_err(failed)?;
    match status.success() {
        true => output.map_err(failed),
        false => Err(Failure::no_input(format_args!(
            "{option}: the command failed: {status}"
        ))),
    }
}

/// The buffer has its full size from the start: one that grows leaves copies behind.
fn read(source: impl Read, what: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new(Vec::with_capacity(MAX_SECRET + 1));
    let limit = u64::try_from(MAX_SECRET + 1).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut secret)?;
    match secret.len() > MAX_SECRET {
        true => Err(io::Error::other(format!(
            "{what} gives more than {MAX_SECRET} bytes"
        ))),
        false => Ok(secret),
    }
}

fn variable(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    env::var_os(name).map(|value| Zeroizing::new(value.into_encoded_bytes()))
}

/// Asks only where somebody can see the question.
fn ask(user: &str, host: &str) -> Result<Secret, Failure> {
    let nobody = || {
        Failure::usage(format_args!(
            "--user: there is no password for {user}, and no terminal to ask on: \
             use --password-file, --password-command or $SMTP_PASSWORD, or their --token counterparts"
        ))
    };
    if !io::stderr().is_terminal() {
        return Err(nobody());
    }
    let password = rpassword::prompt_password(format!("Password for {user} at {host}: "))
        .map_err(|_| nobody())?;
    secret(
        "the password",
        Zeroizing::new(password.into_bytes()),
        line::only,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_without_end_is_refused() {
        assert!(read(io::repeat(b'x'), "--password-file").is_err());
    }

    #[test]
    fn a_command_that_fails_gives_no_secret() {
        let failure = output_of("--password-command", "echo half; exit 3").expect_err("a failure");
        assert!(failure.detail.contains("--password-command") && !failure.detail.contains("half"));
        assert_eq!(
            output_of("--password-command", "printf 'a b'")
                .ok()
                .as_deref()
                .map(Vec::as_slice),
            Some(b"a b".as_slice())
        );
    }
}
