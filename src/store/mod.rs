//! What lasts. One [`Store`] over two native pools; the dialects stand side by side in [`dialect`], and each query has one
//! body for both databases ([`pool`]).
//!
//! - [`open_sqlite`], [`open_mysql`], [`settings`]: connect, check, migrate; who this hub is;
//! - [`batch`]: the writer's transaction, in the one order that keeps cursors safe;
//! - [`change`]: transactions that change agents, keys, channels and memberships, each an entry of the control stream;
//! - [`agents`], [`channels`], [`subscriptions`], [`items`], [`entries`]: lookups, by primary keys alone;
//! - [`overview`], [`audit`]: what operators look at;
//! - [`sweep`], [`backup`], [`examine`]: erasing what is due, copying a running database, and looking at one.

pub mod agents;
pub mod audit;
pub mod backup;
pub mod batch;
pub mod change;
pub mod channels;
mod claims;
mod dialect;
pub mod entries;
pub mod examine;
pub mod fault;
mod heads;
mod idempotency;
pub mod items;
mod open_mysql;
mod open_sqlite;
pub mod overview;
pub(crate) mod pool;
mod script;
pub mod settings;
pub mod subscriptions;
pub mod sweep;

use std::sync::{Arc, atomic::AtomicBool};

use pool::Pools;
use tokio::sync::Semaphore;
pub use {
    fault::{Fault, FaultKind, Result},
    open_sqlite::{FileLock, beside, sqlite_path},
    settings::Settings,
};

/// Id of a stream. An agent's own stream has the agent's id, a channel's stream the channel's.
pub type StreamId = i64;
/// Id of an agent.
pub type AgentId = i64;
/// Id of an item: a UUIDv7.
pub type ItemId = [u8; 16];

/// The control stream: every change of an agent, key, role or membership is an entry of it.
pub const CONTROL: StreamId = 1;

/// The database, open and migrated.
#[derive(Debug, Clone)]
pub struct Store {
    pools: Pools,
    /// The embedded database's write-ahead log is too long.
    long_wal: Option<Arc<AtomicBool>>,
    /// Most bytes of data in one statement.
    statement_bytes: usize,
    /// One change at a time.
    changing: Arc<Semaphore>,
}

/// Why a database cannot be used: one sentence for the person who starts the hub.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);

impl Store {
    fn new(pools: Pools, long_wal: Option<Arc<AtomicBool>>, statement_bytes: usize) -> Self {
        Self { pools, long_wal, statement_bytes, changing: Arc::new(Semaphore::new(1)) }
    }

    /// Opens the database at `url`, creates an embedded one that is missing, and brings its schema up to date.
    /// `data_max_bytes` is checked against what the database takes in one packet.
    ///
    /// # Errors
    /// [`OpenError`]: unreachable, of a kind or in a mode that the hub cannot work with, or of a newer schema.
    pub async fn open(url: &str, data_max_bytes: u64) -> std::result::Result<Self, OpenError> {
        if url.starts_with("mysql:") || url.starts_with("mariadb:") {
            open_mysql::open(url, data_max_bytes).await
        } else {
            open_sqlite::open(url).await
        }
    }

    /// What it is: `sqlite` or `mysql`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.is_shared() { "mysql" } else { "sqlite" }
    }

    /// Whether several hubs may share this database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.pools, Pools::MySql { .. })
    }

    /// Closes every connection. Safe to call twice.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::MySql { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }

    /// Milliseconds by which the database's clock is ahead of this machine's; 0 for an embedded one.
    ///
    /// # Errors
    /// No answer.
    pub async fn clock_offset_ms(&self) -> Result<i64> {
        match &self.pools {
            Pools::Sqlite { .. } => Ok(0),
            Pools::MySql { read, .. } => open_mysql::clock_offset_ms(read).await,
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<()> {
        pool::on_read!(&self.pools, |conn| {
            sqlx::query_scalar::<_, i64>("SELECT head FROM streams WHERE id = 1").fetch_one(conn).await
        })
        .map(drop)
    }
}
