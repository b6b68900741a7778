//! Files for one user: who may read them, and which links lead to them.

#[cfg(all(test, unix))]
mod tests;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The number of links that Linux follows before it returns `ELOOP`.
const MAX_LINKS: usize = 40;

/// Opens a file to append to it, and creates it with mode 0600 if it does not exist.
///
/// An existing regular file must belong to this user. Its mode stays as it is: see
/// [`make_private`].
///
/// # Errors
/// Fails if the file belongs to another user, or if [`resolve`] fails.
pub(crate) fn open_own(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = open(path, options)?;
    let found = file.metadata()?;
    if found.is_file() {
        check_owner(&found)?;
    }
    Ok(file)
}

/// Opens the file that [`resolve`] finds. Fails if somebody replaces it by a link in between.
///
/// # Errors
/// Fails if the file cannot be opened in this way, or if [`resolve`] fails.
pub(crate) fn open(path: &Path, options: OpenOptions) -> io::Result<File> {
    follow(path)?.open(options)
}

/// Removes all rights of others from a regular file.
///
/// # Errors
/// Fails if the system refuses it.
pub(crate) fn make_private(file: &File) -> io::Result<()> {
    let found = file.metadata()?;
    if found.is_file() {
        remove_others_rights(file, &found)
    } else {
        Ok(())
    }
}

/// Returns the path that `path` leads to: links are followed, and nothing needs to exist there yet.
///
/// A link or file in a folder that everyone may write to (sticky, as `/tmp`) must belong to this user or to the folder's
/// owner. Linux has this rule as `fs.protected_symlinks`; not every system does.
///
/// # Errors
/// Fails if such a link or file belongs to another user, there are too many links, or a folder
/// cannot be read.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    follow(path).map(|target| target.path)
}

/// The end of a path's links.
struct Target {
    path: PathBuf,
    /// Whether it is a link in /proc to an object without a name, such as a pipe.
    is_link: bool,
}

impl Target {
    fn named(path: PathBuf) -> Self {
        Self {
            path,
            is_link: false,
        }
    }

    /// Opens the target. A link that replaced it since is not followed: it was not checked.
    fn open(&self, mut options: OpenOptions) -> io::Result<File> {
        #[cfg(unix)]
        if !self.is_link {
            let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
        }
        options.open(&self.path)
    }
}

fn follow(path: &Path) -> io::Result<Target> {
    let mut at = path.to_owned();
    for _ in 0..MAX_LINKS {
        let found = match fs::symlink_metadata(&at) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Target::named(at)),
            Err(error) => return Err(error),
        };
        let folder = folder_of(&at);
        check_place(&at, &found, &fs::metadata(folder)?)?;
        if !found.is_symlink() {
            return Ok(Target::named(at));
        }
        let next = folder.join(fs::read_link(&at)?);
        if fs::symlink_metadata(&next).is_err() && fs::metadata(&at).is_ok() {
            return Ok(Target {
                path: at,
                is_link: true,
            });
        }
        at = next;
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Returns the folder that a path's last component is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    /// Fails if a file does not belong to this user.
    pub(super) fn check_owner(found: &Metadata) -> io::Result<()> {
        let own = own_user();
        if found.uid() == own {
            return Ok(());
        }
        Err(denied(format!(
            "it belongs to user {}, and this process runs as user {own}",
            found.uid()
        )))
    }

    pub(super) fn check_place(path: &Path, found: &Metadata, folder: &Metadata) -> io::Result<()> {
        if may_be_used(found.uid(), (folder.uid(), folder.mode()), own_user()) {
            return Ok(());
        }
        let (path, owner) = (path.display(), found.uid());
        Err(denied(format!(
            "{path} belongs to user {owner}, in a folder that everyone may write to"
        )))
    }

    /// Applies the rule of `fs.protected_symlinks`.
    pub(super) fn may_be_used(
        owner: u32,
        (folder_owner, folder_mode): (u32, u32),
        own: u32,
    ) -> bool {
        const STICKY_AND_OPEN: u32 = 0o1002;
        folder_mode & STICKY_AND_OPEN != STICKY_AND_OPEN || owner == own || owner == folder_owner
    }

    pub(super) fn remove_others_rights(file: &File, found: &Metadata) -> io::Result<()> {
        match found.mode() & 0o077 {
            0 => Ok(()),
            _ => file.set_permissions(fs::Permissions::from_mode(found.mode() & 0o700)),
        }
    }

    pub(super) fn own_user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn denied(why: String) -> io::Error {
        io::Error::new(ErrorKind::PermissionDenied, why)
    }
}

#[cfg(unix)]
use unix::{check_owner, check_place, remove_others_rights};

/// Other systems protect the user's folders.
#[cfg(not(unix))]
mod other {
    use super::*;

    pub(super) fn check_owner(_: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn check_place(_: &Path, _: &Metadata, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn remove_others_rights(_: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
use other::{check_owner, check_place, remove_others_rights};
