//! The few places where the two databases speak differently, side by side.

use sqlx::AssertSqlSafe;

/// Which database is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    MySql,
}

/// A statement that the hub itself put together.
pub(crate) fn made(sql: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(sql.to_owned())
}

impl Dialect {
    /// Inserts rows unless their primary key is there.
    pub(crate) fn insert_ignore(self, table_and_columns: &str, columns: usize, rows: usize) -> String {
        let verb = match self {
            Self::Sqlite => "INSERT OR IGNORE INTO",
            Self::MySql => "INSERT IGNORE INTO",
        };
        format!("{verb} {table_and_columns} VALUES {}", rows_of(columns, rows))
    }

    /// Reads heads for update, ascending. What somebody else holds is left out, not waited for: MySQL skips locked rows;
    /// SQLite's one writer holds them all.
    pub(crate) fn lock_heads(self, ids: usize) -> String {
        let lock = match self {
            Self::Sqlite => "",
            Self::MySql => " FOR UPDATE SKIP LOCKED",
        };
        format!("SELECT id, head FROM streams WHERE id IN ({}) ORDER BY id{lock}", list_of(ids))
    }

    /// Appended to a SELECT that must hold its rows to the commit.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::MySql => " FOR UPDATE",
        }
    }
}

/// `(?,?),(?,?)…`
pub(crate) fn rows_of(columns: usize, rows: usize) -> String {
    let row = format!("({})", list_of(columns));
    vec![row; rows].join(",")
}

/// `?,?,?…`
pub(crate) fn list_of(values: usize) -> String {
    vec!["?"; values].join(",")
}

/// Statements come in a few sizes, so that few stay prepared.
const SIZES: [usize; 5] = [1, 8, 32, 128, 500];

/// The smallest size that `count` values fit in, at most 500; the rest is padded with repeats.
pub(crate) fn padded(count: usize) -> usize {
    SIZES.into_iter().find(|size| *size >= count).unwrap_or(500)
}

/// Cuts `rows` into pieces of the statement sizes up to 128, largest first.
pub(crate) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().filter(|size| *size <= 128).rev().find(|size| *size <= rows.len())?;
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_every_row_once() {
        let rows: Vec<_> = (0..333).collect();
        let sizes: Vec<_> = pieces(&rows).map(<[_]>::len).collect();
        assert_eq!(sizes, [128, 128, 32, 32, 8, 1, 1, 1, 1, 1]);
        assert_eq!(pieces(&rows).flatten().copied().collect::<Vec<_>>(), rows);
    }
}
