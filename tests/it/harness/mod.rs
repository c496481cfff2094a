//! What the tests are written with: a [`TestHub`] (a process), its [`TestAgent`]s (principals) and their [`TestSocket`]s.
#![allow(dead_code, unused_imports, reason = "a set of tools; not every one is used at every moment")]

mod agent;
mod client;
mod database;
mod http;
mod hub;
pub mod jwt;
mod liar;
mod mariadb;
mod proxy;
mod server;
mod socket;
mod wire;

use std::{future::Future, time::Duration};

pub use agent::{TestAgent, login_request};
pub use client::told;
pub use database::Database;
pub use http::{Connection, Request, Response, raw_exchange, try_send};
pub use hub::{Builder, Output, TestHub, shared_lock};
pub use liar::Liar;
pub use mariadb::MariaDb;
pub use proxy::{Mode, Proxy};
pub use serde_json::{Value, json};
pub use server::MariaDbServer;
pub use socket::{Event, TestSocket, WAIT};
pub use wire::RawSocket;

/// Runs a test under a time limit: a test that hangs fails.
pub async fn limited(seconds: u64, test: impl Future<Output = ()>) {
    assert!(tokio::time::timeout(Duration::from_secs(seconds), test).await.is_ok(), "not done within {seconds} s");
}

/// Asks again and again until the answer is yes; panics with `what` when the deadline passes.
pub async fn eventually(what: &str, limit: Duration, mut ask: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        if ask().await {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Makes a test on each database of each function named: `sqlite::<name>` and `mariadb::<name>`. A leading
/// `limit = SECONDS;` replaces the time limit of 60 seconds.
macro_rules! on_both {
    (limit = $limit:literal; $($rule:ident),+ $(,)?) => {
        mod sqlite {$(
            #[tokio::test]
            async fn $rule() {
                crate::harness::limited($limit, super::$rule(crate::harness::Database::Sqlite)).await;
            }
        )+}
        mod mariadb {$(
            #[tokio::test]
            async fn $rule() {
                crate::harness::limited($limit, super::$rule(crate::harness::Database::MariaDb)).await;
            }
        )+}
    };
    ($($rule:ident),+ $(,)?) => { on_both! { limit = 60; $($rule),+ } };
}

/// As `on_both!`, on SQLite alone: for rules that no database has a part in. The test is called `once::<name>`.
macro_rules! on_one {
    (limit = $limit:literal; $($rule:ident),+ $(,)?) => {
        mod once {$(
            #[tokio::test]
            async fn $rule() {
                crate::harness::limited($limit, super::$rule(crate::harness::Database::Sqlite)).await;
            }
        )+}
    };
    ($($rule:ident),+ $(,)?) => { on_one! { limit = 60; $($rule),+ } };
}
