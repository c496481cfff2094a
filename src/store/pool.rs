//! Two databases, one body for each query: [`on_read!`] and [`on_tx!`] expand an expression once for each of the two native
//! sqlx connections, so that types stay exact and nothing is written twice.

use std::time::Duration;

use sqlx::{MySql, MySqlPool, Sqlite, SqlitePool, pool::PoolConnection};

use super::{
    dialect::Dialect,
    fault::{Fault, FaultKind, Result},
    script::{Script, bind},
};

/// Longest wait for one read, one transaction's statements, or one COMMIT. Beyond it the connection is dropped.
pub const STATEMENT_LIMIT: Duration = Duration::from_secs(5);

/// Statements in a script that stays prepared.
const KEPT_STATEMENTS: usize = 8;

/// How long a read is tried again on another connection when its own turns out to be cut.
pub const REREAD_FOR: Duration = Duration::from_millis(500);

/// The connections of a store. Reads and writes have pools of their own, so that neither starves the other.
#[derive(Debug, Clone)]
pub enum Pools {
    /// The embedded database: one writer, a few readers.
    Sqlite {
        /// For reads.
        read: SqlitePool,
        /// One connection.
        write: SqlitePool,
    },
    /// MySQL or MariaDB.
    MySql {
        /// For reads.
        read: MySqlPool,
        /// For transactions.
        write: MySqlPool,
    },
}

/// Runs a read: `on_read!(store, |conn| query(…).fetch_one(conn).await?)`. The body is one expression that ends in a
/// `sqlx::Result`; a connection that did not answer in time, or was lost, is not used again.
macro_rules! on_read {
    ($pools:expr, |$conn:ident| $body:expr) => {
        match $pools {
            $crate::store::pool::Pools::Sqlite { read, .. } => $crate::store::pool::on_read!(@arm read, $conn, $body),
            $crate::store::pool::Pools::MySql { read, .. } => $crate::store::pool::on_read!(@arm read, $conn, $body),
        }
    };
    (@arm $pool:ident, $conn:ident, $body:expr) => {{
        let started = std::time::Instant::now();
        loop {
            let mut held = $pool.acquire().await.map_err($crate::store::fault::Fault::away)?;
            let read = async {
                let $conn = &mut *held;
                $body
            };
            let result = $crate::store::pool::limited(read).await;
            if result.as_ref().is_err_and($crate::store::fault::Fault::is_lost) {
                held.close_on_drop();
                // Every connection of the pool may have been cut at once: each is noticed in no time.
                if started.elapsed() < $crate::store::pool::REREAD_FOR {
                    continue;
                }
            }
            break result;
        }
    }};
}
pub(crate) use on_read;

/// Runs a statement of a transaction: `on_tx!(tx, |conn| query(…).execute(conn).await)`.
macro_rules! on_tx {
    ($tx:expr, |$conn:ident| $body:expr) => {
        match $tx.connection() {
            $crate::store::pool::TxConnection::Sqlite(held) => {
                let $conn = &mut **held;
                $crate::store::pool::limited(async { $body }).await
            }
            $crate::store::pool::TxConnection::MySql(held) => {
                let $conn = &mut **held;
                $crate::store::pool::limited(async { $body }).await
            }
        }
    };
}
pub(crate) use on_tx;

/// Awaits a database's answer, but not for ever.
pub(crate) async fn limited<T>(answer: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match tokio::time::timeout(STATEMENT_LIMIT, answer).await {
        Ok(answer) => answer.map_err(Fault::from),
        Err(_) => Err(Fault::of(FaultKind::Lost)),
    }
}

/// The connection that a transaction holds.
#[derive(Debug)]
pub enum TxConnection {
    /// The one writer.
    Sqlite(PoolConnection<Sqlite>),
    /// One of a few.
    MySql(PoolConnection<MySql>),
}

/// A transaction. Dropped before its end, its connection is closed: the database then rolls back by itself, and no
/// half-finished transaction ever goes back to the pool.
#[derive(Debug)]
pub struct WriteTx {
    connection: TxConnection,
    state: TxState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TxState {
    /// `BEGIN` goes with the next statement.
    Opening,
    Open,
    Ended,
}

impl WriteTx {
    /// Begins.
    ///
    /// # Errors
    /// No connection, or none in time.
    pub async fn begin(pools: &Pools) -> Result<Self> {
        let mut tx = Self::open(pools).await?;
        tx.begin_now().await?;
        Ok(tx)
    }

    /// Takes a connection, and begins with the first statement that is ready to ([`WriteTx::opening`]): on the embedded
    /// database each statement is a trip to another thread and back, which costs more than the statement.
    ///
    /// # Errors
    /// No connection, or none in time.
    pub async fn open(pools: &Pools) -> Result<Self> {
        let connection = match pools {
            Pools::Sqlite { write, .. } => TxConnection::Sqlite(write.acquire().await.map_err(Fault::away)?),
            Pools::MySql { write, .. } => TxConnection::MySql(write.acquire().await.map_err(Fault::away)?),
        };
        let mut tx = Self { connection, state: TxState::Opening };
        if tx.dialect() == Dialect::MySql {
            tx.begin_now().await?;
        }
        Ok(tx)
    }

    /// Begins, unless that is done: `BEGIN IMMEDIATE` on SQLite, where a deferred one fails at its first write however long
    /// it may wait.
    ///
    /// # Errors
    /// No answer in time.
    pub async fn begin_now(&mut self) -> Result<()> {
        if self.state != TxState::Opening {
            return Ok(());
        }
        self.state = TxState::Open;
        limited(async {
            match &mut self.connection {
                TxConnection::Sqlite(held) => sqlx::query("BEGIN IMMEDIATE").execute(&mut **held).await.map(drop),
                TxConnection::MySql(held) => sqlx::raw_sql("START TRANSACTION").execute(&mut **held).await.map(drop),
            }
        })
        .await
    }

    /// What the next statement has to begin with, so that it begins the transaction; nothing once that is done.
    pub(crate) fn opening(&mut self) -> &'static str {
        match std::mem::replace(&mut self.state, TxState::Open) {
            TxState::Opening => "BEGIN IMMEDIATE; ",
            _ => "",
        }
    }

    pub(crate) fn connection(&mut self) -> &mut TxConnection {
        &mut self.connection
    }

    /// How to speak to this database.
    pub(crate) fn dialect(&self) -> Dialect {
        match self.connection {
            TxConnection::Sqlite(_) => Dialect::Sqlite,
            TxConnection::MySql(_) => Dialect::MySql,
        }
    }

    /// Runs `script` and commits; on the embedded database in one trip.
    ///
    /// # Errors
    /// As [`WriteTx::commit`].
    pub(super) async fn finish(mut self, script: Script<'_>) -> Result<()> {
        let opening = self.opening();
        match &mut self.connection {
            TxConnection::Sqlite(held) => {
                // A long text is one of very many: to keep it prepared would cost more memory than it saves time.
                let is_kept = script.len() <= KEPT_STATEMENTS;
                let (sql, values) = script.joined(opening, "COMMIT");
                let query = bind(sqlx::query(sql), values).persistent(is_kept);
                let ran = limited(query.execute(&mut **held)).await;
                self.settle(ran.map(drop).map_err(Fault::at_commit)).await
            }
            TxConnection::MySql(held) => {
                for (sql, values) in script.singly() {
                    let ran = limited(bind(sqlx::query(sql), values).execute(&mut **held)).await;
                    if let Err(fault) = ran {
                        return self.settle(Err(fault)).await;
                    }
                }
                self.commit().await
            }
        }
    }

    /// Ends a transaction whose statements have run, and rolls back what was refused.
    async fn settle(mut self, ran: Result<()>) -> Result<()> {
        match &ran {
            Ok(()) => self.state = TxState::Ended,
            Err(fault) if fault.is_lost() => {}
            Err(_) => self.roll_back().await,
        }
        ran
    }

    /// Commits.
    ///
    /// # Errors
    /// A fault whose kind says whether the outcome is known, see [`Fault::at_commit`].
    pub async fn commit(self) -> Result<()> {
        self.end("COMMIT").await.map_err(Fault::at_commit)
    }

    /// Rolls back, so that the connection can be used again at once.
    pub async fn roll_back(self) {
        if let Err(fault) = self.end("ROLLBACK").await {
            tracing::debug!(%fault, "a rollback failed; its connection is closed");
        }
    }

    async fn end(mut self, statement: &'static str) -> Result<()> {
        let ended = limited(async {
            match &mut self.connection {
                TxConnection::Sqlite(held) => sqlx::query(statement).execute(&mut **held).await.map(drop),
                TxConnection::MySql(held) => sqlx::raw_sql(statement).execute(&mut **held).await.map(drop),
            }
        })
        .await;
        if ended.is_ok() {
            self.state = TxState::Ended;
        }
        ended
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if self.state == TxState::Open {
            match &mut self.connection {
                TxConnection::Sqlite(held) => held.close_on_drop(),
                TxConnection::MySql(held) => held.close_on_drop(),
            }
        }
    }
}
