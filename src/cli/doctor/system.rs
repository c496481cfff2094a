//! The machine: its clock, and how many files a process may open.

use std::time::UNIX_EPOCH;

use crate::{app::place::Place, clock::now_ms, config::Config, store::examine::Finding};

/// 2025 and 2100, in milliseconds.
const YEARS: std::ops::Range<i64> = 1_735_689_600_000..4_102_444_800_000;
/// What the hub opens besides sockets: the database, the log, and some.
const OTHER_FILES: u64 = 100;
/// How far in the future something may have been written.
const AHEAD_MS: i64 = 3_600_000;

pub(super) fn examine(config: &Config, place: &Place) -> Vec<Finding> {
    vec![clock(now_ms(), last_written_ms(place)), files(hard_limit(), config.limits.max_connections)]
}

fn last_written_ms(place: &Place) -> Option<i64> {
    let written = place.database()?.metadata().and_then(|file| file.modified()).ok()?;
    i64::try_from(written.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

fn clock(now_ms: i64, written_ms: Option<i64>) -> Finding {
    const CHECK: &str = "clock";
    if !YEARS.contains(&now_ms) {
        return Finding::fail(CHECK, "this machine's clock is wrong by years: nothing can be published; set it");
    }
    match written_ms {
        Some(written) if written > now_ms.saturating_add(AHEAD_MS) => {
            let hours = (written - now_ms) / 3_600_000;
            Finding::fail(
                CHECK,
                format!("the database was written {hours} hours in the future: this machine's clock went back; set it"),
            )
        }
        _ => Finding::ok(CHECK, "the year is plausible; keep it synchronised"),
    }
}

fn hard_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum
}

/// A hub raises its soft limit to the hard one.
fn files(most: Option<u64>, connections: u32) -> Finding {
    const CHECK: &str = "nofile";
    let needed = u64::from(connections) + OTHER_FILES;
    match most {
        Some(most) if most < needed => {
            let told = format!(
                "a process may open {most} files, and --max-connections {connections} needs {needed}: raise `ulimit -Hn` \
                 (systemd: LimitNOFILE), or lower the other"
            );
            Finding::warn(CHECK, told)
        }
        Some(most) => Finding::ok(CHECK, format!("{most} files for --max-connections {connections}")),
        None => Finding::ok(CHECK, format!("any number of files for --max-connections {connections}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::examine::Verdict;

    #[test]
    fn a_clock_that_is_wrong_is_noticed() {
        let now = 1_765_011_244_000;
        assert_eq!(clock(now, Some(now)).verdict, Verdict::Ok);
        assert_eq!(clock(0, None).verdict, Verdict::Fail);
        assert_eq!(clock(now, Some(now + 2 * AHEAD_MS)).verdict, Verdict::Fail);
    }

    #[test]
    fn files_are_counted_against_connections() {
        assert_eq!(files(Some(1_024), 20_000).verdict, Verdict::Warn);
        assert_eq!(files(Some(1_024), 500).verdict, Verdict::Ok);
        assert_eq!(files(None, 20_000).verdict, Verdict::Ok);
    }
}
