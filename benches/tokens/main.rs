//! `cargo bench --bench tokens`: what a hand-off costs two language models, in tokens.

mod handoff;

use std::path::Path;

fn main() {
    let figures = handoff::measure(Path::new(env!("CARGO_BIN_EXE_agent-hub")));
    let handoff::Figures { wake, body, filtered, unfiltered, rest } = figures;
    println!(
        "tokens of o200k_base, counted over everything that two models write and read; the result has {body}, and is"
    );
    println!("written once and read once. Ten notifications that are not needed arrive meanwhile.");
    println!();
    println!("a wake                                     {wake:>5}   `agent-hub wait` ends with one line");
    println!("overhead, waiting for one sender           {filtered:>5}   send, wait --from, get --ack");
    println!("overhead, ten unneeded lines are read too  {unfiltered:>5}   send, wait, inbox, get --ack");
    println!(
        "overhead, REST with curl                   {rest:>5}   publish, inbox, retrieve, ack; logins not counted"
    );
    println!();
    let times = |overhead: usize| rest as f64 / overhead as f64;
    println!(
        "REST costs {:.1} times as much as the one, {:.1} times as much as the other",
        times(filtered),
        times(unfiltered)
    );
}
