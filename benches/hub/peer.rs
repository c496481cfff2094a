//! What the hub is compared with: the least that could do the same, measured in the same way.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt};
use tokio_tungstenite::accept_async_with_config;

use crate::{Outcome, socket::small};

/// How many times a second one thread can append 1 KiB to a file and wait for the disk: what a hub that commits each
/// publish by itself could at best do here.
pub fn synced_appends_per_s(folder: &Path, time: Duration) -> Outcome<f64> {
    let mut file = File::create(folder.join("appends"))?;
    let (line, start, mut appends) = ([b'x'; 1024], Instant::now(), 0_u32);
    while start.elapsed() < time {
        file.write_all(&line)?;
        file.sync_data()?;
        appends += 1;
    }
    Ok(f64::from(appends) / start.elapsed().as_secs_f64())
}

/// How many rows of 1 KiB a second so many connections insert, each row a transaction of its own: what a database server does
/// here without batches.
pub async fn inserts_per_s(url: &str, connections: usize, time: Duration) -> Outcome<f64> {
    let size = u32::try_from(connections)?;
    let pool = sqlx::mysql::MySqlPoolOptions::new().max_connections(size).min_connections(size).connect(url).await?;
    let table =
        "CREATE TABLE bench_peer (id BIGINT PRIMARY KEY AUTO_INCREMENT, data VARBINARY(1024) NOT NULL) ENGINE=InnoDB";
    sqlx::query("DROP TABLE IF EXISTS bench_peer").execute(&pool).await?;
    sqlx::query(table).execute(&pool).await?;
    let start = Instant::now();
    let inserting = (0..connections).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut connection = pool.acquire().await?;
            let mut inserts = 0_u32;
            while start.elapsed() < time {
                let insert = sqlx::query("INSERT INTO bench_peer (data) VALUES (?)").bind(&[b'x'; 1024][..]);
                insert.execute(&mut *connection).await?;
                inserts += 1;
            }
            Ok::<u32, sqlx::Error>(inserts)
        })
    });
    let mut inserts = 0;
    for one in inserting.collect::<Vec<_>>() {
        inserts += one.await??;
    }
    let per_s = f64::from(inserts) / start.elapsed().as_secs_f64();
    sqlx::query("DROP TABLE bench_peer").execute(&pool).await?;
    Ok(per_s)
}

/// This program, started again as a peer.
pub struct Peer {
    child: Child,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl Peer {
    /// Starts the peer of this name.
    pub fn start(name: &str) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?).arg(name).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
        Ok(Self { child, port: line.trim().parse()? })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen() -> Outcome<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    Ok(listener)
}

/// Sends back what comes, on one plain TCP connection.
pub fn echo() -> Outcome {
    let (mut stream, _): (TcpStream, _) = listen()?.accept()?;
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            length => stream.write_all(&buffer[..length])?,
        }
    }
}

/// Accepts WebSockets and sends back what comes: tokio and tungstenite with 4 KiB read buffers, a task a socket, no more.
pub fn sockets() -> Outcome {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = listen()?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(async move {
                let Ok(mut socket) = accept_async_with_config(stream, Some(small())).await else { return };
                while let Some(Ok(message)) = socket.next().await {
                    if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
                        return;
                    }
                }
            });
        }
    })
}
