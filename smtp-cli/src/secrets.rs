//! Who logs in, and where the password or token comes from: never from the command line itself.

use std::env;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;
use smtp_proto::{Credentials, Secret};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// More than any password, and several times what a login's line holds (RFC 4954 section 4).
const MAX_SECRET: usize = 64 * 1024;

const PASSWORD: &str = "SMTP_PASSWORD";
const TOKEN: &str = "SMTP_TOKEN";

/// The login. A password is asked for on a terminal where no source is given.
#[derive(Args, Debug)]
pub(crate) struct SecretArgs {
    /// Logs in as this user, with --password-file, --password-command or $SMTP_PASSWORD, with
    /// --token-file, --token-command or $SMTP_TOKEN, or with a password asked for on the terminal.
    /// A password and a token do not go together
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Reads the password from this file
    #[arg(long, value_name = "FILE", requires = "user", conflicts_with_all = ["token_file", "token_command"])]
    password_file: Option<PathBuf>,

    /// Runs this in a shell, and takes its output as the password
    #[arg(long, value_name = "CMD", requires = "user", conflicts_with_all = ["token_file", "token_command"])]
    password_command: Option<String>,

    /// Reads an OAuth 2.0 access token from this file
    #[arg(long, value_name = "FILE", requires = "user")]
    token_file: Option<PathBuf>,

    /// Runs this in a shell, and takes its output as the access token
    #[arg(long, value_name = "CMD", requires = "user")]
    token_command: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Password,
    Token,
}

impl SecretArgs {
    /// Checks what can be checked before a secret is fetched.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let Some(user) = &self.user else { return Ok(()) };
        match user.bytes().enumerate().find(|(_, byte)| byte.is_ascii_control()) {
            Some((offset, byte)) => Err(Failure::usage(format_args!(
                "--user: byte 0x{byte:02x} at offset {offset} is not allowed in a name"
            ))),
            None if user.is_empty() => Err(Failure::usage("--user: the name is empty")),
            None => Ok(()),
        }
    }

    /// The credentials, if there is a user; `host` is named where a password is asked for.
    pub(crate) fn credentials(&self, host: &str) -> Result<Option<Credentials>, Failure> {
        let Some(user) = &self.user else { return Ok(None) };
        let (source, kind, mut secret) = self.fetch(user, host)?;
        without_line_end(&mut secret);
        if secret.is_empty() {
            return Err(Failure::usage(format_args!("{source}: it is empty")));
        }
        if let Some(offset) = secret.iter().position(|&byte| byte == 0) {
            return Err(Failure::usage(format_args!("{source}: NUL at offset {offset}, which cannot be sent")));
        }
        let secret = Secret::from(std::mem::take(&mut *secret));
        let credentials = match kind {
            Kind::Password => Credentials::password(user, secret),
            Kind::Token => Credentials::token(user, secret),
        };
        credentials.map(Some).map_err(|error| Failure::usage(format_args!("{source}: {error}")))
    }

    fn fetch(&self, user: &str, host: &str) -> Result<(&'static str, Kind, Zeroizing<Vec<u8>>), Failure> {
        if let Some(path) = &self.password_file {
            return Ok(("--password-file", Kind::Password, read_file("--password-file", path)?));
        }
        if let Some(command) = &self.password_command {
            return Ok(("--password-command", Kind::Password, output_of("--password-command", command)?));
        }
        if let Some(path) = &self.token_file {
            return Ok(("--token-file", Kind::Token, read_file("--token-file", path)?));
        }
        if let Some(command) = &self.token_command {
            return Ok(("--token-command", Kind::Token, output_of("--token-command", command)?));
        }
        match (variable(PASSWORD), variable(TOKEN)) {
            (Some(_), Some(_)) => Err(Failure::usage(
                "$SMTP_PASSWORD and $SMTP_TOKEN are both set: unset one, or name a source by an option",
            )),
            (Some(password), None) => Ok(("$SMTP_PASSWORD", Kind::Password, password)),
            (None, Some(token)) => Ok(("$SMTP_TOKEN", Kind::Token, token)),
            (None, None) => Ok(("the password", Kind::Password, ask(user, host)?)),
        }
    }
}

/// One LF or CRLF at the end is the file's or the command's, not the secret's.
fn without_line_end(secret: &mut Vec<u8>) {
    if secret.last() == Some(&b'\n') {
        secret.pop();
        if secret.last() == Some(&b'\r') {
            secret.pop();
        }
    }
}

fn read_file(option: &str, path: &std::path::Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    File::open(path).and_then(|file| read(file, option)).map_err(|error| Failure::unreadable(option, path, &error))
}

fn output_of(option: &str, command: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |error: io::Error| Failure::no_input(format_args!("{option}: the command failed: {error}"));
    let mut child = Command::new("sh").arg("-c").arg(command).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let output = match child.stdout.take() {
        Some(stdout) => read(stdout, option),
        None => Ok(Zeroizing::default()),
    };
    let status = child.wait().map_err(failed)?;
    match status.success() {
        true => output.map_err(failed),
        false => Err(Failure::no_input(format_args!("{option}: the command failed: {status}"))),
    }
}

/// The buffer has its full size from the start: one that grows leaves copies behind.
fn read(source: impl Read, what: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new(Vec::with_capacity(MAX_SECRET + 1));
    let limit = u64::try_from(MAX_SECRET + 1).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut secret)?;
    match secret.len() > MAX_SECRET {
        true => Err(io::Error::other(format!("{what} gives more than {MAX_SECRET} bytes"))),
        false => Ok(secret),
    }
}

fn variable(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    env::var_os(name).map(|value| Zeroizing::new(value.into_encoded_bytes()))
}

/// Asks only where somebody can see the question.
fn ask(user: &str, host: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let nobody = || {
        Failure::usage(format_args!(
            "--user: there is no password for {user}, and no terminal to ask on: \
             use --password-file, --password-command or $SMTP_PASSWORD, or their --token counterparts"
        ))
    };
    if !io::stderr().is_terminal() {
        return Err(nobody());
    }
    rpassword::prompt_password(format!("Password for {user} at {host}: "))
        .map(|password| Zeroizing::new(password.into_bytes()))
        .map_err(|_| nobody())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_at_the_end_is_removed_and_no_more() {
        for (given, left) in [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), ("a\n\n", "a\n"), ("\n", ""), ("a\r", "a\r")] {
            let mut secret = given.as_bytes().to_vec();
            without_line_end(&mut secret);
            assert_eq!(secret, left.as_bytes(), "{given:?}");
        }
    }

    #[test]
    fn a_source_without_end_is_refused() {
        assert!(read(io::repeat(b'x'), "--password-file").is_err());
    }

    #[test]
    fn a_command_that_fails_gives_no_secret() {
        let failure = output_of("--password-command", "echo half; exit 3").expect_err("a failure");
        assert!(failure.detail.contains("--password-command") && !failure.detail.contains("half"));
        assert_eq!(
            output_of("--password-command", "printf 'a b'").ok().as_deref().map(Vec::as_slice),
            Some(b"a b".as_slice())
        );
    }
}
