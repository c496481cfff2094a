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
    let database = crate::harness::scratch_database("order").await;
    let pool = MySqlPool::connect(&database.url).await.expect("the database");
    sqlx::query("CREATE TABLE drawn_at_insert (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, what VARCHAR(40) NOT NULL)")
        .execute(&pool)
        .await
        .expect("the table");
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read_along(Arc::clone(&done), async move |cursor| {
        let rows = sqlx::query_as("SELECT id, what FROM drawn_at_insert WHERE id > ? ORDER BY id").bind(cursor);
        rows.fetch_all(&pool).await.expect("a page")
    }));
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write_with_ids_drawn_at_insert(database.url.clone(), writer)));
    let mut acknowledged = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        acknowledged.extend(writer.await.expect("a writer"));
    }
    done.store(true, Ordering::SeqCst);
    let seen = reader.await.expect("the reader");
    assert_eq!(acknowledged.len(), WRITERS * EACH);
    assert!(lost(&acknowledged, &seen) > 0, "ids drawn at insert lost nothing: this reader cannot see a loss");
}
