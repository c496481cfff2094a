//! A fresh database on the private MariaDB for every hub. `AGENT_HUB_TEST_MYSQL` says where that is.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection};

/// A database that is dropped with this value.
pub struct MariaDb {
    server: String,
    name: String,
    url: String,
}

/// `mysql://root@127.0.0.1:PORT/`, always with a slash at its end.
fn server() -> String {
    let server = std::env::var("AGENT_HUB_TEST_MYSQL").unwrap_or_else(|_| {
        panic!("AGENT_HUB_TEST_MYSQL is not set: run the tests with tests/run, which starts a private MariaDB")
    });
    format!("{}/", server.trim_end_matches('/'))
}

async fn run(server: &str, statement: String) {
    let mut db = MySqlConnection::connect(server).await.expect("the private MariaDB answers");
    db.execute(AssertSqlSafe(statement)).await.expect("the private MariaDB obeys");
    drop(db.close().await);
}

impl MariaDb {
    /// Makes a database that no other test uses.
    pub async fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = server();
        let name = format!("hub_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        run(&server, format!("DROP DATABASE IF EXISTS {name}")).await;
        run(&server, format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await;
        let url = format!("{server}{name}");
        Self { server, name, url }
    }

    /// How a hub reaches it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port of the server, for a proxy between it and the hub.
    pub fn address(&self) -> &str {
        let rest = self.server.trim_start_matches("mysql://").trim_end_matches('/');
        rest.rsplit_once('@').map_or(rest, |(_, address)| address)
    }

    /// The same database behind another `host:port`.
    pub fn url_through(&self, address: &str) -> String {
        self.url.replacen(self.address(), address, 1)
    }

    /// A connection of the test's own.
    pub async fn connect(&self) -> MySqlConnection {
        MySqlConnection::connect(&self.url).await.expect("the private MariaDB answers")
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let (server, statement) = (self.server.clone(), format!("DROP DATABASE IF EXISTS {}", self.name));
        // A destructor cannot wait inside the test's own runtime.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run(&server, statement));
        });
        if dropped.join().is_err() {
            eprintln!("the test database {} was left behind", self.name);
        }
    }
}
