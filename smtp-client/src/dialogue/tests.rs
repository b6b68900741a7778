use std::fmt::Debug;

use mailwright_proto::{Secret, auth::Credentials};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::*;

/// Writes down every event.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        assert_eq!(
            (event.metadata().target(), event.metadata().level()),
            ("mailwright::dialogue", &Level::DEBUG)
        );
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.0.lock().expect("a recorder").push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}

#[test]
fn the_dialogue_is_told_to_tracing_without_secrets() {
    let password = smtp_canary::canary();
    let credentials = Credentials::password("me", Secret::from(password.clone())).unwrap();
    let recorder = Recorder::default();
    tracing::subscriber::with_default(recorder.clone(), || {
        let mut dialogue = Dialogue::new(None, Redactor::new(&credentials), false);
        dialogue.server(b"220 mx.example.test\r\n");
        dialogue.commands(b"EHLO client.example.test\r\n");
        dialogue.server(format!("535 5.7.8 {password} is wrong\r\n").as_bytes());
    });
    let events = recorder.0.lock().unwrap().clone();
    assert_eq!(
        events,
        [
            r#"from="server" line="220 mx.example.test" "#,
            r#"from="client" line="EHLO client.example.test" "#,
            r#"from="server" line="535 5.7.8 [redacted] is wrong" "#,
        ]
    );
}

#[test]
fn nobody_who_watches_is_nobody_who_is_told() {
    let dialogue = Dialogue::new(None, Redactor::default(), false);
    assert!(!dialogue.is_watched());
    tracing::subscriber::with_default(Recorder::default(), || assert!(dialogue.is_watched()));
}

#[test]
fn dialogue_lines_are_escaped_on_both_sides() {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&shown);
    let observer: Observer = Arc::new(Mutex::new(move |line: &DialogueLine| {
        lines.lock().unwrap().push(line.text.clone())
    }));
    let mut dialogue = Dialogue::new(Some(observer), Redactor::default(), false);
    let hostile = "a\u{1b}[2J\u{9b}\u{202e}\u{200b}b";
    dialogue.server(format!("220 {hostile}\r\n220 {hostile}").as_bytes());
    dialogue.flush();
    dialogue.commands(format!("MAIL FROM:<{hostile}@example.test>\r\n").as_bytes());
    let escaped = r"a\x1b[2J\xc2\x9b\xe2\x80\xae\xe2\x80\x8bb";
    let expected = [
        format!("220 {escaped}"),
        format!("220 {escaped}"),
        format!("MAIL FROM:<{escaped}@example.test>"),
    ];
    assert_eq!(*shown.lock().unwrap(), expected);
}
