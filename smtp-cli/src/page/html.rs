//! HTML that cannot be written unescaped.

use mailwright_proto::reply::Escaped;

/// HTML under way.
///
/// Names of elements and attributes are words of this program. All else, texts as well as values, has one way in, and
/// that way escapes: first what [`Escaped::is_needed`] names, then what HTML reads as its own.
#[derive(Debug)]
pub(super) struct Html {
    text: String,
}

/// Attributes, in their order.
type Attributes<'a> = [(&'static str, &'a str)];

impl Html {
    /// An empty document.
    pub(super) fn document() -> Self {
        Self {
            text: "<!doctype html>\n".into(),
        }
    }

    /// The whole.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// An element with what `inner` writes.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: &Attributes<'_>,
        inner: impl FnOnce(&mut Self),
    ) {
        self.void(name, attributes);
        inner(self);
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// An element with a text alone.
    pub(super) fn leaf(&mut self, name: &'static str, attributes: &Attributes<'_>, text: &str) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// An element that has no end.
    pub(super) fn void(&mut self, name: &'static str, attributes: &Attributes<'_>) {
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            self.text(value);
            self.text.push('"');
        }
        self.text.push('>');
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        for c in Escaped(text.as_bytes()).to_string().chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\'' => self.text.push_str("&#39;"),
                c => self.text.push(c),
            }
        }
    }

    /// An address to go to, if it is one of the web, and otherwise a text.
    pub(super) fn link(&mut self, address: &str) {
        if address.starts_with("https://") {
            self.leaf(
                "a",
                &[("href", address), ("rel", "noopener noreferrer")],
                address,
            );
        } else {
            self.text(address);
        }
    }

    /// The page's style, which is part of this program.
    pub(super) fn style(&mut self, css: &'static str) {
        self.text.push_str("<style>\n");
        self.text.push_str(css);
        self.text.push_str("</style>\n");
    }
}
