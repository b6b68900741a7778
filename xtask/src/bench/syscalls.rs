//! Calls of the system for each message, counted by strace, beside peers that have no stream to be counted at.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::output_of;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::servers;

/// How the program marks what is to be counted: a file is looked for that nobody has.
const MARK: &str = "\"/smtp-bench/";

/// One object for each way to send, with a value for each who sends so.
pub(super) fn count(program: &Path, interrupt: &Interrupt) -> Result<Vec<Value>, Failure> {
    servers::ensure_strace(interrupt)?;
    let trace =
        tempfile::NamedTempFile::new().map_err(Failure::io("cannot make a file for strace"))?;
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-s", "128", "-o"])
        .arg(trace.path())
        .arg(program)
        .arg("syscalls");
    output_of(&mut command, interrupt)?;
    let text = fs::read(trace.path()).map_err(Failure::io(trace.path().display()))?;
    Ok(read(&String::from_utf8_lossy(&text)))
}

/// Each line is a thread and a call of its; one that was interrupted by another thread's is told in two lines.
fn read(trace: &str) -> Vec<Value> {
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    let mut under_way: BTreeMap<&str, (&str, u32)> = BTreeMap::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        let mark = call
            .split_once(MARK)
            .and_then(|(_, mark)| mark.split_once('"'));
        match mark.map(|(mark, _)| mark) {
            _ if call.trim_start().starts_with("<...") || call.trim_start().starts_with("---") => {}
            Some("end") => {
                let counted = under_way
                    .remove(thread)
                    .and_then(|(what, calls)| per_message(what, calls));
                let Some((means, value)) = counted else {
                    continue;
                };
                match groups.iter_mut().find(|(name, _)| *name == means) {
                    Some((_, values)) => values.push(value),
                    None => groups.push((means, vec![value])),
                }
            }
            Some(mark) => drop(under_way.insert(thread, (mark, 0))),
            None => {
                if let Some((_, calls)) = under_way.get_mut(thread) {
                    *calls += 1;
                }
            }
        }
    }
    let to_json =
        |(name, values)| json!({ "group": "syscalls", "name": name, "candidates": values });
    groups.into_iter().map(to_json).collect()
}

/// Out of `begin/means/who/messages`.
fn per_message(mark: &str, calls: u32) -> Option<(String, Value)> {
    let mut parts = mark.strip_prefix("begin/")?.splitn(3, '/');
    let (means, who, messages) = (
        parts.next()?,
        parts.next()?,
        parts.next()?.parse::<f64>().ok()?,
    );
    Some((
        means.to_owned(),
        json!({ "name": who, "value": f64::from(calls) / messages }),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_one_thread_between_its_marks_are_counted_by_the_message() {
        let trace = "\
10 statx(AT_FDCWD, \"/smtp-bench/begin/one by one/somebody/2\", 0) = -1 ENOENT
10 write(3, \"MAIL FROM:<a@example.com>\", 25) = 25
11 read(4,  <unfinished ...>
10 read(3,  <unfinished ...>
11 <... read resumed>\"MAIL\", 4) = 4
10 <... read resumed>\"250\", 3) = 3
11 write(4, \"250\", 3) = 3
10 statx(AT_FDCWD, \"/smtp-bench/end\", 0) = -1 ENOENT
10 close(3) = 0
";
        let value = json!({ "name": "somebody", "value": 1.0 });
        assert_eq!(
            read(trace),
            [json!({ "group": "syscalls", "name": "one by one", "candidates": [value] })]
        );
    }
}
