//! `mail-send`, over a stream in memory.

use std::hint::black_box;
use std::time::Duration;

use mail_send::SmtpClient;
use mail_send::smtp::message::Message;
use smtp_benches::Candidate;

use crate::stream::{Stream, ready};

const NAME: &str = "mail-send";

const REPLIES: [&[u8]; 4] = [
    b"250 2.1.0 Sender OK\r\n",
    b"250 2.1.5 Recipient OK\r\n",
    b"354 Start mail input\r\n",
    smtp_benches::session::TO_MESSAGE,
];

pub(crate) fn body(input: &[u8]) -> Candidate {
    let (input, again) = (input.to_vec(), input.to_vec());
    let mut client = client(Stream::new(&REPLIES));
    Candidate::new(
        NAME,
        move || ready(client.write_message(black_box(&input))).expect("a message written"),
        move || {
            let (stream, kept) = Stream::keeping(&REPLIES);
            ready(self::client(stream).write_message(&again)).map_err(|error| error.to_string())?;
            crate::message_sent(
                std::mem::take(&mut *kept.lock().expect("one thread")),
                &again,
            )
        },
    )
}

pub(crate) fn session(input: &[u8]) -> Candidate {
    let (input, again) = (input.to_vec(), input.to_vec());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let mut client = client(Stream::new(&REPLIES));
    Candidate::new(
        NAME,
        move || {
            // Its time-outs want to know of a runtime's clock; no waiting comes of it.
            let _guard = runtime.enter();
            ready(client.send(message(black_box(&input)))).expect("a message accepted");
        },
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime");
            let _guard = runtime.enter();
            let (stream, kept) = Stream::keeping(&REPLIES);
            ready(self::client(stream).send(message(&again))).map_err(|error| error.to_string())?;
            crate::message_sent(
                std::mem::take(&mut *kept.lock().expect("one thread")),
                &again,
            )
        },
    )
}

fn client(stream: Stream) -> SmtpClient<Stream> {
    SmtpClient {
        stream,
        timeout: Duration::from_secs(60),
    }
}

pub(crate) fn message(body: &[u8]) -> Message<'_> {
    Message::new("sender@example.com", ["recipient@example.org"], body)
}
