//! Throw-away Postfix, Dovecot and two OAuth servers on free loopback ports, for the tests and for playing by hand.

mod accounts;
mod certificates;
mod daemon;
mod dovecot;
mod install;
mod oauth;
mod oauth_mock;
mod ports;
mod postfix;
mod shell;
mod site;
mod template;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use daemon::Daemon;
pub(crate) use install::{ensure_browser, ensure_curl, ensure_strace, ensure_valgrind};
use site::Site;

/// The servers, running. Dropping it stops them too, but cannot say whether that went well.
pub(crate) struct Servers {
    // Postfix stops first: it delivers to Dovecot. Fields are dropped in this order.
    postfix: Daemon,
    dovecot: Daemon,
    oauth: Daemon,
    oauth_mock: Daemon,
    site: Site,
}

impl Servers {
    /// Installs what is missing, then configures and starts them. They answer when this returns.
    pub(crate) fn start(root: &Path, interrupt: &Interrupt) -> Result<Self, Failure> {
        install::ensure(interrupt)?;
        let program = oauth::install(root, interrupt)?;
        let python = oauth_mock::install(root, interrupt)?;
        let start = Instant::now();
        let site = Site::prepare()?;
        let dovecot = dovecot::start(&site)?;
        let oauth = oauth::start(&site, &program)?;
        let oauth_mock = oauth_mock::start(&site, &python)?;
        let postfix = postfix::start(&site)?;
        println!(
            "== Postfix, Dovecot and the OAuth servers are up after {} ms",
            start.elapsed().as_millis()
        );
        Ok(Self {
            postfix,
            dovecot,
            oauth,
            oauth_mock,
            site,
        })
    }

    /// The file of `key=value` lines that tells a test where everything is.
    pub(crate) fn facts_file(&self) -> PathBuf {
        self.site.facts_file()
    }

    /// Every secret that a client may present to them.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.site.accounts.secrets()
    }

    /// Prints what they logged.
    pub(crate) fn show_logs(&self) {
        for daemon in [&self.postfix, &self.dovecot, &self.oauth, &self.oauth_mock] {
            println!("== the log of {}\n{}", daemon.name(), daemon.log());
        }
    }

    /// Stops them, and makes sure that no process of theirs is left.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        let postfix = self.postfix.stop();
        let dovecot = self.dovecot.stop();
        let oauth = self.oauth.stop();
        let oauth_mock = self.oauth_mock.stop();
        postfix.and(dovecot).and(oauth).and(oauth_mock)?;
        let taken = self.site.ports.taken();
        if !taken.is_empty() {
            return Err(Failure::Work(format!(
                "the servers are stopped, and somebody still listens on the ports {taken:?}"
            )));
        }
        println!(
            "== Postfix, Dovecot and the OAuth servers are stopped, and nothing of theirs is left running"
        );
        Ok(())
    }

    fn alive(&mut self) -> Result<(), Failure> {
        self.postfix.alive()?;
        self.dovecot.alive()?;
        self.oauth.alive()?;
        self.oauth_mock.alive()
    }
}

/// `cargo xtask servers`: keeps them running until Ctrl-C or the end of input.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch().map_err(Failure::io("cannot watch for signals"))?;
    let mut servers = Servers::start(root, &interrupt)?;
    println!("\nfacts={}", servers.facts_file().display());
    println!(
        "{}\nCtrl-C or the end of input stops them.",
        servers.site.facts()
    );

    let input_ended = end_of_input();
    while !interrupt.requested() && !input_ended.load(Ordering::SeqCst) {
        servers.alive()?;
        thread::sleep(Duration::from_millis(100));
    }
    servers.stop()?;
    Ok(ExitCode::SUCCESS)
}

fn end_of_input() -> Arc<AtomicBool> {
    let ended = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&ended);
    thread::spawn(move || {
        let mut buffer = [0; 256];
        while io::stdin().read(&mut buffer).is_ok_and(|n| n > 0) {}
        seen.store(true, Ordering::SeqCst);
    });
    ended
}
