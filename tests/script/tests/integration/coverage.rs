//! What the dialogues cover: every state, met by everything that can go wrong in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use smtp_script::coverage::{Awaited, Cell, Input, impossible};
use smtp_script::machine;

#[test]
fn every_state_is_met_by_everything_that_can_go_wrong_in_it() {
    let mut dialogues_of: BTreeMap<Cell, usize> = BTreeMap::new();
    for (name, dialogue) in smtp_script::all().unwrap() {
        let mut cells =
            machine::cells(&dialogue).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        cells.sort();
        cells.dedup();
        cells
            .into_iter()
            .for_each(|cell| *dialogues_of.entry(cell).or_default() += 1);
    }
    // Straight to the terminal: the test harness would keep it to itself.
    let _ = std::io::stderr().write_all(table(&dialogues_of).as_bytes());
    let all = || {
        Awaited::ALL
            .iter()
            .flat_map(|&row| Input::ALL.iter().map(move |&column| (row, column)))
    };
    let empty: Vec<Cell> = all()
        .filter(|cell| impossible(*cell).is_none() && !dialogues_of.contains_key(cell))
        .collect();
    let surprising: Vec<Cell> = all()
        .filter(|cell| impossible(*cell).is_some() && dialogues_of.contains_key(cell))
        .collect();
    assert!(empty.is_empty(), "no dialogue has these: {empty:?}");
    assert!(
        surprising.is_empty(),
        "these cannot exist, and do: {surprising:?}"
    );
}

/// How many dialogues have each cell; a dash where none can.
fn table(dialogues_of: &BTreeMap<Cell, usize>) -> String {
    let mut table = format!("{:<12}", "awaited");
    for input in Input::ALL {
        let _ = write!(table, "{input:>12}");
    }
    for awaited in Awaited::ALL {
        let _ = write!(table, "\n{:<12}", format!("{awaited:?}"));
        for input in Input::ALL {
            let count = dialogues_of
                .get(&(awaited, input))
                .copied()
                .unwrap_or_default();
            let shown = if impossible((awaited, input)).is_some() {
                "-".to_owned()
            } else {
                count.to_string()
            };
            let _ = write!(table, "{shown:>12}");
        }
    }
    table + "\n"
}
