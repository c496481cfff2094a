//! A chain over what administration did: each line's hash covers the hash of the line before, and the last one stands in
//! `settings`. Whoever changes or takes out a line has to write every later one anew; who keeps a note of the last hash
//! elsewhere notices that too. (Over the data path it would be one row that every publish locks.)

use aws_lc_rs::digest::{Context, SHA256};
use sqlx::FromRow;

use super::super::{Store, dialect::made, fault::Result, pool::on_read};

/// The hash of a line.
pub type Link = [u8; 32];

/// Where the last hash stands in `settings`.
pub const LAST: &[u8] = b"audit_chain";
/// Where the hash of the last line that was swept stands there.
pub const SWEPT: &[u8] = b"audit_swept";

/// SHA-256 over the hash of the line before (32 bytes), the time (8 bytes, big-endian), and each text behind its length (4 bytes,
/// big-endian): actor, action, subject, detail.
#[must_use]
pub fn link(before: &Link, at: i64, texts: [&[u8]; 4]) -> Link {
    let mut hash = Context::new(&SHA256);
    hash.update(before);
    hash.update(&at.to_be_bytes());
    for text in texts {
        hash.update(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(text);
    }
    hash.finish().as_ref().try_into().unwrap_or_default()
}

#[derive(Debug, FromRow)]
struct LinkRow {
    seq: i64,
    at: i64,
    actor: Vec<u8>,
    action: Vec<u8>,
    subject: Vec<u8>,
    detail: Vec<u8>,
    chain: Vec<u8>,
}

impl LinkRow {
    fn follows(&self, before: &Link) -> bool {
        link(before, self.at, [&self.actor, &self.action, &self.subject, &self.detail]) == self.chain[..]
    }
}

/// What became of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every line that is kept follows from the one before.
    Whole {
        /// How many lines.
        lines: u64,
        /// When the first of them was written, in milliseconds since the epoch.
        since: Option<i64>,
        /// The last hash, in hexadecimal.
        last: String,
    },
    /// This line does not follow from the one before, or, the first, from what was swept: either was changed, or a line between
    /// them was taken out.
    BrokenAt(i64),
    /// The last lines were taken out, or changed.
    CutOff,
}

impl Store {
    /// Follows the chain from the first line that is kept to the last.
    ///
    /// # Errors
    /// No answer.
    pub async fn verify_audit(&self) -> Result<Verdict> {
        loop {
            let swept = self.noted_link(SWEPT).await?;
            let verdict = self.follow_chain(swept).await?;
            // What is swept meanwhile is missing, and is no fault.
            if matches!(verdict, Verdict::Whole { .. }) || self.noted_link(SWEPT).await? == swept {
                return Ok(verdict);
            }
        }
    }

    async fn follow_chain(&self, swept: Link) -> Result<Verdict> {
        // The last hash first: what is written meanwhile only makes the chain longer.
        let last = self.noted_link(LAST).await?;
        let (mut lines, mut since, mut after) = (0, None, 0);
        let (mut before, mut passed_last) = (swept, last == swept);
        loop {
            let rows = self.links(after).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if !row.follows(&before) {
                    return Ok(Verdict::BrokenAt(row.seq));
                }
                lines += 1;
                since = since.or(Some(row.at));
                before = row.chain[..].try_into().unwrap_or_default();
                passed_last |= before == last;
                after = row.seq;
            }
        }
        if !passed_last {
            return Ok(Verdict::CutOff);
        }
        Ok(Verdict::Whole { lines, since, last: before.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    async fn noted_link(&self, name: &[u8]) -> Result<Link> {
        let found: Option<Vec<u8>> = on_read!(&self.pools, |conn| {
            sqlx::query_scalar("SELECT value FROM settings WHERE name = ?").bind(name).fetch_optional(conn).await
        })?;
        Ok(found.and_then(|value| value.try_into().ok()).unwrap_or_default())
    }

    async fn links(&self, after: i64) -> Result<Vec<LinkRow>> {
        let sql = "SELECT seq, at, actor, action, subject, detail, chain FROM audit_log \
             WHERE seq > ? AND chain IS NOT NULL ORDER BY seq LIMIT 1000";
        on_read!(&self.pools, |conn| sqlx::query_as(made(sql)).bind(after).fetch_all(conn).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lines_have_one_hash() {
        let texts: [&[u8]; 4] = [b"alice", b"agent.role", b"bob", b""];
        let first = link(&Link::default(), 7, texts);
        assert_ne!(first, link(&first, 7, texts));
        assert_ne!(first, link(&Link::default(), 8, texts));
        // Where one text ends and the next begins counts.
        assert_ne!(first, link(&Link::default(), 7, [b"alice", b"agent.rol", b"ebob", b""]));
    }
}
