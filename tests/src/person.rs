//! A person with a browser: opens pages, fills forms in, and keeps cookies.

use std::collections::HashMap;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::Agent;
use ureq::http::{Request, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Pages that a login may lead over.
const MOST_PAGES: usize = 20;

/// Logs in where the OAuth server of the tests asks for it.
#[derive(Debug)]
pub struct Person {
    agent: Agent,
    cookies: HashMap<String, String>,
    name: String,
    consents: bool,
}

/// An HTTP client that trusts this authority, and follows nothing by itself.
///
/// # Panics
///
/// Where the authority cannot be read.
pub fn agent(ca_file: &Path) -> Agent {
    let roots = CertificateDer::pem_file_iter(ca_file).expect("a CA file");
    let roots = roots.map(|root| Certificate::from_der(&root.expect("a certificate")).to_owned());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(rustls::crypto::ring::default_provider().into())
        .build();
    let config = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false);
    config.proxy(None).tls_config(tls).build().new_agent()
}

/// A page, and where it is from.
struct Page {
    url: String,
    text: String,
}

impl Person {
    /// Somebody who logs in by this name, trusts this authority, and accepts what pages ask for.
    ///
    /// # Panics
    ///
    /// Where the authority cannot be read.
    pub fn new(name: &str, ca_file: &Path) -> Self {
        Self {
            agent: agent(ca_file),
            cookies: HashMap::new(),
            name: name.to_owned(),
            consents: true,
        }
    }

    /// The same one, but who refuses.
    #[must_use]
    pub fn who_refuses(self) -> Self {
        Self {
            consents: false,
            ..self
        }
    }

    /// Opens a page, and does what it and those behind it ask for. Gives the text of the last.
    ///
    /// # Panics
    ///
    /// Where a page cannot be had, or they do not end.
    pub fn log_in(&mut self, url: &str) -> String {
        let mut page = self.open(url, None);
        for _ in 0..MOST_PAGES {
            let name = self.name.clone();
            page = if page.text.contains("name=\"login\"") {
                self.submit(&page, &[("login", &name), ("password", "any")])
            } else if page.text.contains("value=\"consent\"") && self.consents {
                self.submit(&page, &[])
            } else if page.text.contains("value=\"consent\"") {
                let abort = format!("{}/abort", page.url);
                self.open(&abort, None)
            } else if page.text.contains("name=\"confirm\"") && !self.consents {
                // What follows is the form for a code once more.
                return self.submit(&page, &[("abort", "yes")]).text;
            } else if page.text.contains("name=\"user_code\"")
                && page.text.contains("name=\"xsrf\"")
            {
                self.submit(&page, &[])
            } else {
                return page.text;
            };
        }
        panic!("the login does not end: {}", page.url);
    }

    fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let (_, form) = page.text.split_once("<form").expect("a form");
        let action = attribute(form, "action").expect("an action");
        let inputs = form.split("<input").skip(1);
        let hidden = inputs.filter_map(|input| {
            let input = input.split_once('>').map_or(input, |(tag, _)| tag);
            Some((attribute(input, "name")?, attribute(input, "value")?))
        });
        let given = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut all: HashMap<String, String> = hidden.collect();
        all.extend(given);
        let pairs: Vec<_> = all
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let url = absolute(&page.url, &action);
        self.open(&url, Some(pairs.join("&")))
    }

    /// Follows redirects; a form is sent once.
    fn open(&mut self, url: &str, mut form: Option<String>) -> Page {
        let mut url = url.to_owned();
        for _ in 0..MOST_PAGES {
            let mut response = self.fetch(&url, form.take());
            for cookie in response.headers().get_all("set-cookie") {
                let cookie = cookie.to_str().unwrap_or_default();
                let (name, value) = cookie
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .split_once('=')
                    .unwrap_or_default();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            match response
                .headers()
                .get("location")
                .and_then(|location| location.to_str().ok())
            {
                Some(location) => url = absolute(&url, location),
                None => {
                    return Page {
                        url,
                        text: response.body_mut().read_to_string().expect("a page"),
                    };
                }
            }
        }
        panic!("the redirects do not end: {url}");
    }

    fn fetch(&self, url: &str, form: Option<String>) -> Response<ureq::Body> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let method = if form.is_some() { "POST" } else { "GET" };
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("cookie", cookies.join("; "));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = match form {
            Some(form) => self.agent.run(request.body(form).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        answer.unwrap_or_else(|error| panic!("{url}: {error}"))
    }
}

/// The value of an attribute, of those that the server's pages have.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"')
        .map(|(value, _)| value.replace("&amp;", "&"))
}

fn absolute(base: &str, reference: &str) -> String {
    match reference.starts_with('/') {
        true => {
            let host = base.split('/').take(3).collect::<Vec<_>>().join("/");
            host + reference
        }
        false => reference.to_owned(),
    }
}

fn encoded(text: &str) -> String {
    let octet = |octet: u8| match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(octet).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(octet).collect()
}
