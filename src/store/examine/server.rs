//! MySQL or MariaDB, over one connection that has the modes that a hub puts its own into.

use sqlx::MySqlPool;

use super::{Finding, compare_schemas, epoch};
use crate::store::{
    OpenError,
    open_mysql::{self, MIGRATIONS},
    settings::{COPY_MARK, EPOCH},
};

/// Below this packet many publishes need several statements.
const PACKET_GOOD: u64 = 16 * 1024 * 1024;
/// What a hub opens at most, and some for those who look after the server.
const CONNECTIONS_GOOD: u64 = 30;
/// From here on clocks are too far apart; the hub is not ready and does not sweep.
const CLOCK_LIMIT_MS: u64 = 5_000;

pub(super) async fn examine(url: &str, data_max_bytes: u64) -> Vec<Finding> {
    let opened = async { open_mysql::pool(&open_mysql::options(url)?, 1, open_mysql::READ_SESSION).await }.await;
    let pool = match opened {
        Ok(pool) => pool,
        Err(error) => return vec![Finding::fail("database", hint(&error))],
    };
    let mut findings = vec![version(&pool).await];
    findings.push(judge("modes", "strict sql_mode, READ COMMITTED and utf8mb4 are kept", modes(&pool).await));
    findings.push(judge("tables", "InnoDB, names compared byte by byte", open_mysql::check_schema(&pool).await));
    findings.extend(variables(&pool, data_max_bytes).await);
    findings.push(clock(&pool).await);
    findings.push(schema(&pool).await);
    findings.push(mark(&pool).await);
    pool.close().await;
    findings
}

fn hint(error: &OpenError) -> String {
    let missing = if error.0.contains("1049") { "; make it: CREATE DATABASE, and start the hub" } else { "" };
    format!("{}{missing}", error.0)
}

fn judge(check: &'static str, good: &str, found: Result<(), OpenError>) -> Finding {
    match found {
        Ok(()) => Finding::ok(check, good),
        Err(error) => Finding::fail(check, error),
    }
}

async fn version(pool: &MySqlPool) -> Finding {
    let version: String = match sqlx::query_scalar("SELECT VERSION()").fetch_one(pool).await {
        Ok(version) => version,
        Err(error) => return Finding::fail("database", format!("it does not answer: {error}")),
    };
    let kind = if version.contains("MariaDB") { "" } else { "MySQL " };
    judge("database", &format!("{kind}{version}"), open_mysql::check_version(pool).await)
}

async fn modes(pool: &MySqlPool) -> Result<(), OpenError> {
    open_mysql::check_modes(pool).await?;
    let charset = value(pool, "character_set_client").await.unwrap_or_default();
    if charset != "utf8mb4" {
        return Err(OpenError(format!("the database makes {charset} of a connection's utf8mb4: see its init_connect")));
    }
    Ok(())
}

/// A variable of the server, if it has it.
async fn value(pool: &MySqlPool, name: &str) -> Option<String> {
    let row: Option<(String, String)> =
        sqlx::query_as("SHOW VARIABLES WHERE Variable_name = ?").bind(name).fetch_optional(pool).await.ok()?;
    row.map(|(_, value)| value)
}

async fn number(pool: &MySqlPool, name: &str) -> u64 {
    value(pool, name).await.and_then(|value| value.parse().ok()).unwrap_or_default()
}

async fn variables(pool: &MySqlPool, data_max_bytes: u64) -> Vec<Finding> {
    let is_on = async |name| value(pool, name).await.is_some_and(|value| value == "ON" || value == "1");
    let flush = number(pool, "innodb_flush_log_at_trx_commit").await;
    let binlog = if is_on("log_bin").await { Some(number(pool, "sync_binlog").await) } else { None };
    vec![
        durable(flush, binlog),
        writable(is_on("read_only").await, is_on("wsrep_on").await),
        packet(number(pool, "max_allowed_packet").await, data_max_bytes),
        connections(number(pool, "max_connections").await),
    ]
}

fn durable(flush: u64, binlog: Option<u64>) -> Finding {
    const CHECK: &str = "durability";
    match (flush, binlog) {
        (1, None) => Finding::ok(CHECK, "innodb_flush_log_at_trx_commit is 1; there is no binary log"),
        (1, Some(1)) => Finding::ok(CHECK, "innodb_flush_log_at_trx_commit and sync_binlog are 1"),
        (1, Some(other)) => Finding::fail(
            CHECK,
            format!("sync_binlog is {other}: a crash of the database may lose what was acknowledged; set it to 1"),
        ),
        (other, _) => Finding::fail(
            CHECK,
            format!("innodb_flush_log_at_trx_commit is {other}: a power cut loses what was acknowledged; set it to 1"),
        ),
    }
}

fn writable(is_read_only: bool, is_galera: bool) -> Finding {
    const CHECK: &str = "primary";
    if is_galera {
        let told = "wsrep_on: a cluster whose row locks stay on one node cannot carry the hub; use one primary";
        return Finding::fail(CHECK, told);
    }
    if is_read_only {
        return Finding::fail(CHECK, "the database is read_only, such as a replica: point DATABASE_URL at the primary");
    }
    Finding::ok(CHECK, "it takes writes, and is no multi-primary cluster")
}

fn packet(bytes: u64, data_max_bytes: u64) -> Finding {
    const CHECK: &str = "packet";
    let least = data_max_bytes + 64 * 1024;
    if bytes < least {
        let told = format!("max_allowed_packet is {bytes}: raise it to {least} at least, or lower --data-max-bytes");
        return Finding::fail(CHECK, told);
    }
    if bytes < PACKET_GOOD {
        let told =
            format!("max_allowed_packet is {bytes}: it does, but {PACKET_GOOD} lets more publishes travel together");
        return Finding::warn(CHECK, told);
    }
    Finding::ok(CHECK, format!("max_allowed_packet is {bytes}, enough for --data-max-bytes {data_max_bytes}"))
}

fn connections(most: u64) -> Finding {
    if most < CONNECTIONS_GOOD {
        let told = format!("max_connections is {most}: a hub opens up to 20; set it to {CONNECTIONS_GOOD} or more");
        return Finding::warn("connections", told);
    }
    Finding::ok("connections", format!("max_connections is {most}"))
}

async fn clock(pool: &MySqlPool) -> Finding {
    const CHECK: &str = "offset";
    match open_mysql::clock_offset_ms(pool).await {
        Ok(offset) if offset.unsigned_abs() >= CLOCK_LIMIT_MS => Finding::fail(
            CHECK,
            format!("the database's clock is {offset} ms ahead of this machine's: synchronise both"),
        ),
        Ok(offset) if offset.unsigned_abs() >= CLOCK_LIMIT_MS / 5 => Finding::warn(
            CHECK,
            format!("the database's clock is {offset} ms ahead of this machine's: synchronise both"),
        ),
        Ok(offset) => Finding::ok(CHECK, format!("the database's clock is {offset} ms ahead")),
        Err(fault) => Finding::warn(CHECK, format!("the database does not tell its time: {fault}")),
    }
}

async fn schema(pool: &MySqlPool) -> Finding {
    let applied: sqlx::Result<Vec<(i64, bool)>> =
        sqlx::query_as("SELECT version, success FROM _sqlx_migrations").fetch_all(pool).await;
    // Without that table there are no others.
    compare_schemas(&applied.unwrap_or_default(), &MIGRATIONS)
}

async fn mark(pool: &MySqlPool) -> Finding {
    let rows: sqlx::Result<Vec<(Vec<u8>, Vec<u8>)>> =
        sqlx::query_as("SELECT name, value FROM settings").fetch_all(pool).await;
    let rows = rows.unwrap_or_default();
    let find = |name: &[u8]| rows.iter().find(|row| row.0 == name).map(|row| &row.1[..]);
    epoch(find(EPOCH), find(COPY_MARK).is_some())
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};

    #[test]
    fn what_loses_acknowledged_data_fails() {
        let cases = [
            (1, None, Verdict::Ok),
            (1, Some(1), Verdict::Ok),
            (1, Some(0), Verdict::Fail),
            (2, None, Verdict::Fail),
            (0, Some(1), Verdict::Fail),
        ];
        for (flush, binlog, verdict) in cases {
            assert_eq!(durable(flush, binlog).verdict, verdict, "{flush} {binlog:?}");
        }
    }

    #[test]
    fn only_one_primary_will_do() {
        assert_eq!(writable(false, false).verdict, Verdict::Ok);
        assert_eq!(writable(true, false).verdict, Verdict::Fail);
        assert_eq!(writable(false, true).verdict, Verdict::Fail);
    }
}
