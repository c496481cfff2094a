//! The heads of streams, for the writer's transaction: locked, raised, held to the commit.

use std::collections::HashMap;

use super::{
    StreamId,
    dialect::{list_of, made, padded},
    fault::Result,
    items::Addressee,
    pool::{WriteTx, on_tx},
    script::{Script, Value},
};

/// Locks the heads of `streams`, ascending, for the whole batch at once; those that somebody else holds are missing.
pub(super) async fn lock(tx: &mut WriteTx, streams: impl Iterator<Item = StreamId>) -> Result<HashMap<StreamId, i64>> {
    let mut ids: Vec<StreamId> = streams.collect();
    ids.sort_unstable();
    ids.dedup();
    let mut heads = HashMap::with_capacity(ids.len());
    for piece in ids.chunks(500) {
        let size = padded(piece.len());
        let sql = format!("{}{}", tx.opening(), tx.dialect().lock_heads(size));
        let rows: Vec<(StreamId, i64)> = on_tx!(tx, |conn| {
            let mut select = sqlx::query_as(made(&sql));
            for id in pad(piece, size) {
                select = select.bind(id);
            }
            select.fetch_all(conn).await
        })?;
        heads.extend(rows);
    }
    Ok(heads)
}

/// `piece`, its last repeated up to `size`.
fn pad<T: Copy>(piece: &[T], size: usize) -> impl Iterator<Item = T> {
    let last = piece.last().copied();
    piece.iter().copied().chain(std::iter::repeat_with(move || last).flatten()).take(size)
}

/// Gives an item the next number in each of its streams.
pub(super) fn number(heads: &mut HashMap<StreamId, i64>, streams: &[StreamId]) -> Vec<Addressee> {
    let next = |stream: &StreamId| {
        let head = heads.entry(*stream).or_default();
        *head += 1;
        Addressee { stream: *stream, seq: *head }
    };
    streams.iter().map(next).collect()
}

/// Writes the heads back, one statement for up to 500.
pub(super) fn raise(script: &mut Script<'_>, heads: &HashMap<StreamId, i64>) {
    let mut raised: Vec<(StreamId, i64)> = heads.iter().map(|(stream, head)| (*stream, *head)).collect();
    raised.sort_unstable();
    for piece in raised.chunks(500) {
        let size = padded(piece.len());
        let cases = vec!["WHEN ? THEN ?"; size].join(" ");
        let sql = format!("UPDATE streams SET head = CASE id {cases} END WHERE id IN ({})", list_of(size));
        let pairs = pad(piece, size).flat_map(|(stream, head)| [stream, head]);
        let ids = pad(piece, size).map(|(stream, _)| stream);
        script.add(sql, pairs.chain(ids).map(Value::from));
    }
}
