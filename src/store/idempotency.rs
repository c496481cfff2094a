//! Idempotency keys: the first request with a key makes the item, and every later one is told of it.

use std::collections::HashMap;

use super::{
    AgentId, ItemId, Store,
    dialect::{made, pieces},
    fault::Result,
    items::{IdempotencyKey, NewItem},
    pool::{WriteTx, on_read, on_tx},
};

/// What a key turned out to stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// For this very item.
    New,
    /// For an item that an equal request made before.
    Repeated(ItemId),
    /// For another request.
    Mismatch,
}

type Row = (AgentId, Vec<u8>, Vec<u8>, Vec<u8>);

/// Claims the keys of a batch, ascending by (publisher, key), and reads back what each stands for. Unsorted, two nodes with
/// the same keys would deadlock.
pub(super) async fn settle(tx: &mut WriteTx, items: &[&NewItem]) -> Result<Vec<Verdict>> {
    let mut verdicts = vec![Verdict::New; items.len()];
    let mut keyed: Vec<_> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| item.idempotency.as_ref().map(|key| (item.publisher, key, index, *item)))
        .collect();
    if keyed.is_empty() {
        return Ok(verdicts);
    }
    tx.begin_now().await?;
    keyed.sort_by(|a, b| (a.0, &a.1.key, a.2).cmp(&(b.0, &b.1.key, b.2)));
    let mut stored: HashMap<_, (Vec<u8>, Vec<u8>)> = HashMap::new();
    for piece in pieces(&keyed) {
        let sql = tx.dialect().insert_ignore(
            "idempotency (publisher, idempotency_key, item, request_hash, created_at)",
            5,
            piece.len(),
        );
        on_tx!(tx, |conn| {
            let mut insert = sqlx::query(made(&sql));
            for (publisher, key, _, item) in piece {
                insert = insert
                    .bind(publisher)
                    .bind(&key.key[..])
                    .bind(&item.id[..])
                    .bind(&key.request_hash[..])
                    .bind(item.created_at);
            }
            insert.execute(conn).await.map(drop)
        })?;
        let either = vec!["(publisher = ? AND idempotency_key = ?)"; piece.len()].join(" OR ");
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT publisher, idempotency_key, item, request_hash FROM idempotency WHERE {either}"
        ));
        let rows: Vec<Row> = on_tx!(tx, |conn| {
            let mut select = sqlx::query_as(sql);
            for (publisher, key, ..) in piece {
                select = select.bind(publisher).bind(&key.key[..]);
            }
            select.fetch_all(conn).await
        })?;
        stored.extend(rows.into_iter().map(|(publisher, key, item, hash)| ((publisher, key), (item, hash))));
    }
    for (publisher, key, index, item) in keyed {
        verdicts[index] = match stored.get(&(publisher, key.key.to_vec())) {
            Some((id, hash)) if hash[..] != key.request_hash[..] && id[..] != item.id[..] => Verdict::Mismatch,
            Some((id, _)) if id[..] != item.id[..] => {
                ItemId::try_from(&id[..]).map_or(Verdict::Mismatch, Verdict::Repeated)
            }
            _ => Verdict::New,
        };
    }
    Ok(verdicts)
}

impl Store {
    /// The item that an equal request of this publisher made before.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_idempotent(&self, publisher: AgentId, key: &IdempotencyKey) -> Result<Option<ItemId>> {
        let item: Option<Vec<u8>> = on_read!(&self.pools, |conn| {
            sqlx::query_scalar(
                "SELECT item FROM idempotency WHERE publisher = ? AND idempotency_key = ? AND request_hash = ?",
            )
            .bind(publisher)
            .bind(&key.key[..])
            .bind(&key.request_hash[..])
            .fetch_optional(conn)
            .await
        })?;
        Ok(item.and_then(|item| ItemId::try_from(item).ok()))
    }
}
