//! Ctrl-C and its like: stop the step that runs, then tidy up as usual.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Whether somebody asked to stop. A signal ends the running step, never this process: what was
/// started is stopped on the ordinary way out.
#[derive(Debug, Default)]
pub(crate) struct Interrupt {
    requested: AtomicBool,
    running: Mutex<Option<Pid>>,
}

impl Interrupt {
    /// Takes over SIGINT, SIGTERM and SIGHUP for the rest of this process's life.
    pub(crate) fn watch() -> io::Result<Arc<Self>> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let interrupt = Arc::new(Self::default());
        let watcher = Arc::clone(&interrupt);
        thread::spawn(move || signals.forever().for_each(|_| watcher.request()));
        Ok(interrupt)
    }

    /// Whether a signal has arrived.
    pub(crate) fn requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Runs `command` in a process group of its own, which a signal ends as a whole: cargo's
    /// children, too, when the signal was sent to this process alone.
    pub(crate) fn run(
        &self,
        command: &mut Command,
        attend: impl FnOnce(&mut Child) -> io::Result<()>,
    ) -> io::Result<ExitStatus> {
        let mut child = {
            let mut running = self.running();
            if self.requested() {
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            let child = command.process_group(0).spawn()?;
            *running = Some(Pid::from_child(&child));
            child
        };
        let attended = attend(&mut child);
        let status = child.wait();
        *self.running() = None;
        attended.and(status)
    }

    fn request(&self) {
        let running = self.running();
        self.requested.store(true, Ordering::SeqCst);
        if let Some(group) = *running {
            // It may have ended by itself in this instant, which is as good.
            let _ = kill_process_group(group, Signal::TERM);
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Pid>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_request_ends_the_running_command_and_forbids_another() {
        let interrupt = Arc::new(Interrupt::default());
        let start = Instant::now();
        let status = interrupt.run(Command::new("sleep").arg("60"), |_| {
            let other = Arc::clone(&interrupt);
            thread::spawn(move || other.request());
            Ok(())
        });
        assert!(!status.expect("sleep starts").success());
        assert!(start.elapsed() < Duration::from_secs(30));
        assert!(
            interrupt
                .run(&mut Command::new("true"), |_| Ok(()))
                .is_err()
        );
    }
}
