//! Changes of channels and memberships.

use super::{Audit, Change, again};
use crate::store::{AgentId, Store, StreamId, fault::Result, script::Value};

impl Store {
    /// Makes a channel whose owner is its first member; `None` if the name is taken.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn create_channel(
        &self,
        name: &str,
        owner: AgentId,
        closed: bool,
        actor: &str,
    ) -> Result<Option<StreamId>> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            let Some(id) = change.new_stream(name).await? else {
                change.give_up().await;
                return Ok(None);
            };
            let now = change.now;
            let sql = "INSERT INTO channels (id, name, owner, closed, created_at) VALUES (?, ?, ?, ?, ?)";
            change.run(sql, [id.into(), name.into(), owner.into(), i64::from(closed).into(), now.into()]).await?;
            change.subscribe(owner, id, 0).await?;
            let detail = if closed { "closed" } else { "" };
            change.commit(owner, id, Audit { actor, action: "channel.create", subject: name, detail }).await?;
            Ok(Some(id))
        })
        .await
    }

    /// Disables or enables a channel.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn set_channel_disabled(&self, channel: StreamId, disabled: bool, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            let at = if disabled { Value::from(change.now) } else { Value::Null };
            change.run("UPDATE channels SET disabled_at = ? WHERE id = ?", [at, channel.into()]).await?;
            change.commit(0, channel, audit).await
        })
        .await
    }

    /// Makes an agent a member of a channel, from the channel's head on. A member stays what it is.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn join(&self, agent: AgentId, stream: StreamId, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            // Under the head's lock: what is published later is the member's, what was published before is not.
            let head = change.lock_head(stream).await?;
            let sql = "SELECT since FROM subscriptions WHERE agent = ? AND stream = ?";
            if change.number(sql, [agent, stream].map(Value::from)).await?.is_some() {
                change.give_up().await;
                return Ok(());
            }
            change.subscribe(agent, stream, head).await?;
            change.commit(agent, stream, audit).await
        })
        .await
    }

    /// Ends a membership; whoever is no member stays none.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn leave(&self, agent: AgentId, stream: StreamId, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            let sql = "DELETE FROM subscriptions WHERE agent = ? AND stream = ?";
            if change.run(sql, [agent, stream].map(Value::from)).await? == 0 {
                change.give_up().await;
                return Ok(());
            }
            change.commit(agent, stream, audit).await
        })
        .await
    }
}
