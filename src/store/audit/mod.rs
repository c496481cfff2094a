//! The audit log: who did what, in the order in which it was written. Changes write their line themselves
//! ([`super::change`]), each linked to the one before ([`chain`]); what agents do with items comes in batches.

mod chain;

use sqlx::FromRow;

use chain::UNCHAINED;
pub use chain::Verdict;
pub(super) use chain::{LAST, Link, SWEPT, link};

use super::{
    ItemId, Store,
    dialect::{made, pieces},
    fault::Result,
    pool::on_read,
    script::{Script, Value, bind},
};

/// Longest detail of a line, in bytes; what is longer is cut.
pub const DETAIL_MAX_BYTES: usize = 1_000;

/// Numbers that one statement of a search looks at.
const WINDOW: i64 = 100_000;
/// By how much a line may be older than those of lower numbers: some are written behind, and nodes' clocks differ.
const DISORDER_MS: i64 = 120_000;

/// A line to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// Milliseconds since the epoch.
    pub at: i64,
    /// Who, by name.
    pub actor: String,
    /// A dotted verb.
    pub action: &'static str,
    /// Upon whom or what.
    pub subject: String,
    /// More of it.
    pub detail: String,
}

/// Who does something with an item, and to whom: for the line that is written with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who, by name.
    pub actor: String,
    /// More of it.
    pub detail: String,
}

impl Note {
    /// The line that says it.
    pub(super) fn line(&self, at: i64, action: &'static str, item: &ItemId) -> NewLine {
        let subject = uuid::Uuid::from_bytes(*item).to_string();
        NewLine { at, actor: self.actor.clone(), action, subject, detail: self.detail.clone() }
    }
}

/// A line, as stored.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct LineRow {
    /// Its number.
    pub seq: i64,
    /// Milliseconds since the epoch.
    pub at: i64,
    actor: Vec<u8>,
    action: Vec<u8>,
    subject: Vec<u8>,
    detail: Vec<u8>,
}

impl LineRow {
    /// Who, what, upon whom, and more of it.
    #[must_use]
    pub fn texts(&self) -> [String; 4] {
        [&self.actor, &self.action, &self.subject, &self.detail].map(|text| String::from_utf8_lossy(text).into_owned())
    }
}

/// Which lines are asked for; what is empty or left out asks for all.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Written before this line.
    pub before: Option<i64>,
    /// Who.
    pub actor: String,
    /// What; a verb that ends in `.` stands for all that begin so.
    pub action: String,
    /// Upon whom or what.
    pub subject: String,
    /// Not earlier, in milliseconds since the epoch.
    pub since: Option<i64>,
    /// Earlier, in milliseconds since the epoch.
    pub until: Option<i64>,
}

pub(super) fn write<'a>(script: &mut Script<'a>, lines: &[NewLine]) {
    debug_assert!(lines.iter().all(|line| UNCHAINED.contains(&line.action)), "it would break the chain");
    for piece in pieces(lines) {
        let rows = vec!["(?,?,?,?,?)"; piece.len()].join(",");
        let owned = |text: &str| Value::from(text.as_bytes().to_vec());
        let values = piece.iter().flat_map(|line| {
            let detail = &line.detail[..line.detail.floor_char_boundary(DETAIL_MAX_BYTES)];
            [line.at.into(), owned(&line.actor), owned(line.action), owned(&line.subject), owned(detail)]
        });
        script.add(format!("INSERT INTO audit_log (at, actor, action, subject, detail) VALUES {rows}"), values);
    }
}

impl Store {
    /// The lines that are asked for, the newest first, at most `limit`. The log may be very long: it is read window by window, from
    /// the newest on, each a short statement along the primary key.
    ///
    /// # Errors
    /// No answer.
    pub async fn audit_lines(&self, search: &Search, limit: u32) -> Result<Vec<LineRow>> {
        let Some((first, last)) = self.audit_range().await? else { return Ok(Vec::new()) };
        let mut found: Vec<LineRow> = Vec::new();
        let mut end = search.before.unwrap_or(i64::MAX).min(last.saturating_add(1));
        while end > first {
            let begin = end.saturating_sub(WINDOW);
            let left = i64::from(limit) - found.len() as i64;
            found.extend(self.audit_window(search, begin, end, left).await?);
            if found.len() >= limit as usize || self.is_all_older(search.since, begin).await? {
                break;
            }
            end = begin;
        }
        Ok(found)
    }

    /// The numbers of the first line and of the last, if there are any.
    async fn audit_range(&self) -> Result<Option<(i64, i64)>> {
        let sql = "SELECT (SELECT MIN(seq) FROM audit_log), (SELECT MAX(seq) FROM audit_log)";
        let (first, last): (Option<i64>, Option<i64>) =
            on_read!(&self.pools, |conn| sqlx::query_as(sql).fetch_one(conn).await)?;
        Ok(first.zip(last))
    }

    async fn audit_window(&self, search: &Search, begin: i64, end: i64, limit: i64) -> Result<Vec<LineRow>> {
        let (low, high) = range(&search.action);
        let mut wanted: Vec<(&str, Value<'_>)> = vec![("seq >= ?", begin.into()), ("seq < ?", end.into())];
        wanted.extend(search.since.map(|at| ("at >= ?", at.into())));
        wanted.extend(search.until.map(|at| ("at < ?", at.into())));
        let texts = [("actor = ?", &search.actor), ("subject = ?", &search.subject)];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        wanted.extend(texts.map(|(sql, text)| (sql, text.as_str().into())));
        if !search.action.is_empty() {
            wanted.extend([("action >= ?", low.into()), ("action < ?", Value::from(high))]);
        }
        let (conditions, mut values): (Vec<&str>, Vec<Value<'_>>) = wanted.into_iter().unzip();
        values.push(limit.into());
        let sql = format!(
            "SELECT seq, at, actor, action, subject, detail FROM audit_log WHERE {} ORDER BY seq DESC LIMIT ?",
            conditions.join(" AND ")
        );
        on_read!(&self.pools, |conn| {
            let rows = bind(sqlx::query(made(&sql)), values.clone()).fetch_all(conn).await;
            rows.and_then(|rows| rows.iter().map(LineRow::from_row).collect::<sqlx::Result<Vec<LineRow>>>())
        })
    }

    /// Whether everything before a line is older than what is asked for.
    async fn is_all_older(&self, since: Option<i64>, seq: i64) -> Result<bool> {
        let Some(since) = since else { return Ok(false) };
        let sql = "SELECT at FROM audit_log WHERE seq < ? ORDER BY seq DESC LIMIT 1";
        let at: Option<i64> =
            on_read!(&self.pools, |conn| sqlx::query_scalar(sql).bind(seq).fetch_optional(conn).await)?;
        Ok(at.is_none_or(|at| at < since.saturating_sub(DISORDER_MS)))
    }
}

/// The verbs that `action` stands for, as a half-open range of bytes.
fn range(action: &str) -> (&str, Vec<u8>) {
    let mut high = action.as_bytes().to_vec();
    if action.ends_with('.') {
        high.push(0xFF);
    } else {
        high.push(0);
    }
    (action, high)
}
