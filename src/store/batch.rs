//! The writer's transaction. Everything in it happens in one global order, so that batches of several nodes cannot deadlock:
//! idempotency keys ascending, heads ascending, claims and withdrawals by item, items, entries, acks by stream, marks.
//!
//! Each head's row is locked, raised, and held to the commit. That is what makes a cursor safe: an entry with a higher number
//! never becomes visible before one with a lower number in the same stream.

use super::{
    AgentId, ItemId, Store, StreamId,
    audit::{self, NewLine},
    claims,
    dialect::{Dialect, list_of, pieces, rows_of},
    fault::Result,
    heads,
    idempotency::{self, Verdict},
    items::{Addressee, pack},
    pool::WriteTx,
    script::{Script, Value},
};
pub use super::{
    claims::{Claim, Withdrawal},
    items::{IdempotencyKey, NewItem},
};

/// A cursor to be raised. It was checked against the head before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ack {
    /// In which stream.
    pub stream: StreamId,
    /// Whose cursor.
    pub agent: AgentId,
    /// Up to where.
    pub seq: i64,
}

/// First reading of an item by an agent; written behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMark {
    /// The item.
    pub item: ItemId,
    /// Who read it.
    pub agent: AgentId,
    /// Milliseconds since the epoch.
    pub at: i64,
}

/// What goes into one transaction.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// In the order in which they get their numbers.
    pub publishes: Vec<&'a NewItem>,
    /// One for each subscription.
    pub acks: Vec<Ack>,
    /// In the order of arrival.
    pub claims: Vec<&'a Claim>,
    /// In the order of arrival.
    pub withdrawals: Vec<&'a Withdrawal>,
    /// Readings.
    pub reads: &'a [ReadMark],
    /// When each agent was last heard of.
    pub seen: &'a [(AgentId, i64)],
    /// Lines of the audit log, beside those of the publishes and withdrawals.
    pub audit: &'a [NewLine],
}

/// What became of a publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// It is stored, under these numbers.
    Stored(Vec<Addressee>),
    /// An equal request was stored before, as this item.
    Repeated(ItemId),
    /// Its key stands for another request.
    Mismatch,
}

/// What became of the members of a batch, each list in the batch's order.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Of the publishes.
    pub published: Vec<Published>,
    /// The data that was taken; `None`: somebody was first, or it was not for this agent.
    pub claimed: Vec<Option<String>>,
    /// Whether it was there to be withdrawn.
    pub withdrawn: Vec<bool>,
}

/// How a transaction ended.
#[derive(Debug)]
pub enum Ended {
    /// Committed.
    Committed(Outcome),
    /// Rolled back: the streams of these publishes (by index) are held by somebody else.
    Held(Vec<usize>),
}

impl Store {
    /// Runs one batch as one transaction.
    ///
    /// # Errors
    /// The fault; unless its kind is [`super::FaultKind::Unknown`], nothing of the batch is stored.
    pub async fn run_batch(&self, batch: &Batch<'_>) -> Result<Ended> {
        let mut tx = WriteTx::open(&self.pools).await.map_err(super::Fault::at_open)?;
        let mut script = Script::default();
        let body = fill(&mut tx, &mut script, batch, self.statement_bytes);
        match tokio::time::timeout(super::pool::STATEMENT_LIMIT, body).await {
            Ok(Ok(Ended::Committed(outcome))) => {
                tx.finish(script).await?;
                Ok(Ended::Committed(outcome))
            }
            // After a lock timeout MySQL has undone one statement only: whatever went wrong, nothing may be committed.
            Ok(refused) => {
                if !refused.as_ref().is_err_and(super::Fault::is_lost) {
                    tx.roll_back().await;
                }
                refused
            }
            Err(_) => Err(super::Fault::of(super::FaultKind::Lost)),
        }
    }
}

/// Locks, reads and decides; what is then only to be written goes into `script`.
async fn fill<'a>(
    tx: &mut WriteTx,
    script: &mut Script<'a>,
    batch: &Batch<'a>,
    statement_bytes: usize,
) -> Result<Ended> {
    let verdicts = idempotency::settle(tx, &batch.publishes).await?;
    let fresh: Vec<usize> = (0..verdicts.len()).filter(|index| verdicts[*index] == Verdict::New).collect();
    let mut heads = heads::lock(tx, fresh.iter().flat_map(|index| &batch.publishes[*index].streams).copied()).await?;
    let is_held = |index: &usize| batch.publishes[*index].streams.iter().any(|stream| !heads.contains_key(stream));
    let held: Vec<usize> = fresh.iter().copied().filter(is_held).collect();
    if !held.is_empty() {
        return Ok(Ended::Held(held));
    }
    let mut outcome = Outcome::default();
    let mut stored: Vec<(&NewItem, Vec<Addressee>)> = Vec::with_capacity(fresh.len());
    for (item, verdict) in batch.publishes.iter().zip(verdicts) {
        outcome.published.push(match verdict {
            Verdict::New => {
                let addressees = heads::number(&mut heads, &item.streams);
                stored.push((item, addressees.clone()));
                Published::Stored(addressees)
            }
            Verdict::Repeated(first) => Published::Repeated(first),
            Verdict::Mismatch => Published::Mismatch,
        });
    }
    outcome.claimed = claims::claim_all(tx, &batch.claims).await?;
    outcome.withdrawn = claims::withdraw_all(tx, &batch.withdrawals).await?;
    write_audit(script, batch, &stored, &outcome.withdrawn);
    heads::raise(script, &heads);
    insert_items(script, &stored, statement_bytes);
    insert_entries(script, &stored);
    raise_cursors(script, batch.acks.clone());
    mark(script, tx.dialect(), batch);
    Ok(Ended::Committed(outcome))
}

/// What is stored and withdrawn is noted with it.
fn write_audit<'a>(
    script: &mut Script<'a>,
    batch: &Batch<'a>,
    stored: &[(&'a NewItem, Vec<Addressee>)],
    withdrawn: &[bool],
) {
    let published = stored
        .iter()
        .filter_map(|(item, _)| item.audit.as_ref().map(|note| note.line(item.created_at, "item.publish", &item.id)));
    let taken_back =
        batch.withdrawals.iter().zip(withdrawn).filter(|(_, there)| **there).filter_map(|(withdrawal, _)| {
            withdrawal.audit.as_ref().map(|note| note.line(withdrawal.now, "item.withdraw", &withdrawal.item))
        });
    let lines: Vec<NewLine> = published.chain(taken_back).collect();
    audit::write(script, &lines);
    audit::write(script, batch.audit);
}

fn insert_items<'a>(script: &mut Script<'a>, stored: &[(&'a NewItem, Vec<Addressee>)], statement_bytes: usize) {
    let mut rest = stored;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take_while(|(item, _)| {
            bytes += item.data.len();
            bytes <= statement_bytes
        });
        let (some, later) = rest.split_at(fits.count().max(1));
        rest = later;
        for piece in pieces(some) {
            let rows = vec!["(?,?,?,?,?,?,?,?,?,0,0,?,?,?,?,?)"; piece.len()].join(",");
            let sql = format!(
                "INSERT INTO items (id, publisher, size, ttl, one_time, restricted, created_at, expires_at, due_at, gone, \
                 erased, reply_to, addressees, traceparent, name, data) VALUES {rows}"
            );
            script.add(sql, piece.iter().flat_map(|(item, addressees)| row(item, addressees)));
        }
    }
}

fn row<'a>(item: &'a NewItem, addressees: &[Addressee]) -> [Value<'a>; 14] {
    [
        item.id[..].into(),
        item.publisher.into(),
        i64::try_from(item.data.len()).unwrap_or(i64::MAX).into(),
        item.ttl.into(),
        i64::from(item.one_time).into(),
        i64::from(item.restricted).into(),
        item.created_at.into(),
        item.expires_at.into(),
        item.expires_at.into(),
        item.reply_to.as_ref().map(|id| &id[..]).into(),
        pack(addressees).into(),
        item.traceparent.as_ref().map(|trace| &trace[..]).into(),
        item.name.as_bytes().into(),
        item.data.as_bytes().into(),
    ]
}

fn insert_entries<'a>(script: &mut Script<'a>, stored: &[(&'a NewItem, Vec<Addressee>)]) {
    let mut entries: Vec<(Addressee, &[u8])> =
        stored.iter().flat_map(|(item, addressees)| addressees.iter().map(|a| (*a, &item.id[..]))).collect();
    entries.sort_unstable();
    for piece in pieces(&entries) {
        let sql = format!("INSERT INTO entries (stream, seq, item) VALUES {}", rows_of(3, piece.len()));
        let row = |(entry, item): &(Addressee, &'a [u8])| [entry.stream.into(), entry.seq.into(), (*item).into()];
        script.add(sql, piece.iter().flat_map(row));
    }
}

/// Raises cursors, many in one statement: on a database that is far away each statement is a long trip.
fn raise_cursors(script: &mut Script<'_>, mut acks: Vec<Ack>) {
    acks.sort_unstable();
    for piece in pieces(&acks) {
        let cases = vec!["WHEN agent = ? AND stream = ? THEN ?"; piece.len()].join(" ");
        let rows = vec!["(agent = ? AND stream = ? AND acked < ?)"; piece.len()].join(" OR ");
        let sql = format!("UPDATE subscriptions SET acked = CASE {cases} ELSE acked END, acked_at = ? WHERE {rows}");
        let values = || piece.iter().flat_map(|ack| [ack.agent, ack.stream, ack.seq]);
        let values = values().chain(std::iter::once(crate::clock::now_ms())).chain(values());
        script.add(sql, values.map(Value::from));
    }
}

fn mark<'a>(script: &mut Script<'a>, dialect: Dialect, batch: &Batch<'a>) {
    for piece in pieces(batch.reads) {
        let sql = dialect.insert_ignore("item_reads (item, agent, read_at)", 3, piece.len());
        script.add(sql, piece.iter().flat_map(|read| [read.item[..].into(), read.agent.into(), read.at.into()]));
    }
    for piece in pieces(batch.seen) {
        let cases = vec!["WHEN ? THEN ?"; piece.len()].join(" ");
        let sql = format!("UPDATE agents SET last_seen = CASE id {cases} END WHERE id IN ({})", list_of(piece.len()));
        let pairs = piece.iter().flat_map(|(agent, at)| [*agent, *at]);
        script.add(sql, pairs.chain(piece.iter().map(|(agent, _)| *agent)).map(Value::from));
    }
}
