//! Address lists as they stand in To, Cc, Bcc and From: RFC 5322 section 3.4, with the obsolete
//! forms of section 4.4 that are still met.
//!
//! Comments and groups are skipped; each address is reduced to its mailbox and its display name.

use mailwright_proto::address::ForwardPath;

/// An address and its display name, which is empty if there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named<A = ForwardPath> {
    pub(crate) name: String,
    pub(crate) address: A,
}

impl<A> Named<A> {
    /// Creates an address without a name.
    pub(crate) fn plain(address: A) -> Self {
        Self {
            name: String::new(),
            address,
        }
    }
}

/// Returns the addresses of one field's value, line ends included, in their order.
///
/// Fails with a sentence that names the invalid text.
pub(crate) fn parse(value: &[u8]) -> Result<Vec<Named>, String> {
    list(value, true)
}

/// Returns the addresses of an option's value, which is no field and has no groups.
///
/// Fails with a sentence that names the invalid text, also for a display name with a colon that is
/// not quoted (RFC 5322 section 3.2.5).
pub(crate) fn parse_without_groups(value: &[u8]) -> Result<Vec<Named>, String> {
    list(value, false)
}

fn list(value: &[u8], has_groups: bool) -> Result<Vec<Named>, String> {
    let mut parser = Parser { rest: value };
    let mut found = Vec::new();
    let mut entry = Entry::default();
    loop {
        let start = parser.rest;
        let Some(octet) = parser.next() else { break };
        if entry.is_mailbox() && !b" \t\r\n(,;".contains(&octet) {
            return Err(entry.runs_on(start));
        }
        match octet {
            b' ' | b'\t' | b'\r' | b'\n' => entry.gap = true,
            b'(' => {
                parser.comment()?;
                entry.gap = true;
            }
            b':' if entry.text.contains(&b'@') => return Err(entry.runs_on(start)),
            b':' if !has_groups => {
                return Err(format!(
                    "“{}” is followed by a colon: put a display name with a colon in double quotes",
                    String::from_utf8_lossy(&entry.name)
                ));
            }
            // What stands before a group's colon is its name.
            b':' => entry = Entry::default(),
            b',' | b';' => found.extend(std::mem::take(&mut entry).mailbox()?),
            b'<' => entry = entry.named(parser.angle()?)?,
            b'"' => {
                let quoted = parser.quoted(start)?;
                entry.word(quoted, &unquoted(quoted));
            }
            b'[' => {
                let literal = parser.until(start, b']')?;
                entry.glue(literal, literal);
            }
            b'@' | b'.' => entry.glue(&start[..1], &start[..1]),
            _ => {
                let atom = parser.atom(start);
                entry.word(atom, atom);
            }
        }
    }
    found.extend(entry.mailbox()?);
    Ok(found)
}

/// What has been read of one address.
#[derive(Default)]
struct Entry {
    /// What stood between angle brackets.
    angle: Option<Vec<u8>>,
    /// Everything else: the address itself where there are no brackets, else a display name.
    text: Vec<u8>,
    /// `text` as a display name: unquoted, its words separated by one blank. For an address in
    /// brackets, its display name.
    name: Vec<u8>,
    /// Whether a blank or a comment came last.
    gap: bool,
    /// Whether two words stand side by side, which is good for a name alone.
    is_phrase: bool,
}

impl Entry {
    /// Adds an atom or a quoted string, and its form within a name.
    fn word(&mut self, word: &[u8], name: &[u8]) {
        let joins = matches!(self.text.last(), None | Some(b'@' | b'.'));
        self.is_phrase |= self.gap && !joins;
        self.glue(word, name);
    }

    /// Adds text that needs no blank around it, and its form within a name.
    fn glue(&mut self, text: &[u8], name: &[u8]) {
        if self.gap && !self.name.is_empty() {
            self.name.push(b' ');
        }
        self.name.extend_from_slice(name);
        self.text.extend_from_slice(text);
        self.gap = false;
    }

    /// Whether the address is complete: nothing but blanks and comments may follow it.
    fn is_mailbox(&self) -> bool {
        self.angle.is_some()
    }

    /// What was read so far becomes the name of the address in brackets. Many a program puts the address itself there;
    /// another one is a recipient whose comma was forgotten.
    fn named(self, angle: Vec<u8>) -> Result<Self, String> {
        let name = str::from_utf8(&self.text).ok().filter(|_| !self.is_phrase);
        let is_other = |path: &ForwardPath| {
            path.as_str().contains('@') && !self.text.eq_ignore_ascii_case(&angle)
        };
        if name
            .and_then(|name| name.parse().ok())
            .is_some_and(|path| is_other(&path))
        {
            return Err(self.runs_on(&[b"<", angle.as_slice(), b">"].concat()));
        }
        Ok(Self {
            angle: Some(angle),
            name: self.name,
            ..Self::default()
        })
    }

    fn runs_on(&self, rest: &[u8]) -> String {
        let next = rest
            .split(|octet| b",;".contains(octet))
            .next()
            .unwrap_or_default();
        let shown = |octets: &[u8]| String::from_utf8_lossy(octets).trim().to_owned();
        let address = shown(self.angle.as_ref().unwrap_or(&self.text));
        format!(
            "“{address}” runs on into “{}”: there is no comma between them",
            shown(next)
        )
    }

    fn mailbox(self) -> Result<Option<Named>, String> {
        let (octets, name, is_phrase) = match self.angle {
            Some(angle) => (angle, self.name, false),
            None if self.text.is_empty() => return Ok(None),
            None => (self.text, Vec::new(), self.is_phrase),
        };
        let address = String::from_utf8(octets).map_err(|error| {
            format!(
                "“{}” is no address: it is not UTF-8",
                String::from_utf8_lossy(error.as_bytes())
            )
        })?;
        if is_phrase {
            return Err(format!(
                "“{address}” is no address: there is a blank in it, or an address is missing"
            ));
        }
        match address.parse() {
            Ok(address) => Ok(Some(Named {
                name: String::from_utf8_lossy(&name).into_owned(),
                address,
            })),
            Err(error) => Err(format!("“{address}” is no address: {error}")),
        }
    }
}

struct Parser<'a> {
    rest: &'a [u8],
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<u8> {
        let (&octet, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(octet)
    }

    /// What has been read since `start`.
    fn since(&self, start: &'a [u8]) -> &'a [u8] {
        &start[..start.len() - self.rest.len()]
    }

    fn atom(&mut self, start: &'a [u8]) -> &'a [u8] {
        let special = |octet: &u8| b" \t\r\n()<>[]:;@,.\"".contains(octet);
        let length = self
            .rest
            .iter()
            .position(special)
            .unwrap_or(self.rest.len());
        self.rest = &self.rest[length..];
        self.since(start)
    }

    fn quoted(&mut self, start: &'a [u8]) -> Result<&'a [u8], String> {
        self.until(start, b'"')
    }

    /// To the octet that closes what `start` opens; a backslash takes the next octet's meaning away.
    fn until(&mut self, start: &'a [u8], end: u8) -> Result<&'a [u8], String> {
        while let Some(octet) = self.next() {
            match octet {
                b'\\' => drop(self.next()),
                _ if octet == end => return Ok(self.since(start)),
                _ => {}
            }
        }
        Err(unclosed(start))
    }

    /// Comments nest.
    fn comment(&mut self) -> Result<(), String> {
        let start = self.rest;
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Some(b'\\') => drop(self.next()),
                Some(b'(') => depth += 1,
                Some(b')') => depth -= 1,
                Some(_) => {}
                None => return Err(unclosed(start)),
            }
        }
        Ok(())
    }

    /// `"<" [obs-route] addr-spec ">"`, without the brackets, blanks, comments and the route.
    fn angle(&mut self) -> Result<Vec<u8>, String> {
        let outer = self.rest;
        let mut address = Vec::new();
        loop {
            let start = self.rest;
            match self.next() {
                None => return Err(unclosed(outer)),
                Some(b'>') => return Ok(address),
                Some(b' ' | b'\t' | b'\r' | b'\n') => {}
                Some(b'(') => self.comment()?,
                Some(b'"') => address.extend_from_slice(self.quoted(start)?),
                Some(b'[') => address.extend_from_slice(self.until(start, b']')?),
                Some(b':') if is_route(&address) => address.clear(),
                Some(octet) => address.push(octet),
            }
        }
    }
}

/// Returns the content of a quoted string; RFC 5322 section 3.2.4.
fn unquoted(quoted: &[u8]) -> Vec<u8> {
    let content = quoted
        .strip_prefix(b"\"")
        .and_then(|open| open.strip_suffix(b"\""))
        .unwrap_or(quoted);
    let mut octets = content.iter();
    let mut text = Vec::with_capacity(content.len());
    while let Some(octet) = octets.next() {
        text.extend(if *octet == b'\\' {
            octets.next()
        } else {
            Some(octet)
        });
    }
    text
}

/// `obs-domain-list`: relays alone, each behind an `@` of its own, and at least the first.
fn is_route(text: &[u8]) -> bool {
    let is_relay = |hop: &[u8]| {
        hop.strip_prefix(b"@")
            .is_some_and(|host| !host.contains(&b'@'))
    };
    text.first() == Some(&b'@')
        && text
            .split(|&octet| octet == b',')
            .all(|hop| hop.is_empty() || is_relay(hop))
}

fn unclosed(text: &[u8]) -> String {
    format!(
        "“{}” is no address: something in it is not closed",
        String::from_utf8_lossy(text).trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_gives_its_mailbox() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (" a@x.test\r\n", &["a@x.test"]),
            (
                "a@x.test, <b@x.test>,,\r\n\tC D <c@x.test>",
                &["a@x.test", "b@x.test", "c@x.test"],
            ),
            (
                "\"Last, First\" <a@x.test>, \"b, <c>\"@x.test",
                &["a@x.test", "\"b, <c>\"@x.test"],
            ),
            ("a@x.test (not, b@x.test (nor \\) c@x.test))", &["a@x.test"]),
            ("(first) a (then) @ (last) x.test", &["a@x.test"]),
            (
                "Friends: a@x.test, B <b@x.test>;, c@x.test",
                &["a@x.test", "b@x.test", "c@x.test"],
            ),
            ("undisclosed-recipients:;", &[]),
            (
                "=?utf-8?q?J=C3=BCrgen?= <j@x.test>, J\u{fc}rgen <k@x.test>",
                &["j@x.test", "k@x.test"],
            ),
            ("Old <@relay.test,@other.test:a@x.test>", &["a@x.test"]),
            (
                "a@x.test <a@X.test>, \"b@x.test\" <c@x.test> (d@x.test)",
                &["a@X.test", "c@x.test"],
            ),
            (
                "postmaster <d@x.test>, Staff of x.test: e@x.test;",
                &["d@x.test", "e@x.test"],
            ),
            ("a@x.test; b@x.test", &["a@x.test", "b@x.test"]),
            ("John Q. Public <j@x.test>", &["j@x.test"]),
            ("\"a\\\"b\" <a@x.test>", &["a@x.test"]),
            (
                "a@[192.0.2.1], B <b@[IPv6:2001:db8::1]>",
                &["a@[192.0.2.1]", "b@[IPv6:2001:db8::1]"],
            ),
            ("postmaster", &["Postmaster"]),
        ];
        for (value, expected) in cases {
            let found =
                parse(value.as_bytes()).unwrap_or_else(|error| panic!("{value:?}: {error}"));
            let found: Vec<&str> = found.iter().map(|found| found.address.as_str()).collect();
            assert_eq!(&found, expected, "{value:?}");
        }
    }

    #[test]
    fn a_display_name_is_kept_unquoted() {
        let cases = [
            ("a@x.test", ""),
            ("<a@x.test>", ""),
            ("Alice  Doe <a@x.test>", "Alice Doe"),
            ("\"Doe, \\\"A\\\\\" <a@x.test>", "Doe, \"A\\"),
            ("Dr. \"J. Q.\" Public<j@x.test>", "Dr. J. Q. Public"),
            (
                "Support [Team] (all) of X <a@x.test>",
                "Support [Team] of X",
            ),
            ("J\u{fc}rgen <j@x.test>", "J\u{fc}rgen"),
            ("Team: Bob <b@x.test>;", "Bob"),
        ];
        for (value, name) in cases {
            let found =
                parse(value.as_bytes()).unwrap_or_else(|error| panic!("{value:?}: {error}"));
            let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
            assert_eq!(names, [name], "{value:?}");
        }
    }

    #[test]
    fn a_display_name_may_have_any_octets() {
        assert_eq!(
            parse(b"J\xfcrgen <j@x.test>").map(|found| found.len()),
            Ok(1)
        );
    }

    #[test]
    fn no_address_is_lost_where_a_comma_was_forgotten() {
        let cases = [
            (
                "<c@x.test> <d@x.test>",
                "“c@x.test” runs on into “<d@x.test>”",
            ),
            (
                "C <c@x.test> D <d@x.test>, e@x.test",
                "“c@x.test” runs on into “D <d@x.test>”",
            ),
            (
                "c@x.test <d@x.test>",
                "“c@x.test” runs on into “<d@x.test>”",
            ),
            ("c@x.test: d@x.test", "“c@x.test” runs on into “: d@x.test”"),
            ("c@x.test:, d@x.test", "“c@x.test” runs on into “:”"),
            (
                "<c@x.test>: d@x.test;",
                "“c@x.test” runs on into “: d@x.test”",
            ),
            ("<c@x.test>x@y.test", "“c@x.test” runs on into “x@y.test”"),
            (
                "<c@x.test> \"D\" <d@x.test>",
                "“c@x.test” runs on into “\"D\" <d@x.test>”",
            ),
            ("<c@x.test>@y.test", "“c@x.test” runs on into “@y.test”"),
            ("<c@x.test>.", "“c@x.test” runs on into “.”"),
            (
                "<@relay.test,c@x.test:d@x.test>",
                "“@relay.test,c@x.test:d@x.test” is no address",
            ),
        ];
        for (value, told) in cases {
            let error = parse(value.as_bytes()).expect_err(value);
            assert!(error.contains(told), "{value}: {error}");
        }
    }

    #[test]
    fn what_is_no_address_is_named() {
        let cases: &[(&[u8], &str)] = &[
            (b"John Doe", "JohnDoe"),
            (b"john doe@x.test", "johndoe@x.test"),
            (b"a@x.test, nobody, b@x.test", "nobody"),
            (b"A <a@x.test", "a@x.test"),
            (b"\"A <a@x.test>", "A <a@x.test>"),
            (b"(a@x.test", "a@x.test"),
            (b"A <>", ""),
            (b"a@x@y.test", "a@x@y.test"),
            (b"a\0b@x.test", "a\0b@x.test"),
            (b"J\xfc@x.test", "J\u{fffd}@x.test"),
        ];
        for (value, name) in cases {
            let error = parse(value).expect_err("no address");
            assert!(
                error.contains(&format!("“{name}")) || error.contains(name),
                "{error}"
            );
        }
    }
}
