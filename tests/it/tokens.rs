//! What a hand-off costs language models is a promise of the README: these are its numbers.

#[path = "../../benches/tokens/handoff.rs"]
mod handoff;

use std::path::Path;

#[test]
fn a_hand_off_costs_what_the_readme_says() {
    let figures = handoff::measure(Path::new(env!("CARGO_BIN_EXE_agent-hub")));
    println!("{figures:?}");
    assert!(figures.wake <= 12, "{figures:?}");
    assert!(figures.filtered <= 90, "{figures:?}");
    assert!(figures.unfiltered <= 180, "{figures:?}");
    assert!(figures.rest >= 8 * figures.unfiltered.max(figures.filtered), "{figures:?}");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README");
    for number in [figures.wake, figures.filtered, figures.unfiltered] {
        assert!(readme.contains(&format!("{number} tokens")), "the README does not say {number} tokens: {figures:?}");
    }
}
