//! The folder of the profiles, and their files: one for each, for its owner's eyes alone.

mod profile;

use std::env;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::error::{Error, Fault};
use crate::login::MAX_FILE;
pub use profile::{Profile, Revoked};

/// Longer than the exchange with the issuer that another process may be at.
const LOCK_TIME: Duration = Duration::from_secs(60);

const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A name is a file's, too.
const MAX_NAME: usize = 64;

/// A folder of [`Profile`]s.
///
/// ```
/// use mailwright_oauth::{ErrorKind, Store};
/// let folder = tempfile::tempdir()?;
/// let profile = Store::at(folder.path()).profile("work")?;
/// assert_eq!(profile.read().unwrap_err().kind(), ErrorKind::NoProfile);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The variable that names the folder, for services and tests.
    pub const VARIABLE: &'static str = "SMTP_TOKEN_DIR";

    /// This folder. It is made with the first profile.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The user's own, shared by all programs of this user: what [`Store::VARIABLE`] names, or `smtp/tokens` in
    /// `$XDG_STATE_HOME`, in `~/.local/state` without that, and in `%LOCALAPPDATA%` on Windows.
    ///
    /// # Errors
    /// None of these variables is set.
    pub fn of_user() -> Result<Self, Error> {
        let set = |name: &str| {
            env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let state = || match cfg!(windows) {
            true => set("LOCALAPPDATA"),
            // A relative one is to be ignored, says the XDG Base Directory Specification.
            false => set("XDG_STATE_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| Some(set("HOME")?.join(".local").join("state"))),
        };
        let folder = set(Self::VARIABLE).or_else(|| Some(state()?.join("smtp").join("tokens")));
        let unknown = || {
            format!(
                "there is no home folder to keep tokens in: set {}",
                Self::VARIABLE
            )
        };
        folder
            .map(Self::at)
            .ok_or_else(|| Fault::Input(unknown()).into())
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The profile of this name, which need not be there yet.
    ///
    /// # Errors
    /// A name that is not made of 1 to 64 letters, digits, `-`, `_`, `.`, `@` and `+`, or begins with `.` or `-`.
    pub fn profile(&self, name: &str) -> Result<Profile, Error> {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@+".contains(&byte);
        if name.is_empty()
            || name.len() > MAX_NAME
            || name.starts_with(['.', '-'])
            || !name.bytes().all(is_of_name)
        {
            let why = "a profile's name has 1 to 64 letters, digits, `-`, `_`, `.`, `@` and `+`, a letter or digit first";
            return Err(Fault::Input(format!("{name:?}: {why}")).into());
        }
        Ok(Profile::new(self.clone(), name))
    }

    /// The names of those that are there, sorted.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&self.folder, "read")(error)),
        };
        let names = entries.filter_map(|entry| {
            Some(
                entry
                    .ok()?
                    .file_name()
                    .to_str()?
                    .strip_suffix(ENDING)?
                    .to_owned(),
            )
        });
        let mut names: Vec<String> = names.filter(|name| self.profile(name).is_ok()).collect();
        names.sort();
        Ok(names)
    }

    /// Where a profile's file is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{ENDING}"))
    }

    /// What a profile's file holds; nothing where there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let path = self.path(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, "read")(error)),
        };
        self.check_folder()?;
        refuse_exposed(
            &path,
            &file.metadata().map_err(failed(&path, "read"))?,
            0o077,
        )?;
        let mut octets = Zeroizing::new(Vec::with_capacity(MAX_FILE + 1));
        let limit = u64::try_from(MAX_FILE + 1).unwrap_or(u64::MAX);
        file.take(limit)
            .read_to_end(&mut octets)
            .map_err(failed(&path, "read"))?;
        if octets.len() > MAX_FILE {
            return Err(Fault::Damaged {
                path,
                why: format!("it has more than {MAX_FILE} octets"),
            }
            .into());
        }
        Ok(Some(octets))
    }

    /// A new file, before anything is spent that has to go into it. It takes a profile's place by [`put`](Self::put).
    pub(crate) fn place(&self) -> Result<NamedTempFile, Error> {
        self.make_folder()?;
        // Nobody but its owner may read it, from its first moment on.
        NamedTempFile::with_prefix_in(".new-", &self.folder)
            .map_err(failed(&self.folder, "written"))
    }

    /// Has a file take a profile's place, whole and on the disk, or not at all.
    pub(crate) fn put(
        &self,
        name: &str,
        mut file: NamedTempFile,
        octets: &[u8],
    ) -> Result<(), Error> {
        let path = self.path(name);
        file.write_all(octets)
            .and_then(|()| file.as_file().sync_all())
            .map_err(failed(&path, "written"))?;
        file.persist(&path)
            .map_err(|error| failed(&path, "written")(error.error))?;
        self.settle()
    }

    /// Takes a profile's file away.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.path(name);
        fs::remove_file(&path).map_err(failed(&path, "deleted"))?;
        self.settle()
    }

    /// Holds a profile until the file that is given back is dropped. Another process waits meanwhile.
    pub(crate) fn lock(&self, name: &str) -> Result<File, Error> {
        self.make_folder()?;
        // A file of its own, which stays: the profile's is replaced each time.
        let path = self.folder.join(format!(".{name}.lock"));
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed(&path, "opened"))?;
        let ends = Instant::now() + LOCK_TIME;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < ends => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(Fault::Busy {
                        profile: name.to_owned(),
                    }
                    .into());
                }
                Err(TryLockError::Error(error)) => return Err(failed(&path, "locked")(error)),
            }
        }
    }

    fn make_folder(&self) -> Result<(), Error> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&self.folder)
            .map_err(failed(&self.folder, "made"))?;
        self.check_folder()
    }

    /// Fails if others may write to the folder: they could replace a profile by their own.
    fn check_folder(&self) -> Result<(), Error> {
        let found = fs::metadata(&self.folder).map_err(failed(&self.folder, "read"))?;
        refuse_exposed(&self.folder, &found, 0o022)
    }

    /// A name in a folder is on the disk only when the folder is. Windows has no such thing.
    fn settle(&self) -> Result<(), Error> {
        match cfg!(unix) {
            true => File::open(&self.folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed(&self.folder, "written")),
            false => Ok(()),
        }
    }
}

const ENDING: &str = ".json";

fn failed(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |error| Fault::File { path, doing, error }.into()
}

/// Fails if a file or folder belongs to another user, or gives others one of the `forbidden` rights.
///
/// The mode is not corrected: others may have used their rights already.
#[cfg(unix)]
fn refuse_exposed(path: &Path, found: &Metadata, forbidden: u32) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;

    let exposed = |why: String| {
        Error::from(Fault::Exposed {
            path: path.to_owned(),
            why,
        })
    };
    let (owner, own, mode) = (
        found.uid(),
        rustix::process::geteuid().as_raw(),
        found.mode() & 0o777,
    );
    if owner != own {
        return Err(exposed(format!(
            "it belongs to user {owner}, and this process runs as user {own}"
        )));
    }
    if mode & forbidden != 0 {
        return Err(exposed(format!("it has the mode {mode:03o}")));
    }
    Ok(())
}

/// Other systems protect the user's folder.
#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &Metadata, _: u32) -> Result<(), Error> {
    Ok(())
}
