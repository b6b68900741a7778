use std::fs;

use super::{Client, next_message, no_message, open_sink, with_envelope};
use crate::sink::{Sink, SinkOptions, Storage};

#[test]
fn dots_are_unstuffed_however_the_data_is_split() {
    let sink = open_sink();
    let data = b"..a\r\n...\r\n\r\nb\r\n.\r\n";
    let mut client = with_envelope(&sink);
    for split in 0..=data.len() {
        client.ask("DATA", "354");
        client.send(&data[..split]);
        client.send(&data[split..]);
        client.expect("250 2.0.0");
        assert_eq!(
            next_message(&sink).content.unwrap(),
            b".a\r\n..\r\n\r\nb\r\n"
        );
        client.send("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n");
        client.expect("250");
        client.expect("250");
    }
}

#[test]
fn no_message_is_smuggled_behind_another_end_of_data() {
    let ends: [&[u8]; 9] = [
        b"\n.\n",
        b"\r.\r",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\r\n.\r\r\n",
        b"\r\n\0.\r\n",
        b"\n\n.\r\n",
    ];
    let sink = open_sink();
    for end in ends {
        let mut client = with_envelope(&sink);
        client.ask("DATA", "354");
        let hidden =
            b"MAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nevil\r\n.\r\nQUIT\r\n";
        client.send([b"good", end, hidden].concat());
        client.expect("250 2.0.0");
        client.expect("221");
        client.expect_end();
        let message = next_message(&sink);
        assert_eq!(message.from, "a@example.test", "{end:?}");
        assert!(message.content.unwrap().ends_with(b"DATA\r\nevil\r\n"));
        no_message(&sink);
    }
}

#[test]
fn chunks_are_put_together_as_they_are() {
    let sink = open_sink();
    let mut client = with_envelope(&sink);
    client.send("BDAT 6\r\n.\r\n\0\n\rBDAT 0\r\nNOOP\r\nBDAT 5 last\r\n\r\n.\r\nQUIT\r\n");
    for beginning in [
        "250 2.0.0 6 octets",
        "250 2.0.0 0 octets",
        "250",
        "250 2.0.0 stored",
        "221",
    ] {
        client.expect(beginning);
    }
    assert_eq!(
        next_message(&sink).content.unwrap(),
        b".\r\n\0\n\r\r\n.\r\n"
    );
}

#[test]
fn an_empty_last_chunk_ends_the_message() {
    let sink = open_sink();
    let mut client = with_envelope(&sink);
    client.send("BDAT 2\r\nhi");
    client.expect("250");
    client.ask("DATA", "503 5.5.1");
    client.ask("RCPT TO:<c@d.test>", "503 5.5.1");
    client.ask("BDAT 0 LAST", "250 2.0.0 stored");
    assert_eq!(next_message(&sink).content.unwrap(), b"hi");
}

#[test]
fn the_octets_of_a_refused_chunk_are_not_taken_for_commands() {
    let sink = open_sink();
    let mut client = super::greeted(&sink);
    client.send("BDAT 6 LAST\r\nQUIT\r\nMAIL FROM:<a@b.test>\r\nBDAT 6\r\nQUIT\r\nNOOP\r\n");
    for beginning in ["503 5.5.1", "250 2.1.0", "503 5.5.1", "250 2.0.0"] {
        client.expect(beginning);
    }
}

#[test]
fn a_chunk_without_a_readable_size_ends_the_connection() {
    let sink = open_sink();
    for line in [
        "BDAT",
        "BDAT x",
        "BDAT -1",
        "BDAT +1",
        "BDAT 1 FIRST",
        "BDAT 1 LAST x",
        "BDAT 99999999999999999999",
        "BDAT 1\t",
    ] {
        let mut client = with_envelope(&sink);
        client.ask(line, "50");
        client.expect_end();
    }
}

#[test]
fn binary_messages_need_chunks() {
    let sink = open_sink();
    let mut client = super::greeted(&sink);
    client.ask("MAIL FROM:<a@b.test> BODY=BINARYMIME", "250");
    client.ask("RCPT TO:<a@b.test>", "250");
    client.ask("DATA", "503 5.5.1");
    client.send("BDAT 3 LAST\r\n\0\n\r");
    client.expect("250 2.0.0");
    assert_eq!(next_message(&sink).content.unwrap(), b"\0\n\r");
}

#[test]
fn a_message_over_the_limit_is_refused_at_its_end() {
    let sink = Sink::start(SinkOptions {
        storage: Storage::Discard,
        ..SinkOptions::default()
    })
    .unwrap();
    for (size, reply) in [
        (157_286_400, "250 2.0.0 stored"),
        (157_286_401, "552 5.3.4"),
    ] {
        let mut client = with_envelope(&sink);
        client.send(format!("BDAT {size} LAST\r\n"));
        send_zeros(&mut client, size);
        client.expect(reply);
        client.ask("BDAT 0 LAST", "503 5.5.1");
    }
    assert_eq!(next_message(&sink).size, 157_286_400);
    no_message(&sink);
}

#[test]
fn a_maildir_holds_what_was_sent_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = folder.path().join("mail");
    let sink = Sink::start(SinkOptions {
        storage: Storage::Maildir(maildir.clone()),
        ..SinkOptions::default()
    })
    .unwrap();
    let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for _ in 0..2 {
        let mut client = with_envelope(&sink);
        client.send(format!("BDAT {} LAST\r\n", content.len()));
        client.send(&content);
        client.expect("250 2.0.0");
        let message = next_message(&sink);
        let file = message.file.unwrap();
        assert_eq!(file.parent(), Some(maildir.join("new").as_path()));
        #[cfg(unix)]
        assert_eq!(
            [&maildir, &maildir.join("new"), &file].map(|path| mode(path)),
            [0o700, 0o700, 0o600]
        );
        assert_eq!(fs::read(file).unwrap(), content);
        assert_eq!((message.size, message.content), (100_000, None));
    }
    assert_eq!(files(&maildir.join("new")), 2);
    assert_eq!(files(&maildir.join("tmp")), 0);
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn an_unfinished_message_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = Sink::start(SinkOptions {
        storage: Storage::Maildir(folder.path().to_owned()),
        ..SinkOptions::default()
    })
    .unwrap();
    let mut client = with_envelope(&sink);
    client.send("BDAT 4\r\nhalf");
    client.expect("250");
    assert_eq!(files(&folder.path().join("tmp")), 1);
    client.ask("RSET", "250");
    assert_eq!(files(&folder.path().join("tmp")), 0);
    let mut client = with_envelope(&sink);
    client.ask("DATA", "354");
    client.send("half\r\n.");
    drop(client);
    sink.stop();
    no_message(&sink);
    for name in ["tmp", "new", "cur"] {
        assert_eq!(files(&folder.path().join(name)), 0);
    }
}

fn send_zeros(client: &mut Client, mut size: usize) {
    let zeros = vec![0; 1 << 20];
    while size > 0 {
        let count = size.min(zeros.len());
        client.send(&zeros[..count]);
        size -= count;
    }
}

fn files(folder: &std::path::Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}
