//! The sweeper: erases what has expired, and later its tombstone. It never runs by a clock that is off: one wrong clock must not
//! erase everybody's data.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use agent_hub_protocol::event::Happening;
use tokio_util::sync::CancellationToken;

use super::{Hub, traffic::item_name};
use crate::{
    clock::{self, JumpGuard},
    store::sweep::{Expired, Log},
};

/// A jump of this much against the monotonic clock stops the sweeper of an embedded database.
const JUMP_MAX_MS: i64 = 3_600_000;
/// A difference of this much to a shared database's clock stops the sweeper of this node.
const OFFSET_MAX_MS: i64 = 5_000;
/// Between two looks at a shared database's clock.
const CLOCK_EVERY: Duration = Duration::from_secs(60);

const HOUR_MS: i64 = 3_600_000;
/// How long these are kept, in milliseconds.
const IDEMPOTENCY_MS: i64 = 24 * HOUR_MS;
const CHANGES_MS: i64 = 7 * 24 * HOUR_MS;

pub(super) async fn sweep(hub: Arc<Hub>, stop: CancellationToken) {
    let guard = JumpGuard::start();
    let mut clock_checked: Option<Instant> = None;
    while stop.run_until_cancelled(tokio::time::sleep(hub.limits.sweep_interval)).await.is_some() {
        if clock_checked.is_none_or(|at| at.elapsed() > CLOCK_EVERY) {
            clock_checked = Some(Instant::now());
            hub.check_clock(&guard).await;
        }
        if hub.clock_is_off.load(Ordering::Relaxed) || guard.drift_ms().abs() > JUMP_MAX_MS {
            clock_checked = None;
            continue;
        }
        hub.sweep_round(&stop).await;
    }
}

impl Hub {
    async fn check_clock(&self, guard: &JumpGuard) {
        let (off_ms, most_ms) = if self.store.is_shared() {
            match self.store.clock_offset_ms().await {
                Ok(offset) => (offset, OFFSET_MAX_MS),
                // Unknown is not wrong; what needs the database will say that it is away.
                Err(_) => return,
            }
        } else {
            (guard.drift_ms(), JUMP_MAX_MS)
        };
        let is_off = off_ms.abs() > most_ms;
        if is_off {
            tracing::error!(
                off_ms,
                "the clock cannot be trusted: nothing is swept until it is right, or the hub restarted"
            );
        }
        self.clock_is_off.store(is_off, Ordering::Relaxed);
    }

    async fn tell_expired(&self, expired: &Expired) {
        self.metrics.expired.inc();
        let traffic = &self.registry.traffic;
        if traffic.is_watched()
            && let Ok(publisher) = self.directory.name(expired.publisher).await
        {
            traffic.happened(Happening::Expired, |event| {
                event.agent = Some(publisher.to_string());
                event.item = Some(item_name(&expired.item));
                event.name = Some(expired.name.clone());
            });
        }
    }

    async fn sweep_round(&self, stop: &CancellationToken) {
        let now = clock::now_ms();
        loop {
            match self.store.sweep_items(now, now.saturating_add(self.limits.tombstones_ms)).await {
                Ok(swept) => {
                    for expired in &swept.expired {
                        self.tell_expired(expired).await;
                    }
                    if !swept.is_any() || stop.is_cancelled() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                Err(fault) => {
                    tracing::warn!(%fault, "a sweep failed; the next round does it");
                    return;
                }
            }
        }
        let logs = [(Log::Idempotency, IDEMPOTENCY_MS), (Log::Changes, CHANGES_MS)];
        for (log, kept_ms) in logs {
            loop {
                match self.store.sweep_log(log, now - kept_ms).await {
                    Ok(true) if !stop.is_cancelled() => tokio::task::yield_now().await,
                    Ok(_) => break,
                    Err(fault) => {
                        tracing::warn!(%fault, "a sweep of the logs failed; the next round does it");
                        return;
                    }
                }
            }
        }
        while !stop.is_cancelled() {
            match self.store.sweep_audit(now - self.limits.audit_ms, now).await {
                Ok(true) => tokio::task::yield_now().await,
                Ok(false) => break,
                Err(fault) => {
                    tracing::warn!(%fault, "a sweep of the audit log failed; the next round does it");
                    return;
                }
            }
        }
    }
}
