//! Why a cursor is safe: a number is drawn under the stream's lock, which is held to the commit. Next to the hub stands what
//! it would be without: ids drawn at insert, read by the very same reader, which must lose rows.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Connection as _, MySqlConnection, mysql::MySqlPool};

use crate::harness::{Connection, Database, MariaDb, Request, TestAgent, TestHub, json, limited};

const WRITERS: usize = 8;
const EACH: usize = 100;

/// What a reader finds beyond a position: (position, what).
type Page = Vec<(i64, String)>;

/// Reads with an advancing cursor while others write, and once more when they are done: as every client of the hub does.
async fn read_along(done: Arc<AtomicBool>, mut page: impl AsyncFnMut(i64) -> Page) -> Page {
    let mut seen = Page::new();
    let mut cursor = 0;
    loop {
        let last = done.load(Ordering::SeqCst);
        let found = page(cursor).await;
        let empty = found.is_empty();
        for (position, what) in found {
            cursor = cursor.max(position);
            seen.push((position, what));
        }
        if last && empty {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn lost(acknowledged: &[String], seen: &Page) -> usize {
    let seen: HashSet<&str> = seen.iter().map(|(_, what)| what.as_str()).collect();
    acknowledged.iter().filter(|what| !seen.contains(what.as_str())).count()
}

/// A writer whose transactions take 0 to 15 ms between the insert and the commit.
async fn write_with_ids_drawn_at_insert(url: String, writer: usize) -> Vec<String> {
    let mut database = MySqlConnection::connect(&url).await.expect("a writer's connection");
    let mut acknowledged = Vec::new();
    for n in 0..EACH {
        let what = format!("{writer}-{n}");
        let mut transaction = database.begin().await.expect("begin");
        sqlx::query("INSERT INTO drawn_at_insert (what) VALUES (?)")
            .bind(&what)
            .execute(&mut *transaction)
            .await
            .expect("insert");
        let pause = (writer * 7 + n * 13) % 16;
        tokio::time::sleep(Duration::from_millis(pause as u64)).await;
        transaction.commit().await.expect("commit");
        acknowledged.push(what);
    }
    acknowledged
}

/// The negative control of the commit order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_drawn_at_insert_lose_acknowledged_rows_to_a_cursor_reader() {
    limited(60, negative_control()).await;
}

async fn negative_control() {
    let database = MariaDb::create().await;
    let pool = MySqlPool::connect(database.url()).await.expect("the database");
    sqlx::query(
        "CREATE TABLE drawn_at_insert (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, what VARCHAR(40) NOT NULL)",
    )
    .execute(&pool)
    .await
    .expect("the table");
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read_along(Arc::clone(&done), async move |cursor| {
        let rows = sqlx::query_as("SELECT id, what FROM drawn_at_insert WHERE id > ? ORDER BY id").bind(cursor);
        rows.fetch_all(&pool).await.expect("a page")
    }));
    let writers =
        (0..WRITERS).map(|writer| tokio::spawn(write_with_ids_drawn_at_insert(database.url().to_owned(), writer)));
    let mut acknowledged = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        acknowledged.extend(writer.await.expect("a writer"));
    }
    done.store(true, Ordering::SeqCst);
    let seen = reader.await.expect("the reader");
    assert_eq!(acknowledged.len(), WRITERS * EACH);
    assert!(lost(&acknowledged, &seen) > 0, "ids drawn at insert lost nothing: this reader cannot see a loss");
}

/// Publishes one after the other on a connection of its own; what was acknowledged.
async fn write_through_the_hub(agent: TestAgent, writer: usize) -> Vec<String> {
    let mut connection = Connection::open(agent.address).await;
    let mut acknowledged = Vec::new();
    for n in 0..EACH {
        let what = format!("{writer}-{n}");
        let body = json!({"name": what, "data": "d", "to": ["bob"]});
        connection.send(&agent.signed(Request::post("/secure/agent/publish").json(&body))).await.ok();
        acknowledged.push(what);
    }
    acknowledged
}

/// Eight writers, shared out among `writers`, and a reader who asks `bob`'s hub: nothing is missed, no number is left out.
async fn nothing_is_missed(writers: Vec<TestAgent>, bob: TestAgent) {
    let epoch = bob.inbox("").await["epoch"].as_str().expect("an epoch").to_owned();
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read_along(Arc::clone(&done), async move |cursor| {
        let page = bob.inbox(&format!("stream=bob&epoch={epoch}&after={cursor}&limit=1000")).await;
        let entries = page["entries"].as_array().expect("entries").iter();
        entries
            .map(|entry| (entry["seq"].as_i64().expect("a number"), entry["name"].as_str().expect("a name").to_owned()))
            .collect()
    }));
    let agents = writers.iter().cycle().take(WRITERS).cloned().enumerate();
    let writing: Vec<_> = agents.map(|(n, agent)| tokio::spawn(write_through_the_hub(agent, n))).collect();
    let mut acknowledged = Vec::new();
    for writer in writing {
        acknowledged.extend(writer.await.expect("a writer"));
    }
    done.store(true, Ordering::SeqCst);
    let seen = reader.await.expect("the reader");
    assert_eq!(lost(&acknowledged, &seen), 0, "acknowledged and never seen");
    let numbers: Vec<i64> = seen.iter().map(|(seq, _)| *seq).collect();
    let expected: Vec<i64> = (1..).take(WRITERS * EACH).collect();
    assert_eq!(numbers, expected, "1, 2, 3 … each once, in order, without holes");
    for writer in 0..WRITERS {
        let own = seen.iter().filter(|(_, what)| what.starts_with(&format!("{writer}-"))).map(|(_, what)| what.clone());
        let expected: Vec<_> = (0..EACH).map(|n| format!("{writer}-{n}")).collect();
        assert_eq!(own.collect::<Vec<_>>(), expected, "what one publishes one after the other stands so");
    }
}

// Invariants 1, 2 and 5
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_reader_misses_nothing_that_the_hub_acknowledged() {
    limited(90, async {
        let hub = TestHub::start(Database::MariaDb).await;
        let [alice, bob] = hub.agents(["alice", "bob"]).await;
        nothing_is_missed(vec![alice], bob).await;
    })
    .await;
}

// Invariants 1, 2 and 5: here it is the lock in the database that orders them, not a queue in one process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_reader_misses_nothing_that_two_hubs_on_one_database_acknowledged() {
    limited(90, async {
        let hub = TestHub::start(Database::MariaDb).await;
        let second = TestHub::builder(Database::Sqlite).env("DATABASE_URL", hub.mariadb().url());
        let second = second.env("JWT_SECRET", &hub.jwt_secret()).start().await;
        let [alice, bob] = hub.agents(["alice", "bob"]).await;
        let elsewhere = TestAgent { address: second.address(), ..alice.clone() };
        // The second hub hears of the new agents within a second.
        let known = || async { elsewhere.try_inbox("").await.status == 200 };
        crate::harness::eventually("the other hub knows alice", Duration::from_secs(5), known).await;
        nothing_is_missed(vec![alice, elsewhere], bob).await;
    })
    .await;
}
