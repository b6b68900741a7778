//! Messages over loopback: this project, a raw socket that writes the same octets in the same number of round trips, and
//! the peers.

mod memory;
mod others;
mod ours;
mod place;
mod sink;
mod stream;
mod tls;
mod twin;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use smtp_benches::{LIMIT, OURS, inputs};

use place::{Place, pin_to};
use sink::Manner;
use tls::Certificate;

pub use memory::figures as memory;

/// How messages follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// Each is sent when the one before it was accepted: by DATA.
    OneByOne,
    /// The end of one leaves with the envelope of the next: by DATA.
    Several,
    /// So many are under way at a time: by BDAT.
    Window,
}

/// Messages of a window.
const WINDOW: usize = 16;

impl Means {
    const ALL: [Self; 3] = [Self::OneByOne, Self::Several, Self::Window];

    fn name(self) -> &'static str {
        match self {
            Self::OneByOne => "one by one",
            Self::Several => "several",
            Self::Window => "windows of 16",
        }
    }
}

/// What is sent, and where the sink is.
struct Job<'j> {
    means: Means,
    content: &'j Arc<Vec<u8>>,
    tls: Option<&'j Certificate>,
    address: SocketAddr,
}

/// Somebody who sends so many messages over a connection that is open.
struct Sender {
    name: &'static str,
    send: Box<dyn FnMut(usize)>,
    /// How many at least, so that what comes once is little beside them.
    least: usize,
}

impl Sender {
    fn time(&mut self, messages: usize) -> Duration {
        let start = Instant::now();
        (self.send)(messages);
        start.elapsed()
    }
}

type Maker = fn(&Job<'_>) -> Sender;

/// A message to measure: its name and octets.
const SIZES: [(&str, usize); 2] = [("1 KB", 1_000), ("1 MB", 1_000_000)];

/// Odd, so that one of them is the median.
const ROUNDS: usize = 21;

/// Long enough that what the scheduler does to one side evens out.
const TURN: Duration = Duration::from_millis(6);

/// By the clock: one object a bench, as those of the other groups.
pub fn times(mut tell: impl FnMut(Value)) {
    let certificate = Certificate::new();
    for (size, octets) in SIZES {
        let content = Arc::new(inputs::text(octets));
        for means in Means::ALL
            .into_iter()
            .filter(|means| octets < 10_000 || *means != Means::Window)
        {
            agree(means, &content);
            for place in [Place::One, Place::Two] {
                for tls in [None, Some(&certificate)] {
                    let layer = if tls.is_some() { "TLS" } else { "plain" };
                    let name = format!("{size}, {}, {layer}, {}", means.name(), place.name());
                    let shipped = if place == Place::Two {
                        others::AS_SHIPPED
                    } else {
                        &[]
                    };
                    let others = [others::WITHOUT_DELAY, shipped].concat();
                    let makers = [ours::MAKERS, &[twin::maker], &others].concat();
                    pin_to(place.of_the_client());
                    let manner = || {
                        tls.map_or(Manner::Plain, |certificate| {
                            Manner::Tls(certificate.clone())
                        })
                    };
                    let senders = makers.iter().map(|make| {
                        let address = sink::start(manner(), place);
                        make(&Job {
                            means,
                            content: &content,
                            tls,
                            address,
                        })
                    });
                    tell(measure(&name, content.len(), senders.collect()));
                }
            }
        }
    }
}

/// All by turns, so that a machine that slows down slows all of them.
fn measure(name: &str, octets: usize, mut senders: Vec<Sender>) -> Value {
    let messages: Vec<usize> = senders.iter_mut().map(messages_of_a_turn).collect();
    let mut nanoseconds = vec![Vec::new(); senders.len()];
    for _ in 0..ROUNDS {
        for ((sender, &messages), nanoseconds) in
            senders.iter_mut().zip(&messages).zip(&mut nanoseconds)
        {
            nanoseconds.push(sender.time(messages).as_nanos() as f64 / messages as f64);
        }
    }
    crate::ratios::to_json(
        "wire",
        name,
        octets,
        senders.iter().map(|sender| sender.name),
        nanoseconds,
        &[],
    )
}

fn messages_of_a_turn(sender: &mut Sender) -> usize {
    let mut messages = sender.least;
    while sender.time(messages) < TURN {
        messages *= 2;
    }
    messages
}

/// Asserts that this project and its twin put the same octets on the wire.
fn agree(means: Means, content: &Arc<Vec<u8>>) {
    let [ours, twin] = [ours::MAKERS[0], twin::maker].map(|make| {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let address = sink::start(Manner::Kept(Arc::clone(&kept)), Place::Two);
        (make(&Job {
            means,
            content,
            tls: None,
            address,
        })
        .send)(3 * WINDOW);
        std::mem::take(&mut *kept.lock().expect("a sink that lives"))
    });
    // Both may have millions of octets: they are not shown.
    assert!(
        ours == twin,
        "{}: the twin sends something else",
        means.name()
    );
}

/// How long a reply is on its way where round trips are counted: what else takes time is little beside it. Shorter than an
/// acknowledgement may be held back, so that who waits for one is seen to.
const DELAY: Duration = Duration::from_millis(25);

/// Round trips a message: by a sink that holds its replies in a delay line.
pub fn round_trips() -> Vec<Value> {
    let figures = each_means(Manner::Delayed(DELAY), |_, sender, messages| {
        (sender.send)(1);
        let time = sender.time(messages);
        json!({ "name": sender.name, "value": time.as_secs_f64() / DELAY.as_secs_f64() / messages as f64 })
    });
    figures
        .into_iter()
        .map(|(means, figures)| json!({ "group": "round trips", "name": means.name(), "candidates": figures }))
        .collect()
}

/// For strace: what is between two marks of a thread is what so many messages took.
pub fn mark_messages() {
    // The first of all asks the system twice.
    mark("ready");
    each_means(Manner::Plain, |means, sender, messages| {
        (sender.send)(1);
        mark(&format!(
            "begin/{}/{}/{messages}",
            means.name(),
            sender.name
        ));
        (sender.send)(messages);
        mark("end");
    });
}

/// Looks for a file that is not there.
fn mark(what: &str) {
    assert!(
        std::fs::metadata(format!("/smtp-bench/{what}")).is_err(),
        "a mark that is a file"
    );
}

/// Has everybody send so who can.
fn each_means<T>(
    manner: Manner,
    mut count: impl FnMut(Means, &mut Sender, usize) -> T,
) -> Vec<(Means, Vec<T>)> {
    let content = Arc::new(inputs::text(1_000));
    let of_means = Means::ALL.map(|means| {
        let (others, messages) = match means {
            Means::OneByOne => ([others::AS_SHIPPED, others::WITHOUT_DELAY].concat(), 8),
            Means::Several => (vec![], 64),
            Means::Window => (vec![], 8 * WINDOW),
        };
        let makers = [ours::MAKERS, &[twin::maker], &others].concat();
        let counts = makers.into_iter().map(|make| {
            let address = sink::start(manner.clone(), Place::Two);
            count(
                means,
                &mut make(&Job {
                    means,
                    content: &content,
                    tls: None,
                    address,
                }),
                messages,
            )
        });
        (means, counts.collect())
    });
    of_means.into()
}
