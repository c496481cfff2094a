//! Changes of agents, keys, channels and memberships. Each is a transaction that holds the control stream's head, so that all
//! changes, by whatever node or command, have one order; every node reads them in that order.
//!
//! - here: a change under way, its entry in the control stream and the audit log;
//! - [`agents`]: agents and their keys; [`channels`]: channels and memberships; [`audit`]: the log.

mod agents;
mod audit;
mod channels;

use std::time::{Duration, Instant};

use sqlx::FromRow;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    AgentId, CONTROL, Store, StreamId,
    dialect::made,
    fault::{FaultKind, Result},
    pool::{WriteTx, on_read, on_tx},
    script::{Value, bind},
    settings::draw_epoch,
};

/// Who changes what, for the audit log.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// Who: an agent's name, or what no agent can be called: `$command-line`, `$first-start`.
    pub actor: &'a str,
    /// A dotted verb such as `agent.disable`.
    pub action: &'static str,
    /// Upon whom.
    pub subject: &'a str,
    /// More of it: a role, a member.
    pub detail: &'a str,
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

impl Store {
    /// Changes go one after the other anyway: those that wait for the control stream's head must not hold the connections that
    /// the writer needs, nor stand before it in the queue for the only one.
    async fn take_turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = tokio::time::timeout(TRY_FOR, self.changing.clone().acquire_owned()).await;
        turn.ok().and_then(std::result::Result::ok).ok_or_else(|| super::Fault::of(FaultKind::Conflict))
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

    /// Draws a new epoch, for a database that was restored. No hub may be running on it.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn new_epoch(&self, actor: &str) -> Result<String> {
        self.settings().await?;
        again(|| async {
            let mut change = Change::begin(self).await?;
            let epoch = draw_epoch(&mut change.tx).await?;
            change.log(Audit { actor, action: "hub.epoch", subject: "", detail: &epoch }).await?;
            change.tx.commit().await?;
            Ok(epoch)
        })
        .await
    }
}

/// How long a change waits for its turn, and is tried again.
const TRY_FOR: Duration = Duration::from_secs(3);

/// A change under way.
struct Change {
    tx: WriteTx,
    _turn: OwnedSemaphorePermit,
    now: i64,
    /// Its number in the control stream.
    seq: i64,
}

impl Change {
    /// Begins, and takes the control stream's head.
    async fn begin(store: &Store) -> Result<Self> {
        let turn = store.take_turn().await?;
        let tx = WriteTx::begin(&store.pools).await?;
        let mut change = Self { tx, _turn: turn, now: crate::clock::now_ms(), seq: 0 };
        change.seq = change.lock_head(CONTROL).await? + 1;
        Ok(change)
    }

    /// The head of a stream, held to the commit.
    async fn lock_head(&mut self, stream: StreamId) -> Result<i64> {
        let sql = format!("SELECT head FROM streams WHERE id = ?{}", self.tx.dialect().for_update());
        let head = self.number(&sql, [stream.into()]).await?;
        head.ok_or_else(|| super::Fault::of(FaultKind::Other))
    }

    /// Runs a statement; how many rows it changed.
    async fn run<'a, const N: usize>(&mut self, sql: &'static str, values: [Value<'a>; N]) -> Result<u64> {
        let (tx, values) = (&mut self.tx, values.to_vec());
        on_tx!(tx, |conn| bind(sqlx::query(sql), values).execute(conn).await.map(|done| done.rows_affected()))
    }

    /// The one number that a query finds, if any.
    async fn number<'a, const N: usize>(&mut self, sql: &str, values: [Value<'a>; N]) -> Result<Option<i64>> {
        let (tx, values) = (&mut self.tx, values.to_vec());
        on_tx!(tx, |conn| {
            let row = bind(sqlx::query(made(sql)), values).fetch_optional(conn).await;
            row.and_then(|row| row.map(|row| sqlx::Row::try_get(&row, 0)).transpose())
        })
    }

    /// Makes the stream of a new address; `None` if there is one.
    async fn new_stream(&mut self, address: &str) -> Result<Option<StreamId>> {
        let taken = self.number("SELECT id FROM streams WHERE address = ?", [address.into()]).await?;
        if taken.is_some() {
            return Ok(None);
        }
        // Drawn under the control stream's head: no other change draws at the same time.
        let id = self.number("SELECT MAX(id) + 1 FROM streams", []).await?.unwrap_or(CONTROL + 1);
        self.run("INSERT INTO streams (id, address, head) VALUES (?, ?, 0)", [id.into(), address.into()]).await?;
        Ok(Some(id))
    }

    async fn subscribe(&mut self, agent: AgentId, stream: StreamId, since: i64) -> Result<()> {
        let sql = "INSERT INTO subscriptions (agent, stream, since, acked) VALUES (?, ?, ?, ?)";
        self.run(sql, [agent, stream, since, since].map(Value::from)).await.map(drop)
    }

    /// Numbers the change, writes the audit log, and commits.
    async fn commit(mut self, agent: AgentId, stream: StreamId, audit: Audit<'_>) -> Result<()> {
        let (now, seq) = (self.now, self.seq);
        self.run("UPDATE streams SET head = ? WHERE id = ?", [seq, CONTROL].map(Value::from)).await?;
        let sql = "INSERT INTO changes (seq, agent, stream, at) VALUES (?, ?, ?, ?)";
        self.run(sql, [seq, agent, stream, now].map(Value::from)).await?;
        self.log(audit).await?;
        self.tx.commit().await
    }

    /// Leaves everything as it was.
    async fn give_up(self) {
        self.tx.roll_back().await;
    }
}

/// Runs a change again when it lost a race for a lock, or its connection before COMMIT was sent.
async fn again<T, F: Future<Output = Result<T>>>(change: impl Fn() -> F) -> Result<T> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        match change().await {
            Err(fault)
                if matches!(fault.kind, FaultKind::Conflict | FaultKind::Lost | FaultKind::Away)
                    && begun.elapsed() < TRY_FOR =>
            {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(200));
            }
            done => return done,
        }
    }
}
