//! The steps of a check as they happen: kept for the report, and told to whoever watches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::report::{Step, StepOutcome};
use crate::dialogue::{DialogueLine, Peer, Transcript};
use crate::stage::Stage;

/// Something happened, as [`Check::on_progress`](super::Check::on_progress) tells it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// On the way to which host.
    pub host: &'a str,
    /// On which port; nothing while the host's name is looked up for all of them.
    pub port: Option<u16>,
    /// What.
    pub news: News<'a>,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum News<'a> {
    /// A step began; [`Step::took`] and [`Step::outcome`] say nothing yet.
    Began(&'a Step),
    /// A step ended. What came of it may be known better in the [`Report`](super::Report).
    Ended(&'a Step),
    /// A line was said.
    Said(&'a DialogueLine),
}

/// Who watches.
pub(super) type Watcher = Box<dyn FnMut(&Progress<'_>) + Send>;

/// The clock of one check, and who watches it.
pub(super) struct Watch {
    began: Instant,
    watcher: Option<Mutex<Watcher>>,
}

impl Watch {
    pub(super) fn new(watcher: Option<Watcher>) -> Self {
        Self {
            began: Instant::now(),
            watcher: watcher.map(Mutex::new),
        }
    }

    /// How long it has been.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn tell(&self, progress: &Progress<'_>) {
        if let Some(watcher) = &self.watcher {
            lock(watcher)(progress);
        }
    }
}

/// What happens on the way to one port. Clones write into the same.
#[derive(Clone)]
pub(super) struct Recorder {
    watch: Arc<Watch>,
    host: Arc<str>,
    port: Option<u16>,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    steps: Vec<Step>,
    /// Which of them is the session's present one.
    open: Option<usize>,
    dialogue: Transcript,
}

/// A step that has begun.
#[derive(Clone, Copy)]
pub(super) struct Begun(usize);

impl Recorder {
    pub(super) fn new(watch: Arc<Watch>, host: &str, port: Option<u16>) -> Self {
        Self {
            watch,
            host: host.into(),
            port,
            notes: Arc::default(),
        }
    }

    /// Takes over what happened before, for all ports together.
    pub(super) fn after(self, steps: &[Step]) -> Self {
        lock(&self.notes).steps.extend_from_slice(steps);
        self
    }

    pub(super) fn begin(&self, stage: Stage, subject: impl Into<String>) -> Begun {
        let (at, took) = (self.watch.now(), Duration::ZERO);
        let step = Step {
            stage,
            subject: subject.into(),
            at,
            took,
            outcome: StepOutcome::Unfinished,
            note: String::new(),
        };
        self.tell(News::Began(&step));
        let mut notes = lock(&self.notes);
        notes.steps.push(step);
        Begun(notes.steps.len() - 1)
    }

    pub(super) fn end(&self, begun: Begun, outcome: StepOutcome, note: impl Into<String>) {
        let step = {
            let mut notes = lock(&self.notes);
            let Some(step) = notes.steps.get_mut(begun.0) else {
                return;
            };
            step.took = self.watch.now().saturating_sub(step.at);
            step.outcome = outcome;
            step.note = note.into();
            step.clone()
        };
        self.tell(News::Ended(&step));
    }

    /// The session goes on with another stage: the one before it is done.
    pub(super) fn advance(&self, stage: Stage) {
        self.close(StepOutcome::Done);
        let begun = self.begin(stage, "");
        lock(&self.notes).open = Some(begun.0);
    }

    /// The session's present stage is over. A goodbye after a failure fails no more.
    pub(super) fn close(&self, outcome: StepOutcome) {
        let open = lock(&self.notes).open.take();
        let Some(open) = open else { return };
        let is_goodbye = lock(&self.notes)
            .steps
            .get(open)
            .is_some_and(|step| step.stage == Stage::Quit);
        self.end(
            Begun(open),
            if is_goodbye {
                StepOutcome::Done
            } else {
                outcome
            },
            "",
        );
    }

    /// A line was said.
    pub(super) fn said(&self, line: &DialogueLine) {
        let line = DialogueLine {
            at: self.watch.now(),
            ..line.clone()
        };
        self.tell(News::Said(&line));
        lock(&self.notes).dialogue.push(&line);
    }

    /// Whether the server said this.
    pub(super) fn has_heard(&self, words: &str) -> bool {
        let notes = lock(&self.notes);
        notes
            .dialogue
            .iter()
            .any(|line| line.from == Peer::Server && line.text.contains(words))
    }

    /// All steps, in the order in which they began, and all lines.
    pub(super) fn take(&self) -> (Vec<Step>, Vec<DialogueLine>) {
        let notes = std::mem::take(&mut *lock(&self.notes));
        let mut steps = notes.steps;
        steps.sort_by_key(|step| step.at);
        (steps, notes.dialogue.into_lines())
    }

    fn tell(&self, news: News<'_>) {
        self.watch.tell(&Progress {
            host: &self.host,
            port: self.port,
            news,
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
