//! `saslname`, RFC 5802 section 5.1: a comma is `=2C`, an equals sign is `=3D`.

use alloc::string::String;

pub(super) fn saslname(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            ',' => escaped.push_str("=2C"),
            '=' => escaped.push_str("=3D"),
            other => escaped.push(other),
        }
    }
    escaped
}
