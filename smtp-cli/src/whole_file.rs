//! A file that is there as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::files;

/// A path to write a file at. A reader finds the old content or all of the new, even after a crash.
#[derive(Debug)]
pub(crate) enum WholeFile {
    /// The new file beside it, and where it is to be.
    Beside(NamedTempFile, PathBuf),
    /// What is no regular file, such as a terminal or a pipe: it is written to as it is.
    Through(File),
}

impl WholeFile {
    /// Opens the path without changing anything. Fails if it cannot be written, or if a link of
    /// another user leads to it.
    ///
    /// A link is kept: the file that it leads to is replaced, and keeps its mode.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let target = files::resolve(path)?;
        let replaced = fs::metadata(&target).ok();
        if replaced.as_ref().is_some_and(|found| !found.is_file()) {
            let mut options = OpenOptions::new();
            options.write(true);
            return files::open(path, options).map(Self::Through);
        }
        let file = builder().tempfile_in(files::folder_of(&target))?;
        if let Some(found) = replaced {
            file.as_file().set_permissions(found.permissions())?;
        }
        Ok(Self::Beside(file, target))
    }

    /// Writes the text.
    pub(crate) fn write(self, text: &str) -> io::Result<()> {
        let (mut file, target) = match self {
            Self::Beside(file, target) => (file, target),
            Self::Through(mut file) => return file.write_all(text.as_bytes()),
        };
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&target)?;
        // The name is safe once the folder is; not every system lets one be opened.
        if let Ok(folder) = File::open(files::folder_of(&target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// A file of the rights that the process's mask leaves, as any other that a command makes.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".smtp-").suffix(".new");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) -> io::Result<()> {
        WholeFile::open(path)?.write(text)
    }

    #[test]
    fn a_place_that_is_not_written_to_stays_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.html");
        drop(WholeFile::open(&path).expect("a place"));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.html");
        for text in ["the first, which is the longer one", "the second"] {
            write(&path, text).expect("a file");
            assert_eq!(fs::read_to_string(&path).expect("a file"), text);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(write(&folder.path().join("missing").join("report.html"), "text").is_err());
        assert!(write(folder.path(), "text").is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_is_no_file_is_not_replaced() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (
            folder.path().join("report.html"),
            folder.path().join("link.html"),
        );
        write(&path, "before").expect("a file");
        symlink(&path, &link).expect("a link");
        write(&link, "after").expect("a file");
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&path).expect("a file"), "after");

        let null = folder.path().join("null");
        symlink("/dev/null", &null).expect("a link");
        write(&null, "nothing").expect("a device");
        assert!(!Path::new("/dev/null").is_file());
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.html");
        write(&path, "before").expect("a file");
        for mode in [0o600, 0o640, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
            write(&path, "after").expect("a file");
            assert_eq!(
                fs::metadata(&path).expect("a file").permissions().mode() & 0o777,
                mode
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_behind_links_of_proc_is_written_to() {
        use std::io::Read;
        use std::os::fd::AsRawFd;
        let (mut reader, writer) = io::pipe().expect("a pipe");
        let path = PathBuf::from(format!("/proc/self/fd/{}", writer.as_raw_fd()));
        write(&path, "text").expect("a pipe");
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("a text");
        assert_eq!(text, "text");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_of_another_user_in_a_sticky_folder_is_refused() {
        use std::os::unix::fs::{PermissionsExt, lchown, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("kept"), folder.path().join("link.html"));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).expect("a mode");
        fs::write(&path, "kept").expect("a file");
        symlink(&path, &link).expect("a link");
        // Only root can give a link away; the rule itself is tested for everyone where it stands.
        let is_foreign = lchown(&link, Some(54_321), None).is_ok();
        assert_eq!(write(&link, "replaced").is_err(), is_foreign);
        assert_eq!(
            fs::read_to_string(&path).expect("a file"),
            if is_foreign { "kept" } else { "replaced" }
        );
    }
}
