//! Gets Debian's packages when they are missing, without a service being started.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// Each package with a file that only it brings.
const PACKAGES: [(&str, &str); 7] = [
    ("postfix", "/usr/sbin/postfix"),
    ("dovecot-core", "/usr/sbin/dovecot"),
    ("dovecot-lmtpd", "/usr/lib/dovecot/lmtp"),
    ("openssl", "/usr/bin/openssl"),
    ("nodejs", "/usr/bin/node"),
    ("npm", "/usr/bin/npm"),
    // Debian's Python without it makes no virtual environment.
    ("python3-venv", "/var/lib/dpkg/info/python3-venv.list"),
];

/// Debian's maintainer scripts ask this program before they start a service; 101 forbids it.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// The marker of a policy that this program wrote; the number of its process follows.
const MARKER: &str = "# cargo xtask, process ";

/// The browser of the tests that look at a page.
const BROWSER: [(&str, &str); 1] = [("chromium", "/usr/bin/chromium")];

/// What counts instructions.
const VALGRIND: [(&str, &str); 1] = [("valgrind", "/usr/bin/valgrind")];

/// What counts calls of the system.
const STRACE: [(&str, &str); 1] = [("strace", "/usr/bin/strace")];

/// The command that the cold start is compared with.
const CURL: [(&str, &str); 1] = [("curl", "/usr/bin/curl")];

/// Makes sure that the servers are installed and that this user may start them.
pub(super) fn ensure(interrupt: &Interrupt) -> Result<(), Failure> {
    get(&PACKAGES, "the real servers need", interrupt)?;
    if rustix::process::geteuid().is_root() {
        Ok(())
    } else {
        Err(not_root())
    }
}

/// Makes sure that there is a browser.
pub(crate) fn ensure_browser(interrupt: &Interrupt) -> Result<(), Failure> {
    get(&BROWSER, "a browser that looks at a page needs", interrupt)
}

/// Makes sure that there is valgrind, which counts instructions.
pub(crate) fn ensure_valgrind(interrupt: &Interrupt) -> Result<(), Failure> {
    get(&VALGRIND, "the count of instructions needs", interrupt)
}

/// Makes sure that there is strace, which counts calls of the system.
pub(crate) fn ensure_strace(interrupt: &Interrupt) -> Result<(), Failure> {
    get(&STRACE, "the count of system calls needs", interrupt)
}

/// Ensures that curl is installed, with which the command is compared.
pub(crate) fn ensure_curl(interrupt: &Interrupt) -> Result<(), Failure> {
    get(&CURL, "the measurement of a cold start needs", interrupt)
}

fn get(packages: &[(&str, &str)], who_needs: &str, interrupt: &Interrupt) -> Result<(), Failure> {
    // A run that was killed cannot clean up, and this one may have nothing to install.
    Policy::remove_stale(Path::new(POLICY))
        .map_err(Failure::io(format_args!("cannot restore {POLICY}")))?;
    let missing: Vec<&str> = packages
        .iter()
        .filter(|(_, file)| !Path::new(file).exists())
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let advice = format!(
        "{who_needs} these packages: {0}; install them (`apt-get install --no-install-recommends {0}`), or leave servers \
         and browser out (`cargo xtask test --without-servers`)",
        missing.join(" ")
    );
    if !rustix::process::geteuid().is_root() || !Path::new("/etc/debian_version").exists() {
        return Err(Failure::Work(advice));
    }

    let policy = Policy::forbid_services(Path::new(POLICY))
        .map_err(Failure::io(format_args!("cannot write {POLICY}")))?;
    println!("== installing {}", missing.join(" "));
    let installed = apt_get(interrupt, &["update", "-q"])
        .and_then(|()| apt_get(interrupt, &install_arguments(&missing)));
    policy
        .restore()
        .map_err(Failure::io(format_args!("cannot restore {POLICY}")))?;
    installed.map_err(|error| Failure::Work(format!("{error}; {advice}")))
}

fn not_root() -> Failure {
    Failure::Work(
        "Postfix's master process starts as root alone: run this as root, or leave the servers out \
         (`cargo xtask test --without-servers`)"
            .into(),
    )
}

fn install_arguments<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    arguments
}

fn apt_get(interrupt: &Interrupt, arguments: &[&str]) -> io::Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(["-o", "DPkg::Lock::Timeout=120"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(std::process::Stdio::null());
    let status = interrupt.run(&mut command, |_| Ok(()))?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "`apt-get {}` failed ({status})",
        arguments[0]
    )))
}

/// Our policy in the place of the machine's own, which comes back when this is dropped.
struct Policy {
    path: PathBuf,
    saved: PathBuf,
    in_place: bool,
}

impl Policy {
    fn forbid_services(path: &Path) -> io::Result<Self> {
        Self::remove_stale(path)?;
        let saved = saved(path);
        // Another run's own policy is not saved: that run puts the machine's back.
        if path.exists() && writer(path).is_none() {
            fs::rename(path, &saved)?;
        }
        let policy = Self {
            path: path.into(),
            saved,
            in_place: true,
        };
        fs::write(
            path,
            format!("#!/bin/sh\n{MARKER}{}\nexit 101\n", std::process::id()),
        )?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        Ok(policy)
    }

    /// Restores the policy that preceded a run which was killed while it installed.
    fn remove_stale(path: &Path) -> io::Result<()> {
        match writer(path) {
            Some(process) if !Path::new("/proc").join(process.to_string()).exists() => Self {
                path: path.into(),
                saved: saved(path),
                in_place: true,
            }
            .put_back(),
            _ => Ok(()),
        }
    }

    fn restore(mut self) -> io::Result<()> {
        self.put_back()
    }

    fn put_back(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.in_place) {
            return Ok(());
        }
        if self.saved.exists() {
            return fs::rename(&self.saved, &self.path);
        }
        fs::remove_file(&self.path)
    }
}

fn saved(path: &Path) -> PathBuf {
    path.with_extension("d.saved-by-xtask")
}

/// Returns the process that wrote this policy, if it was one of ours.
fn writer(path: &Path) -> Option<u32> {
    fs::read_to_string(path)
        .ok()?
        .lines()
        .find_map(|line| line.strip_prefix(MARKER)?.parse().ok())
}

impl Drop for Policy {
    fn drop(&mut self) {
        if let Err(error) = self.put_back() {
            eprintln!("cannot restore {}: {error}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_own_policy_is_restored() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy-rc.d");
        fs::write(&path, "the machine's own").unwrap();
        let policy = Policy::forbid_services(&path).unwrap();
        assert_eq!(writer(&path), Some(std::process::id()));
        assert!(fs::read_to_string(&path).unwrap().ends_with("exit 101\n"));
        drop(policy);
        assert_eq!(fs::read_to_string(&path).unwrap(), "the machine's own");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn without_a_policy_of_the_machines_own_none_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy-rc.d");
        Policy::forbid_services(&path).unwrap().restore().unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    /// Returns the id of a process that has ended.
    fn ended() -> u32 {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    #[test]
    fn a_killed_runs_policy_is_removed_by_the_next_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy-rc.d");
        let own = "the machine's own";
        for before in [None, Some(own)] {
            let kill = || {
                if let Some(text) = before {
                    fs::write(&path, text).unwrap();
                }
                std::mem::forget(Policy::forbid_services(&path).unwrap());
                fs::write(&path, format!("#!/bin/sh\n{MARKER}{}\nexit 101\n", ended())).unwrap();
            };
            kill();
            Policy::remove_stale(&path).unwrap();
            assert_eq!(
                fs::read_to_string(&path).ok().as_deref(),
                before,
                "at the next start"
            );
            kill();
            drop(Policy::forbid_services(&path).unwrap());
            assert_eq!(
                fs::read_to_string(&path).ok().as_deref(),
                before,
                "by the next installation"
            );
            let _ = fs::remove_file(&path);
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn the_policy_of_a_run_at_work_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy-rc.d");
        let policy = Policy::forbid_services(&path).unwrap();
        Policy::remove_stale(&path).unwrap();
        assert_eq!(writer(&path), Some(std::process::id()));
        policy.restore().unwrap();
    }
}
