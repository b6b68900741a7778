//! Each rule on planted text, where it has to speak or to be silent, and all of them on the project itself.

use std::path::Path;

use super::{File, Place, RULES, Rule, Tree};

const ARCHITECTURE: &str = "\
| floor | file | what it knows |
| 1 | `address`, `address/*` | addresses |
| 1 | `secret`, `gone` | secrets |
| 3 | `command` | encoders |
| 4 | `security_layer` | a layer |
| 5 | `connection`, `connection/opening` | the machine |
| 4 | `reply` | on another floor than it is |

| folder | library | may import | holds |
| `smtp-proto` | `mailwright_proto` | | the core |
| `smtp-client` | `mailwright` | `mailwright_proto` | the drivers |
| `smtp-oauth` | `mailwright_oauth` | `mailwright_proto`, `ureq` | tokens |
| `smtp-lettre` | `mailwright_lettre` | `mailwright` | transports |
| `smtp-cli` | `mailwright_cli` | `mailwright_proto`, `mailwright`, `mailwright_oauth` | the command |
| `smtp-gone` | `mailwright_gone` | | a crate that is not there |
";

/// A rule, a file and its text, and the lines where the rule has to speak.
const PLANTED: &[(&str, &str, &str, &[usize])] = &[
    (
        "crlf-in-command-alone",
        "smtp-proto/src/reply.rs",
        "fn a() {\n out.extend(b\"QUIT\\r\\n\") }\n",
        &[2],
    ),
    (
        "crlf-in-command-alone",
        "smtp-proto/src/reply.rs",
        "const A: [u8; 2] = [13, 10];\n",
        &[1],
    ),
    (
        "crlf-in-command-alone",
        "smtp-proto/src/reply.rs",
        "const A: char = '\\u{d}';\nconst B: &str = \"\\x0d\";\n",
        &[1, 2],
    ),
    (
        "crlf-in-command-alone",
        "smtp-proto/src/reply.rs",
        "fn a() { b.strip_suffix(c.push(\"\\r\\n\")) }\n",
        &[1],
    ),
    (
        "crlf-in-command-alone",
        "smtp-proto/src/reply.rs",
        "fn a() { b.strip_suffix(b\"\\r\\n\"); c.ends_with('\\r') }\n",
        &[],
    ),
    (
        "crlf-in-command-alone",
        "smtp-proto/src/reply.rs",
        "/// \"\\r\\n\"\n#[cfg(test)]\nfn a() -> &str { \"\\r\\n\" }\n",
        &[],
    ),
    (
        "crlf-in-command-alone",
        "smtp-proto/src/command.rs",
        "const CRLF: &str = \"\\r\\n\";\n",
        &[],
    ),
    (
        "crlf-in-command-alone",
        "smtp-proto/src/body/message_scan.rs",
        "const CR: u8 = b'\\r';\n",
        &[],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/address.rs",
        "use core::fmt;\nuse crate::command::Command;\n",
        &[2],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/address.rs",
        "fn a(b: crate::security_layer::SecurityLayer) {}\n",
        &[1],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/address/path.rs",
        "use super::super::{secret::A,\n connection::{B, C}};\n",
        &[2],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/address/path.rs",
        "use super::Mailbox;\nuse crate::secret::Secret;\n",
        &[],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/security_layer.rs",
        "use crate::Secret;\n",
        &[1],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/security_layer.rs",
        "use crate::{command, secret::Secret};\n",
        &[],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/attic.rs",
        "use crate::secret::Secret;\n",
        &[1],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/reply.rs",
        "use crate::secret::Secret;\n",
        &[1],
    ),
    (
        "imports-go-down",
        "smtp-proto/src/address.rs",
        "#[cfg(test)]\nmod tests { use crate::connection::A; }\n",
        &[],
    ),
    (
        "imports-go-down",
        "smtp-oauth/src/error.rs",
        "use crate::kinds::Kinds;\nuse crate::http::Http;\n",
        &[2],
    ),
    (
        "imports-go-down",
        "smtp-oauth/src/kinds.rs",
        "use crate::flow::Flow;\n",
        &[1],
    ),
    (
        "imports-go-down",
        "smtp-lettre/src/error.rs",
        "use crate::transport::Transport;\n",
        &[1],
    ),
    (
        "crates-import-as-in-architecture",
        "smtp-proto/src/body.rs",
        "use core::fmt;\nuse ureq::Agent;\nuse mailwright::Client;\n",
        &[2, 3],
    ),
    (
        "crates-import-as-in-architecture",
        "smtp-client/src/a.rs",
        "use mailwright_proto::reply::Reply;\nfn a(b: mailwright_oauth::Error) {}\n",
        &[2],
    ),
    (
        "crates-import-as-in-architecture",
        "smtp-oauth/src/a.rs",
        "use {std::fmt, mailwright::Client};\n",
        &[1],
    ),
    (
        "crates-import-as-in-architecture",
        "smtp-lettre/src/a.rs",
        "pub use mailwright;\npub use mailwright_cli;\n",
        &[2],
    ),
    (
        "crates-import-as-in-architecture",
        "smtp-cli/src/a.rs",
        "use mailwright_oauth::Store;\nuse ureq::Agent;\n#[cfg(test)]\nmod tests { use mailwright_lettre::A; }\n",
        &[2],
    ),
    (
        "crates-import-as-in-architecture",
        "smtp-attic/src/a.rs",
        "",
        &[1],
    ),
    (
        "crates-import-as-in-architecture",
        "ARCHITECTURE.md",
        "| `smtp-client` | `mailwright` | | the drivers |\n| `smtp-gone` | `gone` | | nothing |\n",
        &[2],
    ),
    (
        "floors-as-in-architecture",
        "smtp-proto/src/attic.rs",
        "",
        &[1],
    ),
    (
        "floors-as-in-architecture",
        "smtp-proto/src/connection/closing.rs",
        "",
        &[1],
    ),
    (
        "floors-as-in-architecture",
        "smtp-proto/src/address/path.rs",
        "",
        &[],
    ),
    (
        "floors-as-in-architecture",
        "smtp-proto/src/reply.rs",
        "",
        &[1],
    ),
    (
        "floors-as-in-architecture",
        "ARCHITECTURE.md",
        ARCHITECTURE,
        &[2, 2, 3, 6, 7],
    ),
    (
        "pictures-are-current",
        "ARCHITECTURE.md",
        ARCHITECTURE,
        &[1],
    ),
    (
        "citations-in-one-form",
        "smtp-cli/src/a.rs",
        "// RFC 5321 section 4.2.1\n// RFC5321\nfn a() {} // §\n",
        &[2, 3],
    ),
    (
        "citations-in-one-form",
        "smtp-cli/src/a.rs",
        "/// RFC 5321 Section 4.2.1\nfn rfc5321() -> &str { \"rfc822;\" }\n",
        &[1],
    ),
    ("citations-in-one-form", "README.md", "rfc 5321\n", &[1]),
    (
        "citations-in-one-form",
        "tests/dialogues/a.txt",
        "# RFC 5321, section 3\nS: 250 RFC2822\n",
        &[1],
    ),
    (
        "security-names-what-exists",
        "SECURITY.md",
        "| a | b | shown by |\n|---|---|---|\n| a | b | nothing |\n",
        &[3],
    ),
    (
        "security-names-what-exists",
        "SECURITY.md",
        "| a | `b` | dialogues `ehlo-*`, `helo`; `a_test`, `no_test` |\n",
        &[1, 1],
    ),
    (
        "extensions-have-dialogues",
        "README.md",
        "| extension | RFC | shown by |\n|---|---|---|\n",
        &[1],
    ),
    (
        "extensions-have-dialogues",
        "README.md",
        "| extension |\n|---|\n| a | `ehlo-*`, `ehlo-421` |\n| b | |\n| c | `gone` |\n| d | `a_test` |\n\n| e | f |\n",
        &[4, 5, 6],
    ),
    (
        "documents-name-what-exists",
        "docs/a.md",
        "`a_test` and `no_such_test`\n`a_name_of_many_words_here`\n`command.rs` `smtp-proto/src/gone.rs` `b.test`\n",
        &[1, 2, 3],
    ),
    (
        "documents-name-what-exists",
        "README.md",
        "`cargo test -p smtp-tests --test\na`, `cargo test -p attic --test gone`\n\n```sh\ncargo xtask attic # x\nsmtp send \
         --a-test --gone=1\n```\n",
        &[2, 2, 5, 6],
    ),
    (
        "no-leftovers",
        "smtp-cli/src/a.rs",
        "fn a() {\n dbg!(1); } // TODO: b\n/// FIXME\nfn b() {}\n",
        &[2, 2, 3],
    ),
    ("no-leftovers", "README.md", "HACKS are fine.\nTODO\n", &[2]),
    (
        "no-leftovers",
        "smtp-cli/src/a.rs",
        "const A: &str = \"TODO\";\n",
        &[],
    ),
];

/// What stands beside a planted file. `secret` and `reply` would be a circle if `reply` imported `secret`, and so would `kinds` and `flow`.
const BESIDE: [(&str, &str); 12] = [
    ("tests/Cargo.toml", "[package]\nname = \"smtp-tests\"\n"),
    ("xtask/src/main.rs", ""),
    ("smtp-client/src/lib.rs", ""),
    ("smtp-oauth/src/flow.rs", "use crate::kinds::Kinds;"),
    ("smtp-oauth/src/http.rs", ""),
    ("ARCHITECTURE.md", ARCHITECTURE),
    ("smtp-proto/src/command.rs", ""),
    ("smtp-proto/src/connection.rs", ""),
    ("smtp-proto/src/secret.rs", "use crate::reply::Reply;"),
    ("smtp-proto/src/security_layer.rs", ""),
    ("tests/dialogues/ehlo-421.txt", ""),
    ("tests/tests/a.rs", "#[test] fn a_test() {}"),
];

fn places(rule: &Rule, tree: &Tree) -> Vec<Place> {
    let files: Vec<&File> = tree
        .files
        .iter()
        .filter(|file| (rule.scope)(file))
        .collect();
    (rule.check)(tree, &files)
}

#[test]
fn every_rule_speaks_where_it_is_broken_and_nowhere_else() {
    for (name, path, text, lines) in PLANTED {
        let rule = RULES
            .iter()
            .find(|rule| rule.name == *name)
            .expect("the rule is in the table");
        let beside = BESIDE.iter().filter(|(other, _)| other != path);
        let files = beside
            .copied()
            .chain([(*path, *text)])
            .map(|(path, text)| (path.to_owned(), text.to_owned()));
        let found = places(rule, &Tree::of(files));
        let mut spoken: Vec<usize> = found
            .iter()
            .filter(|place| place.path == *path)
            .map(|place| place.line)
            .collect();
        spoken.sort_unstable();
        assert_eq!(spoken, *lines, "{name} on {text:?} said {found:?}");
    }
}

#[test]
fn no_rule_goes_without_a_case_where_it_speaks() {
    for rule in &RULES {
        let speaks = PLANTED
            .iter()
            .any(|(name, .., lines)| *name == rule.name && !lines.is_empty());
        assert!(speaks, "no planted text breaks `{}`", rule.name);
        assert!(!rule.why.is_empty());
    }
}

#[test]
fn the_project_keeps_its_own_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is in the workspace");
    let tree = Tree::read(root).expect("the project can be read");
    for rule in &RULES {
        assert!(
            tree.files.iter().any(rule.scope),
            "`{}` has nothing to look at",
            rule.name
        );
        let found = places(rule, &tree);
        assert!(found.is_empty(), "{}: {found:#?}", rule.name);
    }
}
