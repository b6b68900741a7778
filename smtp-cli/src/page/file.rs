//! A file that is there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `text` to `path`. Whoever looks at it, also after a crash, finds what was there before or all of the text.
///
/// What is no regular file, such as a terminal or a pipe, is written to as it is.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// smtp_cli::page::write(&folder.path().join("report.html"), "<!doctype html>")?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Whatever the system says: there is no such folder, no room, no right to write there.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let target = match fs::canonicalize(path) {
        Ok(target) if !target.is_file() => {
            return fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
        }
        // A link stays one: what it leads to is replaced.
        Ok(target) => target,
        Err(_) => PathBuf::from(path),
    };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = builder().tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&target)?;
    // The name is safe once the folder is; not every system lets one be opened.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
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
