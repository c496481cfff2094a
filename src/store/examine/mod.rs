//! Looking at a database without changing it, whether a hub runs on it or not: is it one that a hub can keep its promises on?

mod embedded;
mod server;

use std::{fmt::Display, path::Path};

use serde::Serialize;

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and should be looked at.
    Warn,
    /// A hub does not start, or breaks a promise.
    Fail,
}

impl Verdict {
    /// As it is printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What was found: one line, and where it is not good, what to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it was.
    pub verdict: Verdict,
    /// What was looked at, as one word.
    pub check: &'static str,
    /// In plain words.
    pub told: String,
}

impl Finding {
    /// It is as it should be.
    pub fn ok(check: &'static str, told: impl Display) -> Self {
        Self { verdict: Verdict::Ok, check, told: told.to_string() }
    }

    /// It should be looked at.
    pub fn warn(check: &'static str, told: impl Display) -> Self {
        Self { verdict: Verdict::Warn, check, told: told.to_string() }
    }

    /// It has to be mended.
    pub fn fail(check: &'static str, told: impl Display) -> Self {
        Self { verdict: Verdict::Fail, check, told: told.to_string() }
    }
}

/// Looks at the embedded database in `file`.
pub async fn examine_embedded(file: &Path) -> Vec<Finding> {
    embedded::examine(file).await
}

/// Looks at the MySQL or MariaDB at `url`, for a hub that takes data of so many bytes.
pub async fn examine_server(url: &str, data_max_bytes: u64) -> Vec<Finding> {
    server::examine(url, data_max_bytes).await
}

/// What the migrations of a database and of this binary say of each other.
fn compare_schemas(applied: &[(i64, bool)], known: &sqlx::migrate::Migrator) -> Finding {
    const CHECK: &str = "schema";
    let newest = known.iter().map(|migration| migration.version).max().unwrap_or_default();
    let has = |version: i64| applied.iter().any(|(done, _)| *done == version);
    let missing = known.iter().filter(|migration| !has(migration.version)).count();
    if let Some((version, _)) = applied.iter().find(|(version, _)| *version > newest) {
        return Finding::fail(CHECK, format!("it is of a newer agent-hub (step {version}); this one knows {newest}"));
    }
    if applied.iter().any(|(_, is_done)| !is_done) {
        return Finding::warn(CHECK, "a migration was cut short; the next start finishes it");
    }
    match missing {
        0 => Finding::ok(CHECK, format!("step {newest}, as this agent-hub has it")),
        _ if applied.is_empty() => Finding::warn(CHECK, "no tables yet: the first start makes them"),
        _ => Finding::warn(
            CHECK,
            format!("{missing} steps behind this agent-hub; its next start takes them: back up first"),
        ),
    }
}

/// A copy that `backup` made has a mark until its first start.
fn epoch(epoch: Option<&[u8]>, is_marked: bool) -> Finding {
    const CHECK: &str = "epoch";
    let Some(epoch) = epoch else { return Finding::ok(CHECK, "none yet: the first start draws one") };
    if is_marked {
        let told = "this is a copy that `agent-hub backup` made: its first start draws a new epoch, and clients resync";
        return Finding::ok(CHECK, told);
    }
    let shown: String = String::from_utf8_lossy(epoch).chars().take(8).collect();
    Finding::ok(
        CHECK,
        format!("{shown}…; after a restore by other means than `agent-hub backup`: agent-hub epoch --new"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::open_sqlite::MIGRATIONS;

    #[test]
    fn schemas_are_told_apart() {
        let known: Vec<_> = MIGRATIONS.iter().map(|migration| (migration.version, true)).collect();
        let verdict = |applied: &[(i64, bool)]| compare_schemas(applied, &MIGRATIONS).verdict;
        assert_eq!(verdict(&known), Verdict::Ok);
        assert_eq!(verdict(&[]), Verdict::Warn);
        assert_eq!(verdict(&known[1..]), Verdict::Warn);
        assert_eq!(verdict(&[&known[..], &[(9_999, true)]].concat()), Verdict::Fail);
    }
}
