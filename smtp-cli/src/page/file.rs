//! A file that is there as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A place for a page. Whoever looks at it, also after a crash, finds what was there before or all of the page.
#[derive(Debug)]
pub(crate) enum Sheet {
    /// The new file beside it, and where it is to be.
    Beside(NamedTempFile, PathBuf),
    /// What is no regular file, such as a terminal or a pipe: it is written to as it is.
    Through(File),
}

impl Sheet {
    /// Fails where nothing can be written, and changes nothing yet.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let target = match fs::canonicalize(path) {
            Ok(target) if !target.is_file() => return OpenOptions::new().write(true).open(path).map(Self::Through),
            // A link stays one: what it leads to is replaced.
            Ok(target) => target,
            Err(_) => PathBuf::from(path),
        };
        let folder = folder(&target).to_owned();
        Ok(Self::Beside(builder().tempfile_in(folder)?, target))
    }

    /// Puts the page there.
    pub(crate) fn write(self, text: &str) -> io::Result<()> {
        let (mut file, target) = match self {
            Self::Beside(file, target) => (file, target),
            Self::Through(mut file) => return file.write_all(text.as_bytes()),
        };
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&target)?;
        // The name is safe once the folder is; not every system lets one be opened.
        if let Ok(folder) = File::open(folder(&target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file of the rights that the process's mask leaves, as any other that a command makes.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".smtp-").suffix(".html");
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
        Sheet::open(path)?.write(text)
    }

    #[test]
    fn a_place_that_is_not_written_to_stays_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.html");
        drop(Sheet::open(&path).expect("a place"));
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
        let (path, link) = (folder.path().join("report.html"), folder.path().join("link.html"));
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
}
