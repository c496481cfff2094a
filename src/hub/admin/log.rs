//! The audit log, for operators: searched, and exported as CSV.

use agent_hub_protocol::{
    admin::{AuditAnswer, AuditLine},
    limits::PAGE_LIMIT_MAX,
    time::Timestamp,
};

use super::page;
use crate::{
    error::Result,
    hub::Hub,
    store::audit::{LineRow, Search},
};

/// Lines of one export.
const EXPORT_MAX: usize = 100_000;

impl Hub {
    /// Lines of the audit log, the newest first.
    ///
    /// # Errors
    /// `busy`; no answer.
    pub async fn search_audit(&self, search: &Search, limit: u32) -> Result<AuditAnswer> {
        let (rows, more) = page(self.search_lines(search.clone(), limit + 1).await?, limit);
        let lines = rows.iter().map(|row| {
            let [actor, action, subject, detail] = row.texts();
            AuditLine { id: row.seq, at: Timestamp(row.at), actor, action, subject, detail }
        });
        Ok(AuditAnswer { lines: lines.collect(), more })
    }

    /// A search that finds little reads much.
    async fn search_lines(&self, search: Search, limit: u32) -> Result<Vec<LineRow>> {
        let store = self.store.clone();
        self.read_much(async move { Ok(store.audit_lines(&search, limit).await?) }).await
    }

    /// The same as CSV (RFC 4180), page by page; `None` when there are no more.
    ///
    /// # Errors
    /// `busy`; no answer.
    pub async fn export_audit(&self, mut export: Export) -> Result<Option<(String, Export)>> {
        if export.is_done {
            return Ok(None);
        }
        let mut text = String::new();
        if export.written == 0 {
            text.push_str("id,at,actor,action,subject,detail\r\n");
        }
        let rows = self.search_lines(export.search.clone(), PAGE_LIMIT_MAX).await?;
        rows.iter().for_each(|row| write_line(&mut text, row));
        export.written += rows.len();
        export.search.before = rows.last().map(|row| row.seq);
        export.is_done = rows.len() < PAGE_LIMIT_MAX as usize || export.written >= EXPORT_MAX;
        Ok(Some((text, export)))
    }
}

/// How far an export has got.
#[derive(Debug, Clone, Default)]
pub struct Export {
    search: Search,
    written: usize,
    is_done: bool,
}

impl Export {
    /// One that has yet to begin.
    #[must_use]
    pub fn of(search: Search) -> Self {
        Self { search, ..Self::default() }
    }
}

fn write_line(text: &mut String, row: &LineRow) {
    text.push_str(&format!("{},{}", row.seq, Timestamp(row.at).to_rfc3339()));
    for field in row.texts() {
        text.push(',');
        text.push_str(&cell(&field));
    }
    text.push_str("\r\n");
}

/// A cell that no spreadsheet takes for a formula, and that ends where it ends (OWASP, "CSV Injection").
fn cell(text: &str) -> String {
    let mark = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_whatever_it_says() {
        assert_eq!(cell("bob"), "\"bob\"");
        assert_eq!(cell("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
        for first in ["+1", "-1", "@x", "\tx", "\rx"] {
            assert!(cell(first).starts_with("\"'"), "{first:?}");
        }
    }
}
