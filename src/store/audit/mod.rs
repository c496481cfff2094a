//! The audit log: who did what, in the order in which it was written. Changes write their line themselves
//! ([`super::change`]), each linked to the one before ([`chain`]); what agents do with items comes in batches.

mod chain;

use sqlx::FromRow;

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
    /// The lines that are asked for, the newest first, at most `limit`. They are found by number, from the newest on: a condition
    /// that is not asked for is left out, and the index of the times is kept from being used, which would sort the whole log.
    ///
    /// # Errors
    /// No answer.
    pub async fn audit_lines(&self, search: &Search, limit: u32) -> Result<Vec<LineRow>> {
        let (low, high) = range(&search.action);
        let mut wanted: Vec<(&str, Value<'_>)> = Vec::new();
        wanted.extend(search.before.map(|seq| ("seq < ?", seq.into())));
        wanted.extend(search.since.map(|at| ("at + 0 >= ?", at.into())));
        wanted.extend(search.until.map(|at| ("at + 0 < ?", at.into())));
        let texts = [("actor = ?", &search.actor), ("subject = ?", &search.subject)];
        wanted.extend(
            texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(sql, text)| (sql, text.as_str().into())),
        );
        if !search.action.is_empty() {
            wanted.extend([("action >= ?", low.into()), ("action < ?", Value::from(high))]);
        }
        let (conditions, mut values): (Vec<&str>, Vec<Value<'_>>) = wanted.into_iter().unzip();
        let conditions = if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" AND ") };
        values.push(i64::from(limit).into());
        let sql = format!(
            "SELECT seq, at, actor, action, subject, detail FROM audit_log WHERE {conditions} ORDER BY seq DESC LIMIT ?"
        );
        on_read!(&self.pools, |conn| {
            let rows = bind(sqlx::query(made(&sql)), values.clone()).fetch_all(conn).await;
            rows.and_then(|rows| rows.iter().map(LineRow::from_row).collect::<sqlx::Result<Vec<LineRow>>>())
        })
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
