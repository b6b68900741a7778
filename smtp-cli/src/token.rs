//! `smtp token`: logs in with an issuer of OAuth 2.0 access tokens, and keeps, shows, refreshes and revokes what it gives.

pub(crate) mod advice;
mod entra;
mod login;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use mailwright_oauth::{Error, ErrorKind, Login, Profile, Revoked, Store};
use mailwright_proto::auth::Credentials;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::console::Console;
use crate::exit;
use crate::failure::Failure;
use crate::report::{failure_json, tell_failure};
use login::LoginArgs;

/// Gets, shows, refreshes and revokes OAuth 2.0 access tokens.
///
/// A PROFILE is one login, kept in a file that its owner alone may read, in $SMTP_TOKEN_DIR, or in smtp/tokens in
/// $XDG_STATE_HOME or ~/.local/state. `smtp send --oauth PROFILE` uses it.
#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Logs in, and keeps the token
    Login(Box<LoginArgs>),
    /// Shows a login: its user, how long its token is good, and for what
    Show(ShowArgs),
    /// Gets a new token now, also where the old one is still good
    Refresh(ProfileArgs),
    /// Has the issuer take the tokens back, where it can, and deletes the login
    Revoke(RevokeArgs),
}

/// Which login, and how to tell of it.
#[derive(Args, Debug)]
struct ProfileArgs {
    /// The name of the login
    profile: String,

    /// Prints the result as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct ShowArgs {
    #[command(flatten)]
    common: ProfileArgs,

    /// Prints the access token itself, refreshed first when it is about to expire; without --json nothing else
    #[arg(long)]
    reveal: bool,
}

#[derive(Args, Debug)]
struct RevokeArgs {
    #[command(flatten)]
    common: ProfileArgs,

    /// Deletes the login here, and tells the issuer nothing
    #[arg(long)]
    local: bool,
}

/// Does what is asked, and tells how it went.
pub(crate) fn run(args: &TokenArgs) -> ExitCode {
    let common = match &args.command {
        TokenCommand::Login(login) => &login.common,
        TokenCommand::Show(show) => &show.common,
        TokenCommand::Refresh(common) => common,
        TokenCommand::Revoke(revoke) => &revoke.common,
    };
    let console = Console::new(common.json);
    let done = profile(&common.profile)
        .map_err(|error| failure(&error))
        .and_then(|profile| match &args.command {
            TokenCommand::Login(args) => login::run(args, &profile, &console)
                .map(|login| logged_in(&profile, &login, &console)),
            TokenCommand::Show(args) => show(args, &profile, &console),
            TokenCommand::Refresh(_) => {
                let login = profile.refresh().map_err(|error| failure(&error))?;
                console.line(
                    &format!("The token was refreshed, and is good {}.", until(&login)),
                    "",
                );
                Ok(to_json(&profile, &login))
            }
            TokenCommand::Revoke(args) => revoke(args, &profile, &console),
        });
    match done {
        Ok(object) => {
            console.object(&object);
            console.exit(exit::OK)
        }
        Err(failure) => {
            tell_failure(&failure, &console);
            console.object(&json!({
                "profile": common.profile,
                "user": null,
                "expires": null,
                "scopes": [],
                "failure": failure_json(&failure),
            }));
            console.exit(failure.status)
        }
    }
}

/// The credentials of a login, for its own user or another.
pub(crate) fn credentials(name: &str, user: Option<&str>) -> Result<Credentials, Failure> {
    let found = profile(name).and_then(|profile| match user {
        Some(user) => profile.credentials_for(user),
        None => profile.credentials(),
    });
    found.map_err(|error| failure(&error))
}

fn profile(name: &str) -> Result<Profile, Error> {
    Store::of_user()?.profile(name)
}

/// What there is instead, if it was the name that was wrong.
fn failure(error: &Error) -> Failure {
    let mut failure = Failure::of_oauth(error);
    let known = Store::of_user()
        .and_then(|store| store.names())
        .unwrap_or_default();
    if error.kind() == ErrorKind::NoProfile && !known.is_empty() {
        failure.fix.push(format!(
            "Or name one of the logins that are there: {}.",
            known.join(", ")
        ));
    }
    failure
}

fn logged_in(profile: &Profile, login: &Login, console: &Console) -> Value {
    let Login { user, token, .. } = login;
    console.line(
        &format!("Logged in as {user}: the token is good {}.", until(login)),
        "",
    );
    console.line(&format!("It is kept in {}.", profile.path().display()), "");
    if login.flow.is_of_person() && !token.can_be_refreshed() {
        console.remark(
            "The issuer gave no refresh token: after that time a person has to log in again.",
            "",
        );
    }
    if login.flow.is_of_person() && login.application.issuer().name() == "google" {
        // <https://developers.google.com/identity/protocols/oauth2#expiration>
        console.remark(
            "If the application is in Testing on Google's consent screen, the login ends after seven days.",
            "",
        );
    }
    to_json(profile, login)
}

fn show(args: &ShowArgs, profile: &Profile, console: &Console) -> Result<Value, Failure> {
    let login = if args.reveal {
        profile.fresh()
    } else {
        profile.read()
    };
    let login = login.map_err(|error| failure(&error))?;
    let mut object = to_json(profile, &login);
    if args.reveal {
        let token = String::from_utf8_lossy(login.token.access().expose()).into_owned();
        console.line(&token, "");
        object["token"] = token.into();
        return Ok(object);
    }
    let lines = [
        ("user", login.user.clone()),
        (
            "issuer",
            format!(
                "{}, {}",
                login.application.issuer().name(),
                login.application.issuer().token_endpoint()
            ),
        ),
        ("client id", login.application.client_id().to_owned()),
        ("flow", login.flow.to_string()),
        (
            "good",
            if login.token.has_expired() {
                format!("no longer; it was {}", until(&login))
            } else {
                until(&login)
            },
        ),
        ("refresh", can_be_refreshed(&login).to_owned()),
        ("scopes", login.token.scopes().join(" ")),
        ("file", profile.path().display().to_string()),
    ];
    for (name, value) in lines {
        console.line(&format!("{name:<10} "), &value);
    }
    Ok(object)
}

fn can_be_refreshed(login: &Login) -> &'static str {
    match (login.flow.is_of_person(), login.token.can_be_refreshed()) {
        (true, true) => "by its refresh token",
        (true, false) => "not possible: there is no refresh token",
        (false, _) => "by a new login of the application, which needs no person",
    }
}

fn revoke(args: &RevokeArgs, profile: &Profile, console: &Console) -> Result<Value, Failure> {
    // What was in it is told when it is gone; a file that cannot be read can still be deleted.
    let login = match (profile.read(), args.local) {
        (Ok(login), _) => Some(login),
        (Err(error), true) if error.kind() != ErrorKind::NoProfile => None,
        (Err(error), _) => return Err(failure(&error)),
    };
    let outcome = match args.local {
        true => profile.delete().map(|()| None),
        false => profile.revoke().map(Some),
    };
    match outcome.map_err(|error| failure(&error))? {
        Some(Revoked::ByIssuer) => console.line(
            "The issuer has taken the tokens back, and the login is deleted.",
            "",
        ),
        None => console.line("The login is deleted. The issuer was told nothing.", ""),
        _ => {
            console.line("The login is deleted.", "");
            console.remark(
                "The issuer has no way to take tokens back: they stay good until they expire.",
                "",
            );
            console.remark("With Microsoft, sign out everywhere at https://mysignins.microsoft.com, or have the", "");
            console.remark("administrator revoke the account's sessions.", "");
        }
    }
    Ok(login.map_or_else(
        || json!({"profile": profile.name(), "user": null, "expires": null, "scopes": []}),
        |login| to_json(profile, &login),
    ))
}

fn until(login: &Login) -> String {
    expires(login).map_or_else(
        || "for a time that the issuer does not tell".to_owned(),
        |end| format!("until {end}"),
    )
}

/// Returns the end of the token as a date and time of RFC 3339.
fn expires(login: &Login) -> Option<String> {
    let end = OffsetDateTime::from(login.token.expires()?).truncate_to_second();
    end.format(&Rfc3339).ok()
}

fn to_json(profile: &Profile, login: &Login) -> Value {
    json!({
        "profile": profile.name(),
        "user": login.user,
        "expires": expires(login),
        "scopes": login.token.scopes(),
    })
}
