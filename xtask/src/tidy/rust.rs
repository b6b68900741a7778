//! A Rust file as tokens and comments. It need not compile: rules have to speak where the compiler gives up.

use proc_macro2::{Delimiter, Group, LexError, Literal, Span, TokenStream, TokenTree};

use super::literal;

/// One token. A group is its two brackets, with what stands between them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) kind: Kind,
    pub(crate) line: usize,
    /// Whether it is compiled for tests alone.
    pub(crate) is_test: bool,
}

/// What a token is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Word,
    /// A literal of text, by its octets.
    Octets(Vec<u8>),
    /// A literal number.
    Number(Option<u128>),
    /// Punctuation, or a bracket.
    Mark,
}

/// What a file consists of.
#[derive(Debug, Default)]
pub(crate) struct Rust {
    pub(crate) tokens: Vec<Token>,
    /// Each line of a comment, documentation included, with its number.
    pub(crate) comments: Vec<(usize, String)>,
    /// Modules in other files that are declared for tests alone.
    pub(crate) test_modules: Vec<String>,
}

impl Rust {
    /// Takes a file apart. It fails where brackets do not match, or a literal has no end.
    pub(crate) fn read(text: &str) -> Result<Self, LexError> {
        let stream: TokenStream = text.parse()?;
        let mut reader = Reader {
            text,
            rust: Self::default(),
            end: 0,
        };
        reader.stream(stream, false);
        reader.comment(text.len());
        Ok(reader.rust)
    }
}

struct Reader<'a> {
    text: &'a str,
    rust: Rust,
    /// Where the last token ended: what lies between two tokens is comment.
    end: usize,
}

impl Reader<'_> {
    fn stream(&mut self, stream: TokenStream, is_test: bool) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut test_until = 0;
        for (at, tree) in trees.iter().enumerate() {
            if opens_test(&trees, at) {
                let end = end_of_item(&trees, at);
                self.rust
                    .test_modules
                    .extend(module_elsewhere(&trees[at..end]));
                test_until = test_until.max(end);
            }
            self.tree(tree, is_test || at < test_until);
        }
    }

    fn tree(&mut self, tree: &TokenTree, is_test: bool) {
        // Documentation comes as an attribute: all tokens of it span the whole comment.
        let range = tree.span().byte_range();
        let source = self.text.get(range.clone()).unwrap_or_default();
        if source.starts_with("//") || source.starts_with("/*") {
            return self.comment(range.end);
        }
        match tree {
            TokenTree::Group(group) => self.group(group, is_test),
            TokenTree::Ident(word) => self.push(word.to_string(), Kind::Word, word.span(), is_test),
            TokenTree::Punct(mark) => self.push(mark.to_string(), Kind::Mark, mark.span(), is_test),
            TokenTree::Literal(value) => {
                self.push(value.to_string(), kind(value), value.span(), is_test)
            }
        }
    }

    fn group(&mut self, group: &Group, is_test: bool) {
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        self.push(open.to_owned(), Kind::Mark, group.span_open(), is_test);
        self.stream(group.stream(), is_test);
        self.push(close.to_owned(), Kind::Mark, group.span_close(), is_test);
    }

    fn push(&mut self, text: String, kind: Kind, span: Span, is_test: bool) {
        self.comment(span.byte_range().start);
        self.end = span.byte_range().end;
        self.rust.tokens.push(Token {
            text,
            kind,
            line: span.start().line,
            is_test,
        });
    }

    fn comment(&mut self, until: usize) {
        let Some(gap) = self.text.get(self.end..until) else {
            return;
        };
        let first = self.text[..self.end].matches('\n').count() + 1;
        let lines = gap
            .split('\n')
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        self.rust
            .comments
            .extend(lines.map(|(i, line)| (first + i, line.to_owned())));
        self.end = until;
    }
}

fn kind(value: &Literal) -> Kind {
    let text = value.to_string();
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return Kind::Number(literal::number(&text));
    }
    Kind::Octets(literal::octets(&text))
}

/// Whether an attribute that makes what follows a test's begins here.
fn opens_test(trees: &[TokenTree], at: usize) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(group), ..] = &trees[at..] else {
        return false;
    };
    let attribute: String = group.stream().to_string().split_whitespace().collect();
    hash.as_char() == '#'
        && (attribute == "cfg(test)"
            || attribute.starts_with("cfg(all(test,")
            || attribute == "test")
}

/// Behind the item, or the field, whose attributes begin here.
fn end_of_item(trees: &[TokenTree], from: usize) -> usize {
    const ITEMS: [&str; 11] = [
        "fn", "impl", "mod", "use", "struct", "enum", "const", "static", "type", "trait", "extern",
    ];
    let mut is_item = false;
    for (at, tree) in trees.iter().enumerate().skip(from) {
        match tree {
            TokenTree::Ident(word) => is_item |= ITEMS.iter().any(|item| word == item),
            TokenTree::Punct(mark)
                if mark.as_char() == ';' || (mark.as_char() == ',' && !is_item) =>
            {
                return at + 1;
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let is_closed = matches!(trees.get(at + 1), Some(TokenTree::Punct(mark)) if mark.as_char() == ';');
                return at + 1 + usize::from(is_closed);
            }
            _ => {}
        }
    }
    trees.len()
}

/// The name in `mod name;`, at the end of an item.
fn module_elsewhere(item: &[TokenTree]) -> Option<String> {
    match item {
        [
            ..,
            TokenTree::Ident(word),
            TokenTree::Ident(name),
            TokenTree::Punct(end),
        ] if word == "mod" && end.as_char() == ';' => Some(name.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, is_test: bool) -> Vec<String> {
        let rust = Rust::read(text).expect("it has tokens");
        let of_kind = |token: &Token| token.kind == Kind::Word && token.is_test == is_test;
        rust.tokens
            .into_iter()
            .filter(of_kind)
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn comments_are_what_stands_between_tokens() {
        let text =
            "//! head é\n\n/// doc\nfn f() { // why\n  /* a\n b */ let _ = \"// none\"; }\n// last";
        let comments = Rust::read(text).expect("it has tokens").comments;
        let lines: Vec<(usize, &str)> = comments
            .iter()
            .map(|(line, text)| (*line, text.trim()))
            .collect();
        let expected = [
            (1, "//! head é"),
            (3, "/// doc"),
            (4, "// why"),
            (5, "/* a"),
            (6, "b */"),
            (7, "// last"),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn what_is_for_tests_ends_with_its_item() {
        for (text, kept) in [
            ("#[cfg(test)] mod tests { a } fn b() {}", vec!["fn", "b"]),
            ("#[cfg(test)] #[cold] fn a<B, C>() {} d", vec!["d"]),
            ("#[cfg(test)] use a::{b, c}; d", vec!["d"]),
            ("#[cfg(test)] extern crate std; d", vec!["d"]),
            (
                "struct S { #[cfg(test)] a: B, c: D }",
                vec!["struct", "S", "c", "D"],
            ),
            ("#[cfg(all(test, unix))] fn a() {} d", vec!["d"]),
            ("#[test] fn a() {} d", vec!["d"]),
            (
                "#[cfg(not(test))] fn a() {}",
                vec!["cfg", "not", "test", "fn", "a"],
            ),
        ] {
            assert_eq!(words(text, false), kept, "{text}");
        }
    }

    #[test]
    fn modules_for_tests_in_other_files_are_named() {
        let rust = Rust::read("mod a; #[cfg(test)] mod tests; #[cfg(test)] mod b { }")
            .expect("it has tokens");
        assert_eq!(rust.test_modules, ["tests"]);
    }
}
