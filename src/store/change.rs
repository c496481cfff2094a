//! Changes of agents, keys, channels and memberships. Each is a transaction that holds the control stream's head, so that all
//! changes, by whatever node or command, have one order; every node reads them in that order.

use sqlx::FromRow;

use super::{
    AgentId, CONTROL, Store, StreamId,
    agents::Role,
    fault::{FaultKind, Result},
    pool::{WriteTx, on_read, on_tx},
};

/// Who changes what, for the audit log.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// Who: an agent's name, or `command-line`.
    pub actor: &'a str,
    /// A dotted verb such as `agent.disable`.
    pub action: &'static str,
    /// Upon whom.
    pub subject: &'a str,
}

/// An entry of the control stream: an agent (stream 0), a channel (agent 0), or a membership changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct ChangeRow {
    /// Its number.
    pub seq: i64,
    /// The agent, or 0.
    pub agent: AgentId,
    /// The channel, or 0.
    pub stream: StreamId,
}

/// A change under way.
struct Change {
    tx: WriteTx,
    now: i64,
}

impl Change {
    /// Begins, and takes the control stream's head.
    async fn begin(store: &Store) -> Result<Self> {
        let mut tx = WriteTx::begin(&store.pools).await?;
        let sql = sqlx::AssertSqlSafe(format!("SELECT head FROM streams WHERE id = ?{}", tx.dialect().for_update()));
        on_tx!(tx, |conn| sqlx::query_scalar::<_, i64>(sql).bind(CONTROL).fetch_one(conn).await.map(drop))?;
        Ok(Self { tx, now: crate::clock::now_ms() })
    }

    /// Numbers the change, writes the audit log, and commits.
    async fn commit(mut self, agent: AgentId, stream: StreamId, audit: Audit<'_>) -> Result<()> {
        let (tx, now) = (&mut self.tx, self.now);
        let seq: i64 = on_tx!(tx, |conn| {
            sqlx::query_scalar("SELECT head + 1 FROM streams WHERE id = ?").bind(CONTROL).fetch_one(conn).await
        })?;
        on_tx!(tx, |conn| {
            sqlx::query("UPDATE streams SET head = ? WHERE id = ?")
                .bind(seq)
                .bind(CONTROL)
                .execute(conn)
                .await
                .map(drop)
        })?;
        on_tx!(tx, |conn| {
            sqlx::query("INSERT INTO changes (seq, agent, stream, at) VALUES (?, ?, ?, ?)")
                .bind(seq)
                .bind(agent)
                .bind(stream)
                .bind(now)
                .execute(conn)
                .await
                .map(drop)
        })?;
        on_tx!(tx, |conn| {
            sqlx::query("INSERT INTO audit_log (seq, at, actor, action, subject) VALUES (?, ?, ?, ?, ?)")
                .bind(seq)
                .bind(now)
                .bind(audit.actor.as_bytes())
                .bind(audit.action.as_bytes())
                .bind(audit.subject.as_bytes())
                .execute(conn)
                .await
                .map(drop)
        })?;
        self.tx.commit().await
    }

    /// Makes the stream of a new address; `None` if there is one.
    async fn new_stream(&mut self, address: &str) -> Result<Option<StreamId>> {
        let tx = &mut self.tx;
        let taken: Option<i64> = on_tx!(tx, |conn| {
            sqlx::query_scalar("SELECT id FROM streams WHERE address = ?")
                .bind(address.as_bytes())
                .fetch_optional(conn)
                .await
        })?;
        if taken.is_some() {
            return Ok(None);
        }
        let id: i64 = on_tx!(tx, |conn| sqlx::query_scalar("SELECT MAX(id) + 1 FROM streams").fetch_one(conn).await)?;
        on_tx!(tx, |conn| {
            sqlx::query("INSERT INTO streams (id, address, head) VALUES (?, ?, 0)")
                .bind(id)
                .bind(address.as_bytes())
                .execute(conn)
                .await
                .map(drop)
        })?;
        Ok(Some(id))
    }

    async fn subscribe(&mut self, agent: AgentId, stream: StreamId, since: i64) -> Result<()> {
        let tx = &mut self.tx;
        on_tx!(tx, |conn| {
            sqlx::query("INSERT INTO subscriptions (agent, stream, since, acked) VALUES (?, ?, ?, ?)")
                .bind(agent)
                .bind(stream)
                .bind(since)
                .bind(since)
                .execute(conn)
                .await
                .map(drop)
        })
    }

    async fn insert_key(&mut self, agent: AgentId, hash: &[u8; 32]) -> Result<()> {
        let (tx, now) = (&mut self.tx, self.now);
        let version: i64 = on_tx!(tx, |conn| {
            sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) + 1 FROM api_keys WHERE agent = ?")
                .bind(agent)
                .fetch_one(conn)
                .await
        })?;
        on_tx!(tx, |conn| {
            sqlx::query("INSERT INTO api_keys (hash, agent, version, created_at) VALUES (?, ?, ?, ?)")
                .bind(&hash[..])
                .bind(agent)
                .bind(version)
                .bind(now)
                .execute(conn)
                .await
                .map(drop)
        })
    }
}

/// Runs a change again when it lost a race for a lock.
async fn again<T, F: Future<Output = Result<T>>>(mut change: impl FnMut() -> F) -> Result<T> {
    let mut tries = 0;
    loop {
        match change().await {
            Err(fault) if fault.kind == FaultKind::Conflict && tries < 8 => tries += 1,
            done => return done,
        }
    }
}

impl Store {
    /// Makes an agent with its stream and its first key; `None` if the name is taken.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn create_agent(&self, name: &str, role: Role, key: &[u8; 32], actor: &str) -> Result<Option<AgentId>> {
        again(|| self.try_create_agent(name, role, key, actor, false)).await
    }

    /// Makes the first operator; `None` if there is one, or the name is taken.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn create_first_operator(&self, name: &str, key: &[u8; 32]) -> Result<Option<AgentId>> {
        again(|| self.try_create_agent(name, Role::Operator, key, "first-start", true)).await
    }

    async fn try_create_agent(
        &self,
        name: &str,
        role: Role,
        key: &[u8; 32],
        actor: &str,
        first: bool,
    ) -> Result<Option<AgentId>> {
        let mut change = Change::begin(self).await?;
        if first && change.has_operator().await? {
            change.tx.roll_back().await;
            return Ok(None);
        }
        let Some(id) = change.new_stream(name).await? else {
            change.tx.roll_back().await;
            return Ok(None);
        };
        let (tx, now) = (&mut change.tx, change.now);
        on_tx!(tx, |conn| {
            sqlx::query("INSERT INTO agents (id, name, role, created_at) VALUES (?, ?, ?, ?)")
                .bind(id)
                .bind(name.as_bytes())
                .bind(role as i64)
                .bind(now)
                .execute(conn)
                .await
                .map(drop)
        })?;
        change.subscribe(id, id, 0).await?;
        change.insert_key(id, key).await?;
        change.commit(id, 0, Audit { actor, action: "agent.create", subject: name }).await?;
        Ok(Some(id))
    }

    /// Gives an agent a new key. Its others end at `ends_at` (milliseconds since the epoch) unless they end before.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn rotate_key(&self, agent: AgentId, key: &[u8; 32], ends_at: i64, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            let tx = &mut change.tx;
            on_tx!(tx, |conn| {
                sqlx::query("UPDATE api_keys SET ends_at = ? WHERE agent = ? AND (ends_at IS NULL OR ends_at > ?)")
                    .bind(ends_at)
                    .bind(agent)
                    .bind(ends_at)
                    .execute(conn)
                    .await
                    .map(drop)
            })?;
            change.insert_key(agent, key).await?;
            change.commit(agent, 0, audit).await
        })
        .await
    }

    /// Disables or enables an agent.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn set_disabled(&self, agent: AgentId, disabled: bool, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            let (tx, now) = (&mut change.tx, change.now);
            on_tx!(tx, |conn| {
                sqlx::query("UPDATE agents SET disabled_at = ? WHERE id = ?")
                    .bind(disabled.then_some(now))
                    .bind(agent)
                    .execute(conn)
                    .await
                    .map(drop)
            })?;
            change.commit(agent, 0, audit).await
        })
        .await
    }

    /// Publishes an agent's public keys.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn set_public_keys(&self, agent: AgentId, keys: &str, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            let tx = &mut change.tx;
            on_tx!(tx, |conn| {
                sqlx::query("UPDATE agents SET public_keys = ? WHERE id = ?")
                    .bind(keys.as_bytes())
                    .bind(agent)
                    .execute(conn)
                    .await
                    .map(drop)
            })?;
            change.commit(agent, 0, audit).await
        })
        .await
    }

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
                change.tx.roll_back().await;
                return Ok(None);
            };
            let (tx, now) = (&mut change.tx, change.now);
            on_tx!(tx, |conn| {
                sqlx::query("INSERT INTO channels (id, name, owner, closed, created_at) VALUES (?, ?, ?, ?, ?)")
                    .bind(id)
                    .bind(name.as_bytes())
                    .bind(owner)
                    .bind(i64::from(closed))
                    .bind(now)
                    .execute(conn)
                    .await
                    .map(drop)
            })?;
            change.subscribe(owner, id, 0).await?;
            change.commit(owner, id, Audit { actor, action: "channel.create", subject: name }).await?;
            Ok(Some(id))
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
            let tx = &mut change.tx;
            // Under the head's lock: what is published later is the member's, what was published before is not.
            let sql =
                sqlx::AssertSqlSafe(format!("SELECT head FROM streams WHERE id = ?{}", tx.dialect().for_update()));
            let head: i64 = on_tx!(tx, |conn| sqlx::query_scalar(sql).bind(stream).fetch_one(conn).await)?;
            let member: Option<i64> = on_tx!(tx, |conn| {
                sqlx::query_scalar("SELECT since FROM subscriptions WHERE agent = ? AND stream = ?")
                    .bind(agent)
                    .bind(stream)
                    .fetch_optional(conn)
                    .await
            })?;
            if member.is_some() {
                change.tx.roll_back().await;
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
            let tx = &mut change.tx;
            let left = on_tx!(tx, |conn| {
                sqlx::query("DELETE FROM subscriptions WHERE agent = ? AND stream = ?")
                    .bind(agent)
                    .bind(stream)
                    .execute(conn)
                    .await
                    .map(|done| done.rows_affected())
            })?;
            if left == 0 {
                change.tx.roll_back().await;
                return Ok(());
            }
            change.commit(agent, stream, audit).await
        })
        .await
    }

    /// The changes after `after`, in order, at most 1,000.
    ///
    /// # Errors
    /// No answer.
    pub async fn changes(&self, after: i64) -> Result<Vec<ChangeRow>> {
        on_read!(&self.pools, |conn| {
            sqlx::query_as("SELECT seq, agent, stream FROM changes WHERE seq > ? ORDER BY seq LIMIT 1000")
                .bind(after)
                .fetch_all(conn)
                .await
        })
    }
}

impl Change {
    async fn has_operator(&mut self) -> Result<bool> {
        let tx = &mut self.tx;
        let operators: i64 = on_tx!(tx, |conn| {
            sqlx::query_scalar("SELECT COUNT(*) FROM agents WHERE role = 1").fetch_one(conn).await
        })?;
        Ok(operators > 0)
    }
}
