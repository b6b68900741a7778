//! A report as one page of HTML: it needs no network, no script and no font, and shows what servers said as text alone.

mod html;
mod parts;
mod sender;
#[cfg(test)]
mod tests;
mod timeline;
mod view;

pub use view::{
    Certificate, Failure, Fate, Finding, Line, Page, Port, Publish, Sender, Step, Tls, Verdict,
};

use html::Html;

/// Forbids everything but the style that stands in the page itself.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("page/style.css");

impl Page {
    /// The page, from its doctype on.
    ///
    /// ```
    /// use mailwright_cli::page::{Page, Verdict};
    ///
    /// let verdict = Verdict { cause: "ok".into(), good: true, summary: "Port 587 is usable.".into(), ..Verdict::default() };
    /// let page = Page { host: "<mail>".into(), verdict, ..Page::default() };
    /// let html = page.render();
    /// assert!(html.starts_with("<!doctype html>") && html.contains("&lt;mail&gt;") && !html.contains("<mail>"));
    /// ```
    pub fn render(&self) -> String {
        let mut html = Html::document();
        html.element("html", &[("lang", "en")], |html| {
            html.element("head", &[], |html| self.head(html));
            html.element("body", &[], |html| {
                html.element("main", &[], |html| self.body(html));
                html.element("footer", &[], |html| self.footer(html));
            });
        });
        html.finish()
    }

    fn head(&self, html: &mut Html) {
        html.void("meta", &[("charset", "utf-8")]);
        html.void(
            "meta",
            &[
                ("http-equiv", "Content-Security-Policy"),
                ("content", POLICY),
            ],
        );
        html.void(
            "meta",
            &[
                ("name", "viewport"),
                ("content", "width=device-width, initial-scale=1"),
            ],
        );
        html.void(
            "meta",
            &[("name", "color-scheme"), ("content", "light dark")],
        );
        html.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
        html.leaf("title", &[], &format!("Mail check: {}", self.host));
        html.style(STYLE);
    }

    fn body(&self, html: &mut Html) {
        parts::verdict(html, self);
        if !self.ports.is_empty() {
            parts::overview(html, self);
            html.element("section", &[], |html| {
                html.leaf("h2", &[], "Port by port");
                for (index, port) in self.ports.iter().enumerate() {
                    parts::port(html, port, &format!("p{index}"));
                }
            });
        }
        if !self.compared.is_empty() {
            html.element("section", &[], |html| {
                html.leaf("h2", &[], "Compared with");
                let note = "Other servers, to tell what this network lets through. They make no port above usable.";
                html.leaf("p", &[("class", "muted")], note);
                for (index, port) in self.compared.iter().enumerate() {
                    parts::port(html, port, &format!("c{index}"));
                }
            });
        }
        if let Some(sender) = &self.sender {
            sender::section(html, sender);
        }
    }

    fn footer(&self, html: &mut Html) {
        let version = env!("CARGO_PKG_VERSION");
        html.leaf(
            "p",
            &[],
            &format!(
                "Made by smtp {version} on {}. The check took {}.",
                self.made,
                timeline::duration(self.took_ms)
            ),
        );
        let note = "No message was sent. Texts of servers are shown as text: what is not fit to be shown stands as \\xNN, \
                    and secrets as [redacted].";
        html.leaf("p", &[], note);
    }
}
