//! The file of a run's secrets: one a line, in hexadecimal digits, readable by its owner alone.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The variable that names the registry to the tests.
pub const REGISTRY: &str = "SMTP_TEST_SECRETS";

/// A registry. Many processes may add to it at once.
#[derive(Debug, Clone)]
pub struct Registry {
    path: PathBuf,
}

impl Registry {
    /// An empty one at this place. What was there is gone.
    pub fn create(path: &Path) -> io::Result<Self> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for_owner().create_new(true).write(true).open(path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// The one that the environment names, if it names one.
    pub fn of_environment() -> Option<Self> {
        std::env::var_os(REGISTRY).map(|path| Self { path: path.into() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a secret. A line is written at once, so that those of two processes do not mix.
    pub fn add(&self, secret: &[u8]) -> io::Result<()> {
        let mut line = String::with_capacity(secret.len() * 2 + 1);
        for byte in secret {
            write!(line, "{byte:02x}").map_err(io::Error::other)?;
        }
        line.push('\n');
        OpenOptions::new()
            .append(true)
            .open(&self.path)?
            .write_all(line.as_bytes())
    }

    /// Every secret in it, each once.
    pub fn secrets(&self) -> io::Result<Vec<Vec<u8>>> {
        let text = fs::read_to_string(&self.path)?;
        let mut secrets = text
            .lines()
            .map(secret_of)
            .collect::<io::Result<Vec<_>>>()?;
        secrets.sort_unstable();
        secrets.dedup();
        Ok(secrets)
    }

    /// Removes the file.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_file(self.path)
    }
}

fn secret_of(line: &str) -> io::Result<Vec<u8>> {
    let digits = |pair: &[u8]| {
        str::from_utf8(pair)
            .ok()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    let secret: Option<Vec<u8>> = line.as_bytes().chunks(2).map(digits).collect();
    secret.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "a line is no secret in hexadecimal digits",
        )
    })
}

fn for_owner() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_there_once_and_nobody_elses_to_read() {
        let path = std::env::temp_dir().join(format!("smtp-registry-{}", std::process::id()));
        let registry = Registry::create(&path).expect("a registry");
        for secret in [b"one\n\xff".as_slice(), b"two", b"one\n\xff"] {
            registry.add(secret).expect("added");
        }
        assert_eq!(
            registry.secrets().expect("secrets"),
            [b"one\n\xff".to_vec(), b"two".to_vec()]
        );
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &fs::metadata(&path).expect("a file").permissions(),
            );
            assert_eq!(mode & 0o777, 0o600);
        }
        registry.remove().expect("removed");
        assert!(!path.exists());
    }
}
