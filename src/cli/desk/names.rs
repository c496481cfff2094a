//! The agents that have a profile on this machine, and which of them a mistyped name may mean.

use std::path::Path;

use agent_hub_protocol::name::AgentName;

use crate::app::place::OPERATOR;

/// Shorter names than this are different names where two characters differ.
const LONG: usize = 6;

/// The agents that have a profile here, besides the operator.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("profiles")).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().to_str()?.strip_suffix(".json").map(str::to_owned));
    let mut names: Vec<_> = names.filter(|name| name != OPERATOR && AgentName::parse(name).is_ok()).collect();
    names.sort();
    names
}

/// The agent with a profile here whose name is written almost like this one, if there is one.
pub(super) fn similar(folder: &Path, name: &str) -> Option<String> {
    names_in(folder).into_iter().find(|known| is_slip(known, name))
}

/// Whether one name may be the other, mistyped. Names that differ in their numbers alone are meant to.
fn is_slip(known: &str, typed: &str) -> bool {
    let letters = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    let most = if known.len().min(typed.len()) < LONG { 1 } else { 2 };
    known != typed && letters(known) != letters(typed) && distance(known.as_bytes(), typed.as_bytes()) <= most
}

/// How many characters have to be added, left out, replaced or swapped with their neighbour.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=other.len()).collect());
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut cost = (last[j + 1] + 1).min(row[j] + 1).min(last[j] + usize::from(a != b));
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_name() {
        for (known, typed, slip) in [
            ("alice", "alcie", true),
            ("alice", "alic", true),
            ("bob", "rob", true),
            ("researcher", "reseacrhe", true),
            ("bob", "tom", false),
            ("bob", "alice", false),
            ("alice", "alice", false),
            ("worker-1", "worker-12", false),
        ] {
            assert_eq!(is_slip(known, typed), slip, "{known} {typed}");
        }
    }
}
