//! The database of one hub: made for it, gone with it.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::mariadb::MariaDb;

/// Which of the two databases a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// The embedded one.
    Sqlite,
    /// The private MariaDB that `tests/run` started.
    MariaDb,
}

/// One hub's own database.
pub enum TestDatabase {
    Sqlite,
    MariaDb(MariaDb),
}

impl TestDatabase {
    pub async fn create(database: Database) -> Self {
        match database {
            Database::Sqlite => Self::Sqlite,
            Database::MariaDb => Self::MariaDb(MariaDb::create().await),
        }
    }

    /// The environment that makes a hub use it.
    pub fn env(&self) -> Vec<(String, String)> {
        match self {
            Self::Sqlite => Vec::new(),
            Self::MariaDb(mariadb) => vec![
                ("DATABASE_URL".into(), mariadb.url().to_owned()),
                ("JWT_SECRET".into(), "a-secret-that-only-these-tests-know-0123456789".into()),
            ],
        }
    }

    /// How many rows `table` has.
    pub async fn count(&self, table: &str, data_dir: &Path) -> i64 {
        let query = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        match self {
            Self::Sqlite => {
                let url = format!("sqlite:{}?mode=ro", data_dir.join("hub.db").display());
                let mut db = sqlx::SqliteConnection::connect(&url).await.expect("the hub's SQLite file");
                sqlx::query_scalar(query).fetch_one(&mut db).await.expect("a count")
            }
            Self::MariaDb(mariadb) => {
                let mut db = mariadb.connect().await;
                sqlx::query_scalar(query).fetch_one(&mut db).await.expect("a count")
            }
        }
    }

    /// Runs a statement of the test's own.
    pub async fn execute(&self, statement: &str, data_dir: &Path) {
        let query = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
        match self {
            Self::Sqlite => {
                let url = format!("sqlite:{}", data_dir.join("hub.db").display());
                let mut db = sqlx::SqliteConnection::connect(&url).await.expect("the hub's SQLite file");
                db.execute(query).await.expect("the statement");
            }
            Self::MariaDb(mariadb) => {
                mariadb.connect().await.execute(query).await.expect("the statement");
            }
        }
    }
}
