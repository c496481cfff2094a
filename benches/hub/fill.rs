//! A database as it would be after many publishes, written by SQL while the hub is stopped: a million of them by the wire
//! would take minutes.

use std::{path::Path, time::SystemTime};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::Outcome;

/// Bytes of data of each item.
pub const DATA_BYTES: i64 = 256;

/// What to write.
pub struct Fill {
    /// Items that stay.
    pub items: i64,
    /// Items, published after those, that expire at `expire_at_ms`.
    pub expiring: i64,
    /// Milliseconds since the epoch.
    pub expire_at_ms: i64,
}

/// Opens the hub's embedded database beside the hub.
pub async fn open(folder: &Path) -> Outcome<SqliteConnection> {
    Ok(SqliteConnectOptions::new().filename(folder.join("hub.db")).connect().await?)
}

/// Milliseconds since the epoch.
pub fn now_ms() -> Outcome<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis())?)
}

/// Items that the sweeper still has to act on by now.
pub async fn due(database: &mut SqliteConnection) -> Outcome<i64> {
    let due = sqlx::query_scalar("SELECT count(*) FROM items WHERE due_at <= ?").bind(now_ms()?);
    Ok(due.fetch_one(database).await?)
}

/// Writes the items, each addressed to one of the agents called `agent0`, `agent1` … in turn, published by `agent0` within
/// the last hours.
pub async fn fill(folder: &Path, fill: &Fill) -> Outcome {
    let mut database = open(folder).await?;
    // `n` is the item; an id is a UUIDv7: time, version, counter, variant, counter.
    let all = fill.items + fill.expiring;
    let Fill { items, expire_at_ms, .. } = fill;
    let first_ms = now_ms()? - 3_600_000;
    let statements = format!(
        "PRAGMA synchronous = OFF;
         BEGIN IMMEDIATE;
         CREATE TEMP TABLE who AS
             SELECT row_number() OVER (ORDER BY id) - 1 AS place, id AS stream
             FROM agents WHERE substr(name, 1, 5) = CAST('agent' AS BLOB);
         CREATE TEMP TABLE published AS
             WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {all})
             SELECT n, {first_ms} + n * 3000000 / {all} AS at, n % (SELECT count(*) FROM who) AS place,
                    n / (SELECT count(*) FROM who) + 1 AS seq
             FROM numbers;
         CREATE TEMP TABLE addressed AS
             SELECT n, at, stream, seq, unhex(printf('%012x7%03x8%015x', at, n % 4096, n)) AS item,
                    CASE WHEN n < {items} THEN {first_ms} + 86400000 * 30 ELSE {expire_at_ms} END AS ends
             FROM published JOIN who USING (place) ORDER BY n;
         INSERT INTO items (id, publisher, size, ttl, one_time, restricted, created_at, expires_at, due_at, gone, erased,
                            addressees, name, data)
             SELECT item, (SELECT stream FROM who WHERE place = 0), {DATA_BYTES}, (ends - at) / 1000, 0, 1, at, ends, ends,
                    0, 0, unhex(printf('%016x%016x', stream, seq)), CAST('item' AS BLOB),
                    CAST(printf('%0{DATA_BYTES}d', n) AS BLOB)
             FROM addressed ORDER BY n;
         INSERT INTO entries (stream, seq, item) SELECT stream, seq, item FROM addressed ORDER BY stream, seq;
         UPDATE streams SET head = (SELECT max(seq) FROM addressed WHERE stream = id) WHERE id IN (SELECT stream FROM who);
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);"
    );
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut database).await?;
    database.close().await?;
    Ok(())
}
