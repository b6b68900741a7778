use std::os::unix::fs::{PermissionsExt, lchown, symlink};

use tempfile::TempDir;

use super::unix::{may_be_used, own_user};
use super::*;

/// A user that runs none of these tests.
const STRANGER: u32 = 54_321;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Creates a folder like `/tmp`.
fn open_to_all() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    set_mode(folder.path(), 0o1777);
    folder
}

#[test]
fn foreign_links_in_sticky_folders_are_not_followed() {
    let (own, root) = (1000, 0);
    for (owner, folder, expected) in [
        (STRANGER, (root, 0o1777), false),
        (STRANGER, (own, 0o41777), false),
        (own, (root, 0o1777), true),
        (root, (root, 0o1777), true),
        (STRANGER, (STRANGER, 0o1777), true),
        (STRANGER, (root, 0o0755), true),
        (STRANGER, (root, 0o1775), true),
        (STRANGER, (root, 0o0777), true),
    ] {
        assert_eq!(
            may_be_used(owner, folder, own),
            expected,
            "{owner} in {folder:?}"
        );
    }
}

#[test]
fn a_link_of_a_stranger_is_refused_where_it_can_be_made() {
    let folder = open_to_all();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "").unwrap();
    symlink("file", &link).unwrap();
    assert_eq!(resolve(&link).unwrap(), file);
    open_own(&link).unwrap();
    // Only root can give a link away; the rule itself is tested above for everyone.
    if own_user() == 0 {
        lchown(&link, Some(STRANGER), None).unwrap();
        let error = resolve(&link).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("54321"), "{error}");
        assert!(open_own(&link).is_err());
    }
}

#[test]
fn links_are_followed_to_what_need_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink("b", at("a")).unwrap();
    symlink(at("missing"), at("b")).unwrap();
    symlink("loop", at("loop")).unwrap();
    assert_eq!(resolve(&at("a")).unwrap(), at("missing"));
    assert_eq!(resolve(&at("new")).unwrap(), at("new"));
    assert!(resolve(&at("loop")).is_err());
    assert!(resolve(&at("missing").join("file")).is_ok());
    assert_eq!(
        resolve(Path::new("/dev/null")).unwrap(),
        Path::new("/dev/null")
    );
}

#[test]
fn a_private_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    open_own(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    for exposed in [0o644, 0o660, 0o606, 0o777] {
        set_mode(&path, exposed);
        let file = open_own(&path).unwrap();
        assert_eq!(mode(&path), exposed);
        make_private(&file).unwrap();
        assert_eq!(mode(&path), exposed & 0o700, "{exposed:o}");
    }
    let device = open_own(Path::new("/dev/null")).unwrap();
    make_private(&device).unwrap();
    assert_eq!(mode(Path::new("/dev/null")), 0o666);
}

#[test]
fn a_private_file_of_another_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "").unwrap();
    // A user other than root cannot give a file away, and cannot open root's.
    let foreign = if own_user() == 0 {
        lchown(&path, Some(STRANGER), None).unwrap();
        path
    } else {
        "/etc/passwd".into()
    };
    assert_eq!(
        open_own(&foreign).unwrap_err().kind(),
        ErrorKind::PermissionDenied
    );
}

#[test]
fn link_planted_after_the_check_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (victim, log) = (folder.path().join("victim"), folder.path().join("log"));
    fs::write(&victim, "").unwrap();
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    let target = follow(&log).unwrap();
    symlink(&victim, &log).unwrap();
    assert!(target.open(options.clone()).is_err());
    assert!(open(&log, options).is_ok());
}

#[cfg(target_os = "linux")]
#[test]
fn unnamed_pipe_is_opened_through_its_link() {
    use std::os::fd::AsRawFd;
    let (_reader, writer) = io::pipe().unwrap();
    let path = PathBuf::from(format!("/proc/self/fd/{}", writer.as_raw_fd()));
    open(&path, OpenOptions::new().write(true).clone()).unwrap();
}
