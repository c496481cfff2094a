//! Who is furthest behind. To find that out takes a look at every subscription that is behind: pages that ask again and again
//! share an answer.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::PATIENCE;
use crate::{
    error::{Error, ErrorCode, Result},
    hub::Hub,
    store::{AgentId, overview::Order},
};

/// Agents that are ranked: as many as a page holds, and one.
const RANKED: u32 = agent_hub_protocol::limits::PAGE_LIMIT_MAX + 1;
/// At most this share of the time is spent on it: an answer stays good for so many times what it took.
const SHARE: u32 = 20;
const GOOD_FOR_MAX: Duration = Duration::from_secs(60);

/// The last answers. Of a small hub they are a few milliseconds old at most.
#[derive(Debug, Default)]
pub struct Ranking {
    oldest: Arc<Mutex<Option<Ranked>>>,
    backlog: Arc<Mutex<Option<Ranked>>>,
}

#[derive(Debug)]
struct Ranked {
    agents: Arc<[AgentId]>,
    good_until: Instant,
}

impl Hub {
    /// The agents that are furthest behind, in that order. Who asks meanwhile waits, and gets the same.
    ///
    /// # Errors
    /// `busy`; no answer.
    pub(super) async fn rank(&self, order: Order) -> Result<Arc<[AgentId]>> {
        let last = match order {
            Order::Oldest => self.ranking.oldest.clone(),
            Order::Backlog => self.ranking.backlog.clone(),
        };
        let busy = |_| Error::of(ErrorCode::Busy);
        let mut last = timeout(PATIENCE, last.lock_owned()).await.map_err(busy)?;
        let begun = Instant::now();
        if let Some(ranked) = last.as_ref().filter(|ranked| ranked.good_until > begun) {
            return Ok(ranked.agents.clone());
        }
        let store = self.store.clone();
        self.read_much(async move {
            let agents: Arc<[AgentId]> = store.furthest_behind(order, RANKED).await?.into();
            let good_for = (begun.elapsed() * SHARE).min(GOOD_FOR_MAX);
            *last = Some(Ranked { agents: agents.clone(), good_until: Instant::now() + good_for });
            Ok(agents)
        })
        .await
    }
}
