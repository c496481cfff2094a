//! MySQL 8 or MariaDB from 10.6. Each connection is put into the modes that the hub relies on; at start they are checked, and
//! so is the schema: a database that would truncate, fold or forget is refused.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Connection, Executor, MySqlConnection, MySqlPool, Row,
    migrate::{MigrateError, Migrator},
    mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlPoolOptions},
};

use super::{
    OpenError, Store,
    pool::{Pools, limited},
};
use crate::clock;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/mysql");

/// Run on each new connection. The lock wait is short: who waits longer than this is better put aside.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', \
    SESSION innodb_lock_wait_timeout = 1, SESSION autocommit = 1; \
    SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/// Whoever gave a read up, or was waited for too long, must not leave it running (MariaDB, then MySQL).
pub(super) const READ_SESSION: &str = "SET SESSION autocommit = 1 /*M! , SESSION max_statement_time = 8 */ \
    /*!50708 , SESSION max_execution_time = 8000 */";

/// A hub that is frozen within a transaction must not hold its locks for the others: MariaDB ends such a transaction, MySQL
/// only the connection.
const WRITE_SESSION: &str = "SET SESSION autocommit = 1 /*M! , SESSION idle_transaction_timeout = 5 */ \
    /*!80000 , SESSION wait_timeout = 20 */";

const READERS: u32 = 16;
const WRITERS: u32 = 4;

pub(super) async fn open(url: &str, data_max_bytes: u64) -> Result<Store, OpenError> {
    let options = options(url)?;
    let read = pool(&options, READERS, READ_SESSION).await?;
    let write = pool(&options, WRITERS, WRITE_SESSION).await?;
    migrate(&options).await?;
    check_version(&read).await?;
    check_modes(&read).await?;
    check_schema(&read).await?;
    let packet = check_packet(&read, data_max_bytes).await?;
    Ok(Store::new(Pools::MySql { read, write }, None, packet / 4))
}

pub(super) fn options(url: &str) -> Result<MySqlConnectOptions, OpenError> {
    let options = MySqlConnectOptions::from_str(url)
        .map_err(|error| OpenError(format!("DATABASE_URL cannot be read: {error}")))?;
    Ok(options
        .charset("utf8mb4")
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .statement_cache_capacity(256))
}

/// A pool whose connections are put into the hub's modes, and then run `more`.
pub(super) async fn pool(
    options: &MySqlConnectOptions,
    connections: u32,
    more: &'static str,
) -> Result<MySqlPool, OpenError> {
    MySqlPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .after_connect(move |conn, _| {
            Box::pin(async move {
                conn.execute(sqlx::raw_sql(SESSION)).await?;
                conn.execute(sqlx::raw_sql(more)).await?;
                Ok(())
            })
        })
        // A connection that has rested may have been cut meanwhile; a busy one would have noticed.
        .before_acquire(|conn, rest| {
            Box::pin(async move {
                if rest.idle_for < Duration::from_secs(1) {
                    return Ok(true);
                }
                let ping = tokio::time::timeout(Duration::from_secs(1), sqlx::Connection::ping(conn)).await;
                Ok(matches!(ping, Ok(Ok(()))))
            })
        })
        .connect_with(options.clone())
        .await
        .map_err(|error| OpenError(format!("cannot reach the database: {error}")))
}

/// sqlx takes a server-side lock around this, so that nodes do not race; it goes with the connection, however this ends. A
/// connection of its own: a migration may take its time.
async fn migrate(options: &MySqlConnectOptions) -> Result<(), OpenError> {
    let mut conn = MySqlConnection::connect_with(options).await.map_err(unanswered)?;
    conn.execute(sqlx::raw_sql(SESSION)).await.map_err(unanswered)?;
    let ran = run_migrations(&mut conn).await;
    drop(conn.close().await);
    ran.map_err(|error| OpenError(format!("cannot migrate the database: {error}")))
}

/// DDL is not transactional: a migration cut short stays marked as dirty. Every file is one statement: its mark is taken away and
/// the step repeated; a column or an index that is there already was what it had to add, an index that is not what it had to take away.
async fn run_migrations(conn: &mut MySqlConnection) -> Result<(), MigrateError> {
    let mut ran = MIGRATIONS.run(&mut *conn).await;
    // No step is repeated more than once.
    for _ in MIGRATIONS.iter() {
        let mend = match &ran {
            Err(MigrateError::Dirty(version)) => {
                tracing::warn!(version, "a migration was cut short; running it again");
                "DELETE FROM _sqlx_migrations WHERE success = FALSE"
            }
            Err(MigrateError::ExecuteMigration(error, _)) if is_done_already(error) => {
                "UPDATE _sqlx_migrations SET success = TRUE WHERE success = FALSE"
            }
            _ => break,
        };
        sqlx::query(mend).execute(&mut *conn).await?;
        ran = MIGRATIONS.run(&mut *conn).await;
    }
    ran
}

fn is_done_already(error: &sqlx::Error) -> bool {
    const DUPLICATE_COLUMN: u16 = 1060;
    const DUPLICATE_INDEX: u16 = 1061;
    const NO_SUCH_INDEX: u16 = 1091;
    let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    error.is_some_and(|error| matches!(error.number(), DUPLICATE_COLUMN | DUPLICATE_INDEX | NO_SUCH_INDEX))
}

/// Milliseconds by which the database's clock is ahead of this machine's.
pub(super) async fn clock_offset_ms(pool: &MySqlPool) -> super::Result<i64> {
    let asked = clock::now_ms();
    let theirs: i64 =
        limited(sqlx::query_scalar("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)").fetch_one(pool)).await?;
    let answered = clock::now_ms();
    Ok(theirs - asked.midpoint(answered))
}

fn refused(what: impl Into<String>) -> OpenError {
    OpenError(what.into())
}

fn unanswered(error: sqlx::Error) -> OpenError {
    OpenError(format!("cannot check the database: {error}"))
}

/// `SKIP LOCKED` came with MySQL 8.0.1 and MariaDB 10.6.
pub(super) async fn check_version(pool: &MySqlPool) -> Result<(), OpenError> {
    let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(pool).await.map_err(unanswered)?;
    let least = if version.contains("MariaDB") { (10, 6) } else { (8, 0) };
    let mut parts = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u32>().unwrap_or(0));
    let have = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if have < least {
        return Err(refused(format!("the database is {version}; agent-hub needs MySQL 8 or MariaDB 10.6")));
    }
    Ok(())
}

pub(super) async fn check_modes(pool: &MySqlPool) -> Result<(), OpenError> {
    let rows = sqlx::query(
        "SHOW VARIABLES WHERE Variable_name IN ('sql_mode', 'tx_isolation', 'transaction_isolation', 'innodb_flush_log_at_trx_commit', 'read_only')",
    )
    .fetch_all(pool)
    .await
    .map_err(unanswered)?;
    for row in rows {
        let (name, value): (String, String) = (row.get(0), row.get(1));
        match name.as_str() {
            "sql_mode" if !value.contains("STRICT_ALL_TABLES") => {
                return Err(refused("the database does not keep a strict sql_mode: it would truncate silently"));
            }
            "tx_isolation" | "transaction_isolation" if value != "READ-COMMITTED" => {
                return Err(refused("the database does not keep READ COMMITTED for this connection"));
            }
            "innodb_flush_log_at_trx_commit" if value != "1" => {
                tracing::warn!(
                    value,
                    "innodb_flush_log_at_trx_commit is not 1: a power cut may lose what was acknowledged"
                );
            }
            _ => {}
        }
    }
    Ok(())
}

/// Every table in `InnoDB`, no column with a collation: a collation folds case and pads spaces.
pub(super) async fn check_schema(pool: &MySqlPool) -> Result<(), OpenError> {
    let ours = "('settings','streams','agents','api_keys','channels','subscriptions','items','entries','item_reads','idempotency','changes','audit_log')";
    let sql = format!(
        "SELECT (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN {ours} AND engine <> 'InnoDB'), \
         (SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name IN {ours} AND collation_name IS NOT NULL)"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(pool).await.map_err(unanswered)?;
    let (engine, collation): (i64, i64) = (row.get(0), row.get(1));
    if engine > 0 {
        return Err(refused("a table of the hub is not InnoDB: it could not be written in a transaction"));
    }
    if collation > 0 {
        return Err(refused("a column of the hub has a collation: names must be compared byte by byte"));
    }
    Ok(())
}

/// The largest item must fit into one packet, with room around it.
async fn check_packet(pool: &MySqlPool, data_max_bytes: u64) -> Result<usize, OpenError> {
    let packet: i64 =
        sqlx::query_scalar("SELECT CAST(@@max_allowed_packet AS SIGNED)").fetch_one(pool).await.map_err(unanswered)?;
    let packet = u64::try_from(packet).unwrap_or(0);
    if packet < data_max_bytes + 64 * 1024 {
        return Err(refused(format!(
            "max_allowed_packet of the database is {packet} bytes, too little for --data-max-bytes {data_max_bytes}: raise the one to {} or lower the other",
            data_max_bytes + 64 * 1024
        )));
    }
    Ok(usize::try_from(packet).unwrap_or(usize::MAX).min(16 * 1024 * 1024))
}
