//! Nothing of what agents say to each other is on the hub's disk or on its wires.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::harness::*;

on_both![no_canary_is_in_the_database_or_on_the_wire];

const CANARY: &str = "xylophone-canary-4711-quetzal";

async fn no_canary_is_in_the_database_or_on_the_wire(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let tap = Tap::on(&hub.address().to_string()).await;
    let alice = hub.client_through(&alice, &tap.address).open().await.unwrap();
    let bob = hub.client_through(&bob, &tap.address).open().await.unwrap();
    let mut notes = bob.notifications().await.unwrap();
    let body = format!("{CANARY} {}", CANARY.repeat(100));
    alice.send("bob", body.as_str()).name("report").await.unwrap();
    let note = told(&mut notes).await;
    assert_eq!(note.read().await.unwrap().text(), body);
    note.reply(CANARY).await.unwrap();
    let wire = tap.bytes();
    // The tap sees the traffic at all.
    assert!(contains(&wire, b"YWhlbnYx") && contains(&wire, b"report"));
    assert!(!contains(&wire, CANARY.as_bytes()));
    drop(notes);
    let stored = match db {
        Database::Sqlite => {
            hub.sigkill();
            ["hub.db", "hub.db-wal"].map(|file| std::fs::read(hub.data_dir().join(file)).unwrap()).concat()
        }
        Database::MariaDb => {
            let mut connection = hub.mariadb().connect().await;
            let rows: Vec<(Vec<u8>,)> =
                sqlx::query_as("SELECT data FROM items").fetch_all(&mut connection).await.expect("the items");
            rows.into_iter().flat_map(|(data,)| data).collect()
        }
    };
    assert!(contains(&stored, b"YWhlbnYx"));
    assert!(!contains(&stored, CANARY.as_bytes()));
    assert!(!hub.log_text().contains(CANARY));
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Forwards to the hub, and keeps all that passes.
struct Tap {
    address: String,
    kept: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    async fn on(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (kept, upstream) = (Arc::new(Mutex::new(Vec::new())), upstream.to_owned());
        let keep = kept.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&upstream).await.unwrap();
                let (client, server) = (client.into_split(), server.into_split());
                tokio::spawn(carry(client.0, server.1, keep.clone()));
                tokio::spawn(carry(server.0, client.1, keep.clone()));
            }
        });
        Self { address, kept }
    }

    fn bytes(&self) -> Vec<u8> {
        self.kept.lock().unwrap().clone()
    }
}

async fn carry(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, kept: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        kept.lock().unwrap().extend_from_slice(&buffer[..n]);
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
