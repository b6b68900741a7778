//! The steps of a port as a picture. Its places are per cent of the width, so that it fits a phone with letters of full
//! size.

use super::html::Html;
use super::view::{Fate, Port, Step};

/// How many steps are drawn; the table below has no more.
pub(super) const MOST_STEPS: usize = 60;

/// Pixels from one bar to the next.
const ROW: usize = 26;
/// Pixels below the bars, for the times.
const AXIS: usize = 22;
/// Where the bars begin, in per cent: to the left of it are the names.
const LEFT: f64 = 27.0;
/// Behind the bars, for a time that stands there.
const RIGHT: f64 = 99.5;
/// A step that took no time is still to be seen, in per cent.
const THINNEST: f64 = 0.6;
/// Within this share of the width, a bar leaves no room behind it for its time.
const CROWDED: f64 = 0.72;

/// The picture of a port's steps, with a text of the same for who cannot see it.
pub(super) fn draw(html: &mut Html, port: &Port, id: &str) {
    let steps = port.steps.get(..MOST_STEPS).unwrap_or(&port.steps);
    let Some(scale) = Scale::of(steps) else {
        return;
    };
    let (title, description) = (format!("{id}-title"), format!("{id}-desc"));
    let bars = ROW * steps.len();
    let height = (bars + AXIS).to_string();
    let labelled = format!("{title} {description}");
    let attributes = [
        ("class", "timeline"),
        ("role", "img"),
        ("aria-labelledby", &labelled),
        ("width", "100%"),
        ("height", &height),
    ];
    html.element("svg", &attributes, |html| {
        html.leaf(
            "title",
            &[("id", &title)],
            &format!("Timeline of {} port {}", port.host, port.port),
        );
        html.leaf("desc", &[("id", &description)], &in_words(steps));
        axis(html, &scale, bars);
        for (row, step) in steps.iter().enumerate() {
            bar(html, &scale, row, step);
        }
    });
}

/// The same as a sentence.
fn in_words(steps: &[Step]) -> String {
    let step = |step: &Step| {
        let fate = match step.fate {
            Fate::Done => "",
            Fate::Failed => ", failed",
            Fate::Unfinished => ", given up",
        };
        format!("{} {}{fate}", step.name, duration(step.took_ms))
    };
    format!("{}.", steps.iter().map(step).collect::<Vec<_>>().join("; "))
}

/// From milliseconds to per cent of the width.
struct Scale {
    start: f64,
    span: f64,
}

impl Scale {
    fn of(steps: &[Step]) -> Option<Self> {
        let start = steps.iter().map(|step| step.at_ms).reduce(f64::min)?;
        let end = steps
            .iter()
            .map(|step| step.at_ms + step.took_ms)
            .reduce(f64::max)?;
        Some(Self {
            start,
            span: (end - start).max(0.001),
        })
    }

    /// The share of the whole span, from 0 to 1.
    fn share(&self, at_ms: f64) -> f64 {
        ((at_ms - self.start) / self.span).clamp(0.0, 1.0)
    }

    fn place(&self, at_ms: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.share(at_ms)
    }

    /// Times for the axis: round ones, as few as tell the scale.
    fn ticks(&self) -> Vec<f64> {
        let rough = self.span / 3.0;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let factor = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .find(|factor| factor * magnitude >= rough)
            .unwrap_or(10.0);
        let step = factor * magnitude;
        let mut ticks = Vec::new();
        let mut tick = 0.0;
        while tick <= self.span && ticks.len() <= MOST_TICKS {
            ticks.push(tick);
            tick += step;
        }
        ticks
    }
}

const MOST_TICKS: usize = 8;

fn axis(html: &mut Html, scale: &Scale, bars: usize) {
    let (bottom, text) = (bars.to_string(), (bars + 16).to_string());
    for tick in scale.ticks() {
        let x = percent(scale.place(scale.start + tick));
        let line = [
            ("class", "grid"),
            ("x1", &*x),
            ("x2", &x),
            ("y1", "0"),
            ("y2", &bottom),
        ];
        html.element("line", &line, |_| {});
        // The last one would stand out over the edge.
        let anchor = if scale.share(scale.start + tick) > 0.9 {
            "end"
        } else {
            "middle"
        };
        let label = [
            ("class", "tick"),
            ("x", &*x),
            ("y", &text),
            ("text-anchor", anchor),
        ];
        html.leaf("text", &label, &duration(tick).replace(".0 ", " "));
    }
}

fn bar(html: &mut Html, scale: &Scale, row: usize, step: &Step) {
    let (start, end) = (
        scale.place(step.at_ms),
        scale.place(step.at_ms + step.took_ms),
    );
    let start = start.min(RIGHT - THINNEST);
    let width = (end - start).max(THINNEST);
    let (top, base) = ((row * ROW + 5).to_string(), (row * ROW + 18).to_string());
    html.leaf(
        "text",
        &[("class", "name"), ("x", "0"), ("y", &base)],
        &label(step),
    );
    let (class, mark) = match step.fate {
        Fate::Done => ("done", ""),
        Fate::Failed => ("failed", "✕ "),
        Fate::Unfinished => ("unfinished", "… "),
    };
    let (x, width) = (percent(start), percent(width));
    let shape = [
        ("class", class),
        ("x", &*x),
        ("y", &top),
        ("width", &width),
        ("height", "16"),
        ("rx", "3"),
    ];
    html.element("rect", &shape, |_| {});
    let text = format!("{mark}{}", duration(step.took_ms));
    let (at, anchor, shift, class) = if scale.share(step.at_ms + step.took_ms) < CROWDED {
        (percent(end.max(start + THINNEST)), "start", "6", "time")
    } else if scale.share(step.at_ms) > 1.0 - CROWDED {
        (percent(start), "end", "-6", "time")
    } else {
        (percent(end), "end", "-8", "time within")
    };
    html.leaf(
        "text",
        &[
            ("class", class),
            ("x", &at),
            ("dx", shift),
            ("y", &base),
            ("text-anchor", anchor),
        ],
        &text,
    );
}

/// Its name, with what it is about where there is room for that on a phone.
fn label(step: &Step) -> String {
    let whole = format!("{} {}", step.name, step.subject);
    if whole.len() <= LONGEST_LABEL {
        whole.trim_end().to_owned()
    } else {
        step.name.clone()
    }
}

/// Letters that fit to the left of the bars.
const LONGEST_LABEL: usize = 9;

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

const MINUTE: f64 = 60_000.0;
const HOUR: f64 = 60.0 * MINUTE;

/// A time for people: two figures that matter, and a unit.
pub(super) fn duration(ms: f64) -> String {
    match ms {
        ms if ms >= 2.0 * HOUR => format!("{:.0} h", ms / HOUR),
        ms if ms >= 10.0 * MINUTE => format!("{:.0} min", ms / MINUTE),
        ms if ms >= 9_950.0 => format!("{:.0} s", ms / 1000.0),
        ms if ms >= 1_000.0 => format!("{:.1} s", ms / 1000.0),
        ms if ms >= 9.95 || ms == 0.0 => format!("{ms:.0} ms"),
        ms if ms >= 0.095 => format!("{ms:.1} ms"),
        ms => format!("{ms:.2} ms"),
    }
}
