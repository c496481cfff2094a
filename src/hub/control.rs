//! Following the control stream: what other nodes and the command line changed is known here within a second, and what this
//! node changed before its answer.

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use governor::{DefaultKeyedRateLimiter, Quota};
use tokio::sync::Mutex;

use super::{Hub, registry::Signal};
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    store::{AgentId, CONTROL, Store, change::ChangeRow},
};

/// Between two reads. Twice a second, so that a change by another process takes effect within one.
const INTERVAL: Duration = Duration::from_millis(500);

/// How far the control stream has been read.
#[derive(Debug)]
pub struct Control {
    position: Mutex<i64>,
    pace: DefaultKeyedRateLimiter<AgentId>,
}

/// Changes that one agent may make in a second, and at once.
const CHANGES_PER_SECOND: NonZeroU32 = NonZeroU32::new(20).unwrap();
const CHANGES_AT_ONCE: NonZeroU32 = NonZeroU32::new(200).unwrap();

impl Control {
    /// From the head on: nothing is remembered yet that an earlier change could make wrong.
    pub(super) async fn start(store: &Store) -> Result<Self> {
        let head = store.heads(&[CONTROL]).await?.first().map_or(0, |(_, head)| *head);
        let quota = Quota::per_second(CHANGES_PER_SECOND).allow_burst(CHANGES_AT_ONCE);
        Ok(Self { position: Mutex::new(head), pace: DefaultKeyedRateLimiter::keyed(quota) })
    }
}

/// Reads the control stream for as long as the hub runs.
pub(super) async fn follow(hub: Arc<Hub>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        if let Err(error) = hub.read_changes().await {
            tracing::warn!(%error, "the control stream could not be read");
        }
    }
}

impl Hub {
    /// Reads the control stream to its end, and does what it says.
    ///
    /// # Errors
    /// No answer.
    pub async fn read_changes(&self) -> Result<()> {
        let mut position = self.control.position.lock().await;
        loop {
            let asked = Instant::now();
            let changes = self.store.changes(*position).await?;
            if changes.first().is_some_and(|first| first.seq != *position + 1) {
                tracing::warn!("changes were missed: everything remembered of agents is fetched again");
                self.directory.forget_all();
                self.registry.tell_all(&Signal::Agent);
            }
            changes.iter().for_each(|change| self.apply(*change));
            let Some(last) = changes.last() else {
                self.directory.trust(asked);
                return Ok(());
            };
            *position = last.seq;
        }
    }

    /// Each change is read by every node, and kept: one agent makes so many of them at most.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub(super) fn check_changes(&self, who: &Principal) -> Result<()> {
        if who.is_operator() || self.control.pace.check_key(&who.agent).is_ok() {
            return Ok(());
        }
        Err(Error::new(ErrorCode::TooManyRequests, "too many changes of channels and keys by this agent"))
    }

    /// Reads the control stream after a change of this node, so that it holds before its answer. The change is committed: should
    /// the reading fail, the answer stays what it is, and the next reading does it.
    pub(super) async fn follow_up(&self) {
        if let Err(error) = self.read_changes().await {
            tracing::warn!(%error, "a change takes effect a moment later");
        }
    }

    fn apply(&self, change: ChangeRow) {
        match change {
            ChangeRow { agent, stream: 0, .. } => {
                self.directory.forget_agent(agent);
                self.registry.tell_agent(agent, &Signal::Agent);
            }
            ChangeRow { agent, stream, .. } => {
                self.directory.forget_channel(stream);
                self.registry.tell_agent(agent, &Signal::Membership(stream));
            }
        }
    }
}
