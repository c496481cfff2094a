//! The audit log's lines about administration: each linked to the one before, and swept from the first on.

use super::{Audit, Change, again};
use crate::store::{
    Store,
    audit::{self, Link},
    fault::Result,
    pool::{on_read, on_tx},
    script::Value,
};

/// Lines that are swept at a time.
const CHUNK: i64 = 1_000;

impl Store {
    /// Writes a line of the audit log for what changes nothing in the database.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn note(&self, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            // Under the control stream's head, as every line of the chain.
            let mut change = Change::begin(self).await?;
            change.log(audit).await?;
            change.tx.commit().await
        })
        .await
    }

    /// Deletes lines from the first on, up to one that is not older than `before` (milliseconds since the epoch), some at a time;
    /// whether there may be more. A line from after `now`, when a clock was ahead, goes with its neighbours.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn sweep_audit(&self, before: i64, now: i64) -> Result<bool> {
        let sql = "SELECT seq, at FROM audit_log ORDER BY seq LIMIT ?";
        let rows: Vec<(i64, i64)> =
            on_read!(&self.pools, |conn| sqlx::query_as(sql).bind(CHUNK).fetch_all(conn).await)?;
        let due = rows.iter().take_while(|(_, at)| *at < before || *at > now).count();
        let Some((last, _)) = rows[..due].iter().rfind(|(_, at)| *at < before) else { return Ok(false) };
        again(|| async {
            let mut change = Change::begin(self).await?;
            change.forget_lines(*last).await?;
            change.tx.commit().await
        })
        .await?;
        Ok(due as i64 >= CHUNK)
    }
}

impl Change {
    /// Writes a line, linked to the one before.
    pub(super) async fn log(&mut self, audit: Audit<'_>) -> Result<()> {
        let Audit { actor, action, subject, detail } = audit;
        let (tx, now) = (&mut self.tx, self.now);
        let before: Option<Vec<u8>> = on_tx!(tx, |conn| {
            sqlx::query_scalar("SELECT value FROM settings WHERE name = ?").bind(audit::LAST).fetch_optional(conn).await
        })?;
        let before = before.and_then(|link| Link::try_from(link).ok()).unwrap_or_default();
        let link = audit::link(&before, now, [actor, action, subject, detail].map(str::as_bytes));
        let sql = "INSERT INTO audit_log (at, actor, action, subject, detail, chain) VALUES (?, ?, ?, ?, ?, ?)";
        let values = [now.into(), actor.into(), action.into(), subject.into(), detail.into(), Value::from(&link[..])];
        self.run(sql, values).await?;
        self.remember(audit::LAST, &link).await
    }

    /// Deletes every line up to `last`, and remembers from where the chain goes on. Another node may have done it meanwhile: then
    /// there is nothing.
    async fn forget_lines(&mut self, last: i64) -> Result<()> {
        let tx = &mut self.tx;
        let link: Option<Vec<u8>> = on_tx!(tx, |conn| {
            sqlx::query_scalar(
                "SELECT chain FROM audit_log WHERE seq <= ? AND chain IS NOT NULL ORDER BY seq DESC LIMIT 1",
            )
            .bind(last)
            .fetch_optional(conn)
            .await
        })?;
        if let Some(link) = link {
            self.remember(audit::SWEPT, &link).await?;
        }
        self.run("DELETE FROM audit_log WHERE seq <= ?", [last.into()]).await.map(drop)
    }

    async fn remember(&mut self, name: &[u8], link: &[u8]) -> Result<()> {
        self.run("UPDATE settings SET value = ? WHERE name = ?", [link, name].map(Value::from)).await.map(drop)
    }
}
