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

use std::time::Duration;

use agent_hub_protocol::{admin::HubAnswer, time::Timestamp};
use tokio::time::timeout;

use super::Hub;
use crate::error::{Error, ErrorCode, Result};

/// Reads that look at very much and may be under way: so few leave the agents' reads their connections.
pub(super) const READ_MUCH_MAX: usize = 2;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

impl Hub {
    /// A read that looks at very much. It goes on, and keeps its turn, when whoever asked has gone: the database would go on too.
    async fn read_much<T: Send + 'static>(&self, read: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let turn = timeout(PATIENCE, self.reads_much.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Error::of(ErrorCode::Busy)) };
        let reading = tokio::spawn(async move {
            let read = read.await;
            drop(turn);
            read
        });
        reading.await.map_err(|error| Error::of(ErrorCode::Internal).because(error))?
    }

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
