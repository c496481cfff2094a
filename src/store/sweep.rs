//! What is due: expired data is erased, tombstones whose time is over go with their entries and reads. In chunks, each a short
//! transaction, so that the writer never waits long.

use sqlx::{AssertSqlSafe, FromRow};

use super::{
    ItemId, Store,
    dialect::{list_of, made, pieces},
    fault::Result,
    items::unpack,
    pool::{WriteTx, on_read, on_tx},
};

/// Items in one chunk.
const CHUNK: i64 = 200;

#[derive(Debug, FromRow)]
struct DueRow {
    id: Vec<u8>,
    erased: i64,
    addressees: Vec<u8>,
}

/// What one chunk did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Items whose data went.
    pub erased: usize,
    /// Items that went altogether.
    pub deleted: usize,
}

impl Swept {
    /// Whether there was so much that more may be due.
    #[must_use]
    pub fn is_full(&self) -> bool {
        i64::try_from(self.erased + self.deleted).unwrap_or(CHUNK) >= CHUNK
    }
}

impl Store {
    /// Sweeps one chunk of what was due at `now`; tombstones stay until `tombstones_until`.
    ///
    /// # Errors
    /// No answer, or a lost race: nothing was swept, the next round does it.
    pub async fn sweep_items(&self, now: i64, tombstones_until: i64) -> Result<Swept> {
        let mut due: Vec<DueRow> = on_read!(&self.pools, |conn| {
            sqlx::query_as("SELECT id, erased, addressees FROM items WHERE due_at <= ? ORDER BY due_at LIMIT ?")
                .bind(now)
                .bind(CHUNK)
                .fetch_all(conn)
                .await
        })?;
        if due.is_empty() {
            return Ok(Swept::default());
        }
        due.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let (dead, live): (Vec<_>, Vec<_>) = due.into_iter().partition(|row| row.erased != 0);
        let mut tx = WriteTx::begin(&self.pools).await?;
        let ids: Vec<&[u8]> = live.iter().map(|row| &row.id[..]).collect();
        for piece in pieces(&ids) {
            erase(&mut tx, piece, now, tombstones_until).await?;
        }
        for row in &dead {
            delete(&mut tx, row).await?;
        }
        tx.commit().await?;
        Ok(Swept { erased: live.len(), deleted: dead.len() })
    }

    /// Deletes what is older than it has to be kept: idempotency keys, control entries and the audit log; some at a time.
    ///
    /// # Errors
    /// No answer, or a lost race.
    pub async fn sweep_logs(&self, keys_before: i64, changes_before: i64, audit_before: i64) -> Result<()> {
        let logs = [
            ("idempotency", "created_at", keys_before),
            ("changes", "at", changes_before),
            ("audit_log", "at", audit_before),
        ];
        for (table, column, before) in logs {
            // No LIMIT in a DELETE, which SQLite does not know: the time of the last row of the chunk bounds it.
            let sql = format!("SELECT {column} FROM {table} ORDER BY {column} LIMIT 1 OFFSET 999");
            let last: Option<i64> =
                on_read!(&self.pools, |conn| sqlx::query_scalar(made(&sql)).fetch_optional(conn).await)?;
            let bound = last.unwrap_or(before).min(before);
            let sql = AssertSqlSafe(format!("DELETE FROM {table} WHERE {column} <= ?"));
            let mut tx = WriteTx::begin(&self.pools).await?;
            on_tx!(tx, |conn| sqlx::query(sql).bind(bound).execute(conn).await.map(drop))?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Every condition again in the statement: between the reading and now a claim or a withdrawal may have come.
async fn erase(tx: &mut WriteTx, ids: &[&[u8]], now: i64, tombstones_until: i64) -> Result<()> {
    let sql = AssertSqlSafe(format!(
        "UPDATE items SET gone = CASE WHEN gone = 0 THEN 1 ELSE gone END, erased = 1, data = X'', due_at = ? \
         WHERE id IN ({}) AND erased = 0 AND due_at <= ?",
        list_of(ids.len())
    ));
    on_tx!(tx, |conn| {
        let mut update = sqlx::query(sql).bind(tombstones_until);
        for id in ids {
            update = update.bind(*id);
        }
        update.bind(now).execute(conn).await.map(drop)
    })
}

async fn delete(tx: &mut WriteTx, row: &DueRow) -> Result<()> {
    for entry in unpack(&row.addressees) {
        on_tx!(tx, |conn| {
            sqlx::query("DELETE FROM entries WHERE stream = ? AND seq = ?")
                .bind(entry.stream)
                .bind(entry.seq)
                .execute(conn)
                .await
                .map(drop)
        })?;
    }
    for sql in ["DELETE FROM item_reads WHERE item = ?", "DELETE FROM items WHERE id = ?"] {
        let id: ItemId = row.id[..].try_into().unwrap_or_default();
        on_tx!(tx, |conn| sqlx::query(sql).bind(&id[..]).execute(conn).await.map(drop))?;
    }
    Ok(())
}
