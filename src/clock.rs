//! Time. Wall time for what is stored and told, monotonic time for everything that waits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch by this machine's clock. A clock before 1970 reads as 0.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A duration in whole milliseconds, as the store counts them.
#[must_use]
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Milliseconds since the machine was started, the time that it slept included: a laptop that wakes up has not jumped.
fn boot_ms() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)
}

/// Notices when the wall clock jumps: it must run as fast as the monotonic one.
#[derive(Debug)]
pub struct JumpGuard {
    wall_ms: i64,
    boot_ms: i64,
}

impl JumpGuard {
    /// Starts to watch.
    #[must_use]
    pub fn start() -> Self {
        Self { wall_ms: now_ms(), boot_ms: boot_ms() }
    }

    /// How far the wall clock has run ahead of (positive) or behind the monotonic one since the start, in milliseconds.
    #[must_use]
    pub fn drift_ms(&self) -> i64 {
        now_ms().saturating_sub(self.wall_ms).saturating_sub(boot_ms().saturating_sub(self.boot_ms))
    }
}
