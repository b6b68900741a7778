//! The file itself.

use std::fs;
use std::sync::mpsc;

use serde_json::json;

use super::*;

#[test]
fn lines_are_whole_and_the_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let first = Log::open(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    // A second one, as another process would have it.
    let second = Log::open(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    std::thread::scope(|scope| {
        for log in [&first, &second, &first] {
            scope.spawn(move || {
                (0..200).for_each(|i| {
                    log.append(&json!({"i": i, "text": "x".repeat(5_000)}))
                        .unwrap()
                })
            });
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 600);
    assert!(
        text.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
    assert_eq!((first.failure(), second.failure()), (None, None));
}

#[test]
fn a_torn_line_stays_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "{\"half").unwrap();
    let log = Log::open(&path).unwrap();
    log.append(&json!({"i": 1})).unwrap();
    log.append(&json!({"i": 2})).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "{\"half\n{\"i\":1}\n{\"i\":2}\n"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_told_once() {
    let log = Log::open(Path::new("/dev/full")).unwrap();
    log.note(log.append(&json!({})));
    let failure = log.failure().expect("a full device");
    assert!(failure.contains("No space left"), "{failure}");
    assert_eq!(log.failure(), None);
    assert!(Log::open(Path::new("/no/such/folder/log")).is_err());
}

#[test]
fn no_character_that_needs_an_escape_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let record = json!({"from": "ü\u{7f}\u{9b}\u{2028}\u{200b}\u{202e}\u{e0041}@example.test"});
    Log::open(&path).unwrap().append(&record).unwrap();
    let line = fs::read_to_string(&path).unwrap();
    assert_eq!(
        line,
        "{\"from\":\"ü\\u007f\\u009b\\u2028\\u200b\\u202e\\udb40\\udc41@example.test\"}\n"
    );
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), record);
}

#[test]
fn held_lock_delays_one_line_and_fails_the_next_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = Log::open(&path).unwrap();
    let holder = File::options().append(true).open(&path).unwrap();
    holder.lock().unwrap();
    let (release, released) = mpsc::channel::<()>();
    // A line that waits without a bound gets the lock in the end, and the test fails.
    let holding = thread::spawn(move || {
        let _ = released.recv_timeout(12 * LOCK_WAIT);
        drop(holder);
    });
    let began = Instant::now();
    for _ in 0..20 {
        log.note(log.append(&json!({"i": 1})));
        assert!(
            log.failure()
                .is_some_and(|failure| failure.contains("another process holds the lock"))
        );
    }
    assert!(began.elapsed() < 10 * LOCK_WAIT, "each line waited");
    drop(release);
    holding.join().unwrap();
    log.append(&json!({"i": 2})).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"i\":2}\n");
}
