//! What an idle, authenticated socket costs in resident memory.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};

use crate::{
    Outcome,
    hub::{Credentials, Folder, Hub},
    peer::Peer,
    probe,
    socket::Socket,
    table::{count, print, row},
};

/// The hub allows an agent 64 unless told otherwise.
const PER_AGENT: usize = 50;
/// How many are opened at a time: the hub allows 1,000 that have not said hello yet.
const OPENING: usize = 100;
const SETTLE: Duration = Duration::from_secs(3);

/// What `sockets` open sockets added to a process.
struct Cost {
    before_kib: f64,
    after_kib: f64,
    opened_in: Duration,
}

impl Cost {
    fn per_socket_kib(&self, sockets: u64) -> f64 {
        #[allow(clippy::cast_precision_loss)]
        let sockets = sockets as f64;
        (self.after_kib - self.before_kib) / sockets
    }
}

/// Opens `sockets` of them on the hub and on a bare socket server.
pub async fn run(sockets: u64) -> Outcome {
    let how_many = usize::try_from(sockets)?;
    probe::allow_open_files(sockets + 1_000);

    let peer = Peer::start("peer-sockets")?;
    let bare = measure(peer.pid(), peer.port, how_many, &[]).await?;
    drop(peer);

    let folder = Folder::new("sockets")?;
    let hub = Hub::start(folder.path(), &["--max-connections", &(sockets + 1_000).to_string()])?;
    let agents = hub.agents(folder.path(), "agent", how_many.div_ceil(PER_AGENT)).await?;
    let ours = measure(hub.pid(), hub.port, how_many, &agents).await?;

    let (cost, bare_cost) = (ours.per_socket_kib(sockets), bare.per_socket_kib(sockets));
    let span = |cost: &Cost| format!("{} KiB before, {} KiB after", count(cost.before_kib), count(cost.after_kib));
    let rows = [
        row("hub, an idle socket", format!("{cost:.1} KiB"), span(&ours)),
        row("bare socket server", format!("{bare_cost:.1} KiB"), span(&bare)),
        row("hub / bare", format!("{:.2}", cost / bare_cost), "1: as little as can be"),
        row("opened in", format!("{:.1} s", ours.opened_in.as_secs_f64()), "upgrade, hello, welcome"),
        row("bare, opened in", format!("{:.1} s", bare.opened_in.as_secs_f64()), "upgrade alone"),
    ];
    let how = format!(
        "{} sockets, {PER_AGENT} an agent, authenticated by header, welcomed, silent; VmRSS before and after, {} s later.\n\
         Beside it: tokio-tungstenite with 4 KiB read buffers, a task a socket, nothing else. Kernel memory is not counted.",
        count(f64::from(u32::try_from(sockets)?)),
        SETTLE.as_secs()
    );
    print("sockets", &how, &rows);
    Ok(())
}

async fn measure(pid: u32, port: u16, sockets: usize, agents: &[Credentials]) -> Outcome<Cost> {
    tokio::time::sleep(SETTLE).await;
    let (before_kib, start) = (probe::resident_kib(pid)?, Instant::now());
    let opened: Vec<Outcome<Socket>> = stream::iter(0..sockets)
        .map(|number| open(port, number, agents.get(number / PER_AGENT)))
        .buffer_unordered(OPENING)
        .collect()
        .await;
    let opened_in = start.elapsed();
    let mut listening = Vec::with_capacity(sockets);
    for socket in opened {
        let mut socket = socket?;
        // Somebody must read, or pings stay unanswered.
        listening.push(tokio::spawn(async move { while socket.next().await.is_ok() {} }));
    }
    tokio::time::sleep(SETTLE).await;
    let lost = listening.iter().filter(|task| task.is_finished()).count();
    if lost > 0 {
        return Err(format!("{lost} of {sockets} sockets did not stay open").into());
    }
    let after_kib = probe::resident_kib(pid)?;
    for task in &listening {
        task.abort();
    }
    Ok(Cost { before_kib, after_kib, opened_in })
}

async fn open(port: u16, number: usize, who: Option<&Credentials>) -> Outcome<Socket> {
    let mut socket = Socket::open(port, number, who).await?;
    if who.is_some() {
        socket.hello().await?;
    }
    Ok(socket)
}
