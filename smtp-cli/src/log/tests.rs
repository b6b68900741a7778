//! Which lines are shown, and which are passed over.

use super::*;

const LINES: &str = r#"{"time":"2026-11-20T10:00:00Z","outcome":"accepted","recipients":[{"address":"a@x.test","accepted":true}]}
{"time":"2026-11-21T10:00:00Z","outcome":"accepted","recipients":[{"address":"a@x.test","accepted":true},{"address":"b@x.test","accepted":false}]}

not a line of the log
{"time":"yesterday","outcome":"refused","recipients":[]}
{"time":"2026-11-22T10:00:00Z","outcome":"refused","recipients":[{"address":"c@x.test","accepted":false}]}
{"time":"2026-11-23T10:00:00Z","outcome":"unknown","recip"#;

fn selected(log: &str, failed: bool, since: Option<&str>) -> (Vec<String>, Vec<u64>) {
    let since = since.map(|text| moment(text).expect("a time"));
    let args = LogArgs {
        file: None,
        failed,
        since,
        json: true,
    };
    let (messages, skipped) = select(log.as_bytes(), &args, &Console::new(true))
        .ok()
        .expect("a log");
    (
        messages
            .iter()
            .filter_map(|message| message["time"].as_str().map(str::to_owned))
            .collect(),
        skipped,
    )
}

#[test]
fn what_failed_and_what_is_recent_can_be_asked_for() {
    let days = |days: &[u8]| {
        days.iter()
            .map(|day| format!("2026-11-{day}T10:00:00Z"))
            .collect::<Vec<_>>()
    };
    let skipped = vec![4, 5, 7];
    assert_eq!(
        selected(LINES, false, None),
        (days(&[20, 21, 22]), skipped.clone())
    );
    assert_eq!(
        selected(LINES, true, None),
        (days(&[21, 22]), skipped.clone())
    );
    assert_eq!(
        selected(LINES, false, Some("2026-11-21T10:00:00Z")),
        (days(&[21, 22]), skipped.clone())
    );
    assert_eq!(
        selected(LINES, true, Some("2026-11-21T12:30:00+02:00")),
        (days(&[22]), skipped)
    );
    assert_eq!(selected("", false, None), (vec![], vec![]));
}

#[test]
fn a_file_that_is_no_log_is_told_from_an_empty_one() {
    let args = LogArgs {
        file: None,
        failed: false,
        since: None,
        json: true,
    };
    let failure =
        select("From: a\nTo: b\n".as_bytes(), &args, &Console::new(true)).expect_err("a failure");
    assert_eq!(failure.status, exit::DATA);
}
