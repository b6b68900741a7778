//! A raw socket that writes what this project writes, in as many round trips: the least that the work could cost.

use std::io::{Read, Write};
use std::net::TcpStream;

use rustls::{ClientConnection, StreamOwned};

use super::tls::Certificate;
use super::{Job, LIMIT, Means, Sender, WINDOW};

const EHLO: &[u8] = b"EHLO client.example.com\r\n";
const MAIL_AND_RCPT: &[u8] =
    b"MAIL FROM:<sender@example.com>\r\nRCPT TO:<recipient@example.org>\r\n";

pub(super) fn maker(job: &Job<'_>) -> Sender {
    let stream = TcpStream::connect(job.address).expect("a sink");
    stream.set_nodelay(true).expect("a socket");
    match job.tls {
        None => over(stream, job),
        Some(certificate) => {
            let tls = ClientConnection::new(certificate.client(), Certificate::name())
                .expect("a configuration");
            over(StreamOwned::new(tls, stream), job)
        }
    }
}

fn over(stream: impl Read + Write + 'static, job: &Job<'_>) -> Sender {
    let mut twin = Twin {
        stream,
        buffer: [0; 4096],
    };
    twin.read_lines(1);
    twin.exchange(EHLO, 4);
    let content = job.content.as_slice();
    let envelope = [MAIL_AND_RCPT, b"DATA\r\n"].concat();
    let message = [content, b".\r\n"].concat();
    let name = LIMIT;
    match job.means {
        Means::OneByOne => Sender {
            name,
            least: 1,
            send: Box::new(move |messages| {
                for _ in 0..messages {
                    twin.exchange(&envelope, 3);
                    twin.exchange(&message, 1);
                }
            }),
        },
        Means::Several => {
            let message_and_envelope = [&message[..], &envelope].concat();
            let send = move |messages| {
                twin.exchange(&envelope, 3);
                (1..messages).for_each(|_| twin.exchange(&message_and_envelope, 4));
                twin.exchange(&message, 1);
            };
            Sender {
                name,
                least: WINDOW,
                send: Box::new(send),
            }
        }
        Means::Window => {
            let chunk = [
                format!("BDAT {} LAST\r\n", content.len()).as_bytes(),
                content,
            ]
            .concat();
            let message = [b"RSET\r\n", MAIL_AND_RCPT, &chunk].concat();
            let length = message.len();
            let all = message.repeat(WINDOW);
            let send = move |messages: usize| {
                // RSET does not stand before the first of them.
                let mut start = b"RSET\r\n".len();
                let mut left = messages;
                while left > 0 {
                    let window = left.min(WINDOW);
                    let lines = 4 * window - usize::from(start > 0);
                    twin.exchange(&all[start..window * length], lines);
                    (start, left) = (0, left - window);
                }
            };
            Sender {
                name,
                least: WINDOW,
                send: Box::new(send),
            }
        }
    }
}

struct Twin<S> {
    stream: S,
    buffer: [u8; 4096],
}

impl<S: Read + Write> Twin<S> {
    /// Writes, and reads so many lines.
    fn exchange(&mut self, octets: &[u8], lines: usize) {
        self.stream.write_all(octets).expect("a sink that reads");
        self.read_lines(lines);
    }

    fn read_lines(&mut self, mut lines: usize) {
        while lines > 0 {
            let n = self
                .stream
                .read(&mut self.buffer)
                .expect("a sink that answers");
            assert!(n > 0, "the sink hung up");
            lines -= memchr::memchr_iter(b'\n', &self.buffer[..n]).count();
        }
    }
}
