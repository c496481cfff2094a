//! The way of a large body, shown on a terminal and nowhere else.

use std::{
    io::{IsTerminal, Write},
    sync::Arc,
};

use agent_hub_client::Progress;

use super::line::size;

/// Smaller bodies are there before anybody could read it, in bytes.
const WORTH_SHOWING: u64 = 256 * 1024;
const WIDTH: u64 = 30;

/// A bar on standard error, if that is a terminal.
pub(super) fn on_terminal() -> Option<Progress> {
    std::io::stderr().is_terminal().then(|| -> Progress { Arc::new(show) })
}

fn show(done: u64, total: u64) {
    if total < WORTH_SHOWING {
        return;
    }
    let mut out = std::io::stderr().lock();
    // A terminal that has gone is no reason to stop.
    drop(write!(out, "\r{}", bar(done, total)));
    if done >= total {
        drop(write!(out, "\r\u{1b}[K"));
    }
    drop(out.flush());
}

fn bar(done: u64, total: u64) -> String {
    let filled = done.min(total) * WIDTH / total.max(1);
    let bar: String = (0..WIDTH).map(|at| if at < filled { '#' } else { '.' }).collect();
    format!(
        "[{bar}] {:>3}% of {}",
        done.min(total) * 100 / total.max(1),
        size(i64::try_from(total).unwrap_or(i64::MAX))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_from_left_to_right() {
        assert_eq!(bar(0, 1_048_576), "[..............................]   0% of 1M");
        assert_eq!(bar(524_288, 1_048_576), "[###############...............]  50% of 1M");
        assert_eq!(bar(1_048_576, 1_048_576), "[##############################] 100% of 1M");
    }
}
