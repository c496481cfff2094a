//! What is due: expired data is erased, tombstones whose time is over go with their entries and reads. In chunks, each a short
//! transaction, so that the writer never waits long.

use sqlx::FromRow;

use super::{
    AgentId, ItemId, Store,
    dialect::{list_of, made, pieces},
    fault::Result,
    items::unpack,
    pool::{WriteTx, on_read},
    script::{Script, Value},
};

/// Items in one chunk.
const CHUNK: i64 = 200;
/// Entries that go with the items of one chunk.
const ENTRIES_MAX: usize = 500;

#[derive(Debug, FromRow)]
struct DueRow {
    id: Vec<u8>,
    publisher: AgentId,
    gone: i64,
    erased: i64,
    addressees: Vec<u8>,
    name: Vec<u8>,
}

/// The columns of [`DueRow`].
const COLUMNS: &str = "id, publisher, gone, erased, addressees, name";

impl DueRow {
    fn expired(&self) -> Option<Expired> {
        let name = String::from_utf8_lossy(&self.name).into_owned();
        Some(Expired { item: self.id[..].try_into().ok()?, publisher: self.publisher, name })
    }
}

/// What one chunk did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Items whose data went.
    pub erased: usize,
    /// Items that went altogether.
    pub deleted: usize,
    /// Those of the erased whose time was over; the others had been withdrawn or taken.
    pub expired: Vec<Expired>,
}

/// An item whose time was over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The item.
    pub item: ItemId,
    /// Who had published it.
    pub publisher: AgentId,
    /// What it was called.
    pub name: String,
}

impl Swept {
    /// Whether anything was due, so that more may be.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.erased + self.deleted > 0
    }
}

impl Store {
    /// Sweeps one chunk of what was due at `now`; tombstones stay until `tombstones_until`.
    ///
    /// # Errors
    /// No answer, or a lost race: nothing was swept, the next round does it.
    pub async fn sweep_items(&self, now: i64, tombstones_until: i64) -> Result<Swept> {
        let sql = format!("SELECT {COLUMNS} FROM items WHERE due_at <= ? ORDER BY due_at LIMIT ?");
        let mut due: Vec<DueRow> =
            on_read!(&self.pools, |conn| sqlx::query_as(made(&sql)).bind(now).bind(CHUNK).fetch_all(conn).await)?;
        if due.is_empty() {
            return Ok(Swept::default());
        }
        due.truncate(bounded(&due));
        due.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let (dead, live): (Vec<_>, Vec<_>) = due.into_iter().partition(|row| row.erased != 0);
        let mut script = Script::default();
        let ids: Vec<&[u8]> = live.iter().map(|row| &row.id[..]).collect();
        pieces(&ids).for_each(|piece| erase(&mut script, piece, now, tombstones_until));
        dead.iter().for_each(|row| delete(&mut script, row));
        WriteTx::open(&self.pools).await?.finish(script).await?;
        let expired = live.iter().filter(|row| row.gone == 0).filter_map(DueRow::expired).collect();
        Ok(Swept { erased: live.len(), deleted: dead.len(), expired })
    }

    /// Deletes rows of a log that are older than they have to be kept, some at a time; whether there may be more.
    ///
    /// # Errors
    /// No answer, or a lost race.
    pub async fn sweep_log(&self, log: Log, before: i64) -> Result<bool> {
        let (table, column) = log.table();
        // No LIMIT in a DELETE, which SQLite does not know: the time of the last row of the chunk bounds it.
        let sql = format!("SELECT {column} FROM {table} WHERE {column} < ? ORDER BY {column} LIMIT ?");
        let due: Vec<i64> = on_read!(&self.pools, |conn| {
            sqlx::query_scalar(made(&sql)).bind(before).bind(LOG_CHUNK).fetch_all(conn).await
        })?;
        let Some(last) = due.last() else { return Ok(false) };
        let mut script = Script::default();
        script.add(format!("DELETE FROM {table} WHERE {column} <= ?"), [Value::from(*last)]);
        WriteTx::open(&self.pools).await?.finish(script).await?;
        Ok(i64::try_from(due.len()).is_ok_and(|rows| rows >= LOG_CHUNK))
    }
}

/// Rows of a log in one chunk.
const LOG_CHUNK: i64 = 1_000;

/// Tables that are kept for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// Idempotency keys.
    Idempotency,
    /// The control stream.
    Changes,
}

impl Log {
    fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Idempotency => ("idempotency", "created_at"),
            Self::Changes => ("changes", "at"),
        }
    }
}

/// How many of these rows one transaction takes: at least one, and so many that few entries go with them.
fn bounded(due: &[DueRow]) -> usize {
    let mut entries = 0;
    let fits = due.iter().take_while(|row| {
        entries += if row.erased != 0 { row.addressees.len() / 16 } else { 0 };
        entries <= ENTRIES_MAX
    });
    fits.count().max(1)
}

/// Every condition again in the statement: between the reading and now a claim or a withdrawal may have come.
fn erase<'a>(script: &mut Script<'a>, ids: &[&'a [u8]], now: i64, tombstones_until: i64) {
    let sql = format!(
        "UPDATE items SET gone = CASE WHEN gone = 0 THEN 1 ELSE gone END, erased = 1, data = X'', due_at = ? \
         WHERE id IN ({}) AND erased = 0 AND due_at <= ?",
        list_of(ids.len())
    );
    let values = std::iter::once(tombstones_until.into()).chain(ids.iter().map(|id| (*id).into()));
    script.add(sql, values.chain(std::iter::once(now.into())));
}

fn delete<'a>(script: &mut Script<'a>, row: &'a DueRow) {
    for entry in unpack(&row.addressees) {
        let sql = "DELETE FROM entries WHERE stream = ? AND seq = ?";
        script.add(sql, [entry.stream, entry.seq].map(Value::from));
    }
    for sql in ["DELETE FROM item_reads WHERE item = ?", "DELETE FROM items WHERE id = ?"] {
        script.add(sql, [Value::from(&row.id[..])]);
    }
}
