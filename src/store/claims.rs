//! Taking one-time items, and withdrawing: each one conditional write with every condition in it.

use sqlx::AssertSqlSafe;

use super::{
    AgentId, ItemId,
    audit::Note,
    fault::Result,
    items::{Addressee, Gone},
    pool::{WriteTx, on_tx},
};

/// A one-time item to be taken.
#[derive(Debug)]
pub struct Claim {
    /// The item.
    pub item: ItemId,
    /// Who takes it.
    pub agent: AgentId,
    /// The stream and number that entitle the agent; none for an item that any agent may read.
    pub through: Option<Addressee>,
    /// With a key the data is kept a while for the same reader; without, it is erased with the claim.
    pub key: Option<Box<[u8]>>,
    /// Milliseconds since the epoch.
    pub now: i64,
    /// When the sweeper has to act on it next.
    pub due_at: i64,
}

/// An item to be withdrawn by its publisher.
#[derive(Debug)]
pub struct Withdrawal {
    /// The item.
    pub item: ItemId,
    /// Who withdraws.
    pub publisher: AgentId,
    /// Milliseconds since the epoch.
    pub now: i64,
    /// When the tombstone goes.
    pub due_at: i64,
    /// For the audit log.
    pub audit: Option<Note>,
}

/// Claims by item, so that nodes lock in one order; of several for one item the first to arrive is the first tried.
pub(super) async fn claim_all(tx: &mut WriteTx, claims: &[&Claim]) -> Result<Vec<Option<String>>> {
    if !claims.is_empty() {
        tx.begin_now().await?;
    }
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_key(|index| claims[*index].item);
    let mut taken = vec![None; claims.len()];
    for index in order {
        taken[index] = claim(tx, claims[index]).await?;
    }
    Ok(taken)
}

/// One conditional write with every condition in it; the data is read in the same transaction, under the row's lock.
async fn claim(tx: &mut WriteTx, claim: &Claim) -> Result<Option<String>> {
    let sql = AssertSqlSafe(format!("SELECT data FROM items WHERE id = ? AND gone = 0{}", tx.dialect().for_update()));
    let data: Option<Vec<u8>> =
        on_tx!(tx, |conn| sqlx::query_scalar(sql).bind(&claim.item[..]).fetch_optional(conn).await)?;
    let Some(data) = data else { return Ok(None) };
    let member = match claim.through {
        Some(_) => "EXISTS (SELECT 1 FROM subscriptions WHERE agent = ? AND stream = ? AND since < ?)",
        None => "restricted = 0",
    };
    let erase = if claim.key.is_some() { "" } else { ", erased = 1, data = X''" };
    let sql = AssertSqlSafe(format!(
        "UPDATE items SET gone = {}, claimed_by = ?, claimed_at = ?, claim_key = ?, due_at = ?{erase} \
         WHERE id = ? AND gone = 0 AND one_time = 1 AND expires_at > ? AND publisher <> ? AND {member}",
        Gone::Consumed as i64
    ));
    let written = on_tx!(tx, |conn| {
        let mut update = sqlx::query(sql)
            .bind(claim.agent)
            .bind(claim.now)
            .bind(claim.key.as_deref())
            .bind(claim.due_at)
            .bind(&claim.item[..])
            .bind(claim.now)
            .bind(claim.agent);
        if let Some(through) = claim.through {
            update = update.bind(claim.agent).bind(through.stream).bind(through.seq);
        }
        update.execute(conn).await.map(|done| done.rows_affected())
    })?;
    Ok((written == 1).then(|| String::from_utf8(data).unwrap_or_default()))
}

/// By item, like the claims; whether each was there to be withdrawn.
pub(super) async fn withdraw_all(tx: &mut WriteTx, withdrawals: &[&Withdrawal]) -> Result<Vec<bool>> {
    let mut order: Vec<usize> = (0..withdrawals.len()).collect();
    order.sort_by_key(|index| withdrawals[*index].item);
    let mut withdrawn = vec![false; withdrawals.len()];
    for index in order {
        withdrawn[index] = withdraw(tx, withdrawals[index]).await?;
    }
    Ok(withdrawn)
}

async fn withdraw(tx: &mut WriteTx, withdrawal: &Withdrawal) -> Result<bool> {
    tx.begin_now().await?;
    let sql = AssertSqlSafe(format!(
        "UPDATE items SET gone = {}, erased = 1, data = X'', due_at = ? WHERE id = ? AND publisher = ? AND gone = 0 AND expires_at > ?",
        Gone::Withdrawn as i64
    ));
    on_tx!(tx, |conn| {
        sqlx::query(sql)
            .bind(withdrawal.due_at)
            .bind(&withdrawal.item[..])
            .bind(withdrawal.publisher)
            .bind(withdrawal.now)
            .execute(conn)
            .await
            .map(|done| done.rows_affected() == 1)
    })
}
