//! A stream whose time-outs are set anew where they have to be, and no more often: each setting is a call of the system.

use std::io;
use std::time::Duration;

use super::stream::Stream;

/// How long a write waits before it looks whether the server has said why it does not read.
pub(super) const GLANCE: Duration = Duration::from_millis(250);

/// A time-out that is set stands as long as it is at least such a part of what is left.
const LEAST_PART: u32 = 16;

/// The least that is halved.
const LEAST: Duration = Duration::from_millis(2);

pub(super) struct Timed {
    pub(super) stream: Box<dyn Stream>,
    /// What is set, once something is.
    reads: Option<Option<Duration>>,
    writes: Option<Option<Duration>>,
}

impl Timed {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            reads: None,
            writes: None,
        }
    }

    /// Lets a read wait for a part of what is left, and never for longer: so the same time-out stands for the waits to
    /// come. Whose read times out has the rest by [`let_read_for_all`](Self::let_read_for_all).
    pub(super) fn let_read(&mut self, left: Option<Duration>) -> io::Result<()> {
        match (self.reads, left) {
            (Some(Some(set)), Some(left)) if set <= left && set >= left / LEAST_PART => Ok(()),
            (_, Some(left)) if left > LEAST => self.set_read_timeout(Some(left / 2)),
            _ => self.set_read_timeout(left),
        }
    }

    /// Lets a read wait for all that is left.
    pub(super) fn let_read_for_all(&mut self, left: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(left)
    }

    /// Lets a write wait for a short while, and never for longer than what is left: whoever has more patience than that
    /// writes again.
    pub(super) fn let_write(&mut self, left: Option<Duration>) -> io::Result<()> {
        let timeout = Some(left.map_or(GLANCE, |left| left.min(GLANCE)));
        if self.writes != Some(timeout) {
            self.writes = None;
            self.stream.set_write_timeout(timeout)?;
            self.writes = Some(timeout);
        }
        Ok(())
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        if self.reads != Some(timeout) {
            self.reads = None;
            self.stream.set_read_timeout(timeout)?;
            self.reads = Some(timeout);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::sync::{Arc, Mutex};

    type Setting = (&'static str, Option<Duration>);

    /// Keeps what is set.
    struct Listed(Arc<Mutex<Vec<Setting>>>);

    impl Read for Listed {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }

    impl Write for Listed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Listed {
        fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
            self.0.lock().unwrap().push(("read", timeout));
            Ok(())
        }

        fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
            self.0.lock().unwrap().push(("write", timeout));
            Ok(())
        }
    }

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn a_time_out_stands_as_long_as_it_is_a_fair_part_of_what_is_left() {
        let set = Arc::default();
        let mut timed = Timed::new(Box::new(Listed(Arc::clone(&set))));
        // A message: five minutes for MAIL, ten for its end, and less of them at the next read.
        for left in [300, 299, 600, 590, 300, 200] {
            timed.let_read(seconds(left)).unwrap();
            timed.let_write(seconds(left)).unwrap();
        }
        assert_eq!(
            *set.lock().unwrap(),
            [("read", seconds(150)), ("write", Some(GLANCE))]
        );
    }

    #[test]
    fn no_time_out_is_longer_than_what_is_left_or_a_small_part_of_it() {
        let set = Arc::default();
        let mut timed = Timed::new(Box::new(Listed(Arc::clone(&set))));
        for left in [
            seconds(100),
            seconds(49),
            seconds(600),
            Some(Duration::from_millis(1)),
            None,
            None,
        ] {
            timed.let_read(left).unwrap();
        }
        timed.let_read_for_all(seconds(7)).unwrap();
        timed.let_write(Some(Duration::from_millis(9))).unwrap();
        timed.let_write(None).unwrap();
        let millis = |millis| Some(Duration::from_millis(millis));
        let reads = [
            seconds(50),
            millis(24_500),
            millis(300_000),
            millis(1),
            None,
            seconds(7),
        ];
        let expected: Vec<_> = reads.map(|timeout| ("read", timeout)).into();
        assert_eq!(
            *set.lock().unwrap(),
            [
                expected,
                vec![("write", millis(9)), ("write", Some(GLANCE))]
            ]
            .concat()
        );
    }
}
