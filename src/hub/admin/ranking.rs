//! Who is furthest behind. To find that out takes a look at every subscription that is behind: pages that ask again and again
//! share an answer.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::{
    error::Result,
    store::{AgentId, Store, overview::Order},
};

/// Agents that are ranked: as many as a page holds, and one.
const RANKED: u32 = agent_hub_protocol::limits::PAGE_LIMIT_MAX + 1;
/// At most this share of the time is spent on it: an answer stays good for so many times what it took.
const SHARE: u32 = 20;

/// The last answers. Of a small hub they are a few milliseconds old at most.
#[derive(Debug, Default)]
pub struct Ranking {
    oldest: Mutex<Option<Ranked>>,
    backlog: Mutex<Option<Ranked>>,
}

#[derive(Debug)]
struct Ranked {
    agents: Arc<[AgentId]>,
    good_until: Instant,
}

impl Ranking {
    /// The agents that are furthest behind, in that order. Who asks meanwhile waits, and gets the same.
    ///
    /// # Errors
    /// No answer.
    pub(super) async fn ask(&self, store: &Store, order: Order) -> Result<Arc<[AgentId]>> {
        let mut ranked = match order {
            Order::Oldest => self.oldest.lock().await,
            Order::Backlog => self.backlog.lock().await,
        };
        let begun = Instant::now();
        if let Some(ranked) = ranked.as_ref().filter(|ranked| ranked.good_until > begun) {
            return Ok(ranked.agents.clone());
        }
        let agents: Arc<[AgentId]> = store.furthest_behind(order, RANKED).await?.into();
        let good_for = (begun.elapsed() * SHARE).min(Duration::from_secs(60));
        *ranked = Some(Ranked { agents: agents.clone(), good_until: Instant::now() + good_for });
        Ok(agents)
    }
}
