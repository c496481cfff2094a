//! Two databases, one body for each query: [`on_read!`] and [`on_tx!`] expand an expression once for each of the two native
//! sqlx connections, so that types stay exact and nothing is written twice.

use std::time::Duration;

use sqlx::{MySql, MySqlPool, Sqlite, SqlitePool, pool::PoolConnection};

use super::fault::{Fault, FaultKind, Result};

/// Longest wait for one read, one transaction's statements, or one COMMIT. Beyond it the connection is dropped.
pub const STATEMENT_LIMIT: Duration = Duration::from_secs(5);

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
            let mut held = $pool.acquire().await.map_err($crate::store::fault::Fault::from)?;
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
    ($tx:expr, |$conn:ident| $body:expr) => {{
        let answer = match $tx.connection() {
            $crate::store::pool::TxConnection::Sqlite(held) => {
                let $conn = &mut **held;
                $body
            }
            $crate::store::pool::TxConnection::MySql(held) => {
                let $conn = &mut **held;
                $body
            }
        };
        answer.map_err($crate::store::fault::Fault::from)
    }};
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
    open: bool,
}

impl WriteTx {
    /// Begins: `BEGIN IMMEDIATE` on SQLite, where a deferred one fails at its first write however long it may wait.
    ///
    /// # Errors
    /// No connection, or none in time.
    pub async fn begin(pools: &Pools) -> Result<Self> {
        let connection = match pools {
            Pools::Sqlite { write, .. } => TxConnection::Sqlite(write.acquire().await?),
            Pools::MySql { write, .. } => TxConnection::MySql(write.acquire().await?),
        };
        let mut tx = Self { connection, open: true };
        limited(async {
            match &mut tx.connection {
                TxConnection::Sqlite(held) => sqlx::query("BEGIN IMMEDIATE").execute(&mut **held).await.map(drop),
                TxConnection::MySql(held) => sqlx::raw_sql("START TRANSACTION").execute(&mut **held).await.map(drop),
            }
        })
        .await?;
        Ok(tx)
    }

    pub(crate) fn connection(&mut self) -> &mut TxConnection {
        &mut self.connection
    }

    /// Whether statements go to MySQL; for [`super::dialect`] alone.
    pub(crate) fn is_mysql(&self) -> bool {
        matches!(self.connection, TxConnection::MySql(_))
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
        self.open = ended.is_err();
        ended
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if self.open {
            match &mut self.connection {
                TxConnection::Sqlite(held) => held.close_on_drop(),
                TxConnection::MySql(held) => held.close_on_drop(),
            }
        }
    }
}
