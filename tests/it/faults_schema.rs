//! A database that would truncate, fold or forget is refused at the start, in one line; a migration that was cut short is
//! finished.

use sqlx::{Connection, Executor};

use crate::harness::{Database, MariaDbServer, TestHub, limited};

/// Starts a hub once, spoils its database, and expects the next start to refuse it for that reason.
async fn assert_refused_after(spoiling: &'static str, reason: &str) {
    let mut hub = TestHub::start(Database::MariaDb).await;
    hub.sigterm().await;
    hub.mariadb().connect().await.execute(sqlx::raw_sql(spoiling)).await.expect("the spoiling statement");
    let output = hub.cli(&["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(output.code, Some(2), "{output:?}");
    assert_eq!(output.stderr.trim_end().lines().count(), 1, "one line: {output:?}");
    assert!(output.stderr.starts_with("agent-hub: ") && output.stderr.contains(reason), "{output:?}");
}

// N20
#[tokio::test]
async fn a_table_that_knows_no_transactions_is_refused() {
    limited(60, assert_refused_after("ALTER TABLE items ENGINE=Aria", "InnoDB")).await;
}

// N20, A04
#[tokio::test]
async fn a_column_with_a_collation_is_refused() {
    let spoiling = "ALTER TABLE agents MODIFY name VARCHAR(64) CHARACTER SET utf8mb4 NOT NULL";
    limited(60, assert_refused_after(spoiling, "collation")).await;
}

// C16
#[tokio::test]
async fn a_packet_smaller_than_an_item_is_refused() {
    limited(120, async {
        let server = MariaDbServer::start().await;
        let mut admin = sqlx::MySqlConnection::connect(&server.url("mysql")).await.expect("MariaDB");
        let setting = "SET GLOBAL max_allowed_packet = 1048576; CREATE DATABASE hub";
        admin.execute(sqlx::raw_sql(setting)).await.expect("a small packet");
        let hub = TestHub::builder(Database::MariaDb).env("DATABASE_URL", &server.url("hub")).prepare().await;
        let output = hub.cli(&["serve", "--listen", "127.0.0.1:0"]).await;
        assert_eq!(output.code, Some(2), "{output:?}");
        assert!(output.stderr.contains("max_allowed_packet"), "{output:?}");
        // With items that fit, the same server will do.
        let fitting = TestHub::builder(Database::MariaDb)
            .env("DATABASE_URL", &server.url("hub"))
            .flag("--data-max-bytes", 512 * 1024)
            .start()
            .await;
        let [alice, bob] = fitting.agents(["alice", "bob"]).await;
        alice.tell("bob", &"x".repeat(512 * 1024)).await;
        assert_eq!(bob.inbox("").await["entries"][0]["size"], 512 * 1024);
    })
    .await;
}

// R19
#[tokio::test]
async fn a_migration_that_was_cut_short_is_finished() {
    limited(60, async {
        let mut hub = TestHub::start(Database::MariaDb).await;
        hub.sigterm().await;
        // As a crash between the statement and its mark leaves it: the table is there, the mark says "not done".
        let crash = "UPDATE _sqlx_migrations SET success = FALSE WHERE version = 8; DELETE FROM _sqlx_migrations WHERE version > 8";
        hub.mariadb().connect().await.execute(sqlx::raw_sql(crash)).await.expect("the marks of a crash");
        hub.restart().await;
        let [alice, bob] = hub.agents(["alice", "bob"]).await;
        alice.tell("bob", "after all").await;
        assert_eq!(bob.inbox("").await["entries"].as_array().map(Vec::len), Some(1));
    })
    .await;
}
