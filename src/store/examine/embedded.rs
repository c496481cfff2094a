//! The embedded database: opened for reading alone.

use std::{path::Path, time::Duration};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Finding, compare_schemas, epoch};
use crate::store::{
    open_sqlite::{MIGRATIONS, beside},
    settings::{COPY_MARK, EPOCH},
};

/// How long every page may be looked at.
const QUICK_CHECK: Duration = Duration::from_secs(120);
/// A write-ahead log that is longer than the hub lets it grow, with room.
const WAL_LONG: u64 = 256 * 1024 * 1024;

pub(super) async fn examine(file: &Path) -> Vec<Finding> {
    let wal = std::fs::metadata(beside(file, "-wal")).ok().map(|wal| wal.len());
    // Without a log nobody writes, and what nobody writes can be read without the files that readers share.
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false).read_only(true);
    let mut conn = match SqliteConnection::connect_with(&options.immutable(wal.is_none())).await {
        Ok(conn) => conn,
        Err(error) => {
            return vec![Finding::fail("database", format!("{} cannot be read: {error}", file.display()))];
        }
    };
    let mut findings = match journal(&mut conn, file).await {
        Ok(finding) => vec![finding],
        Err(error) => {
            let told = format!("{} is no database of SQLite, or a damaged one: {error}", file.display());
            return vec![Finding::fail("database", told)];
        }
    };
    findings.push(wal_size(wal.unwrap_or_default()));
    findings.push(integrity(&mut conn).await);
    findings.push(schema(&mut conn).await);
    findings.push(mark(&mut conn).await);
    drop(conn.close().await);
    findings
}

async fn journal(conn: &mut SqliteConnection, file: &Path) -> sqlx::Result<Finding> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *conn).await?;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *conn).await?;
    Ok(match mode.as_str() {
        // As a copy has it that was made by other means, until its first start.
        "wal" | "delete" => Finding::ok("database", format!("SQLite {version}, {} (journal {mode})", file.display())),
        other => Finding::warn("database", format!("its journal is in mode {other}; the next start puts it to wal")),
    })
}

fn wal_size(bytes: u64) -> Finding {
    let mib = bytes / (1024 * 1024);
    if bytes > WAL_LONG {
        let told = format!(
            "the write-ahead log has {mib} MiB: something has read for a long time, or the hub was killed; its next start shortens it"
        );
        return Finding::warn("wal", told);
    }
    Finding::ok("wal", format!("the write-ahead log has {mib} MiB"))
}

async fn integrity(conn: &mut SqliteConnection) -> Finding {
    const CHECK: &str = "integrity";
    let check = sqlx::query_scalar::<_, String>("PRAGMA quick_check(1)").fetch_one(conn);
    match tokio::time::timeout(QUICK_CHECK, check).await {
        Ok(Ok(found)) if found == "ok" => Finding::ok(CHECK, "every page is sound"),
        Ok(Ok(found)) => Finding::fail(CHECK, format!("the database is damaged ({found}): restore a backup")),
        Ok(Err(error)) => Finding::fail(CHECK, format!("the database is damaged ({error}): restore a backup")),
        Err(_) => Finding::warn(CHECK, format!("not looked through within {} s", QUICK_CHECK.as_secs())),
    }
}

async fn schema(conn: &mut SqliteConnection) -> Finding {
    let applied: sqlx::Result<Vec<(i64, bool)>> =
        sqlx::query_as("SELECT version, success FROM _sqlx_migrations").fetch_all(conn).await;
    // Without that table there are no others.
    compare_schemas(&applied.unwrap_or_default(), &MIGRATIONS)
}

async fn mark(conn: &mut SqliteConnection) -> Finding {
    let rows: sqlx::Result<Vec<(Vec<u8>, Vec<u8>)>> =
        sqlx::query_as("SELECT name, value FROM settings").fetch_all(conn).await;
    let rows = rows.unwrap_or_default();
    let find = |name: &[u8]| rows.iter().find(|row| row.0 == name).map(|row| &row.1[..]);
    epoch(find(EPOCH), find(COPY_MARK).is_some())
}
