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

/// Verbs of agents' doings, which are written in batches and are no links.
pub(super) const UNCHAINED: [&str; 5] = ["login", "login.refused", "item.publish", "item.read", "item.withdraw"];

/// Hashes that stand in `settings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Noted {
    last: Option<Link>,
    swept: Option<Link>,
}

#[derive(Debug, FromRow)]
struct LinkRow {
    seq: i64,
    at: i64,
    actor: Vec<u8>,
    action: Vec<u8>,
    subject: Vec<u8>,
    detail: Vec<u8>,
    /// `None` before there was a chain.
    chain: Option<Vec<u8>>,
}

impl LinkRow {
    /// Its hash, if it follows from the line before.
    fn follow(&self, before: &Link) -> Option<Link> {
        let link = link(before, self.at, [&self.actor, &self.action, &self.subject, &self.detail]);
        (self.chain.as_deref() == Some(&link[..])).then_some(link)
    }
}

/// Numbers that one statement looks at: the lines of the data path are passed over.
const WINDOW: i64 = 50_000;

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
            let noted = self.noted_links().await?;
            let verdict = match noted {
                Noted { last: Some(last), swept: Some(swept) } => self.follow_chain(last, swept).await?,
                _ => Verdict::CutOff,
            };
            // What is swept meanwhile is missing, and what is written is more: neither is a fault.
            if matches!(verdict, Verdict::Whole { .. }) || self.noted_links().await? == noted {
                return Ok(verdict);
            }
        }
    }

    async fn follow_chain(&self, last: Link, swept: Link) -> Result<Verdict> {
        // The last hash was read first: what is written meanwhile only makes the chain longer.
        let (mut lines, mut since, mut passed_last) = (0, None, false);
        let (mut before, mut has_begun) = (swept, swept != Link::default());
        let (mut begin, last_seq) = self.audit_range().await?.unwrap_or_default();
        while begin <= last_seq {
            for row in self.links(begin, begin + WINDOW).await? {
                match row.follow(&before) {
                    Some(link) => before = link,
                    None if row.chain.is_none() && !has_begun => continue,
                    None => return Ok(Verdict::BrokenAt(row.seq)),
                }
                has_begun = true;
                passed_last |= before == last;
                lines += 1;
                since = since.or(Some(row.at));
            }
            begin += WINDOW;
        }
        let has_grown = passed_last && self.noted_links().await?.last != Some(last);
        if before != last && !has_grown {
            return Ok(Verdict::CutOff);
        }
        Ok(Verdict::Whole { lines, since, last: before.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    async fn noted_links(&self) -> Result<Noted> {
        let rows: Vec<(Vec<u8>, Vec<u8>)> = on_read!(&self.pools, |conn| {
            sqlx::query_as("SELECT name, value FROM settings WHERE name IN (?, ?)")
                .bind(LAST)
                .bind(SWEPT)
                .fetch_all(conn)
                .await
        })?;
        let find = |name: &[u8]| {
            let row = rows.iter().find(|row| row.0 == name);
            row.and_then(|row| Link::try_from(&row.1[..]).ok())
        };
        Ok(Noted { last: find(LAST), swept: find(SWEPT) })
    }

    /// Lines of the chain, and those of administration that are not in it though they should be.
    async fn links(&self, begin: i64, end: i64) -> Result<Vec<LinkRow>> {
        let sql = "SELECT seq, at, actor, action, subject, detail, chain FROM audit_log WHERE seq >= ? AND seq < ? AND \
             (chain IS NOT NULL OR action NOT IN (?, ?, ?, ?, ?)) ORDER BY seq";
        on_read!(&self.pools, |conn| {
            let mut select = sqlx::query_as(made(sql)).bind(begin).bind(end);
            for action in UNCHAINED {
                select = select.bind(action.as_bytes());
            }
            select.fetch_all(conn).await
        })
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
