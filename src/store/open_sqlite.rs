//! The embedded database: one file, one hub. WAL with `synchronous=FULL`: what was acknowledged survives a power cut.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{OpenError, Store, pool::Pools};

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Pages of the log beyond which the writer itself finishes a checkpoint between two batches: a passive checkpointer beside a
/// steady writer never bounds the log, because a log starts anew only when a writer finds nothing left to copy.
const WAL_MAX_PAGES: i64 = 64 * 1024 * 1024 / PAGE_BYTES as i64;
const PAGE_BYTES: u32 = 4096;

/// How long a statement waits for a connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
/// Between two passive checkpoints.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(250);

/// The file behind a `sqlite:` URL.
///
/// # Errors
/// Not such a URL, or one for a database in memory, which could not keep what it acknowledges.
pub fn sqlite_path(url: &str) -> Result<PathBuf, OpenError> {
    let path = url.strip_prefix("sqlite:").ok_or_else(|| {
        OpenError(
            "DATABASE_URL must start with sqlite: or mysql:, such as sqlite:hub.db or mysql://user:password@host/name"
                .into(),
        )
    })?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path.contains(":memory:") {
        return Err(OpenError("DATABASE_URL must name a file: a hub in memory would lose what it acknowledged".into()));
    }
    Ok(PathBuf::from(path))
}

/// Holds the database for one hub, until dropped or the process ends in whatever way.
#[derive(Debug)]
pub struct FileLock(#[allow(dead_code, reason = "held, not read")] File);

impl FileLock {
    /// Takes the lock beside the database file.
    ///
    /// # Errors
    /// Another hub holds it, or the folder cannot be written.
    pub fn take(database: &Path) -> Result<Self, OpenError> {
        // Beside the file itself, by whatever name it was reached.
        let database = &std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let path = beside(database, ".lock");
        let file = private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(&path)
            .map_err(|error| OpenError(format!("cannot write {}: {error}", path.display())))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(OpenError(format!("another hub is running on {}, or is still stopping", database.display())))
            }
            Err(TryLockError::Error(error)) => Err(OpenError(format!("cannot lock {}: {error}", path.display()))),
        }
    }
}

/// `hub.db` and `.lock` make `hub.db.lock`.
#[must_use]
pub fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}

/// Only for the user that runs the hub.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

pub(super) async fn open(url: &str) -> Result<Store, OpenError> {
    let path = sqlite_path(url)?;
    let told = |what: &str, error: &dyn std::fmt::Display| OpenError(format!("{what} {}: {error}", path.display()));
    // Made here rather than by SQLite, for its mode; the log and the index beside it take the same.
    private(OpenOptions::new().create(true).truncate(false).write(true))
        .open(&path)
        .map_err(|error| told("cannot write", &error))?;
    let options = SqliteConnectOptions::from_str("sqlite:")
        .map_err(|error| told("cannot open", &error))?
        .filename(&path)
        .page_size(PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(4))
        .statement_cache_capacity(64)
        .pragma("wal_autocheckpoint", "0")
        .pragma("journal_size_limit", "134217728")
        .pragma("cache_size", "-16384");
    let pool = |connections| {
        SqlitePoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_LIMIT).test_before_acquire(false)
    };
    let write = pool(1).connect_with(options.clone()).await.map_err(|error| told("cannot open", &error))?;
    migrate(&write).await.map_err(|error| told("cannot migrate", &error))?;
    let read = pool(4).connect_with(options.clone()).await.map_err(|error| told("cannot open", &error))?;
    let wal = Arc::new(AtomicBool::new(false));
    tokio::spawn(checkpoint(pool(1).connect_lazy_with(options), write.clone(), wal.clone()));
    Ok(Store::new(Pools::Sqlite { read, write }, Some(wal), 4 * 1024 * 1024))
}

/// A command beside a starting hub may migrate at the same time; every step can be run again.
async fn migrate(pool: &SqlitePool) -> Result<(), sqlx::migrate::MigrateError> {
    let mut tries = 0;
    loop {
        match MIGRATIONS.run(pool).await {
            Err(sqlx::migrate::MigrateError::Execute(_) | sqlx::migrate::MigrateError::ExecuteMigration(..))
                if tries < 20 =>
            {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            done => return done,
        }
    }
}

/// Copies the log into the database file, now and then, beside the writer, until the store is closed; says when the log is too
/// long.
async fn checkpoint(own: SqlitePool, write: SqlitePool, long_wal: Arc<AtomicBool>) {
    let mut ticks = tokio::time::interval(CHECKPOINT_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !write.is_closed() {
        ticks.tick().await;
        let done: sqlx::Result<(i64, i64, i64)> =
            sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&own).await;
        match done {
            Ok((_, pages, _)) => long_wal.store(pages > WAL_MAX_PAGES, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "a checkpoint failed"),
        }
    }
    own.close().await;
}

impl Store {
    /// Starts the write-ahead log anew when it has grown too long. For the writer, between two batches. The file keeps its size:
    /// writing over it is cheaper than letting it grow again.
    pub async fn bound_wal(&self) {
        let (Some(long_wal), Pools::Sqlite { write, .. }) = (&self.long_wal, &self.pools) else { return };
        if long_wal.swap(false, Ordering::Relaxed)
            && let Err(error) = sqlx::query("PRAGMA wal_checkpoint(RESTART)").execute(write).await
        {
            tracing::warn!(%error, "a checkpoint failed");
        }
    }
}
