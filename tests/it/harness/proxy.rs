//! A TCP proxy between the hub and its database, for a database that is slow, silent, or gone in the middle of something.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// What the proxy does with what passes through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Forwards at once.
    Pass,
    /// Forwards every answer so many milliseconds late.
    Delay(u64),
    /// Forwards so many bytes a second, each way.
    Rate(u64),
    /// Accepts connections and bytes, and forwards nothing until the mode changes.
    Hang,
    /// Closes every connection now, and each new one at once.
    Cut,
    /// Forwards until a connection sends COMMIT; the COMMIT arrives, and nothing ever comes back on that connection.
    Half,
    /// What is sent arrives, and nothing comes back; connections that lost something are closed afterwards.
    Mute,
    /// Ends the way back of every connection, and keeps the way there open.
    HalfClosed,
}

/// A running proxy; it ends when dropped.
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    swallowed: Arc<AtomicU64>,
    accept: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port and forwards to `upstream` (`host:port`).
    pub async fn to(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port for the proxy");
        let address = listener.local_addr().expect("the proxy's address");
        let (mode, seen) = watch::channel(Mode::Pass);
        let swallowed = Arc::new(AtomicU64::new(0));
        let accept = tokio::spawn(accept(listener, upstream.to_owned(), seen, Arc::clone(&swallowed)));
        Self { address, mode, swallowed, accept }
    }

    /// Where the hub should connect, `127.0.0.1:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// How many COMMITs went through in [`Mode::Half`] without their answer.
    pub fn swallowed(&self) -> u64 {
        self.swallowed.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accept.abort();
        // The connections' tasks end with the channel.
    }
}

async fn accept(listener: TcpListener, upstream: String, mode: watch::Receiver<Mode>, swallowed: Arc<AtomicU64>) {
    while let Ok((client, _)) = listener.accept().await {
        if *mode.borrow() == Mode::Cut {
            continue;
        }
        let Ok(server) = TcpStream::connect(&upstream).await else { continue };
        for socket in [&client, &server] {
            socket.set_nodelay(true).ok();
        }
        tokio::spawn(connection(client, server, mode.clone(), Arc::clone(&swallowed)));
    }
}

/// Carries one connection until either side, or the mode, ends it.
async fn connection(client: TcpStream, server: TcpStream, mode: watch::Receiver<Mode>, swallowed: Arc<AtomicU64>) {
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    let (commit, committed) = watch::channel(false);
    let there = upwards(client_reads, server_writes, mode.clone(), commit, swallowed);
    let back = downwards(server_reads, client_writes, mode.clone(), committed.clone());
    tokio::select! {
        () = there => {},
        () = back => {},
        () = ended(mode, committed) => {},
    }
}

/// Resolves when the connection must close: the proxy is gone, cuts, or has left [`Mode::Half`] after this connection had
/// lost an answer.
async fn ended(mut mode: watch::Receiver<Mode>, committed: watch::Receiver<bool>) {
    loop {
        let now = *mode.borrow_and_update();
        if now == Mode::Cut || (now != Mode::Half && *committed.borrow()) || mode.changed().await.is_err() {
            return;
        }
    }
}

async fn upwards(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    commit: watch::Sender<bool>,
    swallowed: Arc<AtomicU64>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        wait_while_hanging(&mut mode).await;
        let now = *mode.borrow();
        if now == Mode::Half && has_commit(&buffer[..n]) && !*commit.borrow() {
            commit.send_replace(true);
            swallowed.fetch_add(1, Ordering::SeqCst);
        }
        if forward(&mut to, &buffer[..n], now).await.is_err() {
            return;
        }
    }
}

async fn downwards(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    committed: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    let mut lost = false;
    while let Some(n) = read_or_half_close(&mut from, &mut to, &mut mode, &mut buffer).await {
        wait_while_hanging(&mut mode).await;
        let now = *mode.borrow();
        if *committed.borrow() || now == Mode::Mute {
            lost |= now == Mode::Mute;
            continue;
        }
        if lost {
            return;
        }
        if let Mode::Delay(ms) = now {
            sleep(Duration::from_millis(ms)).await;
        }
        if forward(&mut to, &buffer[..n], now).await.is_err() {
            return;
        }
    }
}

/// The next bytes; when the mode says so, ends the way back and waits for another mode.
async fn read_or_half_close(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    mode: &mut watch::Receiver<Mode>,
    buffer: &mut [u8],
) -> Option<usize> {
    let mut told = mode.clone();
    let half_closed = async { drop(told.wait_for(|now| *now == Mode::HalfClosed).await) };
    tokio::select! {
        read = from.read(buffer) => read.ok().filter(|n| *n > 0),
        () = half_closed => {
            to.shutdown().await.ok();
            mode.wait_for(|now| *now != Mode::HalfClosed).await.ok();
            None
        }
    }
}

async fn wait_while_hanging(mode: &mut watch::Receiver<Mode>) {
    // An error means that the proxy is gone: `ended` closes the connection.
    mode.wait_for(|now| *now != Mode::Hang).await.ok();
}

async fn forward(to: &mut OwnedWriteHalf, bytes: &[u8], mode: Mode) -> std::io::Result<()> {
    let Mode::Rate(per_second) = mode else { return to.write_all(bytes).await };
    // A twentieth of a second at a time.
    let piece = usize::try_from(per_second / 20).unwrap_or(usize::MAX).max(1);
    for bytes in bytes.chunks(piece) {
        to.write_all(bytes).await?;
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Whether a MySQL client says COMMIT here: a COM_QUERY (3) with that text. A packet this small is never split on loopback.
fn has_commit(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|window| window[0] == 3 && window[1..].eq_ignore_ascii_case(b"COMMIT"))
}

#[tokio::test]
async fn the_proxy_loses_the_answer_to_a_commit_and_nothing_else() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::to(&server.local_addr().unwrap().to_string()).await;
    proxy.set(Mode::Half);
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let (mut peer, _) = server.accept().await.unwrap();
    let mut buffer = [0; 64];

    client.write_all(b"\x07\0\0\0\x03SELECT").await.unwrap();
    assert_eq!(peer.read(&mut buffer).await.unwrap(), 11);
    peer.write_all(b"answer").await.unwrap();
    assert_eq!(client.read(&mut buffer).await.unwrap(), 6);

    client.write_all(b"\x07\0\0\0\x03COMMIT").await.unwrap();
    assert_eq!(peer.read(&mut buffer).await.unwrap(), 11, "the COMMIT itself arrives");
    peer.write_all(b"answer").await.unwrap();
    let silence = tokio::time::timeout(Duration::from_millis(200), client.read(&mut buffer)).await;
    assert!(silence.is_err(), "the answer must not arrive");
    assert_eq!(proxy.swallowed(), 1);

    proxy.set(Mode::Pass);
    let end = tokio::time::timeout(Duration::from_secs(5), client.read(&mut buffer)).await.expect("the end");
    assert_eq!(end.unwrap_or(0), 0, "a connection that lost an answer is closed, not continued");
}
