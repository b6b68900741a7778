use super::*;

const MESSAGE: TransactionId = TransactionId(1);

fn say(line: &'static [u8]) -> impl FnOnce(&mut Vec<u8>) {
    move |out| out.extend_from_slice(line)
}

#[test]
fn what_is_fit_for_a_log_ends_where_the_secret_begins() {
    let mut pipeline = Pipeline::new();
    pipeline.push(Expect::Ehlo, say(b"EHLO a\r\n"));
    pipeline.release(false);
    assert_eq!((pipeline.writable().len(), pipeline.loggable()), (8, 8));
    pipeline.transmitted(8);
    assert_eq!(pipeline.pop(), Some(Expect::Ehlo));
    pipeline.push_secret(Expect::Auth, |out| {
        out.extend_from_slice(b"AUTH PLAIN c2VjcmV0\r\n");
        11
    });
    pipeline.release(false);
    assert_eq!((pipeline.writable().len(), pipeline.loggable()), (21, 11));
    pipeline.transmitted(4);
    assert_eq!((pipeline.writable().len(), pipeline.loggable()), (17, 7));
    pipeline.transmitted(10);
    assert_eq!((pipeline.writable().len(), pipeline.loggable()), (7, 0));
}

#[test]
fn what_has_left_is_kept_no_longer() {
    let mut pipeline = Pipeline::new();
    pipeline.push_secret(Expect::Auth, |out| {
        out.extend_from_slice(b"AUTH PLAIN c2VjcmV0\r\n");
        11
    });
    pipeline.release(false);
    pipeline.transmitted(20);
    assert_eq!((pipeline.out.len(), pipeline.secret_from), (21, 11));
    pipeline.transmitted(1);
    assert_eq!((pipeline.out.len(), pipeline.secret_from), (0, NOWHERE));
}

#[test]
fn a_group_ends_with_what_may_only_stand_at_its_end() {
    let mut pipeline = Pipeline::new();
    pipeline.push(Expect::Mail(MESSAGE), say(b"MAIL\r\n"));
    pipeline.push(Expect::Rcpt(MESSAGE, 0), say(b"RCPT\r\n"));
    pipeline.push(Expect::Data(MESSAGE, false), say(b"DATA\r\n"));
    pipeline.push(Expect::Rset, say(b"RSET\r\n"));
    pipeline.release(true);
    assert_eq!(pipeline.writable(), b"MAIL\r\nRCPT\r\nDATA\r\n");
    assert!(!pipeline.holds_nothing());
}

#[test]
fn as_much_is_unanswered_as_may_be_and_not_an_octet_more() {
    for (more, is_let_go) in [(MAX_UNANSWERED - 4, true), (MAX_UNANSWERED - 3, false)] {
        let mut pipeline = Pipeline::new();
        pipeline.push(Expect::Mail(MESSAGE), say(b"1234"));
        pipeline.push(Expect::Rcpt(MESSAGE, 0), |out| out.resize(4 + more, b'x'));
        pipeline.release(true);
        assert_eq!(
            pipeline.writable().len(),
            if is_let_go { MAX_UNANSWERED } else { 4 }
        );
    }
}

#[test]
fn a_messages_end_is_held_until_its_last_octet_has_left() {
    for (last, is_final) in [
        (Expect::Chunk(MESSAGE, true), true),
        (Expect::EndOfData(MESSAGE), true),
    ]
    .into_iter()
    .chain([
        (Expect::Chunk(MESSAGE, false), false),
        (Expect::EndOfData(TransactionId(2)), false),
    ]) {
        let mut pipeline = Pipeline::new();
        pipeline.expect_after_body(last, 5);
        pipeline.transmitted(4);
        assert_eq!(
            pipeline.first_held_end() == Some(MESSAGE),
            is_final,
            "{last:?}"
        );
        pipeline.transmitted(1);
        assert_eq!(pipeline.first_held_end(), None);
    }
}

#[test]
fn what_is_under_way_is_all_that_is_unanswered_and_within_data_what_has_not_left() {
    let mut pipeline = Pipeline::new();
    pipeline.push(Expect::Mail(MESSAGE), say(b"MAIL\r\n"));
    pipeline.push(Expect::Rcpt(MESSAGE, 0), say(b"RCPT TO\r\n"));
    pipeline.release(true);
    assert_eq!(pipeline.under_way(), 15);
    pipeline.transmitted(15);
    assert_eq!(
        (pipeline.under_way(), pipeline.pop()),
        (15, Some(Expect::Mail(MESSAGE)))
    );
    assert_eq!(
        (pipeline.under_way(), pipeline.pop()),
        (9, Some(Expect::Rcpt(MESSAGE, 0)))
    );
    pipeline.hand_out(100);
    pipeline.transmitted(60);
    assert_eq!(pipeline.under_way(), 40);
    pipeline.expect_after_body(Expect::EndOfData(MESSAGE), 3);
    pipeline.transmitted(42);
    assert_eq!((pipeline.under_way(), pipeline.pop()), (43, None));
    pipeline.transmitted(1);
    assert_eq!(
        (pipeline.pop(), pipeline.under_way()),
        (Some(Expect::EndOfData(MESSAGE)), 0)
    );
}

#[test]
fn no_more_can_have_left_than_may_leave() {
    let mut pipeline = Pipeline::new();
    pipeline.push(Expect::Data(MESSAGE, false), say(b"DATA\r\n"));
    pipeline.push(Expect::Rset, say(b"RSET\r\n"));
    pipeline.release(true);
    pipeline.transmitted(1000);
    assert_eq!(
        (pipeline.pop(), pipeline.pop()),
        (Some(Expect::Data(MESSAGE, false)), None)
    );
    pipeline.release(true);
    assert_eq!(pipeline.writable(), b"RSET\r\n");
    assert_eq!(pipeline.pop(), None, "a reply to what has not left");
}

#[test]
fn what_is_taken_back_leaves_no_trace() {
    let mut pipeline = Pipeline::new();
    pipeline.push(Expect::Mail(MESSAGE), say(b"MAIL\r\n"));
    pipeline.release(true);
    pipeline.push(Expect::Rcpt(MESSAGE, 0), say(b"RCPT TO\r\n"));
    pipeline.push(Expect::Data(MESSAGE, true), say(b"DATA\r\n"));
    pipeline.withdraw(TransactionId(2));
    assert_eq!(pipeline.under_way(), 21);
    pipeline.withdraw(MESSAGE);
    assert_eq!(
        (pipeline.writable(), pipeline.under_way()),
        (&b"MAIL\r\n"[..], 6)
    );
    pipeline.push(Expect::Rset, say(b"RSET\r\n"));
    pipeline.release(true);
    pipeline.transmitted(12);
    assert_eq!(
        (pipeline.pop(), pipeline.pop()),
        (Some(Expect::Mail(MESSAGE)), Some(Expect::Rset))
    );
    assert_eq!(pipeline.under_way(), 0);
}

#[test]
fn nothing_is_held_only_where_all_has_left_or_is_in_other_hands() {
    let mut pipeline = Pipeline::new();
    assert!(pipeline.holds_nothing());
    pipeline.push(Expect::Mail(MESSAGE), say(b"MAIL\r\n"));
    assert!(!pipeline.holds_nothing(), "it was not let go");
    pipeline.release(true);
    assert!(!pipeline.holds_nothing(), "it was let go, and has not left");
    pipeline.transmitted(6);
    assert!(pipeline.holds_nothing());
}

#[test]
fn first_held_end_is_of_the_first_unsent_message() {
    let mut pipeline = Pipeline::new();
    for message in (1..4).map(TransactionId) {
        pipeline.expect_after_body(Expect::Chunk(message, false), 5);
        pipeline.expect_after_body(Expect::Chunk(message, true), 5);
    }
    pipeline.transmitted(15);
    assert_eq!(pipeline.first_held_end(), Some(TransactionId(2)));
    pipeline.transmitted(5);
    assert_eq!(pipeline.first_held_end(), Some(TransactionId(3)));
}

#[test]
fn oldest_message_is_awaited_until_its_last_reply() {
    let mut pipeline = Pipeline::new();
    pipeline.push(Expect::Mail(MESSAGE), say(b"MAIL FROM:<>\r\n"));
    pipeline.push(Expect::Rset, say(b"RSET\r\n"));
    assert!(pipeline.awaits(MESSAGE) && !pipeline.awaits(TransactionId(2)));
    pipeline.release(true);
    pipeline.transmitted(20);
    assert_eq!(pipeline.pop(), Some(Expect::Mail(MESSAGE)));
    assert!(!pipeline.awaits(MESSAGE));
}
