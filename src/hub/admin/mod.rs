//! What operators see of the hub, and do with it. Names, sizes and times; never data.
//!
//! - [`agents`], [`sessions`], [`channels`]: who is there; [`items`]: what became of what was sent;
//! - [`ranking`]: who is furthest behind; [`log`]: the audit log.

pub mod agents;
pub mod channels;
pub mod items;
pub mod log;
pub mod ranking;
pub mod sessions;

use agent_hub_protocol::{admin::HubAnswer, time::Timestamp};

use super::Hub;

impl Hub {
    /// What this hub is, and how it is.
    pub async fn describe(&self) -> HubAnswer {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        HubAnswer {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            hub: self.settings.hub_id.clone(),
            epoch: self.settings.epoch.clone(),
            started_at: Timestamp(self.started_at),
            database: self.store.kind().to_owned(),
            ready: self.check_ready().await.is_ok(),
            sessions: count(self.registry.count_sessions()),
            watchers: count(self.registry.traffic.watchers()),
            limits: self.limits.for_clients(),
        }
    }
}

/// At most `limit` of the rows, and whether there were more: one more was asked for.
fn page<T>(mut rows: Vec<T>, limit: u32) -> (Vec<T>, bool) {
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    (rows, more)
}
