//! One client's session: which command is in order now, and what it is told.

use std::sync::mpsc::SyncSender;
use std::time::Duration;

use super::command::{Auth, Command};
use super::login::{self, AUTH_LINE, Account, MECHANISMS, NoLogin};
use super::message::Transaction;
use super::store::{MAX_MESSAGE, Store};
use super::wire::{Gone, Line, Wire};
use super::{SinkSecurity, Stored};

/// Octets in a command, CRLF included. RFC 5321 section 4.5.3.1.4 says 512, and extensions add
/// several hundred to MAIL and RCPT.
const COMMAND_LINE: usize = 2048;

/// What the sessions of a sink share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) security: SinkSecurity,
    pub(super) account: Option<Account>,
    pub(super) store: Store,
    pub(super) stored: SyncSender<Stored>,
    pub(super) idle: Duration,
}

/// Serves one client to its end.
pub(super) fn serve(shared: &Shared, wire: Wire) {
    let wire = match &shared.security {
        SinkSecurity::Tls(tls) => wire.start_tls(tls.config()),
        SinkSecurity::StartTls(_) | SinkSecurity::None => Ok(wire),
    };
    let Ok(mut wire) = wire else { return };
    if wire.reply("220 localhost ESMTP smtp sink").is_err() {
        return;
    }
    loop {
        let mut session = Session {
            shared,
            wire,
            greeted: false,
            user: None,
            transaction: None,
        };
        let end = session.run();
        wire = session.wire;
        let last_words = match (end, &shared.security) {
            // A session under TLS knows nothing of the one before (RFC 3207 section 4.2).
            (Ok(Next::StartTls), SinkSecurity::StartTls(tls)) => {
                match wire.start_tls(tls.config()) {
                    Ok(secure) => wire = secure,
                    Err(_) => return,
                }
                continue;
            }
            (Err(Gone::Idle), _) => Some("421 4.4.2 nothing came for too long"),
            (Err(Gone::Stopping), _) => Some("421 4.3.2 the sink is being stopped"),
            (Err(Gone::Lost) | Ok(_), _) => None,
        };
        if let Some(reply) = last_words {
            let _ = wire.reply(reply);
        }
        return wire.close();
    }
}

/// What is known under one security layer.
pub(super) struct Session<'s> {
    pub(super) shared: &'s Shared,
    pub(super) wire: Wire,
    pub(super) greeted: bool,
    pub(super) user: Option<String>,
    pub(super) transaction: Option<Transaction>,
}

/// What follows a command.
enum Next {
    Command,
    StartTls,
    Close,
}

impl Session<'_> {
    fn run(&mut self) -> Result<Next, Gone> {
        loop {
            let line = match self.wire.line(AUTH_LINE)? {
                Line::Whole(line) => line,
                Line::TooLong => {
                    self.wire.reply("500 5.5.2 the line is too long")?;
                    continue;
                }
                Line::BareLf => {
                    // After DATA or BDAT spoilt like this, a message would be taken for commands.
                    self.wire.reply(
                        "500 5.5.2 the line ends in LF: CRLF is needed; closing the connection",
                    )?;
                    return Ok(Next::Close);
                }
            };
            let is_auth = line
                .get(..5)
                .is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH "));
            if line.len() + 2 > COMMAND_LINE && !is_auth {
                self.wire
                    .reply("500 5.5.2 the line is longer than 2048 octets")?;
                continue;
            }
            let next = match Command::parse(&line) {
                Ok(command) => self.obey(command)?,
                Err(refusal) => {
                    self.wire.reply(&refusal.reply)?;
                    if refusal.fatal {
                        Next::Close
                    } else {
                        Next::Command
                    }
                }
            };
            if !matches!(next, Next::Command) {
                return Ok(next);
            }
        }
    }

    fn obey(&mut self, command: Command) -> Result<Next, Gone> {
        match command {
            Command::Ehlo => self.ehlo()?,
            Command::Helo => {
                self.greeted = true;
                self.transaction = None;
                self.wire.reply("250 localhost")?;
            }
            Command::StartTls => return self.start_tls(),
            Command::Auth(auth) => self.auth(&auth)?,
            Command::Mail(mail) => {
                let reply = self.mail(mail);
                self.wire.reply(reply)?;
            }
            Command::Rcpt(path) => {
                let reply = self.rcpt(path);
                self.wire.reply(reply)?;
            }
            Command::Data => self.data()?,
            Command::Bdat(chunk) => self.bdat(chunk)?,
            Command::Rset => {
                self.transaction = None;
                self.wire.reply("250 2.0.0 forgotten")?;
            }
            Command::Noop => self.wire.reply("250 2.0.0 OK")?,
            Command::Vrfy => self.wire.reply("252 2.1.5 send a message and see")?,
            Command::Help => self.wire.reply(
                "214 2.0.0 EHLO HELO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT",
            )?,
            Command::Quit => {
                self.wire.reply("221 2.0.0 goodbye")?;
                return Ok(Next::Close);
            }
        }
        Ok(Next::Command)
    }

    fn ehlo(&mut self) -> Result<(), Gone> {
        self.greeted = true;
        self.transaction = None;
        self.wire.reply("250-localhost")?;
        self.wire.reply(&format!("250-SIZE {MAX_MESSAGE}"))?;
        for keyword in [
            "PIPELINING",
            "CHUNKING",
            "BINARYMIME",
            "DSN",
            "8BITMIME",
            "SMTPUTF8",
        ] {
            self.wire.reply(&format!("250-{keyword}"))?;
        }
        if self.offers_starttls() {
            self.wire.reply("250-STARTTLS")?;
        }
        if self.offers_auth() {
            self.wire.reply(&format!("250-AUTH {MECHANISMS}"))?;
        }
        self.wire.reply("250 ENHANCEDSTATUSCODES")
    }

    fn offers_starttls(&self) -> bool {
        matches!(self.shared.security, SinkSecurity::StartTls(_)) && !self.wire.is_tls()
    }

    pub(super) fn offers_auth(&self) -> bool {
        self.wire.is_tls() || matches!(self.shared.security, SinkSecurity::None)
    }

    fn start_tls(&mut self) -> Result<Next, Gone> {
        if self.wire.is_tls() {
            self.wire
                .reply("503 5.5.1 this connection is under TLS already")?;
        } else if !self.offers_starttls() {
            self.wire.reply("502 5.5.1 STARTTLS is not offered")?;
        } else if !self.greeted {
            self.wire.reply("503 5.5.1 send EHLO first")?;
        } else if self.wire.has_input() {
            // Whoever put these bytes there wants them read as if they had come under TLS.
            self.wire.reply(
                "554 5.5.1 bytes in the clear came after STARTTLS; closing the connection",
            )?;
            return Ok(Next::Close);
        } else {
            self.wire.reply("220 2.0.0 go ahead with TLS")?;
            return Ok(Next::StartTls);
        }
        Ok(Next::Command)
    }

    fn auth(&mut self, auth: &Auth) -> Result<(), Gone> {
        if !self.greeted {
            return self.wire.reply("503 5.5.1 send EHLO first");
        }
        if !self.offers_auth() {
            return self
                .wire
                .reply("538 5.7.11 AUTH is for encrypted connections: send STARTTLS first");
        }
        if self.user.is_some() {
            return self.wire.reply("503 5.5.1 you are logged in already");
        }
        if self.transaction.is_some() {
            return self
                .wire
                .reply("503 5.5.1 AUTH has no place within a mail transaction");
        }
        match login::login(&mut self.wire, self.shared.account.as_ref(), auth) {
            Ok(user) => {
                self.user = Some(user);
                self.wire.reply("235 2.7.0 logged in")
            }
            Err(NoLogin::Refused(reply)) => self.wire.reply(reply),
            Err(NoLogin::Gone(gone)) => Err(gone),
        }
    }
}
