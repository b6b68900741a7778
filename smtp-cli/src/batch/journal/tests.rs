use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use tempfile::TempDir;

use super::*;

const DIGEST: &str = "0123abcd";

/// A reply with characters that must be escaped in the file.
const SAID: &str = "250 queued\u{9b}\u{2028}\u{200b}\u{202e}\u{e0041}";

fn states(lines: usize) -> Vec<(usize, State)> {
    (1..=lines).map(|line| (line, State::default())).collect()
}

/// Opens a journal of three lines.
fn open(path: &Path) -> Result<(Journal, u64, Vec<Fate>), String> {
    let mut states = states(3);
    let (journal, torn) =
        Journal::open(path, DIGEST, &mut states).map_err(|failure| failure.detail)?;
    Ok((
        journal,
        torn,
        states.into_iter().map(|(_, state)| state.fate).collect(),
    ))
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal");
    (folder, path)
}

#[test]
fn what_was_noted_is_known_to_the_next_run() {
    let (_folder, path) = place();
    let (journal, torn, fates) = open(&path).unwrap();
    assert_eq!((torn, fates), (0, vec![Fate::NotSent; 3]));
    journal.intend(1, "aa".to_owned()).unwrap();
    journal.intend(3, "cc".to_owned()).unwrap();
    journal
        .conclude(3, Fate::Accepted, SAID, &["b@x.test: 550 no".to_owned()])
        .unwrap();
    drop(journal);
    let mut states = states(3);
    let (_journal, torn) = Journal::open(&path, DIGEST, &mut states)
        .map_err(|failure| failure.detail)
        .unwrap();
    assert_eq!(torn, 0);
    let fates: Vec<_> = states.iter().map(|(_, state)| state.fate).collect();
    assert_eq!(fates, [Fate::Unknown, Fate::NotSent, Fate::Accepted]);
    assert_eq!(states[0].1.begun.as_deref(), Some("aa"));
    assert_eq!(
        (&*states[2].1.detail, states[2].1.left_out.len()),
        (SAID, 1)
    );
    let written = fs::read_to_string(&path).unwrap();
    assert!(
        written.contains("queued\\u009b\\u2028\\u200b\\u202e\\udb40\\udc41"),
        "{written}"
    );
}

#[cfg(unix)]
#[test]
fn a_journal_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    drop(open(&path).unwrap());
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&path).unwrap());
    assert_eq!(mode(), 0o600);
}

/// Wherever a run is killed, the next one knows what was noted in whole lines, and goes on behind them.
#[test]
fn a_journal_that_was_cut_anywhere_is_taken_up() {
    let (_folder, path) = place();
    let (journal, ..) = open(&path).unwrap();
    journal.intend(1, "aa".to_owned()).unwrap();
    journal.conclude(1, Fate::Accepted, "250 ok", &[]).unwrap();
    drop(journal);
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> = (0..whole.len())
        .filter(|&at| whole[at] == b'\n')
        .map(|at| at + 1)
        .collect();
    assert_eq!(ends.len(), 3);
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (journal, torn, fates) =
            open(&path).unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        let last = ends
            .iter()
            .rev()
            .find(|&&end| end <= cut)
            .copied()
            .unwrap_or_default();
        assert_eq!(torn, (cut - last) as u64, "cut at {cut}");
        let expected = match ends.iter().filter(|&&end| end <= cut).count() {
            3 => Fate::Accepted,
            2 => Fate::Unknown,
            _ => Fate::NotSent,
        };
        assert_eq!(fates[0], expected, "cut at {cut}");
        journal.intend(2, "bb".to_owned()).unwrap();
        drop(journal);
        assert_eq!(open(&path).unwrap().2[1], Fate::Unknown, "cut at {cut}");
    }
}

#[test]
fn what_is_not_this_batchs_journal_is_refused_and_left_as_it_is() {
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    let own = fs::read_to_string(&path).unwrap();
    let intent = "{\"line\":1,\"intent\":\"aa\"}\n";
    let cases = [
        (own.replace(DIGEST, "4567"), "of another batch"),
        (
            own.replace("\"journal\":1", "\"journal\":2"),
            "no journal that this version can read",
        ),
        (format!("{own}{own}"), "line 2 is a second head"),
        (format!("{own}{{}}\n{intent}"), "line 2 is no record"),
        (
            format!("{own}{}", intent.replace('1', "9")),
            "a line that the batch has not",
        ),
        (intent.to_owned(), "no journal that this version can read"),
        ("dear diary".to_owned(), "is no journal"),
        ("dear\ndiary\n".to_owned(), "is no record"),
    ];
    for (text, what) in cases {
        fs::write(&path, &text).unwrap();
        let refusal = open(&path).map(|_| ()).unwrap_err();
        assert!(refusal.contains(what), "{text}: {refusal}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_journal_is_one_runs_at_a_time() {
    let (_folder, path) = place();
    let first = open(&path).unwrap();
    assert!(
        open(&path)
            .map(|_| ())
            .unwrap_err()
            .contains("another process")
    );
    drop(first);
    assert!(open(&path).is_ok());
}

#[test]
fn those_who_come_at_once_share_a_trip_to_the_disk_and_each_is_there_when_it_is_told_so() {
    let (_folder, path) = place();
    let mut known = states(64);
    let (journal, _) = Journal::open(&path, DIGEST, &mut known)
        .map_err(|failure| failure.detail)
        .unwrap();
    let journal = Arc::new(journal);
    let threads: Vec<_> = (1..=64)
        .map(|line| {
            let (journal, path) = (Arc::clone(&journal), path.clone());
            thread::spawn(move || {
                journal.intend(line, "aa".to_owned()).unwrap();
                let group = journal.group();
                assert!(group.synced > 0 && group.synced <= group.length);
                assert!(
                    fs::read_to_string(path)
                        .unwrap()
                        .contains(&format!("{{\"line\":{line},"))
                );
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(journal.group().synced, fs::metadata(&path).unwrap().len());
}

#[test]
fn a_journal_that_cannot_be_written_says_so_each_time() {
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    // A file that is open for reading alone takes nothing.
    let file = File::open(&path).unwrap();
    let group = Group {
        length: 0,
        synced: 0,
        is_syncing: false,
        failure: None,
    };
    let journal = Journal {
        file,
        group: Mutex::new(group),
        synced: Condvar::new(),
    };
    assert!(journal.intend(1, "aa".to_owned()).is_err());
    assert!(journal.failure().is_some());
    let again = journal.conclude(1, Fate::Accepted, "", &[]).unwrap_err();
    assert!(
        again
            .to_string()
            .starts_with("the journal cannot be written"),
        "{again}"
    );
}
